"""Whoever looks into the books finds each sample that has no fate, or more than one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray.core.ledger import (
    Account,
    Beyond,
    Decision,
    Double,
    Fate,
    Hole,
    Sums,
    flaws,
    restored,
    sum_line,
    sums,
    total,
    waiting,
)
from tray.core.speech import RATE, Span

NINE = datetime(2026, 11, 23, 9, 14, tzinfo=timezone(timedelta(hours=1)))
NAME = "20261123T091400.000000-1"
WRITTEN, SKIPPED, CANCELLED, DROPPED, ASIDE = Fate
LENGTH = 40
"""Samples of the sessions in which each sample is looked at."""
SPANS = st.tuples(st.integers(0, LENGTH), st.integers(0, LENGTH)).map(lambda ends: Span(min(ends), max(ends), RATE))
DECISIONS = st.lists(st.builds(Decision, SPANS, st.sampled_from(Fate)), max_size=8)


def seconds(start: float, end: float, rate: int = RATE) -> Span:
    return Span(int(start * rate), int(end * rate), rate)


def account(*decided: tuple[Span, Fate], kept: Iterable[Span] = (), ended: float | None = None) -> Account:
    """A session in which this was decided; `ended` after so many seconds."""
    decisions = tuple(Decision(span, fate) for span, fate in decided)
    return Account(NAME, NINE, decisions, tuple(kept), None if ended is None else int(ended * RATE))


def test_sound_that_was_written_skipped_or_cancelled_adds_up() -> None:
    one = account((seconds(0, 2), SKIPPED), (seconds(2, 5), WRITTEN), (seconds(5, 6), CANCELLED), ended=6)
    assert flaws(one) == []
    assert sums(one) == Sums(captured=6, written=3, skipped=2, cancelled=1)


def test_sound_in_the_spool_waits_until_it_has_a_fate() -> None:
    one = account((seconds(0, 2), WRITTEN), kept=[seconds(0, 4), seconds(4, 5)], ended=5)
    assert flaws(one) == []
    assert sums(one) == Sums(captured=5, written=2, waiting=3)
    assert waiting(one) == [seconds(2, 5)]


def test_what_waits_lies_between_what_has_its_fate() -> None:
    one = account((seconds(1, 2), WRITTEN), (seconds(4, 5), CANCELLED), kept=[seconds(0, 3), seconds(4, 6)], ended=6)
    assert waiting(one) == [seconds(0, 1), seconds(2, 3), seconds(5, 6)]


def test_sound_that_is_nowhere_is_a_hole_with_its_time() -> None:
    one = account((seconds(0, 2), WRITTEN), (seconds(3, 4), SKIPPED), ended=6)
    assert flaws(one) == [
        Hole(seconds(2, 3), NINE + timedelta(seconds=2)),
        Hole(seconds(4, 6), NINE + timedelta(seconds=4)),
    ]
    assert sums(one) == Sums(captured=6, written=2, skipped=1, missing=3)
    assert sums(one).lost == 3


def test_a_session_of_which_nothing_is_left_is_one_hole() -> None:
    assert flaws(account(ended=6)) == [Hole(seconds(0, 6), NINE)]


def test_two_fates_are_a_double_even_if_they_are_the_same() -> None:
    one = account((seconds(0, 2), WRITTEN), (seconds(1, 3), SKIPPED), (seconds(2, 3), SKIPPED), ended=3)
    assert flaws(one) == [
        Double(seconds(1, 2), NINE + timedelta(seconds=1), (SKIPPED, WRITTEN)),
        Double(seconds(2, 3), NINE + timedelta(seconds=2), (SKIPPED, SKIPPED)),
    ]
    assert sums(one) == Sums(captured=3, written=2, skipped=2)


def test_a_double_of_which_a_part_is_still_kept_is_one() -> None:
    one = account((seconds(0, 2), WRITTEN), (seconds(0, 2), SKIPPED), kept=[seconds(1, 3)], ended=3)
    assert flaws(one) == [Double(seconds(0, 2), NINE, (SKIPPED, WRITTEN))]


def test_a_fate_behind_the_end_is_told_and_counts_for_nothing() -> None:
    one = account((seconds(0, 4), WRITTEN), ended=3)
    assert flaws(one) == [Beyond(seconds(3, 4), NINE + timedelta(seconds=3), (WRITTEN,))]
    assert sums(one) == Sums(captured=3, written=3)


@pytest.mark.parametrize(
    ("one", "holes"),
    [
        pytest.param(account((seconds(2, 3), WRITTEN)), [seconds(0, 2)], id="nothing is known of its end"),
        pytest.param(account((seconds(0, 1), WRITTEN), kept=[seconds(2, 3)]), [seconds(1, 2)], id="before the spool"),
        pytest.param(
            account((seconds(3, 4), WRITTEN), kept=[seconds(0, 2)]), [], id="captured since the spool was read"
        ),
        pytest.param(account(), [], id="just begun"),
    ],
)
def test_a_session_that_goes_on_is_judged_as_far_as_the_spool_goes(one: Account, holes: Sequence[Span]) -> None:
    assert [flaw.span for flaw in flaws(one)] == holes


def test_a_session_from_before_there_was_a_ledger_has_no_holes() -> None:
    one = Account(NAME, NINE, (Decision(seconds(1, 2), WRITTEN), Decision(seconds(4, 5), WRITTEN)), booked=False)
    assert flaws(one) == []
    assert sums(one) == Sums(captured=2, written=2)


def test_sound_behind_another_microphone_has_its_true_time() -> None:
    """Counts run on over a change of rate: two seconds at 16 kHz, then one at 48 kHz, then a hole of one."""
    second, third = Span(32_000, 80_000, 48_000), Span(80_000, 128_000, 48_000)
    decided = (Decision(seconds(0, 2), WRITTEN), Decision(second, SKIPPED))
    one = Account(NAME, NINE, decided, captured=128_000, rate=48_000)
    assert flaws(one) == [Hole(third, NINE + timedelta(seconds=3))]
    assert sums(one) == Sums(captured=4, written=2, skipped=1, missing=1)


def test_a_hole_has_the_rate_of_what_follows_it() -> None:
    one = Account(NAME, NINE, (Decision(Span(48_000, 96_000, 48_000), WRITTEN),), captured=96_000)
    assert flaws(one) == [Hole(Span(0, 48_000, 48_000), NINE)]


def test_the_time_of_a_flaw_is_right_when_the_clock_is_put_back_meanwhile() -> None:
    begun = datetime(2026, 10, 25, 2, 59, 50, tzinfo=ZoneInfo("Europe/Berlin"))
    one = Account(NAME, begun, (Decision(seconds(0, 20), WRITTEN),), captured=21 * RATE)
    assert [flaw.time.isoformat() for flaw in flaws(one)] == ["2026-10-25T02:00:10+01:00"]


def test_cancelled_sound_that_is_taken_back_waits_again() -> None:
    decided = [Decision(seconds(0, 1), WRITTEN), Decision(seconds(1, 5), CANCELLED)]
    assert restored(decided, seconds(2, 3)) == [
        Decision(seconds(0, 1), WRITTEN),
        Decision(seconds(1, 2), CANCELLED),
        Decision(seconds(3, 5), CANCELLED),
    ]
    assert restored(decided, seconds(0, 9)) == decided[:1]


@given(decided=DECISIONS, span=SPANS)
def test_taking_back_changes_samples_inside_that_were_cancelled_or_set_aside_and_nothing_else(
    decided: list[Decision], span: Span
) -> None:
    after = restored(decided, span)
    for sample in range(LENGTH):
        inside = span.start <= sample < span.end
        before = [fate for fate in fates(decided, sample) if not (inside and fate in (CANCELLED, ASIDE))]
        assert fates(after, sample) == before


def fates(decided: Iterable[Decision], sample: int) -> list[Fate]:
    """All fates of one sample."""
    return [one.fate for one in decided if one.span.start <= sample < one.span.end]


@given(decided=DECISIONS, kept=st.lists(SPANS, max_size=4), end=st.integers(0, LENGTH))
def test_each_sample_is_judged_as_if_it_were_alone(decided: list[Decision], kept: list[Span], end: int) -> None:
    one = Account(NAME, NINE, tuple(decided), tuple(kept), end)
    told = {sample: type(flaw) for flaw in flaws(one) for sample in range(flaw.span.start, flaw.span.end)}
    expected: dict[int, type[Hole | Double | Beyond]] = {}
    for sample in range(LENGTH):
        found = fates(decided, sample)
        in_spool = any(span.start <= sample < span.end for span in kept)
        if found and sample >= end:
            expected[sample] = Beyond
        elif len(found) > 1:
            expected[sample] = Double
        elif sample < end and not found and not in_spool:
            expected[sample] = Hole
    assert told == expected


@given(
    borders=st.sets(st.integers(1, 10**6), min_size=2, max_size=20),
    fates=st.lists(st.sampled_from([*Fate, None])),
    at=st.integers(0, 99),
)
def test_without_a_flaw_the_sums_are_what_was_captured_and_any_missing_piece_is_found(
    borders: set[int], fates: list[Fate | None], at: int
) -> None:
    pieces = [Span(start, end, RATE) for start, end in pairwise([0, *sorted(borders)])]
    where = [fates[number % len(fates)] if fates else None for number in range(len(pieces))]
    decided = [Decision(span, fate) for span, fate in zip(pieces, where, strict=True) if fate]
    kept = [span for span, fate in zip(pieces, where, strict=True) if not fate]
    one = Account(NAME, NINE, tuple(decided), tuple(kept), pieces[-1].end)
    added = sums(one)
    assert flaws(one) == []
    assert added.captured == pytest.approx(pieces[-1].end / RATE)
    others = (added.written, added.skipped, added.cancelled, added.dropped, added.waiting, added.missing, added.aside)
    assert sum(others) == pytest.approx(added.captured)
    gone = pieces[at % len(pieces)]
    poorer = Account(
        NAME, NINE, tuple(d for d in decided if d.span != gone), tuple(k for k in kept if k != gone), pieces[-1].end
    )
    assert [(type(flaw), flaw.span) for flaw in flaws(poorer)] == [(Hole, gone)]


@pytest.mark.timeout(20)
def test_a_quarter_of_an_hour_in_small_blocks_is_no_long_reading() -> None:
    blocks = [Span(at * 512, (at + 1) * 512, RATE) for at in range(30_000)]
    assert flaws(Account(NAME, NINE, kept=tuple(blocks), captured=blocks[-1].end)) == []


# the sum in one line


def test_sums_of_several_sessions_are_one_sum() -> None:
    assert total([Sums(captured=2, written=2), Sums(captured=3, skipped=1, dropped=2)]) == Sums(5, 2, 1, 0, 2)
    assert total([]) == Sums()


@pytest.mark.parametrize(
    ("seconds", "line"),
    [
        (Sums(), "Nothing heard yet"),
        (Sums(720, 546, 174), "12 min heard: 9.1 min written, 2.9 min silence, 0 waiting, 0 lost"),
        (Sums(42, 30, 10, 2), "42 s heard: 30 s written, 10 s silence, 2 s cancelled, 0 waiting, 0 lost"),
        (Sums(42, 30, 10, aside=2), "42 s heard: 30 s written, 10 s silence, 2 s set aside, 0 waiting, 0 lost"),
        (Sums(5400, 5340, 0, waiting=60), "1.5 h heard: 1.5 h written, 0 silence, 1 min waiting, 0 lost"),
        (Sums(20, 16, 0, 0, 3, 0, 1), "20 s heard: 16 s written, 0 silence, 0 waiting, 4 s lost"),
        (Sums(20, 19.99, missing=0.01), "20 s heard: 20 s written, 0 silence, 0 waiting, under 1 s lost"),
    ],
)
def test_one_line_says_what_became_of_the_sound(seconds: Sums, line: str) -> None:
    assert sum_line(seconds) == line
