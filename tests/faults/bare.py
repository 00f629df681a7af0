"""Scribelet where nobody has a desktop: it runs, and can be asked over its socket."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Self

import tray
from tests.desktop.session import MODELS, wait_for
from tray.control.client import Request, ask
from tray.core.failures import ScribeletError

PATIENCE = 30
"""Seconds until something counts as not happening, on a machine with much else to do."""


class BareScribelet:
    """The real program in a home to throw away; a context manager that starts it and ends it."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="sl-", dir="/tmp")  # short: a socket lives in it
        self.home = Path(self._folder.name)
        runtime = self.home / "run"
        runtime.mkdir(mode=0o700)
        self.socket = runtime / "scribelet" / "control.socket"
        lend_models(self.home)
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "XDG_RUNTIME_DIR": str(runtime)}
        environment["PYTHONPATH"] = str(Path(tray.__file__).parents[1])
        with (self.home / "output").open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tray"],
                env=environment,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_for(lambda: answers(self.socket), PATIENCE, "the program to answer")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._folder.cleanup()

    @property
    def memory(self) -> int:
        """Bytes of its memory that nobody else uses."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        (kilobytes,) = (line.split()[1] for line in lines if line.startswith("RssAnon:"))
        return 1024 * int(kilobytes)

    @property
    def threads(self) -> int:
        """How many threads it has."""
        return len(list(Path(f"/proc/{self.process.pid}/task").iterdir()))


def lend_models(home: Path, models: Path = MODELS) -> None:
    """Let Scribelet find the models of the tests in this home."""
    folder = home / ".local" / "share" / "scribelet"
    folder.mkdir(parents=True)
    (folder / "models").symlink_to(models)


def answers(socket: Path) -> bool:
    """Whether a program behind this socket tells how it is."""
    try:
        return bool(ask(socket, Request("status")))
    except ScribeletError:
        return False
