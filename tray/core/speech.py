"""The words of the house: sound, words, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

RATE = 16_000
"""Samples per second of everything behind the resampler."""
FRAME = 512
"""Samples in one frame of the gate: 32 ms at `RATE`."""


RATES = range(1_000, 1_000_001)
"""Samples per second that a device can have."""
SAMPLES = range(2**40)
"""Counts of samples that a session can reach: twelve days at the fastest rate, and no more than a date can bear."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of captured sound; sample counts are the only clock of the core."""

    start: int
    """First sample, counted from the start of the session."""
    end: int
    """One past the last sample."""
    rate: int
    """Samples per second."""

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return (self.end - self.start) / self.rate

    def checked(self) -> Span:
        """The same, read from a file that somebody may have changed. Raises ValueError if nobody can have said it."""
        if not (self.start in SAMPLES and self.end in SAMPLES and self.rate in RATES and self.start <= self.end):
            raise ValueError("no microphone gives such sound")
        return self


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """Sound as it was captured: 16-bit little-endian mono."""

    pcm: bytes
    """Two bytes a sample."""
    start: int
    """Count of the first sample, from the start of the session."""
    rate: int
    """Samples per second."""

    @property
    def end(self) -> int:
        """One past the count of the last sample."""
        return self.start + len(self.pcm) // 2


@dataclass(frozen=True, slots=True)
class Released:
    """Behind the sound that was there when the key was let go; a short rest follows."""

    end: int
    """Count of the samples before it."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """Before the first sound of a session that goes on where an earlier program has died."""

    segment: int
    """Number of its next segment."""
    end: int
    """Count of the samples before it."""
    seconds: float
    """Place of its first sample, from the start of the session."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Behind the last sound of a session."""

    push_to_talk: bool = False
    """The whole session was a push-to-talk take."""


@dataclass(frozen=True, slots=True)
class Word:
    """One recognised word as it is written, with any mark that clings to it inside a segment."""

    text: str
    start: float
    """Seconds from the start of the session."""
    end: float
    """Seconds from the start of the session."""
    confidence: float | None
    """0–1, or None where the engine does not say."""
    timing: Literal["measured", "estimated"]


class Certainty(Enum):
    """How sure the gate was that a segment holds speech."""

    UNHEARD = "unheard"
    """The gate never opened; a key was held, so somebody meant to speak."""
    DOUBTFUL = "doubtful"
    """It opened, but never scored 0.5."""
    HEARD = "heard"
    SURE = "sure"
    """At least 0.7 for five frames."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The sound of one finished segment, as a recognizer gets it."""

    sound: bytes
    """16-bit mono at `RATE`."""
    gap: bytes
    """What lies between the sound of the piece before and this one; empty for the first piece."""
    start: float
    """Seconds from the start of the session to the first sample of `sound`."""
    pause: float
    """Seconds without speech before it; infinite for the first piece of a session."""
    certainty: Certainty
    overlap: int = 0
    """Samples at the start of `sound` that the piece before had already."""


@dataclass(frozen=True, slots=True)
class Recognized:
    """What an engine or a punctuator makes of a piece."""

    words: tuple[Word, ...]
    held: str
    """The mark after the last word, to be settled later; may be empty."""
    before: str | None
    """The mark that now stands after the piece before this one; None leaves that piece's own held mark."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Speech between two endpoints; its words never change."""

    number: int
    """Counted from 0 in its session."""
    words: tuple[Word, ...]
    span: Span
    held: str


@dataclass(frozen=True, slots=True)
class Mark:
    """The held mark of a segment is settled; may be empty."""

    segment: int
    text: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """Sound that the gate let nobody hear."""

    span: Span


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Text of the open segment that may be taken back: shown, never written."""

    text: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """The key was let go, and what was spoken then has come to its end."""


Heard = Segment | Mark | Skipped | Hypothesis | Quiet
