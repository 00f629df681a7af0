"""The control socket: how other processes of the same user reach the running program."""

from __future__ import annotations

import json
import logging
import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Event, Thread, current_thread
from time import monotonic
from typing import cast

from tray.control.client import COMMANDS, Reply, Request, read_line
from tray.core.failures import ScribeletError, UsageError

_PATIENCE = 2.0
"""Seconds a client has to say what it wants, and again to take each line of the answer."""
_CLIENTS = 32
"""At once; for one more, whoever has been silent for longest has to go."""
_GRACE = 0.05
"""Seconds in which nobody has to go: a client that means it has sent its line by then."""
_QUEUE = 512
"""Connections that may wait to be taken; whoever comes behind them could not even try."""
_FOLLOWERS = 16
"""At once; they stay for long and must leave room for a `toggle`."""
_BACKLOG = 64
"""State changes a follower may be behind before it is dropped."""
_FAREWELL = 0.5
"""Seconds that closing waits for answers that are on their way."""
_LAST = b""

_log = logging.getLogger(__name__)


@dataclass(eq=False, slots=True)
class _Client:
    line: socket.socket
    come: float
    """When it was taken, in seconds of the monotonic clock."""
    thread: Thread = field(default_factory=Thread)
    heard: bool = False
    """Whether it has said what it wants; its own thread's."""


@dataclass(frozen=True, eq=False, slots=True)
class _Follower:
    line: socket.socket
    changes: Queue[bytes] = field(default_factory=lambda: Queue[bytes](_BACKLOG))

    def tell(self, change: bytes) -> None:
        try:
            self.changes.put_nowait(change)
        except Full:
            _hang_up(self.line)


class ControlServer:
    """Answers requests on a local socket until it is closed, each client on a thread of its own.

    Only the holder of the Instance may make one: what lies at its path is taken for the remains of a dead process.
    """

    def __init__(
        self,
        path: Path,
        answer: Callable[[Request], Reply],
        *,
        watch: Callable[[], None] = lambda: None,
        loopback: bool = not hasattr(socket, "AF_UNIX"),
    ) -> None:
        """Open the socket at `path`. Raises ScribeletError.

        `answer` is called on the clients' threads; a ScribeletError it raises is raised again in the client. A
        follower gets the answer to `status` first; `watch` is called when followers come and go.

        With `loopback`, for systems without sockets in the file
        system, `path` becomes a private file with the number of a port of this machine and the key to it.
        """
        self._path = path
        self._answer = answer
        self._key = os.urandom(16).hex() if loopback else ""
        self._listener = _opened(path, self._key)
        self._closing = Event()
        self._watch = watch
        # each entry is added and removed by its own thread; others look at copies
        self._followers: dict[_Follower, None] = {}
        self._clients: list[_Client] = []  # the accepting thread's, until that has ended; the oldest first
        self._accepting = Thread(target=self._accept, name="control", daemon=True)
        self._accepting.start()

    @property
    def followed(self) -> bool:
        """Whether anybody follows."""
        return bool(self._followers)

    def publish(self, state: Reply) -> None:
        """Send a changed state to all who follow; returns at once, and whoever is far behind is dropped."""
        change = _encoded(state)
        for follower in tuple(self._followers):
            follower.tell(change)

    def close(self) -> None:
        """Take the socket away; answers and changes that are due still go out, for a short while. Idempotent."""
        if self._closing.is_set():
            return
        self._closing.set()
        with suppress(OSError):  # a folder that is gone took the socket with it
            self._path.unlink(missing_ok=True)
        _hang_up(self._listener)
        self._listener.close()
        self._accepting.join(_FAREWELL)
        for follower in tuple(self._followers):
            follower.tell(_LAST)
        until = monotonic() + _FAREWELL
        for client in self._clients:
            if client.thread is not current_thread():
                client.thread.join(max(0.0, until - monotonic()))

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                line, _ = self._listener.accept()
            except OSError as error:
                # without the wait a lack of file descriptors would turn this into a busy loop
                if not self._closing.wait(0.1):
                    _log.warning("control socket: %s", error.strerror)
                continue
            if self._room():
                self._welcome(line)
            else:
                line.close()

    def _room(self) -> bool:
        """Whether there is room for one more client, after a short while at most."""
        until = monotonic() + _PATIENCE
        while True:
            self._clients = [client for client in self._clients if client.thread.is_alive()]
            if len(self._clients) < _CLIENTS:
                return True
            if monotonic() > until or self._closing.is_set():
                return False
            self._send_one_away()

    def _send_one_away(self) -> None:
        """Hang up on the client that has been silent for longest; where all have spoken, wait until one is served."""
        silent = next((client for client in self._clients if not client.heard), None)
        self._closing.wait(max(0.0, silent.come + _GRACE - monotonic()) if silent else 0.01)
        if silent and not silent.heard:
            _hang_up(silent.line)
            silent.thread.join(_GRACE)

    def _welcome(self, line: socket.socket) -> None:
        client = _Client(line, monotonic())
        client.thread = Thread(target=self._serve, args=(client,), name="control client", daemon=True)
        self._clients.append(client)
        client.thread.start()

    def _serve(self, client: _Client) -> None:
        line = client.line
        # a client that is silent, or leaves before its answer, harms nobody but itself
        with line, suppress(OSError):
            if not _same_user(line):
                return
            try:
                request = _heard(line, self._key)
                client.heard = True
            except UsageError as error:
                _say(line, _encoded(_refusal(error)))
                return
            if request.command == "follow" and len(self._followers) < _FOLLOWERS:
                self._stream(line)
            elif request.command == "follow":
                _say(line, _encoded(_refusal(ScribeletError("Too many follow already", "End one of them"))))
            else:
                _say(line, self._reply(request))

    def _stream(self, line: socket.socket) -> None:
        follower = _Follower(line)
        # first the list, then the question: a change in between comes twice rather than never
        self._followers[follower] = None
        self._watch()
        try:
            _say(line, self._reply(Request("status")))
            while not _left(line):
                with suppress(Empty):
                    change = follower.changes.get(timeout=_PATIENCE)
                    if change == _LAST:
                        return
                    _say(line, change)
        finally:
            del self._followers[follower]
            self._watch()

    def _reply(self, request: Request) -> bytes:
        try:
            return _encoded(self._answer(request))
        except ScribeletError as error:
            return _encoded(_refusal(error))
        except Exception as error:  # noqa: BLE001 - the one catch-all of this thread; the client is told
            _log.error("control request %s: %s", request.command, type(error).__name__)
            return _encoded(_refusal(ScribeletError(f"Scribelet could not {request.command}", "Look into its log")))


