"""A program behind a socket, and those who dial it and do not behave."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import pytest

from tray.control.client import Reply, Request
from tray.control.socket import ControlServer
from tray.core.failures import MicrophoneError

Python = Callable[..., "subprocess.Popen[str]"]


class Desk:
    """Stands in for the program: remembers what it was asked and does what its name says."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.state = "idle"
        self.hold = Event()

    def answer(self, request: Request) -> Reply:
        self.asked.append(request)
        if request.command == "start":
            raise MicrophoneError("No microphone is there", "Plug one in")
        if request.command == "cancel":
            raise RuntimeError("secret words")
        if request.command == "stop":
            self.hold.wait(30)
        return {"state": self.state, "pid": 7}


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.hold.set()


@pytest.fixture(params=["socket", "loopback"])
def server(request: pytest.FixtureRequest, place: Path, desk: Desk) -> Iterator[ControlServer]:
    server = ControlServer(place / "control", desk.answer, loopback=request.param == "loopback")
    yield server
    desk.hold.set()
    server.close()


@pytest.fixture
def path(server: ControlServer, place: Path) -> Path:
    """Where a server listens, in both ways of listening."""
    assert server is not None
    return place / "control"


def dial(path: Path, stack: ExitStack) -> socket.socket:
    """A bare connection, for those who do not behave."""
    loopback = path.is_file()
    line = stack.enter_context(socket.socket(socket.AF_INET if loopback else socket.AF_UNIX))
    line.settimeout(10)
    line.connect(("127.0.0.1", int(path.read_text().split()[0])) if loopback else str(path))
    return line


def key_of(path: Path) -> str:
    """What a line has to begin with where the socket is a port; empty elsewhere."""
    return path.read_text().split()[1] if path.is_file() else ""


def answer_to(path: Path, sent: bytes) -> Reply:
    """What comes back when these bytes are sent."""
    with ExitStack() as stack:
        line = dial(path, stack)
        line.sendall(sent)
        return json.loads(stack.enter_context(line.makefile("rb")).readline())
