"""The socket of the running program: for its owner alone, and whoever misbehaves on it keeps nobody waiting."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from time import monotonic

import pytest

from tests.desktop.session import wait_for
from tests.faults.bare import PATIENCE, BareScribelet, answers, lend_models
from tests.surroundings.stranger import AS_NOBODY, NOBODY, Stranger
from tray.control.client import Reply, Request, ask
from tray.core.failures import ScribeletError

CROWD = 200
PROMPT = 1.0
"""Seconds in which whoever behaves is answered."""
ROOM = 2_000_000
"""Bytes by which the memory may differ between two looks, whatever was done."""
KNOCK = """
import socket, sys
line = socket.socket(socket.AF_UNIX)
line.settimeout(10)
try:
    line.connect(sys.argv[1])
    line.sendall(b'{"command": "status"}\\n')
    print(line.recv(1000))
except OSError as error:
    print(type(error).__name__)
"""
"""What another user does at the door; what it prints is what they get."""


@pytest.fixture(scope="module")
def scribelet() -> Iterator[BareScribelet]:
    """The program, which all of these tests leave as they found it."""
    with BareScribelet() as running:
        yield running


def _dial(path: Path, stack: ExitStack) -> socket.socket:
    line = stack.enter_context(socket.socket(socket.AF_UNIX))
    line.settimeout(10)
    line.connect(str(path))
    return line


def _say(line: socket.socket, text: bytes) -> None:
    with suppress(OSError):  # it may have been sent away meanwhile
        line.sendall(text)


def _asked(path: Path) -> float:
    """Seconds until somebody who behaves has an answer."""
    begun = monotonic()
    assert ask(path, Request("status"))["state"]
    return monotonic() - begun


def _quiet(line: socket.socket) -> None:
    """Say nothing."""


def _half_a_request(line: socket.socket) -> None:
    _say(line, b'{"command": "sta')


def _ask_and_never_read(line: socket.socket) -> None:
    _say(line, b'{"command": "status"}\n')


def _follow_and_never_read(line: socket.socket) -> None:
    _say(line, b'{"command": "follow"}\n')


def _nonsense(line: socket.socket) -> None:
    _say(line, b"\x80\x04\x95" + b"[" * 50_000 + b"\n")


CROWDS = (_quiet, _half_a_request, _ask_and_never_read, _follow_and_never_read, _nonsense)


@pytest.mark.parametrize("act", CROWDS)
def test_a_crowd_that_misbehaves_keeps_nobody_waiting(
    scribelet: BareScribelet, act: Callable[[socket.socket], None]
) -> None:
    with ExitStack() as stack:
        for _ in range(CROWD):
            act(_dial(scribelet.socket, stack))
        assert _asked(scribelet.socket) < PROMPT
        assert ask(scribelet.socket, Request("cancel"))["state"] == "idle"


def test_a_client_that_sends_ten_megabytes_without_an_end_is_cut_off_and_keeps_nobody_waiting(
    scribelet: BareScribelet,
) -> None:
    with ExitStack() as stack:
        line = _dial(scribelet.socket, stack)
        with pytest.raises(OSError, match=r"(?i)broken pipe|reset"):
            line.sendall(b"x" * 10_000_000)
        assert _asked(scribelet.socket) < PROMPT


def test_many_that_behave_are_all_answered(scribelet: BareScribelet) -> None:
    def answer(_: int) -> Reply:
        return ask(scribelet.socket, Request("status"), PATIENCE)

    with ThreadPoolExecutor(CROWD) as people:
        states = [reply["state"] for reply in people.map(answer, range(CROWD))]
    assert states == ["idle"] * CROWD


def test_whoever_misbehaves_leaves_neither_memory_nor_threads_behind(scribelet: BareScribelet) -> None:
    def misbehave() -> int:
        for act in (*CROWDS, lambda line: _say(line, b"x" * 10_000_000)):
            with ExitStack() as stack:
                for _ in range(CROWD):
                    act(_dial(scribelet.socket, stack))
                _asked(scribelet.socket)  # behind all of them
        wait_for(lambda: scribelet.threads <= before, PATIENCE, "the threads of all clients to end")
        return scribelet.memory

    before = scribelet.threads
    misbehave()  # what the memory of a crowd is taken from is kept for the next one
    used = misbehave()
    assert misbehave() < used + ROOM


def test_the_socket_lies_where_only_its_owner_can_go(scribelet: BareScribelet) -> None:
    assert oct(scribelet.socket.parent.stat().st_mode & 0o777) == "0o700"
    assert oct(scribelet.socket.stat().st_mode & 0o777) == "0o600"
    assert scribelet.socket.stat().st_uid == os.getuid()


def _knock(path: Path) -> str:
    """What another user gets there."""
    command = [*AS_NOBODY, "/usr/bin/python3", "-c", KNOCK, path]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=True).stdout.strip()


def test_another_user_does_not_get_at_the_socket_and_gets_no_answer_if_the_door_is_open(
    scribelet: BareScribelet,
) -> None:
    assert _knock(scribelet.socket) == "PermissionError"
    opened = {scribelet.home: 0o755, scribelet.home / "run": 0o755, scribelet.socket.parent: 0o755}
    opened[scribelet.socket] = 0o666
    before = {path: path.stat().st_mode & 0o777 for path in opened}
    for path, mode in opened.items():
        path.chmod(mode)
    try:
        assert _knock(scribelet.socket) in ("b''", "BrokenPipeError", "ConnectionResetError")
    finally:
        for path, mode in before.items():
            path.chmod(mode)
    assert answers(scribelet.socket)


def test_root_who_can_open_every_door_is_refused_by_the_program_of_somebody_else() -> None:
    with Stranger() as stranger, ThreadPoolExecutor(1) as aside:
        lend_models(stranger.home, stranger.place / "data" / "models")
        for path in (stranger.home / ".local", *(stranger.home / ".local").rglob("*")):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        program = aside.submit(stranger.run)
        path = stranger.home / ".local" / "state" / "scribelet" / "run" / "control.socket"
        try:
            wait_for(path.is_socket, PATIENCE, "their program")
            with pytest.raises(ScribeletError, match=r"hung up without an answer|cannot be asked"):
                ask(path, Request("status"))
            theirs = stranger.run("status", "--json")
            assert json.loads(theirs.stdout)["state"] == "idle", theirs.stderr
        finally:
            stranger.run("quit")
        assert program.result(PATIENCE).returncode == 0
