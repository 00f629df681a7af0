"""The real program as a child, in folders of its own, on the desktop that the bench runs on."""

from __future__ import annotations

import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import BinaryIO, TypeVar, cast

from tray.bench.screen import Readings
from tray.control.client import QUITTING, Reply, Request, ask, follow
from tray.core.failures import NotRunningError, ScribeletError
from tray.core.prose import Entry, Passage, plain
from tray.hearing.messages import PipeBrokenError, Ready, receive_up
from tray.sinks.jsonl import passages
from tray.system.folders import models_folder

PATIENCE = 30.0
"""Seconds that each step may take."""
LOOKS, BETWEEN = 5, 0.25
"""How often memory is looked at, and seconds between two looks: the median counts."""
EAR_STARTS = 3
"""How often an ear is started: the median counts."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the program is to be like; everything else is its default."""

    engine: str
    ready: bool = False
    """The microphone is kept open."""
    paste: bool = False
    """Text goes into the window in front."""


class Desk:
    """A running Scribelet, seen from outside."""

    def __init__(self, pid: int, socket: Path, texts: Path) -> None:
        """`texts` is the folder of its transcript."""
        self.pid, self._socket, self._texts = pid, socket, texts

    def status(self) -> Reply:
        """What it says about itself; empty where it is not there. Raises ScribeletError where it cannot dictate."""
        try:
            state = ask(self._socket, Request("status"))
        except NotRunningError:
            return {}
        if state.get("state") == "faulted":
            raise ScribeletError(f"The program cannot dictate here: {state.get('warnings')}", "See: scribelet doctor")
        return state

    def await_state(self, name: str, look_s: float = 0.05) -> None:
        """Wait until it is in this state, looking every so many seconds. Raises ScribeletError."""
        await_true(lambda: self.status().get("state") == name, f"the state {name}", look_s)

    def quit(self) -> None:
        """Ask it to end."""
        ask(self._socket, Request("quit"), QUITTING)

    def order(self, command: str) -> None:
        """Give it a command: start, stop. Raises ScribeletError."""
        ask(self._socket, Request(command))

    def newest_text(self) -> str:
        """What stands in its transcript of the session that began last; empty where there is none."""
        takes = [take for day in self._texts.glob("*.jsonl") for take in passages(day.read_bytes())]
        newest = max(takes, key=lambda take: take.begun, default=None)
        return " ".join(plain(entry.segment.words) for entry in newest.entries) if newest else ""

    def follow(self, readings: Readings) -> None:
        """Add the name of each state as it is told, until the program ends."""

        def listen() -> None:
            with suppress(ScribeletError):  # it has ended
                for state in follow(self._socket):
                    readings.add(str(state.get("state")))

        threading.Thread(target=listen, name="follower", daemon=True).start()

    def segment_ends(self) -> list[float]:
        """When the microphone had delivered each segment of its transcript, in seconds of the monotonic clock.

        The sound that a segment holds behind its last voiced frame is part of it.
        """
        ahead = time.time() - time.monotonic()
        takes = (take for day in sorted(self._texts.glob("*.jsonl")) for take in passages(day.read_bytes()))
        return [_end(take, entry) - ahead for take in takes for entry in take.entries]

    def memory_mb(self) -> float:
        """Proportional set size of all its processes, in megabytes of 1,000,000 bytes."""
        sizes: list[float] = []
        for _ in range(LOOKS):
            sizes.append(sum(_pss(one) for one in self._family()))
            time.sleep(BETWEEN)
        return median(sizes)

    def cpu_percent(self, seconds: float) -> float:
        """Share of one core that all its processes take, those that come and go included, over so many seconds."""
        family, begun = self._family(), time.monotonic()
        before = sum(map(_cpu_s, family))
        time.sleep(seconds)
        return 100 * (sum(map(_cpu_s, family)) - before) / (time.monotonic() - begun)

    def _family(self) -> list[int]:
        return [self.pid, *_children(self.pid)]


@contextmanager
def running(command: Sequence[str], wishes: Wishes) -> Generator[Desk]:
    """The program with icon and hotkey; its settings and files are thrown away with it. Raises ScribeletError."""
    with tempfile.TemporaryDirectory(prefix="scribelet-bench-") as name:
        folder = Path(name)
        environment = _environment(folder)
        _write_settings(folder, wishes)
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, env=environment, stdin=quiet, stdout=quiet, stderr=quiet)
        try:
            desk = Desk(process.pid, folder / "run" / "scribelet" / "control.socket", folder / "text")
            # it answers before it has its key
            await_true(lambda: desk.status().get("ready_ms"), "icon and hotkey", 0.02)
            yield desk
            desk.quit()
            process.wait(PATIENCE)
        finally:
            process.kill()
            process.wait()


def measure_ear(command: Sequence[str]) -> float | None:
    """Milliseconds from starting an ear to its word that it can decode; None if it never says so."""
    found = [_ear_ms(command) for _ in range(EAR_STARTS)]
    known = [one for one in found if one is not None]
    return median(known) if known else None


def _ear_ms(command: Sequence[str]) -> float | None:
    begun = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    limit = threading.Timer(PATIENCE, process.kill)
    limit.start()
    try:
        ready = isinstance(receive_up(cast("BinaryIO", process.stdout)), Ready)
        return 1000 * (time.monotonic() - begun) if ready else None
    except PipeBrokenError:
        return None
    finally:
        limit.cancel()
        process.kill()
        process.communicate()


def await_true(look: Callable[[], T | None], what: str, look_s: float) -> T:
    """The first answer that is true. Raises ScribeletError where none comes in time."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(look_s)
    raise ScribeletError(f"Waited {PATIENCE:.0f} s in vain for {what}", "Look at: scribelet doctor")


def _write_settings(folder: Path, wishes: Wishes) -> None:
    (folder / "config" / "scribelet").mkdir(parents=True)
    (folder / "config" / "scribelet" / "config.toml").write_text(
        f'[engine]\nname = "{wishes.engine}"\n[transcript]\nfolder = "{folder}/text"\n'
        f"[microphone]\nready = {str(wishes.ready).lower()}\n"
        f'[insert]\nmode = "{"paste" if wishes.paste else "off"}"\n'
    )


def _environment(folder: Path) -> Mapping[str, str]:
    (folder / "run").mkdir(mode=0o700)
    (folder / "data" / "scribelet").mkdir(parents=True)
    (folder / "data" / "scribelet" / "models").symlink_to(models_folder())
    kinds = {"config": "CONFIG_HOME", "data": "DATA_HOME", "state": "STATE_HOME", "run": "RUNTIME_DIR"}
    return {**os.environ, **{f"XDG_{kind}": str(folder / name) for name, kind in kinds.items()}}


def _end(take: Passage, entry: Entry) -> float:
    span = entry.segment.span
    return take.begun.timestamp() + span.end / span.rate


def _children(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that has ended meanwhile
            yield from map(int, (task / "children").read_text().split())


def _pss(pid: int) -> float:
    """Megabytes; memory that several processes share is counted in parts."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):  # a tool that has ended meanwhile
        return 0.0
    return next((int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("Pss:")), 0.0)


def _cpu_s(pid: int) -> float:
    """Seconds of processor time of a process and of those children of it that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
