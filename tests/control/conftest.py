"""A place for sockets, and a program that waits for what a test asks of it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

Wait = Callable[[Callable[[], object]], None]


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
