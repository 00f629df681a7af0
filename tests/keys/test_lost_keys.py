"""The hotkeys when the connection to the X server is lost: it is said, and they come back by themselves."""

import socket
import subprocess
import time
from contextlib import closing, suppress
from queue import SimpleQueue
from threading import Thread
from threading import enumerate as living_threads

import pytest

from tray.core.failures import HotkeyError
from tray.core.keys import Key
from tray.core.news import Trouble
from tray.desktop.hotkeys_x11 import X11Hotkeys
from tray.equipment import find_equipment

PATIENCE = 10.0
"""Seconds after which a test gives up."""
TOGGLE, MARKER = "ctrl+alt+space", "ctrl+alt+period"
CTRL_ALT_DOWN = ("keydown", "37", "keydown", "64")
CTRL_ALT_UP = ("keyup", "64", "keyup", "37")


class Told:
    """What is said of keys that were lost, in order."""

    def __init__(self):
        self.all = SimpleQueue()

    def next(self):
        return self.all.get(timeout=PATIENCE)


@pytest.fixture
def told():
    return Told()


class FragileWire:
    """Stands between programs and the X server, and can be cut; the next program that connects gets a new one."""

    def __init__(self, display):
        self._server = f"/tmp/.X11-unix/X{display[1:]}"
        self._door = socket.create_server(("127.0.0.1", 0))
        self._ends, self._threads = [], []
        self.display = f"127.0.0.1:{self._door.getsockname()[1] - 6000}"
        self._begin(self._welcome)

    def cut(self):
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self._door.shutdown(socket.SHUT_RDWR)
        self._threads[0].join(PATIENCE)
        self.cut()
        for thread in self._threads:
            thread.join(PATIENCE)
        for end in (self._door, *self._ends):
            end.close()

    def _begin(self, work, *arguments):
        self._threads.append(Thread(target=work, args=arguments, daemon=True))
        self._threads[-1].start()

    def _welcome(self):
        with suppress(OSError):  # the door was closed
            while True:
                client, server = self._door.accept()[0], socket.socket(socket.AF_UNIX)
                self._ends += [client, server]
                server.connect(self._server)
                self._begin(self._carry, client, server)
                self._begin(self._carry, server, client)

    def _carry(self, source, goal):
        with suppress(OSError):  # it was cut
            while part := source.recv(4096):
                goal.sendall(part)


@pytest.fixture
def fragile(desk):
    with closing(FragileWire(desk.display)) as wire:
        yield wire


def hotkey_threads():
    return [thread for thread in living_threads() if thread.name == "hotkeys"]


def test_keys_whose_connection_is_cut_are_told_once_and_taken_again_within_two_seconds(desk, heard, fragile, told):
    with closing(X11Hotkeys(fragile.display, tell=told.all.put)) as hotkeys:
        hotkeys.bind(TOGGLE, MARKER, heard.events.put)
        for _ in range(2):
            fragile.cut()
            cut = time.monotonic()
            assert "scribelet toggle" in told.next().remedy
            assert told.next() is None
            assert time.monotonic() - cut < 2
            desk.tap(TOGGLE)
            heard.tap_of(Key.TOGGLE)
        assert told.all.empty()
        heard.nothing_else(desk)


def test_a_key_that_was_held_when_the_connection_was_lost_counts_as_released(desk, heard, fragile, told):
    with closing(X11Hotkeys(fragile.display, tell=told.all.put)) as hotkeys:
        hotkeys.bind(TOGGLE, MARKER, heard.events.put)
        desk.keys(*CTRL_ALT_DOWN, "keydown", "space")
        assert heard.next().down
        fragile.cut()
        assert not heard.next().down
        desk.keys("keyup", "space", *CTRL_ALT_UP)
        assert told.next()
        assert told.next() is None


def test_a_key_that_somebody_else_took_while_the_connection_was_lost_is_told(desk, heard, fragile, told):
    with closing(X11Hotkeys(fragile.display, tell=told.all.put)) as hotkeys:
        hotkeys.bind(TOGGLE, MARKER, heard.events.put)
        fragile.cut()
        assert "No X display" in str(told.next())
        with closing(X11Hotkeys(desk.display)) as rival:
            rival.bind(TOGGLE, "", lambda _: None)
            assert "Another program has taken “ctrl+alt+space”" in str(told.next())
            heard.nothing_else(desk)


def test_what_could_not_be_understood_stays_told_when_the_other_key_is_back(desk, heard, fragile, told):
    with closing(X11Hotkeys(fragile.display, tell=told.all.put)) as hotkeys:
        with pytest.raises(HotkeyError, match="spaec"):
            hotkeys.bind("ctrl+alt+spaec", MARKER, heard.events.put)
        fragile.cut()
        assert "No X display" in str(told.next())
        assert "spaec" in str(told.next())
        heard.nothing_else(desk)


def test_closed_while_the_connection_is_lost_it_does_nothing_more(desk, heard, fragile, told):
    with closing(X11Hotkeys(fragile.display, tell=told.all.put)) as hotkeys:
        hotkeys.bind(TOGGLE, MARKER, heard.events.put)
        fragile.cut()
        assert told.next()
    assert hotkey_threads() == []
    with closing(X11Hotkeys(desk.display)) as another:
        another.bind(TOGGLE, MARKER, heard.events.put)
    assert told.all.empty()


def test_the_running_program_hears_of_keys_that_are_lost_and_of_their_return(desk, heard, fragile, monkeypatch):
    monkeypatch.setenv("DISPLAY", fragile.display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent")
    told = SimpleQueue()
    equipment = find_equipment(told.put, lambda _summary, _body: None)
    with closing(equipment):
        assert told.get(timeout=PATIENCE).part == "session bus"
        equipment.hotkeys.bind(TOGGLE, MARKER, heard.events.put)
        fragile.cut()
        lost, back = told.get(timeout=PATIENCE), told.get(timeout=PATIENCE)
        assert (lost.part, "No X display" in str(lost.error)) == ("hotkey", True)
        assert back == Trouble("hotkey", None)
        heard.nothing_else(desk)


@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
def test_a_server_that_is_gone_is_told_once_and_the_next_one_is_used(mortal_desk, heard, told):
    # python-xlib leaves its socket to the garbage collector when it cannot connect, hence the filter
    with closing(X11Hotkeys(mortal_desk.display, tell=told.all.put)) as hotkeys:
        hotkeys.bind(TOGGLE, MARKER, heard.events.put)
        mortal_desk.stop()
        assert "No X display" in str(told.next())
        with pytest.raises(HotkeyError, match="No X display"):
            hotkeys.bind(TOGGLE, "", heard.events.put)
        server = ["Xvfb", mortal_desk.display, "-screen", "0", "320x240x24", "-noreset", "-nolisten", "tcp"]
        with subprocess.Popen(server, stderr=subprocess.DEVNULL) as again:
            try:
                assert told.next() is None
                mortal_desk.tap(TOGGLE)
                heard.tap_of(Key.TOGGLE)
                assert told.all.empty()
            finally:
                hotkeys.close()
                again.terminate()
    assert hotkey_threads() == []
