"""A desktop whose person starts Scribelet, and types its commands, in a way that lets us see what they do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.desktop.running import PATIENCE, Scribelet
from tests.desktop.session import Program
from tests.desktop.virtual import Desktop
from tests.faults.strace import Trace


class WatchedDesktop(Desktop):
    """A desktop on which strace looks over the shoulder of every process of Scribelet."""

    trace: Trace

    def __init__(self, *calls: str, begin: Sequence[str] = (), variables: dict[str, str] | None = None) -> None:
        """`calls` are written down; `begin` is a command that runs another one, `variables` are set for all of them."""
        super().__init__()
        self._calls, self._begin, self._variables = calls, begin, variables or {}

    def as_watched(self, *command: str | Path) -> list[str | Path]:
        """A command as it is started here."""
        return [*self._begin, *self.trace.watched(*command)]

    def run_program(self, *arguments: str) -> Program:
        """Start Scribelet inside, the one that these tests import."""
        return self.launch(*self.as_watched(sys.executable, "-m", "tray", *arguments))

    def _start(self) -> dict[str, str]:
        given = super()._start()
        self.trace = Trace(self.folder / "trace", *self._calls)
        temporary = self.folder / "tmp"
        temporary.mkdir()
        return {**given, "TMPDIR": str(temporary), **self._variables}


class WatchedScribelet(Scribelet):
    """The real program, watched."""

    desktop: WatchedDesktop

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Type a command into a terminal on the desktop, and wait for its end."""
        return subprocess.run(
            self.desktop.as_watched(sys.executable, "-m", "tray", *arguments),
            cwd=self.desktop.home,
            env=self.desktop.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def quit(self) -> int:
        """Ask it to end, and wait until all that it did has been written down; its exit code."""
        assert self.command("quit").returncode == 0
        code = self.program.wait()
        self.wait_until(lambda: self.desktop.trace.ended(self.program.process.pid), "the end of the trace")
        return code
