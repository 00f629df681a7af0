"""The control socket, from both ends of it."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from time import monotonic

from tests.fuzz.worker import Parse
from tray.control.client import COMMANDS, Reply, Request, ask, follow, state_line
from tray.control.socket import ControlServer
from tray.core.failures import MicrophoneError

_STATE: Reply = {
    **{"state": "listening", "session_seconds": 12.5, "segments": 3, "hypothesis": "dear Anna", "microphone": "USB"},
    **{"engine": "moonshine", "hotkey": "ctrl+alt+space", "warnings": ["no toasts"], "pid": 7},
}
_PATIENCE = 4.0
"""Seconds; within them everything local answers."""
KEY = b"0123456789abcdef0123456789abcdef"
"""Stands in an input for the key that only the server knows."""
TOKENS = (
    *(
        b'"command"',
        b'"text"',
        b'"key"',
        b'"error"',
        b'"code"',
        b'"remedy"',
        b'"state"',
        b'"warnings"',
        b"{",
        b"}",
        b"\n",
    ),
    *(b'"session_seconds"', b'"segments"', b"[4]", b'"follow"', KEY, *(f'"{name}"'.encode() for name in COMMANDS)),
)


def requests() -> list[bytes]:
    wishes = [{"command": name, "text": "set toast.show off", "key": KEY.decode()} for name in COMMANDS]
    return [json.dumps(wish).encode() + b"\n" for wish in wishes]


def answers() -> list[bytes]:
    refused = {"error": "No microphone is there", "remedy": "Plug one in", "code": MicrophoneError.exit_code}
    return [json.dumps(one).encode() for one in (_STATE, refused, {"state": "idle"})]


def asked(folder: Path) -> Parse:
    """A server on a socket in the file system."""
    return _asked(folder, loopback=False)


def asked_on_a_port(folder: Path) -> Parse:
    """A server on a port, to which only its key gives entry."""
    return _asked(folder, loopback=True)


def _asked(folder: Path, *, loopback: bool) -> Parse:
    path = folder / "control"
    server = ControlServer(path, lambda request: {"heard": request.command}, loopback=loopback)
    port, key = path.read_text().split() if loopback else ("", "")

    def parse(content: bytes) -> None:
        with socket.socket(socket.AF_INET if loopback else socket.AF_UNIX) as line, line.makefile("rb") as lines:
            line.settimeout(_PATIENCE)
            line.connect(("127.0.0.1", int(port)) if loopback else str(path))
            with suppress(OSError):  # it may hang up before all has been said
                line.sendall(content.replace(KEY, key.encode()))
                line.shutdown(socket.SHUT_WR)
            with suppress(ConnectionError):
                reply = json.loads(lines.readline())
                assert "heard" in reply or {"error", "remedy", "code"} <= reply.keys()
        _dismiss(server)

    return parse


def _dismiss(server: ControlServer) -> None:
    """Let a follower that has left be noticed, which without news takes a while."""
    until = monotonic() + _PATIENCE
    while server.followed:
        server.publish({})
        assert monotonic() < until, "a follower that has left is kept"


def answered(folder: Path) -> Parse:
    """A client of something that took the program's place."""
    path, due = _stranger(folder)

    def parse(content: bytes) -> None:
        due.put(content + b"\n")
        assert state_line(ask(path, Request("status"), _PATIENCE))

    return parse


def followed(folder: Path) -> Parse:
    """The same for a client that stays."""
    path, due = _stranger(folder)

    def parse(content: bytes) -> None:
        due.put(content)
        for state in follow(path, _PATIENCE):
            assert state_line(state)

    return parse


def _stranger(folder: Path) -> tuple[Path, SimpleQueue[bytes]]:
    """A socket that answers whoever comes with the next of these bytes."""
    path, due = folder / "control", SimpleQueue[bytes]()
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def serve() -> None:
        while True:
            line, _ = listener.accept()
            with line, suppress(BrokenPipeError, ConnectionResetError):  # the client has heard enough
                line.recv(1 << 16)
                line.sendall(due.get())

    Thread(target=serve, daemon=True).start()
    return path, due
