"""A private X server with a keyboard, a program in front, an ear for what the hotkeys report, and an empty home."""

from __future__ import annotations

import os
import queue
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Thread

import pytest
from Xlib import X
from Xlib.display import Display

from tray.core.keys import Key, KeyEvent
from tray.desktop.hotkeys_x11 import X11Hotkeys

PATIENCE = 10.0
TOGGLE = "ctrl+alt+space"
MARKER, MARKER_PLACE = "ctrl+alt+period", 60


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.01)


class Desk:
    """An X server of its own and the hands on its keyboard."""

    def __init__(self) -> None:
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "320x240x24", "-noreset", "-nolisten", "tcp"]
        self.server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as ready:
            self.display = ":" + ready.readline().strip()

    def keys(self, *script: str) -> None:
        self._run("xdotool", *script)

    def tap(self, combination: str) -> None:
        self.keys("key", combination)

    def tap_place(self, code: int) -> None:
        """Ctrl, Alt and the key at this place, whatever is printed on it."""
        self.keys(*("keydown", "37", "keydown", "64", "key", str(code), "keyup", "64", "keyup", "37"))

    def layout(self, name: str) -> None:
        self._run("setxkbmap", name)

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(PATIENCE)

    def _run(self, *command: str) -> None:
        subprocess.run(command, env=os.environ | {"DISPLAY": self.display}, check=True, timeout=PATIENCE)


class Heard:
    """What the hotkeys report, in order."""

    def __init__(self) -> None:
        self.events: queue.SimpleQueue[KeyEvent] = queue.SimpleQueue()

    def next(self) -> KeyEvent:
        return self.events.get(timeout=PATIENCE)

    def tap_of(self, key: Key) -> tuple[KeyEvent, KeyEvent]:
        """The next two events, which have to be a press and a release of this key."""
        down, up = self.next(), self.next()
        assert [(down.key, down.down), (up.key, up.down)] == [(key, True), (key, False)]
        return down, up

    def nothing_else(self, desk: Desk) -> None:
        """Press the cancel key: had anything else been reported, it would come out first."""
        desk.tap_place(MARKER_PLACE)
        self.tap_of(Key.CANCEL)


class Program:
    """The program in front: a window that has the focus and notes the keys it gets."""

    def __init__(self, display: Display) -> None:
        self._display = display
        mask = X.KeyPressMask | X.StructureNotifyMask | X.FocusChangeMask
        self._window = display.screen().root.create_window(0, 0, 50, 50, 0, X.CopyFromParent, event_mask=mask)
        self._window.map()
        self._await(X.MapNotify)
        self._window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self._await(X.FocusIn)
        self.codes: list[int] = []

    def typed_until(self, last: int) -> list[int]:
        """Key codes of all presses up to and with this one."""
        while last not in self.codes:
            self.codes.append(self._await(X.KeyPress).detail)
        return self.codes

    def _await(self, kind: int):
        while True:
            wait_until(lambda: self._display.pending_events() > 0, f"X event {kind}")
            event = self._display.next_event()
            if event.type == kind:
                return event


class LossyWire:
    """Stands between a program and the X server and can lose the releases of keys on the way."""

    def __init__(self, display: str) -> None:
        self.losing = False
        self._door = socket.create_server(("127.0.0.1", 0))
        self.display = f"127.0.0.1:{self._door.getsockname()[1] - 6000}"
        self._server = socket.socket(socket.AF_UNIX)
        self._server.connect(f"/tmp/.X11-unix/X{display[1:]}")
        self._threads = [Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self._door.close()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _serve(self) -> None:
        client, _ = self._door.accept()
        self._threads.append(Thread(target=self._requests, args=(client,), daemon=True))
        self._threads[1].start()
        with self._server.makefile("rb") as replies, client:
            head = replies.read(8)
            client.sendall(head + replies.read(4 * struct.unpack("=6xH", head)[0]))
            while message := replies.read(32):
                if message[0] in (1, 35):
                    message += replies.read(4 * struct.unpack_from("=I", message, 4)[0])
                if not (self.losing and message[0] == X.KeyRelease):
                    client.sendall(message)

    def _requests(self, client: socket.socket) -> None:
        while requests := client.recv(4096):
            self._server.sendall(requests)
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


@pytest.fixture(scope="session")
def server() -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.stop()


@pytest.fixture
def desk(server: Desk) -> Iterator[Desk]:
    server.layout("us")
    yield server
    server.keys("keyup", "37", "keyup", "64", "keyup", "50", "keyup", "65")


@pytest.fixture
def mortal_desk() -> Iterator[Desk]:
    """A server that the test may end."""
    desk = Desk()
    yield desk
    desk.stop()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def hotkeys(desk: Desk, heard: Heard) -> Iterator[X11Hotkeys]:
    """Bound: the toggle key under test, and a cancel key that marks the end of what was heard."""
    hotkeys = X11Hotkeys(desk.display)
    hotkeys.bind(TOGGLE, MARKER, heard.events.put)
    yield hotkeys
    hotkeys.close()


@pytest.fixture
def program(desk: Desk) -> Iterator[Program]:
    with closing(Display(desk.display)) as display:
        yield Program(display)


@pytest.fixture
def other(desk: Desk) -> Iterator[Display]:
    """The connection of another program."""
    with closing(Display(desk.display)) as display:
        yield display


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody whose settings are in an empty folder."""
    return {"HOME": str(tmp_path), "PATH": f"{tmp_path}:{os.environ['PATH']}"}


@pytest.fixture
def wire(desk: Desk) -> Iterator[LossyWire]:
    with closing(LossyWire(desk.display)) as wire:
        yield wire


@pytest.fixture
def locked(desk: Desk):
    """Turns locks on for a while, and makes sure of it."""

    @contextmanager
    def _locked(*names: str) -> Iterator[None]:
        with closing(Display(desk.display)) as display:
            for name in names:
                desk.tap(name)
            bits = {"Caps_Lock": X.LockMask, "Num_Lock": X.Mod2Mask}
            state = display.screen().root.query_pointer().mask
            assert all(state & bits[name] for name in names)
            yield
            for name in names:
                desk.tap(name)

    return _locked
