"""A Scribelet without a desktop, into which a recording is played; whoever started it may do anything to it.

It writes into the one folder it is given, and tells on its standard output what a person would see.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

from tray.accounts import Books, audit
from tray.audio.paced import PacedFile
from tray.catching_up import CatchingUp
from tray.core.face import View
from tray.core.ledger import Account
from tray.core.news import Asked
from tray.core.settings import Settings
from tray.core.state import Faulted, Idle, Quit
from tray.live import ear_command
from tray.ports import Sink
from tray.sinks.transcript import TranscriptSink
from tray.spool.ledger_file import days
from tray.wiring import Surroundings, Wiring


def books(folder: Path) -> Books:
    """Where such a program writes."""
    return Books(folder / "spool", folder / "ledger", folder / "transcript")


def accounts(folder: Path) -> list[Account]:
    """What its books say of each session. Raises ScribeletError where one cannot be read."""
    where = books(folder)
    return [account for day in days(where.ledger) for account in audit(day, where).accounts]


def rehearse(folder: Path, recording: Path, pace: float) -> None:
    """Dictate a WAV file, played `pace` times as fast as it was recorded, and end when all of it is written."""
    _Rehearsal(folder, recording, pace).run()


def recover(folder: Path) -> None:
    """Do what the next start does; a line for each thing that a person is told."""
    told = CatchingUp(lambda _settings: books(folder), ear_command, lambda summary, _body: print(summary, flush=True))
    told.run(Settings())


class _Rehearsal:
    """One session, and the end."""

    def __init__(self, folder: Path, recording: Path, pace: float) -> None:
        self._folder = folder
        self._heard, self._told = False, ""
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
        """From the first sample to the last word."""
        self._wiring.start()
        self._wiring.conductor.post(Asked("start"))
        self._left.wait()
        self._wiring.close()

    def _sinks(self, _settings: Settings, _report: object) -> tuple[TranscriptSink, Sequence[Sink]]:
        return TranscriptSink(books(self._folder).transcript), []

    def _watch(self, view: View) -> None:
        state = view.desk.state
        self._tell({"state": type(state).__name__.lower(), "warnings": view.warnings})
        self._heard = self._heard or view.desk.recording is not None
        if isinstance(state, Idle | Faulted) and self._heard and not view.desk.owed:
            self._wiring.conductor.post(Quit())

    def _tell(self, seen: dict[str, object]) -> None:
        """A line for each change: what is seen, and which threads do the work, by the numbers of the system."""
        threads = {one.name: one.native_id for one in threading.enumerate()}
        line = json.dumps(seen)
        if line != self._told:
            self._told = line
            print(json.dumps({**seen, "threads": threads}), flush=True)
