"""The socket as other programs meet it: it answers its owner, and nobody can make it stop."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event, Thread, Timer
from threading import enumerate as enumerate_threads
from time import monotonic
from typing import IO

import pytest

from tray.control.client import Reply, Request, ask, follow
from tray.control.socket import ControlServer
from tray.core.failures import MicrophoneError, NotRunningError, ScribeletError, UsageError

Python = Callable[..., "subprocess.Popen[str]"]
Wait = Callable[[Callable[[], object]], None]


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


def _dial(path: Path, stack: ExitStack) -> socket.socket:
    """A bare connection, for those who do not behave."""
    loopback = path.is_file()
    line = stack.enter_context(socket.socket(socket.AF_INET if loopback else socket.AF_UNIX))
    line.settimeout(10)
    line.connect(("127.0.0.1", int(path.read_text().split()[0])) if loopback else str(path))
    return line


def _key(path: Path) -> str:
    return path.read_text().split()[1] if path.is_file() else ""


def _answer_to(path: Path, sent: bytes) -> Reply:
    with ExitStack() as stack:
        line = _dial(path, stack)
        line.sendall(sent)
        return json.loads(stack.enter_context(line.makefile("rb")).readline())


def test_a_request_gets_its_answer(path: Path, desk: Desk):
    assert ask(path, Request("toggle")) == {"state": "idle", "pid": 7}
    assert desk.asked == [Request("toggle")]


def test_an_act_carries_the_action_of_its_menu_line(path: Path, desk: Desk):
    ask(path, Request("act", "set microphone.device “Straße”\n2"))
    assert desk.asked == [Request("act", "set microphone.device “Straße”\n2")]


def test_what_goes_wrong_there_is_told_here_with_its_remedy(path: Path):
    with pytest.raises(MicrophoneError, match="No microphone is there") as caught:
        ask(path, Request("start"))
    assert caught.value.remedy == "Plug one in"


def test_a_bug_there_is_one_sentence_here_without_what_was_said(path: Path, caplog: pytest.LogCaptureFixture):
    with pytest.raises(ScribeletError, match="could not cancel"):
        ask(path, Request("cancel"))
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text
    assert ask(path, Request("status"))


@pytest.mark.parametrize(
    "sent",
    [
        b"\n",
        b"nonsense\n",
        b"\x80\x04\x95\x00cos\nsystem\n\n",
        b"[1, 2]\n",
        b'{"command": 3}\n',
        b'{"command": "toggle", "text": ["x"]}\n',
        b'{"command": "explode"}\n',
        b'{"command": "\\ud800"}\n',
        b'{"command": "toggle", "key": "\\ud800"}\n' * 2,
        b"[" * 60_000 + b"\n",
        b"9" * 60_000 + b"\n",
        b"x" * 70_000,
    ],
)
def test_nonsense_is_refused_and_does_no_harm(path: Path, desk: Desk, sent: bytes):
    if b'"toggle", "key"' in sent and not _key(path):
        sent = b'{"command": "toggle", "text": 1}\n'
    assert _answer_to(path, sent)["code"] == UsageError.exit_code
    assert desk.asked == []
    assert ask(path, Request("status"))


def test_a_message_without_end_is_cut_off(path: Path, desk: Desk):
    with ExitStack() as stack:
        line = _dial(path, stack)
        with pytest.raises(OSError, match=r"(?i)broken pipe|reset"):
            line.sendall(b"x" * 500_000_000)
    assert desk.asked == []
    assert ask(path, Request("status"))


def test_a_text_longer_than_a_line_may_be_is_refused(path: Path, desk: Desk):
    with pytest.raises(ScribeletError):
        ask(path, Request("act", "x" * 70_000))
    assert desk.asked == []


def test_silent_clients_do_not_keep_others_waiting(path: Path):
    with ExitStack() as stack:
        for _ in range(10):
            _dial(path, stack)
        begun = monotonic()
        assert ask(path, Request("toggle"))
        assert monotonic() - begun < 1


def test_a_client_that_drips_is_cut_off_in_time(path: Path):
    with ExitStack() as stack:
        line = _dial(path, stack)
        line.settimeout(0.05)
        begun = monotonic()
        while True:
            try:
                line.sendall(b" ")
                if line.recv(1) == b"":
                    break
            except TimeoutError:
                assert monotonic() - begun < 5
            except OSError:
                break


def test_one_answer_that_takes_long_does_not_hold_up_the_next(path: Path, desk: Desk):
    slow = Thread(target=lambda: ask(path, Request("stop"), 30))
    slow.start()
    assert ask(path, Request("toggle"))
    desk.hold.set()
    slow.join(10)
    assert not slow.is_alive()


def test_a_program_that_does_not_answer_in_time_is_said_to_hang(path: Path):
    begun = monotonic()
    with pytest.raises(ScribeletError, match="does not answer"):
        ask(path, Request("stop"), 0.2)
    assert monotonic() - begun < 2


def test_a_crowd_of_silent_clients_is_turned_away_and_the_socket_recovers(path: Path, wait: Wait):
    with ExitStack() as stack:
        for _ in range(100):
            _dial(path, stack)
        with suppress(ScribeletError):  # answered or turned away, but behind all of them
            ask(path, Request("status"))
        assert sum(thread.name == "control client" for thread in enumerate_threads()) <= 32

    def answered() -> bool:
        try:
            return bool(ask(path, Request("status")))
        except ScribeletError:
            return False

    wait(answered)


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
        line = _dial(path, stack)
        line.sendall(json.dumps({"command": "follow", "key": _key(path)}).encode() + b"\n")
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


def test_without_a_program_a_follower_is_told_so(place: Path):
    with pytest.raises(NotRunningError):
        next(follow(place / "control"))


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


def test_the_socket_is_closed_to_everybody_else(path: Path):
    assert path.stat().st_mode & 0o777 == 0o600


STRANGER = """
import json, os, socket, sys
os.setgid(65534)
os.setuid(65534)
line = socket.socket(socket.AF_UNIX)
line.settimeout(10)
line.connect(sys.argv[1])
try:
    line.sendall(b'{"command": "toggle"}\\n')
    print("answer:", line.recv(100))
except OSError as error:
    print("answer:", b"")
"""


def test_another_user_who_gets_at_the_socket_is_refused(place: Path, desk: Desk, python: Python):
    server = ControlServer(place / "control", desk.answer)
    # as if the folder had not kept them out
    place.chmod(0o755)
    (place / "control").chmod(0o666)
    out, errors = python(STRANGER, place / "control").communicate(timeout=20)
    assert out == "answer: b''\n", errors
    assert desk.asked == []
    assert ask(place / "control", Request("toggle"))
    server.close()


def test_a_neighbour_who_finds_the_port_lacks_the_key(place: Path, desk: Desk):
    server = ControlServer(place / "control", desk.answer, loopback=True)
    for key in ("", "0" * 32, "ключ"):
        sent = json.dumps({"command": "toggle", "key": key}).encode() + b"\n"
        assert "lacks the key" in str(_answer_to(place / "control", sent)["error"])
    assert desk.asked == []
    server.close()
