"""An ear process that falls over sounds: it says which tone it hears, unless it is told to fail there.

Arguments: a folder with the file `troubles`, JSON: tone → what happens when it is decoded, once for each entry.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from array import array
from collections import Counter
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.hearing.made import LOUD, LoudnessGate, Straight, nobody
from tray.core.failures import ModelError
from tray.core.segmenter import Policy
from tray.core.speech import RATE, Hypothesis, Piece, Recognized, Word
from tray.hearing.ear import serve
from tray.hearing.hearing import Beginning, Hearing, Parts
from tray.ports import Traits
from tray.punctuators.rules import RulesPunctuator
from tray.system.crashes import complain_without_words, leave_no_core

LOWEST = 20
"""Samples in half a wave of tone 0; each further tone has two more."""
HANGS_S = 60.0


def talk(tones: int) -> bytes:
    """Somebody who says one tone after the other."""
    return b"".join(_tone(number, 0.5) + nobody(0.7) for number in range(tones))


def word(tone: int) -> str:
    """What is heard of a tone."""
    return f"Tone{tone}"


def _tone(number: int, seconds: float) -> bytes:
    half = LOWEST + 2 * number
    wave = array("h", [LOUD] * half + [-LOUD] * half)
    return (wave * (round(seconds * RATE) // len(wave))).tobytes()


class ToneEngine:
    """Says which tone a piece is made of; a session is no different from the next."""

    traits = Traits(streaming=False, punctuated=True, word_times=False, languages=("en",), silent_on_silence=True)

    def __init__(self, folder: Path) -> None:
        self._troubles = folder / "troubles"

    def open(self) -> ToneEngine:
        return self

    def hear(self, sound: bytes) -> Hypothesis | None:  # noqa: ARG002 not asked of engines that do not stream
        return None

    def prepare(self, piece: Piece) -> None:
        pass  # nothing is made before it is wanted

    def guess(self, piece: Piece) -> Hypothesis | None:  # noqa: ARG002 nobody looks on
        return None

    def end(self, piece: Piece) -> Recognized:
        waves = groupby(sample > 0 for sample in array("h", piece.sound) if abs(sample) == LOUD)
        lengths = Counter(len(list(wave)) for _, wave in waves)
        if not lengths:
            return Recognized((), held="", before=None)
        tone = (lengths.most_common(1)[0][0] - LOWEST) // 2
        self._suffer(tone)
        said = Word(word(tone), piece.start, piece.start + len(piece.sound) / 2 / RATE, None, "estimated")
        return Recognized((said,), held=".", before=None)

    def settle(self) -> None:
        pass  # the mark is always the same

    def forget(self) -> None:
        pass  # no tone depends on another

    def _suffer(self, tone: int) -> None:
        troubles = json.loads(self._troubles.read_text("ascii"))
        if not troubles.get(str(tone)):
            return
        trouble = troubles[str(tone)].pop(0)
        self._troubles.write_text(json.dumps(troubles), "ascii")  # before it: the next ear must not meet it again
        TROUBLES[trouble](tone)


def _raise(tone: int) -> None:
    raise RuntimeError(f"Nobody can hear {word(tone)}")


def _fail(_tone: int) -> None:
    raise ModelError("The model has failed", "Try again")


TROUBLES = {
    "raises": _raise,
    "fails": _fail,
    "hangs": lambda _tone: time.sleep(HANGS_S),
    "aborts": lambda _tone: os.abort(),
    "segfaults": lambda _tone: ctypes.string_at(0),
}


def hearings(folder: Path, beginning: Beginning) -> Hearing:
    """A hearing of that engine."""
    parts = Parts(LoudnessGate(), ToneEngine(folder), Straight, RulesPunctuator, Policy())
    return Hearing(parts, beginning)


if __name__ == "__main__":
    leave_no_core()
    complain_without_words()
    place = Path(sys.argv[1])
    sys.exit(serve(lambda: lambda beginning: hearings(place, beginning), sys.stdin.buffer, sys.stdout.buffer))
