"""Asking the running Scribelet; each import here is paid by every `scribelet toggle`."""

from __future__ import annotations

import json
import socket
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from time import monotonic
from typing import cast

from tray.core.failures import (
    MicrophoneError,
    ModelError,
    NotRunningError,
    ScribeletError,
    SettingsError,
    UsageError,
)

LIMIT = 65_536
"""Bytes of one line on the socket, its end included."""
COMMANDS = ("toggle", "start", "stop", "cancel", "quit", "status", "follow", "act")
QUITTING = 8.0
"""Seconds in which a program that was told to quit says what it leaves undone: it goes on writing for two of them."""
_AGES = 1e9
"""Seconds; no session is as long."""
_BY_CODE = {kind.exit_code: kind for kind in (UsageError, ModelError, MicrophoneError, SettingsError)}

Reply = dict[str, object]
"""What comes back; a refused request has `error`, `remedy` and `code` (the exit code) in it."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the running program: one line of JSON, one for each connection."""

    command: str
    """One of `COMMANDS`."""
    text: str = ""
    """With `act`, the action as a menu item has it."""
    key: str = ""
    """Proves that the file beside a loopback port could be read; empty on a socket in a closed folder."""


def ask(path: Path, request: Request, timeout: float = 2.0) -> Reply:
    """Send one request to the socket at this path and wait at most `timeout` seconds for the reply.

    Raises NotRunningError if nobody is there, ScribeletError if the request is refused or not answered in time.
    """
    deadline = monotonic() + timeout
    with _translated(), _sent(path, request, timeout) as line:
        return _understood(read_line(line, deadline))


def follow(path: Path, timeout: float = 2.0) -> Iterator[Reply]:
    """The state now, within `timeout` seconds, then after each change, until the program ends.

    Raises NotRunningError if nobody is there, ScribeletError if the request is refused or not answered in time.
    """
    with _translated(), _sent(path, Request("follow"), timeout) as line, line.makefile("rb") as lines:
        yield _understood(lines.readline(LIMIT))
        line.settimeout(None)
        while text := lines.readline(LIMIT):
            yield _understood(text)


def state_line(state: Reply) -> str:
    """The state of the program as one line for people; what is not known is left out."""
    from tray.core.prose import one_line  # `toggle` need not pay for it

    begun, pieces = state.get("session_seconds"), state.get("segments")
    line = str(state.get("state", "unknown")).capitalize()
    if isinstance(begun, int | float) and 0 <= begun < _AGES:
        line += f" for {begun:.0f} s"
    if isinstance(pieces, int) and begun is not None:
        line += f", {pieces} segment{'' if pieces == 1 else 's'}"
    line += _lateness(state)
    if state.get("hypothesis"):
        line += f": {state['hypothesis']} …"
    named = [f"{name.capitalize()}: {state[name]}." for name in ("microphone", "engine", "hotkey") if state.get(name)]
    warnings = state.get("warnings")
    told = [f"Warning: {one}" for one in cast("list[object]", warnings)] if isinstance(warnings, list) else []
    today = [f"Today: {state['today']}."] if state.get("today") else []
    return one_line(" ".join((f"{line}.", *named, *today, *told)))


def _lateness(state: Reply) -> str:
    """How long the rest takes where that is known, else how much of it there is; empty where nothing is late."""
    from tray.core.lateness import duration

    for key, said in (("left_s", ", about {} left"), ("behind_s", ", {} behind")):
        seconds = state.get(key)
        if isinstance(seconds, int | float) and 0 < seconds < _AGES:
            return said.format(duration(seconds))
    return ""


def read_line(line: socket.socket, deadline: float) -> bytes:
    """One line without its end, complete before `deadline` (of the monotonic clock); empty if the other side left.

    Raises TimeoutError, and ValueError if it is longer than `LIMIT`.
    """
    got = b""
    while b"\n" not in got:
        if (left := deadline - monotonic()) <= 0:
            raise TimeoutError
        line.settimeout(left)
        part = line.recv(LIMIT)
        if not part:
            return b""
        got += part
        if len(got) > LIMIT:
            raise ValueError(f"longer than {LIMIT} bytes")
    return got.partition(b"\n")[0]


@contextmanager
def _sent(path: Path, request: Request, timeout: float) -> Generator[socket.socket]:
    """A connection on which the request is on its way."""
    # without sockets in the file system, the file says which port of this machine it is
    port, key = _port(path) if path.is_file() else (0, "")
    with socket.socket(socket.AF_INET if port else socket.AF_UNIX) as line:
        line.settimeout(timeout)
        line.connect(("127.0.0.1", port) if port else str(path))
        line.sendall(json.dumps(asdict(replace(request, key=key))).encode() + b"\n")
        yield line


def _port(path: Path) -> tuple[int, str]:
    port, key = path.read_text().split()
    if not 0 < int(port) < 65536:
        raise ValueError(f"{path} names no port")
    return int(port), key


@contextmanager
def _translated() -> Generator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError) as error:
        raise NotRunningError("Scribelet is not running", "Start it with: scribelet") from error
    except TimeoutError as error:
        raise ScribeletError("Scribelet does not answer", "End its process and start it again") from error
    except (OSError, ValueError) as error:
        raise ScribeletError(f"Scribelet cannot be asked: {error}", "See: scribelet doctor") from error


def _understood(text: bytes) -> Reply:
    if not text:
        raise ScribeletError("Scribelet hung up without an answer", "See: scribelet doctor")
    try:
        reply: object = json.loads(text)
    except RecursionError as error:
        raise ValueError("its answer makes no sense") from error
    if not isinstance(reply, dict):
        raise ValueError("its answer makes no sense")
    answer = cast("Reply", reply)
    if "error" in answer:
        code = answer.get("code")
        kind = _BY_CODE.get(code, ScribeletError) if isinstance(code, int) else ScribeletError
        raise kind(str(answer["error"]), str(answer.get("remedy", "")))
    return answer
