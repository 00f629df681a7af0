"""An ear process for tests that is slow. Argument: seconds that it needs for a second of speech."""

from __future__ import annotations

import sys
import time

from tray.core.segmenter import Policy
from tray.core.speech import RATE, Hypothesis, Piece, Recognized, Word
from tray.ear import new_hearing
from tray.hearing.ear import serve
from tray.ports import Traits


class SlowEngine:
    """Hears one word in each piece: the hundredth of a second at which it begins."""

    traits = Traits(streaming=False, punctuated=True, word_times=False, languages=("en",), silent_on_silence=True)

    def __init__(self, slowness: float) -> None:
        self._slowness = slowness

    def open(self) -> SlowEngine:
        return self

    def hear(self, sound: bytes) -> Hypothesis | None: ...
    def prepare(self, piece: Piece) -> None: ...
    def guess(self, piece: Piece) -> Hypothesis | None: ...
    def settle(self) -> None: ...
    def forget(self) -> None: ...

    def end(self, piece: Piece) -> Recognized:
        seconds = len(piece.sound) / 2 / RATE
        time.sleep(seconds * self._slowness)  # this is what is tested
        word = Word(f"w{piece.start * 100:.0f}", piece.start, piece.start + seconds, None, "estimated")
        return Recognized((word,), ".", None)


if __name__ == "__main__":
    engine = SlowEngine(float(sys.argv[1]))
    sys.exit(serve(lambda: lambda begun: new_hearing(engine, Policy(), begun), sys.stdin.buffer, sys.stdout.buffer))
