"""Where speech begins and ends, told by scores alone."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.core.scores import (
    LIVE,
    ONSET,
    QUIET,
    TAIL,
    closed,
    cut,
    every_border,
    frames,
    opened,
    quiet,
    silent_for,
    speech,
)
from tray.core.segmenter import (
    LEAD,
    OFF,
    ON,
    PRE_ROLL,
    WALK,
    Border,
    Closed,
    Frame,
    Opened,
    Paused,
    Policy,
    Segmenter,
    policy_for_files,
    policy_for_streams,
)
from tray.core.speech import FRAME, RATE, Certainty


def released(before: Sequence[Frame], after: Sequence[Frame]) -> list[tuple[int, Border]]:
    """What is said from the release of the key on, and how many frames after it; and how many until it is quiet."""
    segmenter = Segmenter(LIVE)
    for frame in before:
        segmenter.step(frame)
    found = [(0, border) for border in segmenter.release()]
    return found + [(at, border) for at, frame in enumerate(after, 1) for border in segmenter.step(frame)]


def quiet_after(before: Sequence[Frame], after: Sequence[Frame]) -> int | None:
    """Frames after the release until nobody speaks any more."""
    segmenter = Segmenter(LIVE)
    for frame in before:
        segmenter.step(frame)
    segmenter.release()
    for at, frame in enumerate(after, 1):
        segmenter.step(frame)
        if segmenter.quiet:
            return at
    return None


@pytest.mark.parametrize("score", [0.0, ON - 0.01])
def test_what_is_not_speech_opens_nothing(score: float) -> None:
    assert cut(frames(score, 400)) == []


def test_one_frame_of_speech_is_enough() -> None:
    assert len(opened(cut([*quiet(20), *frames(ON, 1), *quiet(40)]))) == 1


def test_sound_is_wanted_from_shortly_before_the_onset() -> None:
    assert opened(cut([*quiet(20), *speech(20)]))[0].start == ONSET - LEAD


def test_sound_is_wanted_from_where_the_voice_rises_though_the_gate_opens_later() -> None:
    rising = frames((WALK + ON) / 2, 3)
    assert opened(cut([*quiet(20), *rising, *speech(20)]))[0].start == ONSET - LEAD


def test_the_search_for_the_onset_stays_in_the_pre_roll() -> None:
    start = opened(cut([*frames((WALK + ON) / 2, 60), *speech(20)]))[0].start
    assert 60 * FRAME - PRE_ROLL <= start < 60 * FRAME - PRE_ROLL // 2


def test_nothing_is_wanted_from_before_the_session() -> None:
    assert opened(cut(speech(20)))[0].start == 0


def test_nothing_is_wanted_twice_that_was_voiced_before() -> None:
    borders = cut([*speech(20), *frames(0.1, 7), *speech(20)], Policy(endpoint_s=0.2))
    assert opened(borders)[1].start == 20 * FRAME


def test_a_pause_of_half_a_second_ends_a_segment() -> None:
    sound = [*speech(20), *silent_for(0.5)]
    segmenter = Segmenter(LIVE)
    steps = [segmenter.step(frame) for frame in sound]
    assert not any(isinstance(border, Closed) for step in steps[:-1] for border in step)
    assert steps[-1] == (Closed(min(20 * FRAME + TAIL, len(sound) * FRAME), Certainty.SURE),)


def test_sound_is_wanted_until_shortly_after_the_last_voice() -> None:
    assert closed(cut([*speech(20), *silent_for(2)], Policy(endpoint_s=1.0)))[0].end == 20 * FRAME + TAIL


def test_after_a_quarter_of_a_second_of_silence_it_is_foreseen_how_the_segment_ends() -> None:
    sound = [*speech(20), *silent_for(0.5)]
    segmenter = Segmenter(LIVE)
    steps = [segmenter.step(frame) for frame in sound]
    foreseen = next(at for at, step in enumerate(steps) if any(isinstance(border, Paused) for border in step))
    assert foreseen + 1 == 20 + len(silent_for(0.25))
    assert steps[foreseen] == (Paused(closed(steps[-1])[0]),)


def test_what_was_foreseen_is_forgotten_when_somebody_goes_on() -> None:
    borders = every_border([*speech(20), *silent_for(0.4), *speech(20), *silent_for(0.6)])
    foreseen = [border.closed for border in borders if isinstance(border, Paused)]
    assert [one.end for one in foreseen] == [20 * FRAME + TAIL, (40 + len(silent_for(0.4))) * FRAME + TAIL]
    assert closed(borders) == foreseen[1:]


@pytest.mark.parametrize("policy", [policy_for_files(LIVE), policy_for_streams(LIVE)])
def test_nothing_is_foreseen_where_nobody_waits(policy: Policy) -> None:
    assert every_border([*speech(20), *silent_for(3)], policy) == cut([*speech(20), *silent_for(3)], policy)


def test_when_the_key_is_let_go_the_words_so_far_are_wanted_at_once() -> None:
    assert released(speech(20), [])[0] == (0, Paused(Closed(20 * FRAME, Certainty.SURE)))


def test_after_the_key_a_short_silence_is_the_end() -> None:
    assert released(speech(20), quiet(20))[1:] == [(5, Closed(20 * FRAME, Certainty.SURE))]
    assert quiet_after(speech(20), quiet(20)) == 5


def test_a_silence_before_the_key_counts_but_what_is_on_its_way_is_waited_for() -> None:
    before = [*speech(20), *quiet(12)]
    assert released(before, quiet(20)) == [(2, Closed(20 * FRAME + TAIL, Certainty.SURE))]
    assert quiet_after([*speech(20), *quiet(60)], quiet(20)) == 2


def test_a_word_that_goes_on_after_the_key_is_heard_to_its_end() -> None:
    found = released(speech(20), [*speech(4), *quiet(20)])
    assert found[0] == (0, Paused(Closed(20 * FRAME, Certainty.SURE)))
    assert found[-1] == (9, Closed(26 * FRAME, Certainty.SURE))
    assert quiet_after(speech(20), [*speech(4), *quiet(20)]) == 9


def test_while_somebody_speaks_it_is_not_quiet() -> None:
    assert quiet_after(speech(20), speech(20)) is None


def test_a_shorter_pause_ends_nothing() -> None:
    assert len(opened(cut([*speech(20), *silent_for(0.45), *speech(20)]))) == 1


def test_a_voice_that_sinks_but_does_not_end_keeps_the_segment_open() -> None:
    assert len(opened(cut([*speech(20), *frames(OFF, 60), *speech(20)]))) == 1


@pytest.mark.parametrize(("seconds", "segments"), [(1, 1), (3, 2)])
def test_a_short_segment_may_wait_for_a_longer_pause(seconds: int, segments: int) -> None:
    policy = Policy(endpoint_s=0.5, short_s=2.0, short_endpoint_s=1.5)
    sound = [*speech(seconds * RATE // FRAME), *silent_for(0.6), *speech(20)]
    assert len(opened(cut(sound, policy))) == segments


def test_the_users_endpoint_is_kept() -> None:
    sound = [*speech(20), *silent_for(0.8), *speech(20)]
    assert len(opened(cut(sound, Policy(endpoint_s=1.0)))) == 1
    assert len(opened(cut(sound, Policy(endpoint_s=0.7)))) == 2


def test_who_speaks_on_is_cut_where_the_voice_is_lowest_after_five_seconds() -> None:
    dip = 220
    sound = [*frames(0.9, 100), *frames(0.9, 5, QUIET), *frames(0.9, dip - 105), *frames(0.9, 3, QUIET), *speech(200)]
    borders = cut(sound)
    first, second = closed(borders)[0], opened(borders)[1]
    assert (dip + 1) * FRAME <= first.end < (dip + 2) * FRAME
    assert second == Opened(first.end, 0.0)


def test_both_halves_of_a_cut_have_their_own_certainty() -> None:
    sound = [*speech(200), *frames(0.4, 3, QUIET), *frames(0.4, 240)]
    assert [one.certainty for one in closed(cut(sound))] == [Certainty.SURE, Certainty.DOUBTFUL]
    sound = [*frames(0.4, 200), *frames(0.4, 3, QUIET), *speech(105), *frames(0.4, 100)]
    assert [one.certainty for one in closed(cut(sound))] == [Certainty.SURE, Certainty.SURE]


def test_a_cut_that_falls_into_a_pause_opens_nothing_before_the_next_word() -> None:
    sound = [*speech(306), *quiet(9)]
    assert len(opened(cut(sound))) == 1
    assert len(opened(cut([*sound, *quiet(10), *speech(5)]))) == 2


def test_a_streaming_engine_is_cut_where_it_stands() -> None:
    segmenter = Segmenter(policy_for_streams(LIVE))
    stepped = [(at + 1, segmenter.step(frame)) for at, frame in enumerate(speech(400))]
    ends = [(at, step) for at, step in stepped if any(isinstance(border, Closed) for border in step)]
    assert [closed(step)[0].end for _, step in ends] == [at * FRAME for at, _ in ends]
    assert segmenter.speaking


def test_a_file_has_fewer_and_longer_segments() -> None:
    sound = [frame for _ in range(8) for frame in (*speech(60), *silent_for(0.6))]
    assert len(opened(cut(sound))) == 8
    assert len(opened(cut(sound, policy_for_files(LIVE)))) < 4


@pytest.mark.parametrize(
    ("scores", "certainty"),
    [
        ((0.49,) * 20, Certainty.DOUBTFUL),
        ((0.5,), Certainty.HEARD),
        ((0.7,) * 4, Certainty.HEARD),
        ((0.7,) * 5, Certainty.SURE),
        ((0.7, 0.4) * 5, Certainty.SURE),
    ],
)
def test_how_sure_the_gate_was(scores: Sequence[float], certainty: Certainty) -> None:
    sound = [frame for score in scores for frame in frames(score, 1)]
    assert closed(cut([*quiet(5), *sound, *quiet(30)]))[0].certainty is certainty


def test_the_certainty_of_one_segment_says_nothing_of_the_next() -> None:
    borders = cut([*speech(20), *quiet(30), *frames(0.4, 10), *quiet(30)])
    assert [one.certainty for one in closed(borders)] == [Certainty.SURE, Certainty.DOUBTFUL]


def test_the_pause_before_a_segment_is_told() -> None:
    first, second = opened(cut([*quiet(9), *speech(20), *quiet(50), *speech(20)]))
    assert first.pause == float("inf")
    assert second.pause == pytest.approx(50 * FRAME / RATE)


def test_silence_is_counted_from_the_last_voice() -> None:
    segmenter = Segmenter(LIVE)
    assert segmenter.silence == float("inf")
    for frame in [*speech(20), *quiet(50)]:
        segmenter.step(frame)
    assert segmenter.silence == pytest.approx(50 * FRAME / RATE)


@pytest.mark.parametrize(("rest", "end"), [(0, 20 * FRAME), (100, 20 * FRAME + 100), (RATE, 20 * FRAME + TAIL)])
def test_what_is_being_said_at_the_finish_ends_there(rest: int, end: int) -> None:
    assert closed(cut(speech(20), rest=rest)) == [Closed(end, Certainty.SURE)]


def test_a_finish_in_silence_ends_nothing() -> None:
    segmenter = Segmenter(LIVE)
    assert segmenter.finish(0) == ()
