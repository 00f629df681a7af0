"""Something that answers in place of the program, in a way the program never would."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from tray.control.client import Request, ask, follow, state_line
from tray.core.failures import ScribeletError

Stranger = Callable[[bytes], Path]


@pytest.fixture
def stranger(place: Path) -> Iterator[Stranger]:
    """Answers one client with these bytes."""
    with socket.socket(socket.AF_UNIX) as listener:

        def answer(said: bytes) -> None:
            line, _ = listener.accept()
            with line:
                line.recv(1000)
                line.sendall(said)

        def begin(said: bytes) -> Path:
            listener.bind(str(place / "control"))
            listener.listen()
            Thread(target=answer, args=(said,), daemon=True).start()
            return place / "control"

        yield begin


STRANGE = [b"[" * 20_000, b'{"error": "no", "code": [4]}', b'{"error": "no", "code": {}}', b"[]", b"", b"\xff"]


@pytest.mark.parametrize("said", STRANGE)
def test_an_answer_that_makes_no_sense_is_one_sentence(stranger: Stranger, said: bytes):
    with pytest.raises(ScribeletError):
        ask(stranger(said + b"\n"), Request("status"))


@pytest.mark.parametrize("said", STRANGE)
def test_whoever_follows_is_told_so_too(stranger: Stranger, said: bytes):
    with pytest.raises(ScribeletError):
        list(follow(stranger(said + b"\n")))


@pytest.mark.parametrize("seconds", ["9" * 4000, "-1", "1e999", "NaN"])
def test_a_time_that_no_session_takes_is_left_out(seconds: str):
    assert state_line(json.loads(f'{{"state": "listening", "session_seconds": {seconds}}}')) == "Listening."


@pytest.mark.parametrize("port", ["70000 key", "-1 key", "0 key", "nothing at all", "9" * 5000 + " key"])
def test_a_file_that_names_no_port_is_one_sentence(place: Path, port: str):
    (place / "control").write_text(port)
    with pytest.raises(ScribeletError, match="cannot be asked"):
        ask(place / "control", Request("status"))