def _opened(path: Path, key: str) -> socket.socket:
    listener = socket.socket(socket.AF_INET if key else socket.AF_UNIX)
    try:
        if key or path.is_socket():
            path.unlink(missing_ok=True)
        listener.bind(("127.0.0.1", 0) if key else str(path))
        listener.listen(_QUEUE)
        if key:
            path.touch(mode=0o600, exist_ok=False)
            path.write_text(f"{listener.getsockname()[1]} {key}\n")
        else:
            path.chmod(0o600)
    except OSError as error:
        listener.close()
        raise ScribeletError(f"The socket {path} cannot be opened: {error}", "Look at its folder") from error
    return listener


def _same_user(line: socket.socket) -> bool:
    if line.family == socket.AF_INET or not hasattr(socket, "SO_PEERCRED"):
        return True  # the key, or the closed folder, has settled it
    credentials = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("iII"))
    return struct.unpack("iII", credentials)[1] == os.getuid()


def _heard(line: socket.socket, key: str) -> Request:
    """What a client asks for. Raises UsageError if that makes no sense, TimeoutError if nothing comes."""
    try:
        wish: object = json.loads(read_line(line, monotonic() + _PATIENCE))
    except (ValueError, RecursionError) as error:
        raise UsageError("The request is not one line of JSON") from error
    fields = cast("dict[str, object]", wish) if isinstance(wish, dict) else {}
    command, text, proof = (fields.get(name, "") for name in ("command", "text", "key"))
    if not (isinstance(command, str) and isinstance(text, str) and isinstance(proof, str)):
        raise UsageError("The request holds something else than texts")
    if key and not _alike(key, proof):
        raise UsageError("The request lacks the key")
    if command not in COMMANDS:
        raise UsageError(f"There is no request {command[:40]!r}", f"Valid are: {', '.join(COMMANDS)}")
    return Request(command, text)


def _alike(key: str, proof: str) -> bool:
    from hmac import compare_digest  # drags OpenSSL in, which a socket in a closed folder does without

    return compare_digest(key.encode(), proof.encode(errors="replace"))


def _refusal(error: ScribeletError) -> Reply:
    return {"error": str(error), "remedy": error.remedy, "code": error.exit_code}


def _encoded(reply: Reply) -> bytes:
    return json.dumps(reply).encode() + b"\n"


def _say(line: socket.socket, text: bytes) -> None:
    line.settimeout(_PATIENCE)
    line.sendall(text)


def _left(line: socket.socket) -> bool:
    """Whether the other side has gone; a follower has nothing more to say."""
    line.settimeout(0)
    try:
        line.recv(1)
    except BlockingIOError:
        return False
    return True


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):  # it has hung up first
        line.shutdown(socket.SHUT_RDWR)
