"""Homes to throw away, with a Scribelet in them that borrows its libraries from here."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

import tray
from tests.desktop.session import MODELS, wait_for

ROOT = Path(__file__).parents[2]
RUN = ROOT / "installers" / "run.sh"
STUBS = {"dpkg-query": "echo installed", "apt-get": "echo apt-get must not run >&2; exit 1"}
"""Programs that would look at, or change, the machine itself."""
LAUNCHER = '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/python" -m tray "$@"\n'
DICTATES = """
import sys
from pathlib import Path
from tray.audio.paced import PacedFile
from tray.control.instance import Instance
from tray.live import Live
from tray.system.folders import state_folder
instance = Instance.claim(state_folder())
code = Live(lambda settings: PacedFile(Path(sys.argv[1]))).serve()
instance.release()
sys.exit(code)
"""


class Person:
    """Somebody whose home has a name with a space and accents in it."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "Zoë Müller"
        self.data = self.home / ".local/share/scribelet"
        self.state = self.home / ".local/state/scribelet"
        self.settings = self.home / ".config/scribelet/config.toml"
        self.transcripts = self.home / "Documents/Scribelet"
        self._stubs = folder / "stubs"
        for place in (self.home, self._stubs):
            place.mkdir()
        for name, does in STUBS.items():
            (self._stubs / name).write_text(f"#!/bin/sh\n{does}\n")
            (self._stubs / name).chmod(0o755)
        self._started: list[subprocess.Popen[str]] = []

    @property
    def environment(self) -> dict[str, str]:
        """Without a desktop, and with nothing of the person who runs the tests."""
        kept = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "LANG", "LC_"))}
        path = f"{self._stubs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        return {**kept, "HOME": str(self.home), "PATH": path, "LC_ALL": "C.UTF-8"}

    def command(self, *words: str | Path, **more: str) -> subprocess.Popen[str]:
        """Start a program in this home; it does not outlive the test."""
        pipe = subprocess.PIPE
        self._started.append(
            subprocess.Popen(
                list(map(str, words)),
                env={**self.environment, **more},
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=pipe,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        )
        return self._started[-1]

    def run(self, *words: str | Path, **more: str) -> str:
        """What a program says; it must succeed."""
        program = self.command(*words, **more)
        said, _ = program.communicate(timeout=240)
        assert program.returncode == 0, said
        return said

    def install_by_hand(self) -> None:
        """A Scribelet that need not be fetched: the one that these tests import."""
        environment = self.data / "venv"
        venv.create(environment, symlinks=True)
        [site] = environment.glob("lib/python*/site-packages")
        (site / "borrowed.pth").write_text(f"{Path(tray.__file__).parents[1]}\n{sysconfig.get_path('purelib')}\n")
        (environment / "bin/scribelet").write_text(LAUNCHER)
        (environment / "bin/scribelet").chmod(0o755)
        (self.data / "models").mkdir()
        (self.data / "models/moonshine-base-en").symlink_to(MODELS / "moonshine-base-en")

    @property
    def scribelet(self) -> Path:
        """The command."""
        return self.data / "venv/bin/scribelet"

    def starts(self, *words: str | Path) -> subprocess.Popen[str]:
        """A Scribelet that answers, started with these words behind the name of Python."""
        program = self.command(self.data / "venv/bin/python", "-P", *words)
        wait_for(lambda: self.status() or program.poll(), 40, "the program")
        assert program.poll() is None, program.communicate()
        return program

    def status(self) -> str:
        """What the running program says of itself; empty where there is none."""
        asked = self.command(self.scribelet, "status")
        said, _ = asked.communicate(timeout=20)
        return said if asked.returncode == 0 else ""

    def leave(self) -> None:
        """End what still runs."""
        for program in self._started:
            if program.poll() is None:
                program.kill()
            program.wait()
            if program.stdout:
                program.stdout.close()


@pytest.fixture
def person() -> Iterator[Person]:
    """Somebody new."""
    with tempfile.TemporaryDirectory(prefix="sl-", dir="/tmp") as folder:
        one = Person(Path(folder))
        yield one
        one.leave()
