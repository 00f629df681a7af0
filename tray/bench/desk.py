"""The program on this desktop, in folders of its own: how soon it is there, and how much memory it takes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TypeVar

from tray.control.client import Reply, Request, ask
from tray.core.failures import NotRunningError, ScribeletError
from tray.system.folders import models_folder

PATIENCE = 30.0
"""Seconds that each step may take."""
LOOKS, BETWEEN = 9, 0.25
"""How often memory is looked at, and seconds between two looks: the median counts."""
KEY = "ctrl+alt+shift+super+f12"
"""A combination that nobody uses, so that a running Scribelet keeps its own."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found out; None where it could not be."""

    ready_ms: float | None = None
    """From the start of the process to icon and hotkey, in milliseconds."""
    idle_mb: float | None = None
    """Proportional set size, megabytes of 1,000,000 bytes, with icon and hotkey and without an ear."""
    work_mb: float | None = None
    """The same of both processes while dictating."""


def measure_desk(program: Sequence[str], recording: Path, engine: str) -> Measured:
    """Start the program (a command that takes a recording) and dictate to it; nothing of the user's is touched.

    Only on Linux, inside a desktop with X11 and a session bus; elsewhere nothing is measured.
    """
    if not (sys.platform == "linux" and os.environ.get("DISPLAY") and os.environ.get("DBUS_SESSION_BUS_ADDRESS")):
        return Measured()
    with (
        tempfile.TemporaryDirectory(prefix="scribelet-bench-") as folder,
        _program(Path(folder), (*program, str(recording)), engine) as (
            pid,
            socket,
        ),
    ):
        ready = _await(lambda: _number(_status(socket).get("ready_ms")))
        idle = _memory(pid)
        ask(socket, Request("start"))
        _await(lambda: _segments(socket))
        work = _memory(pid)
        ask(socket, Request("quit"))
    return Measured(ready, idle, work)


@contextmanager
def _program(folder: Path, command: Sequence[str], engine: str) -> Generator[tuple[int, Path]]:
    environment = _environment(folder)
    (folder / "config" / "scribelet").mkdir(parents=True)
    (folder / "config" / "scribelet" / "config.toml").write_text(
        f'[hotkey]\ntoggle = "{KEY}"\n[engine]\nname = "{engine}"\n'
        f'[transcript]\nfolder = "{folder}/text"\n[clipboard]\nmode = "off"\n[toast]\nshow = "off"\n'
    )
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process.pid, folder / "run" / "scribelet" / "control.socket"
        process.wait(PATIENCE)
    finally:
        process.kill()
        process.wait()


def _environment(folder: Path) -> Mapping[str, str]:
    (folder / "run").mkdir(mode=0o700)
    (folder / "data" / "scribelet").mkdir(parents=True)
    (folder / "data" / "scribelet" / "models").symlink_to(models_folder())
    kinds = {"config": "CONFIG_HOME", "data": "DATA_HOME", "state": "STATE_HOME", "run": "RUNTIME_DIR"}
    return {**os.environ, **{f"XDG_{kind}": str(folder / name) for name, kind in kinds.items()}}


def _status(socket: Path) -> Reply:
    try:
        return ask(socket, Request("status"))
    except NotRunningError:
        return {}


def _segments(socket: Path) -> object:
    state = _status(socket)
    if state.get("state") == "faulted":
        raise ScribeletError(f"The program cannot dictate here: {state.get('warnings')}", "Look at: scribelet doctor")
    return state.get("segments")


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _await(look: Callable[[], T | None]) -> T:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)  # a look every 20 ms, until there is something to see
    raise ScribeletError("The program did not start in time on this desktop", "Look at: scribelet doctor")


def _memory(pid: int) -> float:
    sizes: list[float] = []
    for _ in range(LOOKS):
        sizes.append(sum(_pss(one) for one in (pid, *_children(pid))))
        time.sleep(BETWEEN)
    return median(sizes)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that has ended meanwhile
            found += map(int, (task / "children").read_text().split())
    return found


def _pss(pid: int) -> float:
    """Megabytes; memory that several processes share is counted in parts."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("Pss:"))
