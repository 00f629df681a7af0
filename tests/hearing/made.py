"""Sound made for the purpose: a voice, or nobody; and a gate that tells them apart by their loudness."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from tray.core.ledger import Fate, Ledger
from tray.core.segmenter import Frame, Policy
from tray.core.speech import FRAME, RATE, AudioChunk, Heard, Mark, Segment, Skipped
from tray.engines.script import Line, Script, ScriptEngine
from tray.hearing.hearing import Beginning, Hearing, Parts
from tray.hearing.tape import StreamResampler
from tray.punctuators.rules import RulesPunctuator

LOUD, QUIET = 8000, 1
LINES = tuple(f"Line {number}." for number in range(200))


def voice(seconds: float, rate: int = RATE) -> bytes:
    """Somebody speaks: a buzz of 100 Hz."""
    half = rate // 200
    return _times(array("h", [LOUD] * half + [-LOUD] * half), seconds, rate)


def nobody(seconds: float, rate: int = RATE) -> bytes:
    """Room tone."""
    return _times(array("h", [QUIET, -QUIET]), seconds, rate)


def _times(period: array[int], seconds: float, rate: int) -> bytes:
    samples = round(seconds * rate)
    return (period * (samples // len(period) + 1))[:samples].tobytes()


TALK = nobody(1) + voice(1) + nobody(0.7) + voice(0.5) + nobody(3) + voice(2) + nobody(0.2)


class LoudnessGate:
    """Sure of the voice, and sure of silence; a frame that is half voice is voice."""

    def score(self, pcm: bytes) -> list[Frame]:
        """What it says of each frame."""
        return [self._judge(array("h", pcm[at : at + 2 * FRAME])) for at in range(0, len(pcm), 2 * FRAME)]

    def _judge(self, samples: array[int]) -> Frame:
        loudness = sum(map(abs, samples)) / len(samples)
        return Frame(0.9 if loudness > LOUD / 4 else 0.0, -20.0 if loudness > LOUD / 4 else -60.0)


class Straight:
    """What is at 16 kHz already needs no resampling."""

    def __init__(self, rate: int) -> None:
        assert rate == RATE

    def push(self, pcm: bytes) -> bytes:
        """The same."""
        return pcm

    def flush(self) -> bytes:
        """Nothing is held back."""
        return b""


def script(*texts: str, streaming: bool = False) -> ScriptEngine:
    """An engine that says these lines."""
    return ScriptEngine(Script(tuple(Line(text) for text in texts), streaming=streaming))


def hearing(
    engine: ScriptEngine | None = None,
    resampler: type[StreamResampler] = Straight,
    beginning: Beginning | None = None,
    policy: Policy | None = None,
) -> Hearing:
    """A fresh hearing whose gate listens for loudness."""
    parts = Parts(LoudnessGate(), engine or script(*LINES), resampler, RulesPunctuator, policy or Policy())
    return Hearing(parts, beginning)


def chunks(sound: bytes, samples: int, start: int = 0, rate: int = RATE) -> Iterable[AudioChunk]:
    """The sound in blocks of so many samples."""
    for at in range(0, len(sound), 2 * samples):
        yield AudioChunk(sound[at : at + 2 * samples], start + at // 2, rate)


def listen(one: Hearing, sound: bytes, block: int = 512, *, push_to_talk: bool = False) -> list[Heard]:
    """A whole session."""
    heard = [thing for chunk in chunks(sound, block) for thing in one.hear(chunk)]
    return heard + one.finish(push_to_talk=push_to_talk)


def segments(heard: Sequence[Heard]) -> list[Segment]:
    """The segments alone."""
    return [thing for thing in heard if isinstance(thing, Segment)]


def marks(heard: Sequence[Heard]) -> list[Mark]:
    """The settled marks alone."""
    return [thing for thing in heard if isinstance(thing, Mark)]


def said(heard: Sequence[Heard]) -> list[str]:
    """The words of each segment."""
    return [" ".join(word.text for word in one.words) for one in segments(heard)]


def booked(heard: Iterable[Heard], captured: Ledger) -> Ledger:
    """The ledger after all of this, which refuses holes and doubles."""
    for thing in heard:
        if isinstance(thing, Segment | Skipped):
            captured.decide(thing.span, Fate.WRITTEN if isinstance(thing, Segment) else Fate.SKIPPED)
    return captured
