"""The microphone that the settings name, for as long as they name it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tray.audio.cues import CuedSource, Cues
from tray.core.failures import MicrophoneError
from tray.core.news import Trouble
from tray.core.settings import Microphone as Chosen
from tray.core.settings import Settings
from tray.wiring import Report

if TYPE_CHECKING:
    from tray.audio.line import Line
    from tray.ports import SoundSource


class Lines:
    """The line to the microphone that the settings name; once they name another one, it ends behind its session."""

    def __init__(self, report: Report, at_ease: Callable[[], bool]) -> None:
        """`at_ease` says whether nobody speaks; it is called from any thread."""
        self._report, self._at_ease, self._cues = report, at_ease, Cues()
        self._line: Line | None = None
        self._count = 0
        self._chosen: Chosen | None = None
        self._hushed = False

    def choose(self, settings: Settings) -> SoundSource:
        """The line for these settings, the same one as long as they stay the same, with cues if they ask for them."""
        if self._line is None or settings.microphone != self._chosen:
            self.end()
            self._chosen = settings.microphone
            self._line = self._new_line(settings.microphone)
            self.hush(wanted=self._hushed)
        return CuedSource(self._line, self._cues) if settings.cues.play == "quiet" else self._line

    def hush(self, *, wanted: bool) -> None:
        """Give the device back, or take it again if it is to be ready."""
        self._hushed = wanted
        if self._line and wanted:
            self._line.rest()
        elif self._line:
            self._line.resume()

    def end(self) -> None:
        """Give the device back for good, behind a session that is open."""
        if self._line:
            self._line.end()

    def _new_line(self, chosen: Chosen) -> Line:
        from tray.audio.line import Line
        from tray.audio.microphone import Microphone

        self._count += 1
        # its own, since the one before may still have a session, and trouble that is not this one's
        part = f"microphone {self._count}"

        def report(error: MicrophoneError | None) -> None:
            self._report(Trouble(part, error))

        def device(name: str) -> Microphone:
            return Microphone(name, self._at_ease)

        return Line(chosen.device, ready=chosen.ready, report=report, device=device)
