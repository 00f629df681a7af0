"""Somebody else at the same machine, who has a desktop with Scribelet too and dictates what a test asks for.

Run as a program it is that person: each line it reads is a clip to dictate, each line it writes is JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Self

import tray
from tests.desktop.running import Scribelet
from tests.desktop.session import CHECKOUT, MODELS
from tests.desktop.virtual import Desktop

NOBODY = 65534
"""User and group that own nothing."""
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=-all", "--")
"""Runs what follows without any right of ours."""
_MOVE_IN = """
for pair; do
    case $pair in
        --) shift; break ;;
        *) mount --bind "${pair%%=*}" "${pair#*=}" && shift ;;
    esac || exit
done
exec "$@"
"""


class Stranger:
    """Another user; a context manager. What the tests run from is shown to them in a place that they can reach."""

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="st-", dir="/tmp")  # short: sockets live in it
        self.place = Path(self._folder.name)
        self.home = self.place / "home"
        self.place.chmod(0o755)
        self._views = self._make_room()
        self.home.mkdir(mode=0o700)
        os.chown(self.home, NOBODY, NOBODY)
        return self

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()

    def run(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run Scribelet as this user, without a desktop."""
        command = self._command("-m", "tray", *arguments)
        environment = self._environment(variables)
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def sit_down(self) -> StrangersDesk:
        """Log in to a desktop of their own, with Scribelet on it."""
        command = self._command("-m", "tests.surroundings.stranger")
        return StrangersDesk(command, self._environment({}), self.place / "complaints")

    def _command(self, *arguments: str) -> list[str]:
        views = (f"{there}={here}" for there, here in self._views)
        # in a name space of its own, which takes the views along when it ends
        begin = ("unshare", "--mount", "--propagation=private", "sh", "-c", _MOVE_IN, "sh")
        return [*begin, *views, "--", *AS_NOBODY, str(self.place / "venv" / "bin" / "python"), *arguments]

    def _environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        path = f"{self.place / 'program'}:{self.place / 'checkout'}"
        data = {"SCRIBELET_TEST_DATA": str(self.place / "data"), "PYTHONDONTWRITEBYTECODE": "1"}
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "PYTHONPATH": path, **data, **variables}

    def _make_room(self) -> list[tuple[Path, Path]]:
        """Folders that may lie where only we can go, and where this user finds them."""
        base = Path(sys.base_prefix).resolve()
        venv, libraries = self.place / "venv", Path(sysconfig.get_path("purelib"))
        views = [
            (base, self.place / "python"),
            (libraries, venv / libraries.relative_to(sys.prefix)),
            (Path(tray.__file__).parents[1], self.place / "program"),
            (CHECKOUT, self.place / "checkout"),
            (MODELS.parent, self.place / "data"),
        ]
        for folder in (*(here for _, here in views), venv / "bin"):
            folder.mkdir(parents=True, exist_ok=True)
        program = self.place / "python" / Path(sys.executable).resolve().relative_to(base)
        (venv / "bin" / "python").symlink_to(program)
        (venv / "pyvenv.cfg").write_text(f"home = {program.parent}\n")
        return views


class StrangersDesk:
    """Scribelet on the desktop of another user; a context manager."""

    def __init__(self, command: list[str], environment: dict[str, str], complaints: Path) -> None:
        self._command, self._environment, self._complaints = command, environment, complaints

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        with self._complaints.open("w") as complaints:
            self._process = subprocess.Popen(
                self._command, env=self._environment, cwd="/", stdin=pipe, stdout=pipe, stderr=complaints, text=True
            )
        about = self._answer()
        self.pid, self.socket = int(about["pid"]), Path(about["socket"])
        self.documents = Path(about["documents"])
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)

    def begin_to_dictate(self, clip: str) -> None:
        """Let them speak this clip; `text` waits for what comes of it."""
        _pipe(self._process.stdin).write(f"{clip}\n")
        _pipe(self._process.stdin).flush()

    def text(self) -> tuple[str, str]:
        """What came of it: in the transcript, and on the clipboard."""
        answer = self._answer()
        return answer["text"], answer["clipboard"]

    def _answer(self) -> dict[str, str]:
        line = _pipe(self._process.stdout).readline()
        assert line, self._complaints.read_text()[-2000:]
        return json.loads(line)


def readable_by_others(folder: Path) -> list[Path]:
    """All in a folder that another user can read."""
    command = [*AS_NOBODY, "find", folder, "-readable"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return [Path(line) for line in found.stdout.splitlines()]


def _pipe(stream: IO[str] | None) -> IO[str]:
    assert stream
    return stream


def be_somebody() -> None:
    """Sit at a desktop until nobody asks for more."""
    with Desktop() as desktop, Scribelet(desktop) as scribelet:
        documents = desktop.home / "Documents"
        _tell(pid=str(scribelet.program.process.pid), socket=str(scribelet.socket), documents=str(documents))
        for clip in sys.stdin:
            scribelet.dictate(clip.strip())
            _tell(text=scribelet.texts()[-1], clipboard=desktop.clipboard())
        assert scribelet.command("quit").returncode == 0
        assert scribelet.program.wait() == 0


def _tell(**fields: str) -> None:
    print(json.dumps(fields), flush=True)


if __name__ == "__main__":
    be_somebody()
