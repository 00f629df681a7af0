"""Keys pressed and texts seen on an X11 desktop, with the time of each on the monotonic clock."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# python-xlib ships no types; what comes out of it is typed where it enters a class of ours

from __future__ import annotations

import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from Xlib import XK, X
from Xlib.display import Display
from Xlib.ext import xfixes

KEYS = ("Control_L", "Alt_L", "space")
"""Together the toggle key: the last one makes the press and the release."""
LOOK = 0.002
"""Seconds between two looks at a file."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text that could be read."""

    at: float
    """When it was there, in seconds of the monotonic clock."""
    text: str


class Readings:
    """What was read so far, oldest first; one thread adds, another one waits."""

    def __init__(self) -> None:
        self._all: list[Reading] = []
        self._grown = threading.Condition()

    def add(self, text: str) -> None:
        """A text is there now."""
        with self._grown:
            self._all.append(Reading(time.monotonic(), text))
            self._grown.notify_all()

    def since(self, moment: float) -> list[Reading]:
        """Those after a moment."""
        with self._grown:
            return [reading for reading in self._all if reading.at > moment]

    def await_one(self, wanted: Callable[[Reading], bool], until: float) -> Reading | None:
        """The first one of that kind; None if there is none until that moment."""
        with self._grown:
            while not (found := next(filter(wanted, self._all), None)):
                if (left := until - time.monotonic()) <= 0:
                    return None
                self._grown.wait(left)
            return found


class Keyboard:
    """Real key presses, by XTEST."""

    def __init__(self) -> None:
        self._display = Display()
        self._codes = [self._display.keysym_to_keycode(XK.string_to_keysym(name)) for name in KEYS]

    def press(self) -> float:
        """Press the toggle key; when that was."""
        *modifiers, key = self._codes
        for code in modifiers:
            self._fake(X.KeyPress, code)
        return self._fake(X.KeyPress, key)

    def release(self) -> float:
        """Let it go; when that was."""
        *modifiers, key = self._codes
        released = self._fake(X.KeyRelease, key)
        for code in reversed(modifiers):
            self._fake(X.KeyRelease, code)
        return released

    def close(self) -> None:
        """Nobody types any more."""
        self._display.close()

    def _fake(self, kind: int, code: int) -> float:
        moment = time.monotonic()
        cast("Any", self._display).xtest_fake_input(kind, code)
        self._display.sync()
        return moment


class ClipboardWatch:
    """Reads the clipboard whenever it gets a new owner, on a thread of its own."""

    def __init__(self, readings: Readings) -> None:
        self._readings = readings
        self._display = Display()
        self._window = self._display.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
        self._clipboard = self._display.intern_atom("CLIPBOARD")
        self._text, self._place = self._display.intern_atom("UTF8_STRING"), self._display.intern_atom("SCRIBELET")
        fixes = cast("Any", self._display)
        fixes.xfixes_query_version()
        self._new_owner, _ = fixes.extension_event.SetSelectionOwnerNotify
        mask = xfixes.XFixesSetSelectionOwnerNotifyMask
        fixes.xfixes_select_selection_input(self._window, self._clipboard, mask)
        self._display.sync()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clipboard watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Watch no longer."""
        self._over.set()
        self._thread.join()
        self._display.close()

    def _run(self) -> None:
        while not self._over.is_set():
            event = self._next(0.2)
            if event is not None and event.type == self._new_owner:
                self._window.convert_selection(self._clipboard, self._text, self._place, X.CurrentTime)
                self._display.flush()
            elif event is not None and event.type == X.SelectionNotify and event.property != X.NONE:
                self._read()

    def _next(self, seconds: float) -> Any:
        """The next event; None where none comes in that time."""
        if not self._display.pending_events():
            select.select([self._display.fileno()], [], [], seconds)
        return self._display.next_event() if self._display.pending_events() else None

    def _read(self) -> None:
        found = self._window.get_full_property(self._place, X.AnyPropertyType)
        if found is not None and isinstance(found.value, bytes):
            self._readings.add(found.value.decode("utf-8", "replace"))


class FileWatch:
    """Reads a file whenever it was replaced, on a thread of its own."""

    def __init__(self, path: Path, readings: Readings) -> None:
        self._path, self._readings = path, readings
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="file watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Watch no longer."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        before = self._path.stat().st_ino
        while not self._over.wait(LOOK):
            if (now := self._path.stat().st_ino) != before:
                before = now
                self._readings.add(self._path.read_text("utf-8"))
