"""Starting a desktop to throw away, and programs inside it."""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self, TypeVar

import tray

T = TypeVar("T")

HERE = Path(__file__).parent
TEXT_FIELD = Path(tray.__file__).parent / "bench" / "textfield.py"
"""A program with a window to write into: FILE TITLE, for the system's Python."""
CHECKOUT = HERE.parents[1]
MODELS = Path(os.environ.get("SCRIBELET_TEST_DATA", CHECKOUT / ".test" / "data")).resolve() / "models"


def wait_for(condition: Callable[[], T], seconds: float, what: str) -> T:
    """The first answer of the condition that is true or not empty. Raises AssertionError after these seconds."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain for {what}; last seen: {answer!r}")
        time.sleep(0.02)


class Program:
    """A program running inside the desktop, what it prints kept in a file."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    def output(self) -> str:
        """What it has printed so far, on both channels."""
        return self._log.read_text("utf-8", "replace")

    def wait(self, seconds: float = 30) -> int:
        """Its exit code. Raises subprocess.TimeoutExpired if it runs on after these seconds."""
        return self.process.wait(seconds)

    def end(self) -> int:
        """Ask it to end, make it end after 5 s; its exit code."""
        self._signal(signal.SIGTERM)
        try:
            return self.process.wait(5)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
            return self.process.wait(5)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # ended by itself
            os.killpg(self.process.pid, number)


class Session:
    """A desktop in a folder of its own; a context manager that leaves nothing behind.

    `absent` names what it does without: tray, toasts, speakers, source (nothing to record), server (no sound at all),
    noise (what microphones hear of a room).
    """

    def __init__(self, *, absent: Sequence[str] = ()) -> None:
        unknown = set(absent) - {"tray", "toasts", "speakers", "source", "server", "noise"}
        assert not unknown, f"a desktop has no {unknown}"
        self._absent = frozenset(absent)
        self._programs: list[Program] = []
        self.folder = Path()
        self.env: dict[str, str] = {}

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="vd-", dir="/tmp"))  # short: sockets live in it
        try:
            self.env = self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for program in reversed(self._programs):
            program.end()
        subprocess.run([HERE / "desktop.sh", "stop", self.folder], check=True, timeout=60, stdin=subprocess.DEVNULL)
        shutil.rmtree(self.folder, ignore_errors=True)  # where it never came up

    @property
    def home(self) -> Path:
        """The home folder of whoever sits at this desktop."""
        return self.folder / "home"

    def run_program(self, *arguments: str) -> Program:
        """Start Scribelet inside, the one that these tests import."""
        return self.launch(sys.executable, "-m", "tray", *arguments)

    def launch(self, *command: str | Path) -> Program:
        """Start any program inside; it is ended with the desktop at the latest."""
        log = self.folder / "log" / f"program-{len(self._programs)}.log"
        with log.open("wb") as output:  # a file: children that outlive the program would hold a pipe open
            process = subprocess.Popen(
                command,
                cwd=self.home,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._programs.append(Program(process, log))
        return self._programs[-1]

    def send_signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a part of the desktop: dbus, xvfb, pulseaudio, openbox, dunst or xfce4-panel."""
        os.kill(self._pid(name), number)

    def _pid(self, name: str) -> int:
        lines = (self.folder / "pids").read_text().splitlines()
        return next(int(pid) for pid, part in map(str.split, lines) if part == name)

    def _start(self) -> dict[str, str]:
        with (self.folder / "environment").open("w+") as answer:
            command = [HERE / "desktop.sh", "start", self.folder]
            environment = {**os.environ, **self._wishes()}
            subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=answer, check=True, timeout=120)
            answer.seek(0)
            exported = [line.removeprefix("export ") for line in answer if line.startswith("export ")]
        chosen = dict(assignment.split("=", 1) for assignment in shlex.split("".join(exported)))
        dropped = ("WAYLAND_DISPLAY", "XAUTHORITY", "SESSION_MANAGER", "PULSE_SINK", "PULSE_SOURCE")
        kept = {name: value for name, value in os.environ.items() if name not in dropped}
        return {**kept, **chosen, "PYTHONPATH": str(Path(tray.__file__).parents[1])}

    def _wishes(self) -> dict[str, str]:
        sound = next((part for part in ("server", "source") if part in self._absent), None)
        parts = [part for part in ("tray", "toasts", "speakers") if part in self._absent]
        return {
            "VDESK_MODELS": str(MODELS),
            "VDESK_MIC": f"no{sound}" if sound else "yes",
            **{f"VDESK_{part.upper()}": "none" for part in parts},
        }
