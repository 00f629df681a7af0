"""Places for sockets and settings, a program that waits for what a test asks of it, and one that listens."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from tray.control.client import Reply, Request
from tray.control.socket import ControlServer

Wait = Callable[[Callable[[], object]], None]
SECRETS = ("Quagmire", "xylophone", "Zanzibar", "marmalade", "Kalashnikov", "periwinkle")
"""What is said; nothing else in the house says it."""
LISTENING: Reply = {
    "state": "listening",
    "pid": 7,
    "session_seconds": 12.4,
    "segments": 1,
    "warnings": ["The clipboard is out of reach"],
    "microphone": "Blue Yeti",
    "engine": "moonshine-base-en",
    "hotkey": "ctrl+alt+space",
}


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder whose path is short enough for a socket, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="sl-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
def wait() -> Wait:
    """Waits until something is true, at most ten seconds."""

    def until(true: Callable[[], object]) -> None:
        deadline = monotonic() + 10
        while not true():
            assert monotonic() < deadline, "it never came true"
            sleep(0.01)

    return until


@pytest.fixture
def python() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Runs a piece of Python in a process of its own, which does not outlive the test."""
    started: list[subprocess.Popen[str]] = []

    def run(code: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        pipe = subprocess.PIPE
        started.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture
def home(place: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where settings, state, models and the socket are, far from those of whoever runs the tests."""
    for name in ("CONFIG_HOME", "STATE_HOME", "DATA_HOME", "RUNTIME_DIR"):
        folder = place / name.lower()
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(f"XDG_{name}", str(folder))
    return place


@pytest.fixture
def desk(home: Path) -> Iterator[list[Request]]:
    """A running program, as far as the socket shows; what it was asked."""
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        return LISTENING

    (home / "runtime_dir/scribelet").mkdir(mode=0o700)
    server = ControlServer(home / "runtime_dir/scribelet/control.socket", answer)
    yield asked
    server.close()
