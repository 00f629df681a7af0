"""Those who watch the state over the socket, and what becomes of the ones who do not read."""

from __future__ import annotations

import json
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Timer
from time import monotonic
from typing import IO

import pytest

from tests.control.conftest import Wait
from tests.control.socket.conftest import Desk, dial, key_of
from tray.control.client import Request, ask, follow
from tray.control.socket import ControlServer
from tray.core.failures import NotRunningError, ScribeletError


def test_a_follower_sees_the_state_and_each_change(path: Path, server: ControlServer, desk: Desk):
    story = follow(path)
    assert next(story)["state"] == "idle"
    for state in ("opening", "listening", "idle"):
        server.publish({"state": state})
    assert [next(story)["state"] for _ in range(3)] == ["opening", "listening", "idle"]
    last = [f"last {number}" for number in range(50)]
    for state in last:
        server.publish({"state": state})
    server.close()
    assert [change["state"] for change in story] == last
    assert desk.asked == [Request("status")]


def test_a_follower_that_never_reads_is_dropped_and_never_waited_for(path: Path, server: ControlServer):
    with ExitStack() as stack:
        line = dial(path, stack)
        line.sendall(json.dumps({"command": "follow", "key": key_of(path)}).encode() + b"\n")
        lines = stack.enter_context(line.makefile("rb"))
        assert b"idle" in lines.readline()
        begun = monotonic()
        for number in range(400):
            server.publish({"state": str(number), "warnings": ["x" * 30_000]})
        assert monotonic() - begun < 2
        assert b'"399"' not in _rest(lines)
    assert ask(path, Request("status"))


def _rest(lines: IO[bytes]) -> bytes:
    """All that still comes until the other side hangs up."""
    got = b""
    with suppress(ConnectionError):
        for line in lines:
            got += line
    return got


def test_followers_leave_room_for_a_toggle(path: Path, wait: Wait):
    stories = [follow(path) for _ in range(16)]
    for story in stories:
        next(story)
    with pytest.raises(ScribeletError, match="Too many"):
        next(follow(path))
    assert ask(path, Request("toggle"))
    for story in stories:
        story.close()  # type: ignore[attr-defined]  # it is a generator

    def welcome() -> bool:
        try:
            return bool(next(follow(path)))
        except ScribeletError:
            return False

    wait(welcome)


def test_a_follower_is_patient_while_nothing_changes(path: Path, server: ControlServer):
    story = follow(path, timeout=0.5)
    next(story)
    later = Timer(0.8, server.publish, [{"state": "listening"}])  # longer than it waits for the first line
    later.start()
    assert next(story) == {"state": "listening"}
    later.join()


def test_without_a_program_a_follower_is_told_so(place: Path):
    with pytest.raises(NotRunningError):
        next(follow(place / "control"))
