"""A recording played in real time through the whole live pipeline, into a throw-away folder, on any machine."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import click

from tray.accounts import Books
from tray.audio.paced import PacedFile, check
from tray.belongings import settings as settings_in_force
from tray.belongings import shelf
from tray.core.face import View
from tray.core.failures import ScribeletError
from tray.core.news import Asked
from tray.core.settings import Settings
from tray.core.state import Faulted, Idle, Quit
from tray.live import ear_command
from tray.ports import Sink, SoundSource
from tray.sinks.console import ConsoleSink
from tray.sinks.transcript import TranscriptSink
from tray.system.assets import asset_folder
from tray.wiring import Report, Surroundings, Wiring
from tray.writer.places import Transcript


def run(file: Path | None) -> int:
    """Dictate a recording; returns the exit code. Raises ScribeletError."""
    settings = settings_in_force()
    shelf().find(settings.engine.name)  # a missing model is better said before the playing than after
    recording = file or asset_folder("models") / "demo" / "jfk.wav"
    check(recording)
    folder = Path(tempfile.mkdtemp(prefix="scribelet-demo-"))
    click.echo(f"Playing {recording.name} in real time; what is heard is written into {folder}", err=True)
    with tempfile.TemporaryDirectory(prefix="scribelet-demo-sound-") as state:
        Demo(recording, folder, Path(state)).play(settings)
    return 0


class Demo:
    """One session from a file."""

    def __init__(self, recording: Path, folder: Path, state: Path) -> None:
        self._recording, self._folder, self._state = recording, folder, state
        self._left = threading.Event()
        self._fault: ScribeletError | None = None
        self._notes: list[str] = []
        self._started = False
        self._wiring: Wiring | None = None

    def play(self, settings: Settings) -> None:
        """From the first sample to the last word. Raises what kept it from being written."""
        self._wiring = wiring = Wiring(
            Surroundings(
                source=self._source,
                sinks=self._sinks,
                ear_command=ear_command,
                books=lambda _settings: Books(self._state / "spool", self._state / "ledger", self._folder),
                bind_keys=lambda _settings, _report: False,
                show=self._watch,
                tell=lambda summary, body: self._notes.append(f"{summary}. {body}"),
                leave=self._left.set,
            ),
            settings,
        )
        wiring.start()
        wiring.conductor.post(Asked("start"))
        try:
            self._left.wait()
        except KeyboardInterrupt:
            wiring.conductor.post(Quit())
            self._left.wait()
        wiring.close()
        if self._fault:
            raise self._fault
        for note in self._notes:
            click.echo(note, err=True)

    def _source(self, _settings: Settings) -> SoundSource:
        return PacedFile(self._recording)

    def _sinks(self, _settings: Settings, _report: Report) -> tuple[Transcript, Sequence[Sink]]:
        return TranscriptSink(self._folder), [ConsoleSink(sys.stdout)]

    def _watch(self, view: View) -> None:
        """On the conductor's thread: the demonstration is over when its one session is."""
        state = view.desk.state
        self._started = self._started or view.desk.recording is not None
        if isinstance(state, Faulted):
            self._fault = state.error
        if self._wiring and self._started and isinstance(state, Idle | Faulted) and not view.desk.owed:
            self._wiring.conductor.post(Quit())
