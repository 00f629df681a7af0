"""What earlier sessions have left is turned into text without a desktop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from tray.accounts import Books
from tray.core.face import View
from tray.core.failures import MicrophoneError, ScribeletError
from tray.core.news import Asked
from tray.core.settings import Settings
from tray.core.state import Faulted, Quit
from tray.ports import Sink
from tray.sinks.transcript import TranscriptSink
from tray.wiring import Report, Surroundings, Wiring
from tray.writer.places import Transcript


class CatchingUp:
    """The pipeline with nobody in front of it; no other Scribelet may run."""

    def __init__(
        self,
        books: Callable[[Settings], Books],
        ear_command: Callable[[Settings], Sequence[str]],
        tell: Callable[[str, str], None],
    ) -> None:
        """`tell` gets a summary and a body for each thing that a person should know."""
        self._books, self._ear_command, self._tell = books, ear_command, tell
        self._rested, self._left = threading.Event(), threading.Event()
        self._fault: ScribeletError | None = None

    def run(self, settings: Settings) -> None:
        """Return when nothing waits that can be heard. Raises what keeps it from being heard."""
        wiring = Wiring(
            Surroundings(
                source=lambda _settings: _NoMicrophone(),
                sinks=self._sinks,
                ear_command=self._ear_command,
                books=self._books,
                bind_keys=lambda _settings, _report: None,
                show=self._watch,
                tell=self._tell,
                leave=self._left.set,
                rested=self._rested.set,
            ),
            settings,
        )
        wiring.start()
        wiring.conductor.post(Asked("recover"))
        try:
            self._rested.wait()
        finally:
            wiring.conductor.post(Quit())
            self._left.wait()
            wiring.close()
        if self._fault:
            raise self._fault

    def _sinks(self, settings: Settings, _report: Report) -> tuple[Transcript, Sequence[Sink]]:
        return TranscriptSink(self._books(settings).transcript), []

    def _watch(self, view: View) -> None:
        if isinstance(view.desk.state, Faulted):
            self._fault = view.desk.state.error


class _NoMicrophone:
    """Nobody speaks here."""

    endless = True

    def open(self, deliver: Callable[[bytes, int], None]) -> None:  # noqa: ARG002 the shape is that of a source
        """Raises MicrophoneError."""
        raise MicrophoneError("Nobody can speak while earlier sound is recognized")

    def close(self) -> None:
        """There is nothing to close."""
