"""Sound in, words out: gate, segmenter, engine and punctuator as one object."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tray.core.segmenter import PRE_ROLL, Border, Closed, Frame, Opened, Paused, Policy, Segmenter, policy_for_streams
from tray.core.speech import (
    FRAME,
    RATE,
    AudioChunk,
    Certainty,
    Heard,
    Hypothesis,
    Mark,
    Piece,
    Quiet,
    Recognized,
    Segment,
    Skipped,
    Span,
)
from tray.hearing.tape import StreamResampler, Tape
from tray.ports import Engine, Punctuator

MARK_SETTLES = 1.5
"""Seconds of silence after which a held mark is written."""
TAKE_SHORTEST, TAKE_LONGEST = 0.3, 15.0
"""A key held that long, in seconds, is decoded even if the gate never opened."""
SKIP_STEP = 1.0
"""Silence is reported as skipped in stretches of this many seconds."""

AT_EASE = 4
"""Frames that the gate gets at once while nobody speaks: it costs half, and what is fed begins before the onset."""
GUESS_STEP = 0.5
"""Seconds of sound between two looks at what the open segment says."""


class Gate(Protocol):
    """Tells speech from noise, in one session."""

    def score(self, pcm: bytes) -> Sequence[Frame]:
        """What it says of each frame of the next sound: 16-bit mono 16 kHz, whole frames of `FRAME` samples."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What a hearing is made of."""

    gate: Gate
    engine: Engine
    resampler: Callable[[int], StreamResampler]
    punctuator: Callable[[], Punctuator]
    """For engines whose words are bare."""
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where in its session a hearing begins: not at zero if an earlier one has died."""

    segment: int = 0
    """Number of the next segment."""
    seconds: float = 0.0
    """Place of the first sample."""


class Hearing:
    """One session: chunks go in, and come out as words and as sound that was skipped.

    Every captured sample has come out in exactly one Segment or Skipped when `finish` returns.
    """

    def __init__(self, parts: Parts, beginning: Beginning | None = None) -> None:
        self._beginning = beginning or Beginning()
        streaming = parts.engine.traits.streaming
        self._parts = parts
        self._segmenter = Segmenter(policy_for_streams(parts.policy) if streaming else parts.policy)
        self._recognizer = parts.engine.open()
        self._punctuator = None if parts.engine.traits.punctuated else parts.punctuator()
        self._tape = Tape(parts.resampler)
        self._scored = 0
        self._opened: Opened | None = None
        self._ever_opened = False
        self._previous_end: int | None = None
        self._segments = self._beginning.segment
        self._held: str | None = None
        self._watched, self._guessed = False, 0
        """Somebody looks on; and where the open segment was last guessed at."""
        self._released = False
        self._announce: Callable[[Span], None] = lambda _span: None

    def hear(self, chunk: AudioChunk) -> list[Heard]:
        """The next sound of the session. A chunk of another rate begins a new stretch."""
        heard: list[Heard] = []
        if not self._tape.continues(chunk):
            heard += self._end_stretch()
        self._tape.add(chunk)
        if not self.at_ease or self._tape.end - self._scored >= AT_EASE * FRAME:
            heard += self._score()
        return heard + self._let_go()

    @property
    def at_ease(self) -> bool:
        """Whether nobody speaks, so that sound need not be heard block by block."""
        return not (self._segmenter.speaking or self._released)

    def release(self) -> list[Heard]:
        """The key was let go; what is on its way still belongs to the session, and Quiet says when that is over."""
        heard = self._score()
        self._released = True
        return heard + self._cross_all(self._segmenter.release())

    def watch(self, *, wanted: bool) -> None:
        """Whether somebody wants to see hypotheses."""
        self._watched = wanted

    def foretell(self, announce: Callable[[Span], None]) -> None:
        """From now on `announce` gets each stretch of captured sound before it is decoded."""
        self._announce = announce

    def finish(self, *, push_to_talk: bool = False) -> list[Heard]:
        """Everything that was spoken comes out; the session is over."""
        heard = self._end_stretch(push_to_talk=push_to_talk)
        return heard + self._settle_alone()

    def forget(self) -> list[Heard]:
        """Earlier words were struck: nothing is built on them any more, so the held mark comes out as it is."""
        self._recognizer.forget()
        if self._punctuator:
            self._punctuator.forget()
        return self._settle(None)

    def _score(self) -> list[Heard]:
        heard: list[Heard] = []
        start, whole = self._scored, (self._tape.end - self._scored) // FRAME * FRAME
        # all at once: many frames cost the gate a third of what they cost one by one
        for frame in self._parts.gate.score(self._tape.cut(start, start + whole)):
            self._scored += FRAME
            heard += self._step(frame)
        return heard

    def _step(self, frame: Frame) -> list[Heard]:
        listening = self._opened is not None
        borders = self._segmenter.step(frame)
        heard = self._follow() if listening else []
        heard += self._cross_all(borders)
        # no mark is not settled by silence: the next words may still show that a sentence has ended there
        if self._held and not self._segmenter.speaking and self._segmenter.silence >= MARK_SETTLES:
            heard += self._settle_alone()
        return heard + self._fall_quiet()

    def _follow(self) -> list[Heard]:
        """What the open segment says so far."""
        sound = self._tape.cut(self._scored - FRAME, self._scored)
        hypothesis = self._recognizer.hear(sound) if self._parts.engine.traits.streaming else self._guess()
        return [hypothesis] if hypothesis and self._watched else []

    def _guess(self) -> Hypothesis | None:
        if not self._watched or self._opened is None or self._scored - self._guessed < GUESS_STEP * RATE:
            return None
        self._guessed = self._scored
        return self._recognizer.guess(self._piece(self._opened, Closed(self._scored, self._segmenter.certainty)))

    def _fall_quiet(self) -> list[Heard]:
        """Said once: nobody speaks any more, so nothing can follow the held mark either."""
        if not (self._released and self._segmenter.quiet):
            return []
        self._released = False
        return [*self._settle_alone(), Quiet()]

    def _cross_all(self, borders: Iterable[Border]) -> list[Heard]:
        return [heard for border in borders for heard in self._cross(border)]

    def _cross(self, border: Border) -> list[Heard]:
        match border:
            case Closed():
                return self._close(border)
            case Paused(closed):
                if self._opened:
                    self._announce(self._tape.span_until(closed.end))
                    self._recognizer.prepare(self._piece(self._opened, closed))
                return []
            case Opened():
                return self._open(border)

    def _open(self, opened: Opened) -> list[Heard]:
        self._opened, self._ever_opened, self._guessed = opened, True, opened.start
        if not self._parts.engine.traits.streaming:
            return []
        start = max(opened.start, self._previous_end or 0)
        hypothesis = self._recognizer.hear(self._tape.cut(start, self._scored))
        return [hypothesis] if hypothesis and self._watched else []

    def _close(self, closed: Closed) -> list[Heard]:
        assert self._opened is not None, "the segmenter closes only what it has opened"
        opened, self._opened = self._opened, None
        heard = self._written(self._piece(opened, closed), max(opened.start, self._previous_end or 0), closed.end)
        self._previous_end = closed.end
        return heard

    def _piece(self, opened: Opened, closed: Closed) -> Piece:
        previous = opened.start if self._previous_end is None else self._previous_end
        sound = self._tape.cut(opened.start, closed.end)
        gap = self._tape.cut(previous, opened.start)
        overlap = max(0, previous - opened.start)
        start = self._beginning.seconds + opened.start / RATE
        return Piece(sound, gap, start, opened.pause, closed.certainty, overlap)

    def _written(self, piece: Piece, start: int, end: int) -> list[Heard]:
        self._announce(self._tape.span_until(end))
        recognized = self._recognize(piece)
        if not recognized.words:
            return _skipped(self._tape.fate_until(end))
        heard = _skipped(self._tape.fate_until(start))
        heard += self._settle(recognized.before)
        heard.append(Segment(self._segments, recognized.words, self._tape.fate_until(end), recognized.held))
        self._segments += 1
        self._held = recognized.held
        if not self._parts.policy.joined:
            self._recognizer.forget()  # marks for bare words still depend on what stands before
        return heard

    def _recognize(self, piece: Piece) -> Recognized:
        recognized = self._recognizer.end(piece)
        if self._punctuator is None or not recognized.words:
            return recognized
        return self._punctuator.punctuate(recognized.words, piece.pause)

    def _settle(self, better: str | None) -> list[Heard]:
        """The held mark is written: as it was held, unless there is a better one."""
        if self._held is None:
            return []
        held, self._held = self._held, None
        return [Mark(self._segments - 1, held if better is None else better)]

    def _settle_alone(self) -> list[Heard]:
        """The held mark is written, since no words have followed."""
        if self._held is None:
            return []
        self._recognizer.settle()
        return self._settle(self._punctuator.settle() if self._punctuator else None)

    def _end_stretch(self, *, push_to_talk: bool = False) -> list[Heard]:
        """The sound of one microphone is over: nothing of it stays inside."""
        self._tape.flush()
        heard = self._score() + self._hear_rest()
        heard += self._cross_all(self._segmenter.finish(self._tape.end))
        if push_to_talk and not self._ever_opened:
            heard += self._take()
        self._scored = self._tape.end
        return heard + _skipped(self._tape.end_stretch())

    def _hear_rest(self) -> list[Heard]:
        """What is too short for the gate is still heard by an engine that listens."""
        rest = self._tape.cut(self._scored, self._tape.end)
        if not (self._opened and rest and self._parts.engine.traits.streaming):
            return []
        hypothesis = self._recognizer.hear(rest)
        return [hypothesis] if hypothesis and self._watched else []

    def _take(self) -> list[Heard]:
        """A key was held and the gate heard nobody: the engine decides, if it can be trusted to."""
        seconds = self._tape.end / RATE
        if not (TAKE_SHORTEST <= seconds <= TAKE_LONGEST and self._parts.engine.traits.silent_on_silence):
            return []
        piece = Piece(self._tape.cut(0, self._tape.end), b"", self._beginning.seconds, float("inf"), Certainty.UNHEARD)
        return self._written(piece, 0, self._tape.end)

    def _let_go(self) -> list[Heard]:
        """Report silence that cannot become speech any more, and forget its sound."""
        if self._opened:  # for hours, where nobody ever pauses
            self._tape.forget_before(min(self._opened.start, self._previous_end or 0))
            return []
        if not (self._ever_opened or self._scored > TAKE_LONGEST * RATE):
            return []
        kept = self._scored - int(TAKE_LONGEST * RATE)
        self._tape.forget_before(max((self._previous_end or 0) - PRE_ROLL, kept))
        settled = self._scored - RATE
        if settled - self._tape.fated < SKIP_STEP * RATE:
            return []
        return _skipped(self._tape.fate_until(settled))


def _skipped(span: Span) -> list[Heard]:
    return [Skipped(span)] if span.start < span.end else []
