"""Every captured sample has one fate, and the ledger says so or refuses."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray.core.ledger import Fate, Ledger, LedgerError
from tray.core.speech import RATE, Span


def captured(samples: int) -> Ledger:
    """A ledger of one stretch of sound."""
    ledger = Ledger()
    ledger.capture(Span(0, samples, RATE))
    return ledger


def test_an_empty_ledger_is_complete() -> None:
    assert Ledger().complete


def test_sound_without_a_fate_leaves_it_open() -> None:
    ledger = captured(RATE)
    ledger.decide(Span(0, RATE // 2, RATE), Fate.SKIPPED)
    assert not ledger.complete
    ledger.decide(Span(RATE // 2, RATE, RATE), Fate.WRITTEN)
    assert ledger.complete


def test_seconds_are_counted_for_each_fate_at_the_rate_of_the_sound() -> None:
    ledger = captured(RATE)
    ledger.capture(Span(RATE, RATE + 96_000, 48_000))
    ledger.decide(Span(0, RATE, RATE), Fate.WRITTEN)
    ledger.decide(Span(RATE, RATE + 96_000, 48_000), Fate.DROPPED)
    assert {fate: length for fate, length in ledger.sums.items() if length} == {Fate.WRITTEN: 1.0, Fate.DROPPED: 2.0}


@pytest.mark.parametrize("span", [Span(1, 2, RATE), Span(99, 200, RATE), Span(101, 200, RATE), Span(100, 99, RATE)])
def test_sound_that_does_not_follow_is_refused(span: Span) -> None:
    ledger = captured(100)
    before = copy.deepcopy(ledger)
    with pytest.raises(LedgerError):
        ledger.capture(span)
    assert ledger == before


@pytest.mark.parametrize(
    "span",
    [
        pytest.param(Span(51, 60, RATE), id="a hole"),
        pytest.param(Span(49, 60, RATE), id="a second fate"),
        pytest.param(Span(50, 101, RATE), id="never captured"),
        pytest.param(Span(50, 49, RATE), id="backwards"),
    ],
)
def test_a_fate_that_does_not_follow_is_refused(span: Span) -> None:
    ledger = captured(100)
    ledger.decide(Span(0, 50, RATE), Fate.WRITTEN)
    before = copy.deepcopy(ledger)
    with pytest.raises(LedgerError):
        ledger.decide(span, Fate.WRITTEN)
    assert ledger == before


@given(borders=st.sets(st.integers(1, 10**6), min_size=1), fates=st.lists(st.sampled_from(Fate), min_size=1))
def test_fates_add_up_to_what_was_captured(borders: set[int], fates: Sequence[Fate]) -> None:
    edges = [0, *sorted(borders)]
    ledger = captured(edges[-1])
    for at, (start, end) in enumerate(pairwise(edges)):
        ledger.decide(Span(start, end, RATE), fates[at % len(fates)])
    assert ledger.complete
    assert sum(ledger.sums.values()) == pytest.approx(edges[-1] / RATE)
