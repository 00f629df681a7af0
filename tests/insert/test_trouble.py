"""An X server that is not there, goes away or hangs takes nobody along."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from tray.core.failures import SinkError
from tray.sinks.insert import InsertSink, X11Hand

SOCKETS_ARE_LEFT = pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
"""python-xlib leaves its socket to the garbage collector when it cannot connect, or when the server goes away."""


class Server:
    """A bare X server."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "320x240x24", "-noreset", "-nolisten", "tcp"]
        self.process = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as ready:
            self.display = ":" + ready.readline().strip()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.process.send_signal(signal.SIGCONT)
    server.process.terminate()
    server.process.wait(10)


@SOCKETS_ARE_LEFT
def test_without_an_x_server_the_words_are_refused_with_a_remedy(speaker):
    anna = speaker()
    with closing(X11Hand(":4000")) as hand:
        sink = InsertSink(hand)
        sink.write(anna.begins())
        for _ in range(2):
            with pytest.raises(SinkError, match="no X server") as failure:
                sink.write(anna.says("one"))
            assert "transcript" in failure.value.remedy


@SOCKETS_ARE_LEFT
def test_a_server_that_goes_away_is_told_and_closing_still_works(server, speaker):
    anna = speaker()
    hand = X11Hand(server.display)
    sink = InsertSink(hand)
    sink.write(anna.begins())
    server.process.terminate()
    server.process.wait(10)
    with pytest.raises(SinkError, match="X server"):
        sink.write(anna.says("one"))
    sink.close()


@SOCKETS_ARE_LEFT
def test_a_server_that_hangs_holds_nobody_up_for_long(server, speaker):
    anna = speaker()
    hand = X11Hand(server.display)
    sink = InsertSink(hand)
    sink.write(anna.begins())
    server.process.send_signal(signal.SIGSTOP)
    begun = time.monotonic()
    with pytest.raises(SinkError, match="does not answer"):
        sink.write(anna.says("one"))
    assert time.monotonic() - begun < 2
    server.process.send_signal(signal.SIGCONT)
    sink.close()


def test_two_servers_are_no_problem(server, desktop):
    with closing(X11Hand(server.display)) as one, closing(X11Hand(desktop.env["DISPLAY"])) as other:
        assert one.window().id != other.window().id


def test_where_no_window_has_the_keyboard_that_is_told(server, speaker):
    anna = speaker()
    with closing(X11Hand(server.display)) as hand, pytest.raises(SinkError, match="No window"):
        InsertSink(hand).write(anna.says("one"))
