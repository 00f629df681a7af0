"""Whatever is said, at any rate and in any blocks, every sample comes out once."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.hearing.made import LINES, booked, hearing, nobody, script, voice
from tray.audio.resample import Resampler
from tray.core.ledger import Ledger
from tray.core.speech import AudioChunk, Heard, Segment, Skipped, Span

RATES = st.sampled_from([8000, 11_025, 16_000, 22_050, 44_100, 48_000])
PARTS = st.lists(st.tuples(st.booleans(), st.floats(0.0, 2.5)), min_size=1, max_size=5)
STRETCHES = st.lists(st.tuples(RATES, PARTS, st.integers(0, 500)), min_size=1, max_size=3)
SLOW = (Phase.explicit, Phase.reuse, Phase.generate)
"""Seconds of sound are not worth minutes of shrinking."""


@settings(max_examples=40, deadline=None, phases=SLOW)
@given(stretches=STRETCHES, blocks=st.lists(st.integers(1, 9000), min_size=1, max_size=5), take=st.booleans())
def test_the_ledger_adds_up_to_the_sample(
    stretches: Sequence[tuple[int, Sequence[tuple[bool, float]], int]], blocks: Sequence[int], take: bool
) -> None:
    one, ledger = hearing(script(*LINES), Resampler), Ledger()
    heard: list[Heard] = []
    whole: list[Span] = []
    for rate, parts, odd in stretches:
        sound = b"".join((voice if speaks else nobody)(seconds, rate) for speaks, seconds in parts) + bytes(2 * odd)
        whole.append(Span(ledger.captured, ledger.captured + len(sound) // 2, rate))
        for chunk in _uneven(sound, blocks, ledger.captured, rate):
            ledger.capture(Span(chunk.start, chunk.end, rate))
            heard += one.hear(chunk)
    heard += one.finish(push_to_talk=take)
    assert booked(heard, ledger).complete
    spans = [thing.span for thing in heard if isinstance(thing, Segment | Skipped)]
    assert {span for span in spans for stretch in whole if _share(span, stretch) and span.rate != stretch.rate} == set()


def _share(one: Span, other: Span) -> bool:
    return max(one.start, other.start) < min(one.end, other.end)


def _uneven(sound: bytes, blocks: Sequence[int], start: int, rate: int) -> list[AudioChunk]:
    cut: list[AudioChunk] = []
    at = 0
    while at < len(sound):
        pcm = sound[at : at + 2 * blocks[len(cut) % len(blocks)]]
        cut.append(AudioChunk(pcm, start + at // 2, rate))
        at += len(pcm)
    return cut


@settings(max_examples=15, deadline=None, phases=SLOW)
@given(rate=RATES, blocks=st.lists(st.integers(1, 9000), min_size=1, max_size=5))
def test_at_any_rate_the_size_of_the_blocks_does_not_change_what_is_heard(rate: int, blocks: Sequence[int]) -> None:
    sound = b"".join([nobody(0.5, rate), voice(1, rate), nobody(0.8, rate), voice(0.6, rate), nobody(2, rate)])

    def words(pieces: list[AudioChunk]) -> list[Heard]:
        one = hearing(script(*LINES), Resampler)
        heard = [thing for chunk in pieces for thing in one.hear(chunk)] + one.finish()
        return [thing for thing in heard if not isinstance(thing, Skipped)]

    assert words(_uneven(sound, blocks, 0, rate)) == words(_uneven(sound, [rate // 50], 0, rate))
