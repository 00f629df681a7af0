"""The tape knows for every moment of sound which captured samples it was."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hearing.made import Straight
from tray.audio.resample import Resampler
from tray.core.speech import RATE, AudioChunk, Span
from tray.hearing.tape import Tape


def counted(start: int, samples: int) -> AudioChunk:
    """Samples whose values are their counts."""
    pcm = b"".join(at.to_bytes(2, "little") for at in range(start, start + samples))
    return AudioChunk(pcm, start, RATE)


@pytest.fixture
def tape() -> Tape:
    """A tape with the samples 0 to 999."""
    recorded = Tape(Straight)
    recorded.add(counted(0, 1000))
    return recorded


def test_sound_is_found_where_it_was_recorded(tape: Tape) -> None:
    assert tape.end == 1000
    assert tape.cut(300, 500) == counted(300, 200).pcm


def test_sound_that_is_not_there_is_left_out(tape: Tape) -> None:
    assert tape.cut(900, 2000) == counted(900, 100).pcm
    assert tape.cut(-5, 5) == counted(0, 5).pcm
    assert tape.cut(500, 400) == b""


def test_positions_stay_when_the_sound_before_them_is_forgotten(tape: Tape) -> None:
    tape.forget_before(400)
    assert tape.end == 1000
    assert tape.cut(300, 500) == counted(400, 100).pcm
    tape.add(counted(1000, 50))
    assert tape.cut(990, 1010) == counted(990, 20).pcm


def test_forgetting_what_is_forgotten_changes_nothing(tape: Tape) -> None:
    tape.forget_before(400)
    tape.forget_before(200)
    assert tape.cut(400, 410) == counted(400, 10).pcm


def test_fates_follow_each_other(tape: Tape) -> None:
    assert [tape.fate_until(at) for at in (100, 400)] == [Span(0, 100, RATE), Span(100, 400, RATE)]
    assert tape.fated == 400
    assert tape.end_stretch() == Span(400, 1000, RATE)


def test_a_fate_is_not_given_twice(tape: Tape) -> None:
    tape.fate_until(500)
    assert tape.fate_until(300) == Span(500, 500, RATE)
    assert tape.fate_until(600) == Span(500, 600, RATE)


def test_nothing_that_was_not_recorded_has_a_fate(tape: Tape) -> None:
    assert tape.fate_until(5000) == Span(0, 1000, RATE)
    assert tape.fated == 1000


@pytest.mark.parametrize(
    ("chunk", "continues"),
    [
        (AudioChunk(b"\0\0", 1000, RATE), True),
        (AudioChunk(b"\0\0", 1000, 48_000), False),
        (AudioChunk(b"\0\0", 1001, RATE), False),
    ],
)
def test_another_rate_or_another_place_is_another_stretch(tape: Tape, chunk: AudioChunk, continues: bool) -> None:
    assert tape.continues(chunk) == continues


def test_a_tape_without_a_stretch_is_continued_by_nothing(tape: Tape) -> None:
    assert not Tape(Straight).continues(counted(0, 10))
    tape.end_stretch()
    assert not tape.continues(counted(1000, 10))


def test_a_tape_that_begins_in_the_middle_of_a_session_counts_on_from_there() -> None:
    tape = Tape(Straight)
    tape.add(counted(5000, 100))
    assert tape.fate_until(40) == Span(5000, 5040, RATE)
    assert tape.end_stretch() == Span(5040, 5100, RATE)


RATES = st.sampled_from([8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000])


@given(
    stretches=st.lists(st.tuples(RATES, st.integers(1, 3000)), min_size=1, max_size=4),
    places=st.lists(st.integers(0, 4000), max_size=6),
)
def test_every_captured_sample_has_one_fate_at_any_rate(
    stretches: Sequence[tuple[int, int]], places: Sequence[int]
) -> None:
    tape, start = Tape(Resampler), 0
    for rate, samples in stretches:
        begun = tape.end
        tape.add(AudioChunk(bytes(2 * samples), start, rate))
        tape.flush()
        spans = [*(tape.fate_until(begun + at) for at in sorted(places)), tape.end_stretch()]
        assert [span.rate for span in spans] == [rate] * len(spans)
        for span in spans:
            assert span.start == start
            start = span.end
    assert start == sum(samples for _, samples in stretches)
