"""An X server that is not there, goes away or hangs takes nobody along."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from Xlib import XK, X
from Xlib.display import Display

from tests.insert.board import PATIENCE
from tests.insert.server import AS_ANOTHER_USER, Listener, Server
from tray.core.failures import SinkError
from tray.sinks.insert import InsertSink
from tray.sinks.insert_x11 import X11Hand

SOCKETS_ARE_LEFT = pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
"""python-xlib leaves its socket to the garbage collector when it cannot connect, or when the server goes away."""


LONG = "a" * 100_000


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
    server.hang()
    begun = time.monotonic()
    with pytest.raises(SinkError, match="does not answer"):
        sink.write(anna.says("one"))
    assert time.monotonic() - begun < 2
    server.go_on()
    sink.close()


def test_two_servers_are_no_problem(server, desktop):
    with closing(X11Hand(server.display)) as one, closing(X11Hand(desktop.env["DISPLAY"])) as other:
        assert one.window().id != other.window().id


def test_where_no_window_has_the_keyboard_that_is_told(server, speaker):
    anna = speaker()
    with closing(X11Hand(server.display)) as hand, pytest.raises(SinkError, match="No window"):
        InsertSink(hand).write(anna.says("one"))


def test_what_was_typed_before_a_server_hung_is_known_and_nothing_comes_behind_it(server):
    with closing(Display(server.display)) as display, closing(X11Hand(server.display)) as hand:
        listener = Listener(display)
        # a server that hangs while a key is down takes it for one that is held, and repeats it
        display.change_keyboard_control(auto_repeat_mode=X.AutoRepeatModeOff)
        display.sync()
        with ThreadPoolExecutor(1) as somebody:
            told = somebody.submit(hand.type, LONG, hand.window())
            listener.wait_for_a_key()
            server.hang()
            count = told.result(PATIENCE)
        server.go_on()
        assert 0 < count < len(LONG)
        assert hand.type("z", hand.window()) == 1
        assert 1 + listener.keys_until("z") == count


def test_without_a_key_to_spare_that_is_told_and_what_stood_before_is_not_typed_again(server, speaker):
    anna = speaker()
    with closing(Display(server.display)) as display, closing(X11Hand(server.display)) as hand:
        listener, sink = Listener(display), InsertSink(hand, "type")
        put_something_on_every_key(display)
        sink.write(anna.begins())
        for change in (anna.says("1" * 300 + "漢", ""), anna.settles()):
            with pytest.raises(SinkError, match="no key to spare"):
                sink.write(change)
        hand.type("z", hand.window())
        assert 0 < listener.keys_until("z") <= 300


def put_something_on_every_key(display) -> None:
    first, last = display.display.info.min_keycode, display.display.info.max_keycode
    for code, symbols in enumerate(display.get_keyboard_mapping(first, last - first + 1), first):
        if not any(symbols):
            display.change_keyboard_mapping(code, [(XK.XK_F35, XK.XK_F35)])
    display.sync()


def test_the_background_is_no_program_of_whoever_runs_the_server():
    with closing(Server(*AS_ANOTHER_USER)) as server, closing(Display(server.display)) as display:
        display.screen().root.set_input_focus(0, 0)
        display.sync()
        with closing(X11Hand(server.display)) as hand:
            assert not hand.window().foreign
