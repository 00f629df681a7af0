"""A Scribelet without a desktop, into which a recording is played; whoever started it may kill it at any moment.

FOLDER RECORDING PACE: dictates until the recording ends; prints a line when the first sound is captured.
FOLDER alone: recovers what an earlier one has left there.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from tray.accounts import Books
from tray.audio.paced import PacedFile
from tray.catching_up import CatchingUp
from tray.core.face import View
from tray.core.news import Asked
from tray.core.settings import Settings
from tray.core.state import Idle, Listening, Quit
from tray.live import ear_command
from tray.ports import Sink
from tray.sinks.transcript import TranscriptSink
from tray.wiring import Surroundings, Wiring


def books(folder: Path) -> Books:
    """Where such a program writes."""
    return Books(folder / "spool", folder / "ledger", folder / "transcript")


class Program:
    """One session, and the end."""

    def __init__(self, folder: Path, recording: Path, pace: float) -> None:
        self._folder, self._recording, self._pace = folder, recording, pace
        self._heard = False
        self._left = threading.Event()
        self._wiring = Wiring(
            Surroundings(
                source=lambda _settings: PacedFile(recording, pace=pace),
                sinks=self._sinks,
                ear_command=ear_command,
                books=lambda _settings: books(folder),
                bind_keys=lambda _settings, _report: None,
                show=self._watch,
                tell=lambda _summary, _body: None,
                leave=self._left.set,
            ),
            Settings(),
        )

    def run(self) -> None:
        self._wiring.start()
        self._wiring.conductor.post(Asked("start"))
        self._left.wait()
        self._wiring.close()

    def _sinks(self, _settings: Settings, _report: object) -> tuple[TranscriptSink, Sequence[Sink]]:
        return TranscriptSink(books(self._folder).transcript), []

    def _watch(self, view: View) -> None:
        if isinstance(view.desk.state, Listening) and not self._heard:
            self._heard = True
            print("listening", flush=True)
        if isinstance(view.desk.state, Idle) and self._heard:
            self._wiring.conductor.post(Quit())


def recover(folder: Path) -> None:
    """As the next start does."""
    CatchingUp(lambda _settings: books(folder), ear_command, lambda _summary, _body: None).run(Settings())


if __name__ == "__main__":
    if len(sys.argv) == 2:
        recover(Path(sys.argv[1]))
    else:
        Program(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])).run()
