"""What is true of the segmenter whatever it hears."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.core.scores import LIVE, LOUD, QUIET, closed, cut, frames, opened
from tray.core.segmenter import OFF, ON, WALK, Closed, Frame, Opened, Policy, policy_for_files, policy_for_streams
from tray.core.speech import FRAME, RATE

POLICIES = (LIVE, policy_for_files(LIVE), policy_for_streams(LIVE), Policy(0.2, longest_s=2.0, cut_from_s=1.0))
RUNS = st.tuples(
    st.sampled_from([0.0, WALK, 0.1, OFF, 0.2, ON, 0.6, 0.9]), st.integers(1, 90), st.sampled_from([QUIET, -40.0, LOUD])
)
SOUND = st.lists(RUNS, max_size=14).map(lambda runs: [frame for run in runs for frame in frames(*run)])


@given(sound=SOUND, policy=st.sampled_from(POLICIES), rest=st.integers(0, FRAME - 1))
def test_borders_alternate_and_every_segment_ends(sound: Sequence[Frame], policy: Policy, rest: int) -> None:
    borders = cut(sound, policy, rest)
    assert len(borders) % 2 == 0
    assert all(isinstance(border, Closed if at % 2 else Opened) for at, border in enumerate(borders))


@given(sound=SOUND, policy=st.sampled_from(POLICIES), rest=st.integers(0, FRAME - 1))
def test_segments_lie_in_the_sound_and_share_no_more_than_the_silence_at_an_end(
    sound: Sequence[Frame], policy: Policy, rest: int
) -> None:
    borders = cut(sound, policy, rest)
    segments = list(zip(opened(borders), closed(borders), strict=True))
    assert all(0 <= first.start < last.end <= len(sound) * FRAME + rest for first, last in segments)
    shared = max(policy.tail_s, policy.endpoint_s) * RATE
    assert all(earlier[1].end - shared <= later[0].start for earlier, later in pairwise(segments))
    assert all(earlier[1].end < later[1].end for earlier, later in pairwise(segments))


@given(sound=SOUND, policy=st.sampled_from(POLICIES))
def test_no_segment_is_longer_than_the_longest(sound: Sequence[Frame], policy: Policy) -> None:
    borders = cut(sound, policy)
    lengths = [last.end - first.start for first, last in zip(opened(borders), closed(borders), strict=True)]
    assert all(length <= policy.longest_s * RATE + FRAME for length in lengths)


@given(sound=SOUND, policy=st.sampled_from(POLICIES))
def test_no_frame_in_which_somebody_spoke_is_left_out(sound: Sequence[Frame], policy: Policy) -> None:
    borders = cut(sound, policy)
    wanted = {
        sample
        for first, last in zip(opened(borders), closed(borders), strict=True)
        for sample in range(first.start, last.end)
    }
    spoken = [at * FRAME for at, frame in enumerate(sound) if frame.score >= ON]
    assert all(at in wanted and at + FRAME - 1 in wanted for at in spoken)
