"""The socket as other programs meet it: it answers its owner and nobody else, and nobody can make it stop."""

from __future__ import annotations

import json
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Thread
from threading import enumerate as enumerate_threads
from time import monotonic

import pytest

from tests.control.conftest import Wait
from tests.control.socket.conftest import Desk, Python, answer_to, dial, key_of
from tray.control.client import Request, ask
from tray.control.socket import ControlServer
from tray.core.failures import MicrophoneError, ScribeletError, UsageError


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
    if b'"toggle", "key"' in sent and not key_of(path):
        sent = b'{"command": "toggle", "text": 1}\n'
    assert answer_to(path, sent)["code"] == UsageError.exit_code
    assert desk.asked == []
    assert ask(path, Request("status"))


def test_a_message_without_end_is_cut_off(path: Path, desk: Desk):
    with ExitStack() as stack:
        line = dial(path, stack)
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
            dial(path, stack)
        begun = monotonic()
        assert ask(path, Request("toggle"))
        assert monotonic() - begun < 1


def test_a_client_that_drips_is_cut_off_in_time(path: Path):
    with ExitStack() as stack:
        line = dial(path, stack)
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
            dial(path, stack)
        with suppress(ScribeletError):  # answered or turned away, but behind all of them
            ask(path, Request("status"))
        assert sum(thread.name == "control client" for thread in enumerate_threads()) <= 32

    def answered() -> bool:
        try:
            return bool(ask(path, Request("status")))
        except ScribeletError:
            return False

    wait(answered)


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
        assert "lacks the key" in str(answer_to(place / "control", sent)["error"])
    assert desk.asked == []
    server.close()
