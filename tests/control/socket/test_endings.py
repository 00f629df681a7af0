"""A socket whose program ends or was killed, and the file under its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.control.socket.conftest import Desk, Python
from tray.control.client import Reply, Request, ask, follow
from tray.control.socket import ControlServer
from tray.core.failures import NotRunningError, ScribeletError

QUIT = """
import sys
from pathlib import Path
from threading import Event
from tray.control.socket import ControlServer
asked = Event()
def answer(request):
    asked.set()
    Event().wait(0.2)
    return {"state": "bye"}
server = ControlServer(Path(sys.argv[1]), answer)
print("open", flush=True)
asked.wait()
server.close()
"""


def test_a_program_that_ends_still_answers_the_request_to_end(place: Path, python: Python):
    program = python(QUIT, place / "control")
    assert program.stdout is not None
    assert program.stdout.readline() == "open\n", program.communicate()
    assert ask(place / "control", Request("quit"), 10) == {"state": "bye"}


def test_a_request_may_close_the_socket_itself(place: Path):
    servers: list[ControlServer] = []

    def answer(_request: Request) -> Reply:
        servers[0].close()
        return {"state": "closed"}

    servers.append(ControlServer(place / "control", answer))
    assert ask(place / "control", Request("quit")) == {"state": "closed"}


def test_after_closing_nobody_is_there(path: Path, server: ControlServer):
    server.close()
    server.close()
    assert not path.exists()
    with pytest.raises(NotRunningError) as caught:
        ask(path, Request("toggle"))
    assert caught.value.exit_code == 3


SERVE = """
import sys
from pathlib import Path
from tray.control.socket import ControlServer
server = ControlServer(Path(sys.argv[1]), lambda request: {"state": request.command}, loopback=sys.argv[2] == "True")
print("open", flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("loopback", [False, True])
def test_what_a_killed_program_left_behind_says_not_running_and_is_replaced(
    place: Path, desk: Desk, python: Python, loopback: bool
):
    path = place / "control"
    first = python(SERVE, path, loopback)
    assert first.stdout is not None
    assert first.stdout.readline() == "open\n", first.communicate()
    assert ask(path, Request("status")) == {"state": "status"}
    story = follow(path)
    next(story)
    first.kill()
    assert list(story) == []
    first.wait()
    assert path.exists()
    with pytest.raises(NotRunningError):
        ask(path, Request("toggle"))
    second = ControlServer(path, desk.answer, loopback=loopback)
    assert ask(path, Request("toggle"))
    second.close()


def test_a_file_of_the_user_under_this_name_is_not_removed(place: Path, desk: Desk):
    (place / "control").write_text("mine")
    with pytest.raises(ScribeletError, match="cannot be opened"):
        ControlServer(place / "control", desk.answer)
    assert (place / "control").read_text() == "mine"
