"""Speech from the clips of this repository, and a person who speaks it to an engine."""

from __future__ import annotations

import csv
import os
import re
import wave
from collections.abc import Sequence
from pathlib import Path

from tray.core.speech import RATE, Certainty, Hypothesis, Piece, Recognized
from tray.ports import Engine

ROOT = Path(__file__).parents[2]
SPEECH = ROOT / "tests" / "speech"
MODELS = Path(os.environ.get("SCRIBELET_TEST_DATA", ROOT / ".test" / "data")) / "models"
VOSK = MODELS / "vosk-en-2020"
MOONSHINE = MODELS / "moonshine-base-en"
VOSK_FILES = (
    "am/final.mdl",
    "conf/mfcc.conf",
    "conf/model.conf",
    "graph/Gr.fst",
    "graph/HCLr.fst",
    "graph/disambig_tid.int",
    "graph/phones/word_boundary.int",
    "graph/words.txt",
    "ivector/final.dubm",
    "ivector/final.ie",
    "ivector/final.mat",
    "ivector/global_cmvn.stats",
    "ivector/splice.conf",
)
"""Those without which the Vosk model does not load."""
HALF_SECOND = bytes(RATE)


def clip(name: str) -> bytes:
    """16-bit mono 16 kHz sound of one recording."""
    with wave.open(str(SPEECH / f"{name}.wav")) as recording:
        assert (recording.getframerate(), recording.getnchannels(), recording.getsampwidth()) == (RATE, 1, 2)
        return recording.readframes(recording.getnframes())


def reference(name: str) -> str:
    """What is said in a recording."""
    with (SPEECH / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        return next(row["reference"] for row in csv.DictReader(file, delimiter="\t") if row["file"] == f"{name}.wav")


class Talk:
    """One session with an engine."""

    def __init__(self, engine: Engine, *, block: int = 1024) -> None:
        self.streaming, self.block = engine.traits.streaming, block
        self.recognizer = engine.open()
        self.shown: list[Hypothesis] = []

    def hear(self, sound: bytes) -> None:
        """The sound as it comes, in blocks of bytes, to engines that want it."""
        for at in range(0, len(sound) if self.streaming else 0, self.block):
            if hypothesis := self.recognizer.hear(sound[at : at + self.block]):
                self.shown.append(hypothesis)

    def end(self, sound: bytes, *, start: float = 0.0, pause: float = float("inf")) -> Recognized:
        """The end of a piece whose sound has been heard."""
        gap = b"" if pause == float("inf") else HALF_SECOND
        return self.recognizer.end(Piece(sound, gap, start, pause, Certainty.SURE))

    def keep_silent(self, sound: bytes) -> Recognized:
        """A key was held over this sound and the gate heard nobody."""
        return self.recognizer.end(Piece(sound, b"", 0.0, float("inf"), Certainty.UNHEARD))

    def say(self, sound: bytes, *, start: float = 0.0, pause: float = float("inf")) -> Recognized:
        """A whole piece, heard and ended."""
        self.hear(sound)
        return self.end(sound, start=start, pause=pause)


def text(recognized: Recognized) -> str:
    """The words with spaces between them."""
    return " ".join(word.text for word in recognized.words)


def wrong_words(said: str, heard: str) -> tuple[int, int]:
    """How many words must be put in, left out or changed to make one text of the other, and how many were said."""
    first, second = _plain(said), _plain(heard)
    row = list(range(len(second) + 1))
    for at, word in enumerate(first, 1):
        corner, row[0] = row[0], at
        for over, other in enumerate(second, 1):
            corner, row[over] = row[over], min(row[over] + 1, row[over - 1] + 1, corner + (word != other))
    return row[-1], len(first)


def _plain(said: str) -> Sequence[str]:
    return re.findall(r"[a-z0-9']+", said.lower().replace("mister", "mr"))
