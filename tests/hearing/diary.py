"""An engine that writes down what it is told."""

from __future__ import annotations

from tests.hearing.made import LoudnessGate, Straight
from tray.core.segmenter import Policy
from tray.core.speech import RATE, Hypothesis, Piece, Recognized, Word
from tray.hearing.hearing import Hearing, Parts
from tray.ports import Engine, Traits
from tray.punctuators.rules import RulesPunctuator


class Diary:
    """An engine that writes down what it is told, and has no opinion on the mark before its words."""

    traits = Traits(streaming=False, punctuated=True, word_times=False, languages=("en",), silent_on_silence=True)

    def __init__(self) -> None:
        self.told: list[str] = []
        self.prepared: list[Piece] = []
        self.pieces: list[Piece] = []

    def open(self) -> Diary:
        return self

    def hear(self, sound: bytes) -> Hypothesis | None:
        self.told.append(f"hear {len(sound) // 2}")
        return None

    def prepare(self, piece: Piece) -> None:
        self.told.append("prepare")
        self.prepared.append(piece)

    def guess(self, piece: Piece) -> Hypothesis | None:
        return Hypothesis(f"{len(piece.sound) / 2 / RATE:.1f} s")

    def end(self, piece: Piece) -> Recognized:
        self.told.append("end")
        self.pieces.append(piece)
        words = (Word("word", piece.start, piece.start + 1, None, "estimated"),)
        return Recognized(words, held=".", before=None)

    def settle(self) -> None:
        self.told.append("settle")

    def forget(self) -> None:
        self.told.append("forget")


def diary_hearing(diary: Engine) -> Hearing:
    """A hearing of that engine."""
    return Hearing(Parts(LoudnessGate(), diary, Straight, RulesPunctuator, Policy()))
