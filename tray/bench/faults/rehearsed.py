"""The program without a desktop as a child: a recording is played into it, and anything may be done to it."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeVar, cast

from tray.bench.faults.trial import Tools
from tray.core.failures import ScribeletError

PATIENCE = 120.0
"""Seconds that each step may take: an ear that hangs is found out late."""
LOOK = 0.02
"""Seconds between two looks."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person would see from some moment on."""

    at: float
    """When it began, in seconds of the monotonic clock."""
    state: str
    warnings: tuple[str, ...]
    threads: Mapping[str, int]
    """Name of each thread → its number in the system."""


class Rehearsed:
    """A running one, seen from outside."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        """Its output is read from now on."""
        self.process = process
        self._seen: list[Seen] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, name="rehearsal", daemon=True)
        self._reader.start()

    @property
    def seen(self) -> Sequence[Seen]:
        """All that was seen so far, oldest first."""
        with self._changed:
            return tuple(self._seen)

    def await_view(self, wanted: Callable[[Seen], bool], since: float = 0.0) -> Seen:
        """The first of this kind that began after a moment. Raises ScribeletError where it does not come."""
        with self._changed:
            self._changed.wait_for(lambda: self._find(wanted, since) or not self._reader.is_alive(), PATIENCE)
            if found := self._find(wanted, since):
                return found
        raise ScribeletError("The program did not come to what was waited for", "Look at what it prints")

    def await_ear(self, but: int = 0) -> int:
        """The process of its ear, another one than that. Raises ScribeletError where there is none in time."""
        return self.await_true(
            lambda: next((pid for pid in children(self.process.pid) if pid != but and _is_ear(pid)), None), "its ear"
        )

    def await_true(self, look: Callable[[], T | None], what: str) -> T:
        """The first answer that is true while it lives. Raises ScribeletError where none comes in time."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and self.process.poll() is None:
            if found := look():
                return found
            time.sleep(LOOK)
        raise ScribeletError(f"Waited in vain for {what}", "Look at what the program prints")

    def end(self) -> int:
        """Wait for its end; its exit code. Raises ScribeletError where it does not end."""
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired as error:
            raise ScribeletError(f"The program did not end within {PATIENCE:.0f} s") from error

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()

    def _find(self, wanted: Callable[[Seen], bool], since: float) -> Seen | None:
        return next((one for one in self._seen if one.at > since and wanted(one)), None)

    def _read(self) -> None:
        with cast("IO[str]", self.process.stdout) as pipe:
            for line in pipe:
                found = json.loads(line)
                seen = Seen(time.monotonic(), found["state"], tuple(found["warnings"]), found["threads"])
                with self._changed:
                    self._seen.append(seen)
                    self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()


@contextmanager
def rehearsed(
    tools: Tools, folder: Path, recording: Path | None = None, *, pace: float = 1.0, begin: Sequence[str] = ()
) -> Generator[Rehearsed]:
    """The program in this folder from the moment in which it has the first sound; it does not outlive this.

    `begin` is a command that runs another one. Raises ScribeletError.
    """
    command = [*begin, *tools.rehearse, str(folder), str(recording or tools.recording), str(pace)]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        one = Rehearsed(process)
        one.await_view(lambda seen: seen.state == "listening")
        yield one
    finally:
        process.kill()
        process.wait()


def recover(tools: Tools, folder: Path) -> list[str]:
    """Do what the next start does, to its end; what a person is told. Raises ScribeletError."""
    command = [*tools.rehearse, str(folder)]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, timeout=PATIENCE)
    except subprocess.TimeoutExpired as error:
        raise ScribeletError(f"What was left was not recovered within {PATIENCE:.0f} s") from error
    if done.returncode:
        raise ScribeletError(f"Recovery has failed with {done.returncode}")
    return done.stdout.splitlines()


def children(pid: int) -> list[int]:
    """Processes that this one has started; none where it has ended."""
    found: list[int] = []
    with suppress(FileNotFoundError):
        for task in list(Path(f"/proc/{pid}/task").iterdir()):
            with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended meanwhile
                found += map(int, (task / "children").read_text().split())
    return found


def _is_ear(pid: int) -> bool:
    try:
        return b"\0ear\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return False
