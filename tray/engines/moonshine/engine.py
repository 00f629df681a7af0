"""Each piece of speech is decoded together with the sound before it, forced through the words already written.

Decoded alone, nearly every piece would begin with a capital and end with a full stop, and be recognised worse.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count, takewhile
from pathlib import Path

import numpy as np

from tray.core.speech import RATE, Certainty, Hypothesis, Piece, Recognized, Word
from tray.engines.moonshine.decodes import Decodes, Job
from tray.engines.moonshine.model import Decoded, MoonshineModel, Prompt, Sound
from tray.engines.moonshine.vocabulary import Vocabulary, loops
from tray.ports import Traits

WINDOW = 15 * RATE
"""Most samples in one decode: 10 s are too few to join well, and memory grows with the square."""
MISFIT = -3.0
"""Mean log-probability of the forced words below which they are taken to be wrong."""
EMPTY, DOUBTED_EMPTY = 0.5, 0.2
"""Words are believed up to this likelihood that nothing was said, where the gate is not sure, and where it doubts.

The words of faint speech had 0.19 at most, those invented from half an hour of real rooms 0.26 at least.
"""
BELIEVED_TOKENS, BELIEVED_LOGPROB = 3, -0.5
"""Text this long and this sure is believed although the model would rather have said nothing."""
MUSIC = "\u266a"


class MoonshineEngine:
    """Moonshine base for English: punctuated, cased, silent on silence."""

    traits = Traits(streaming=False, punctuated=True, word_times=False, languages=("en",), silent_on_silence=True)

    def __init__(self, folder: Path) -> None:
        model = MoonshineModel(folder)
        self._vocabulary = model.vocabulary
        self._numbers = count()
        self._decodes = Decodes(lambda job, stopped: model.decode(job.sound, job.new_samples, job.prompt, stopped))

    def open(self) -> MoonshineRecognizer:
        """A recognizer without a past; what was prepared for another one is not wanted any more."""
        self._decodes.drop()
        return MoonshineRecognizer(self._decodes, self._vocabulary, next(self._numbers))


@dataclass(slots=True)
class _Written:
    """A piece whose words stand."""

    sound: Sound
    gap: Sound
    """What lies before `sound`, back to the piece before."""
    pause: float
    overlap: int
    tokens: list[int]
    """Without the marks at their end."""
    held: list[int]
    settled: bool
    bad: bool
    """Its words run in circles: nothing may be built on them."""


@dataclass(slots=True)
class _Guess:
    """What the open piece seems to say."""

    job: Job | None = None
    """The decode that was begun last."""
    heard: list[str] = field(default_factory=list[str])
    agreed: list[str] = field(default_factory=list[str])

    def hear(self, words: list[str]) -> None:
        """Another decode is done."""
        pairs = zip(self.heard, words, strict=False)
        self.agreed = [word for word, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
        self.heard, self.job = words, None


class MoonshineRecognizer:
    """The words of one session."""

    def __init__(self, decodes: Decodes, vocabulary: Vocabulary, number: int) -> None:
        """No other recognizer of these decodes has this number."""
        self._decodes, self._vocabulary, self._number = decodes, vocabulary, number
        self._earlier: list[_Written] = []
        self._guess = _Guess()

    def hear(self, sound: bytes) -> Hypothesis | None:  # noqa: ARG002 whole pieces only
        """Nothing: this engine waits for whole pieces."""
        return None

    def prepare(self, piece: Piece) -> None:
        """Decode the piece meanwhile."""
        self._decodes.prepare(self._first_job(piece, _fresh(piece)))

    def guess(self, piece: Piece) -> Hypothesis | None:
        """What the last two decodes of the open piece agree on; another one begins if there is time.

        Of all words that were decoded once 83 % stay, of those that two decodes in a row agree on 93 % (measured twice
        a second on the project's speech).
        """
        guess, job = self._guess, self._first_job(piece, _fresh(piece))
        if guess.job and (decoded := self._decodes.shown(guess.job.key)):
            guess.hear(self._vocabulary.text(decoded.tokens).split())
        if self._decodes.show(job):
            guess.job = job
        return Hypothesis(" ".join(guess.agreed)) if guess.agreed else None

    def end(self, piece: Piece) -> Recognized:
        """The words of a piece, and the mark before them if that one is still open."""
        self._guess = _Guess()
        fresh = _fresh(piece)
        window = self._window_for(piece, fresh)
        together = self._together(window, fresh, piece) if window else None
        decoded = together or self._alone(fresh, piece)
        before = self._settle_seam(decoded) if together else None
        return self._write(fresh, decoded, piece, before)

    def settle(self) -> None:
        """From now on the last mark is one of the words to build on."""
        if self._earlier:
            self._earlier[-1].settled = True

    def forget(self) -> None:
        """Build on nothing that was said before."""
        self._earlier.clear()

    def _first_job(self, piece: Piece, fresh: _Written) -> Job:
        """What is decoded first, and nearly always also last."""
        window = self._window_for(piece, fresh)
        return self._job(window, fresh, piece) if window else self._job_alone(fresh, piece)

    def _window_for(self, piece: Piece, fresh: _Written) -> list[_Written]:
        return [] if piece.certainty in (Certainty.DOUBTFUL, Certainty.UNHEARD) else self._window(fresh)

    def _window(self, fresh: _Written) -> list[_Written]:
        """The newest whole pieces that fit before a new one, with the real pauses between."""
        window: list[_Written] = []
        total, later = len(fresh.sound), fresh
        for piece in reversed(self._earlier):
            total += len(piece.sound) + len(later.gap)
            if not piece.tokens or piece.bad or total > WINDOW or later.pause * RATE > WINDOW:
                break
            window.insert(0, piece)
            later = piece
        return window

    def _job(self, window: Sequence[_Written], fresh: _Written, piece: Piece) -> Job:
        """Decode on from the words of the window."""
        last = window[-1]
        tokens = [t for one in window for t in (*one.tokens, *one.held)]
        if not last.settled and last.held:
            tokens = tokens[: -len(last.held)]
        key = (self._number, piece.start, len(fresh.sound), tuple(tokens), last.settled)
        return Job(key, _join(window, fresh), len(fresh.sound), Prompt(tokens, not last.settled))

    def _job_alone(self, fresh: _Written, piece: Piece) -> Job:
        return Job((self._number, piece.start, len(fresh.sound)), fresh.sound, len(fresh.sound))

    def _together(self, window: Sequence[_Written], fresh: _Written, piece: Piece) -> Decoded | None:
        """Words that go on from those of the window; None where that gives nothing to be trusted."""
        decoded = self._decodes.finish(self._job(window, fresh, piece))
        new = decoded.tokens[self._vocabulary.leading_marks(decoded.tokens) :]
        worthless = decoded.cut_off or loops(new) or not self._vocabulary.text(new).strip(".,?!:; ")
        return None if worthless or decoded.forced_logprob < MISFIT else decoded

    def _alone(self, fresh: _Written, piece: Piece) -> Decoded:
        decoded = self._decodes.finish(self._job_alone(fresh, piece))
        return decoded if piece.certainty is Certainty.SURE or self._believed(decoded, piece) else Decoded()

    def _believed(self, decoded: Decoded, piece: Piece) -> bool:
        """Whether these are words, although the gate is not sure of it."""
        if decoded.p_empty <= (EMPTY if piece.certainty is Certainty.HEARD else DOUBTED_EMPTY):
            return True
        sure, several = decoded.mean_logprob > BELIEVED_LOGPROB, len(decoded.tokens) >= BELIEVED_TOKENS
        return sure and several and MUSIC not in self._vocabulary.text(decoded.tokens)

    def _settle_seam(self, decoded: Decoded) -> str | None:
        """Move the marks at the start of new text to the words before it; dropped where those are settled."""
        count = self._vocabulary.leading_marks(decoded.tokens)
        marks = decoded.tokens[:count]
        del decoded.tokens[:count], decoded.logprobs[:count]
        last = self._earlier[-1]
        if last.settled:
            return None
        last.held = marks
        return self._vocabulary.text(marks)

    def _write(self, fresh: _Written, decoded: Decoded, piece: Piece, before: str | None) -> Recognized:
        tokens = decoded.tokens
        cut = len(tokens) - self._vocabulary.trailing_marks(tokens)
        fresh.tokens, fresh.held = tokens[:cut], tokens[cut:]
        fresh.bad = decoded.cut_off or loops(fresh.tokens)
        if fresh.tokens:
            self.settle()
        self._earlier.append(fresh)
        self._let_go()
        words = self._words(fresh.tokens, decoded.logprobs, piece)
        return Recognized(words, self._vocabulary.text(fresh.held) if words else "", before)

    def _words(self, tokens: list[int], logprobs: list[float], piece: Piece) -> tuple[Word, ...]:
        """Words spread over the piece by their letters; each is as sure as its least sure token."""
        groups = [
            (self._vocabulary.text([tokens[i] for i in at]), min(logprobs[i] for i in at))
            for at in self._vocabulary.words(tokens)
        ]
        groups = [(text, logprob) for text, logprob in groups if text]
        letters = sum(len(text) + 1 for text, _ in groups)
        seconds_each = len(piece.sound) / 2 / RATE / max(1, letters)
        words: list[Word] = []
        at = piece.start
        for text, logprob in groups:
            end = at + (len(text) + 1) * seconds_each
            words.append(Word(text, at, end, math.exp(logprob), "estimated"))
            at = end
        return tuple(words)

    def _let_go(self) -> None:
        """Forget sound that no later window can hold."""
        total = 0
        for at in range(len(self._earlier) - 1, -1, -1):
            total += len(self._earlier[at].sound)
            if total > WINDOW:
                del self._earlier[: at + 1]
                return


def _join(window: Sequence[_Written], fresh: _Written) -> Sound:
    """The sound of the window and the new piece as it was spoken, pauses included, nothing twice."""
    parts = [window[0].sound]
    for piece in (*window[1:], fresh):
        parts += [piece.gap, piece.sound[piece.overlap :]]
    return np.concatenate(parts, dtype=np.float32)


def _fresh(piece: Piece) -> _Written:
    """A piece without words yet."""
    sound, gap = _floats(piece.sound), _floats(piece.gap)
    return _Written(sound, gap, piece.pause, piece.overlap, [], [], settled=False, bad=False)


def _floats(pcm: bytes) -> Sound:
    return np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768)
