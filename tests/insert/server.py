"""A bare X server without a window manager, and programs in front of it."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

from Xlib import XK, X
from Xlib.display import Display
from Xlib.protocol import rq

from tests.desktop.session import TEXT_FIELD, Program, wait_for
from tests.desktop.virtual import Editor
from tests.insert.board import PATIENCE

AS_ANOTHER_USER = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
"""What a command begins with to be run by nobody, which only root can do."""


class Server:
    """A bare X server."""

    def __init__(self, *before: str) -> None:
        """`before` is what its command begins with."""
        reading, writing = os.pipe()
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "320x240x24", "-noreset", "-nolisten", "tcp"]
        self.process = subprocess.Popen([*before, *command], pass_fds=[writing], stderr=subprocess.DEVNULL)
        os.close(writing)
        with os.fdopen(reading) as ready:
            self.display = ":" + ready.readline().strip()

    def hang(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.go_on()
        self.process.terminate()
        self.process.wait(10)

    def open_editor(self, folder: Path) -> Editor:
        """A text field that has the keyboard."""
        file, log = folder / "field.txt", folder / "field.log"
        environment = os.environ | {"DISPLAY": self.display, "GDK_BACKEND": "x11", "NO_AT_BRIDGE": "1"}
        command = ["/usr/bin/python3", TEXT_FIELD, file, "field"]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        focus = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "^field$", "windowfocus", "--sync"]
        subprocess.run(focus, env=environment, stdout=subprocess.DEVNULL, check=True, timeout=PATIENCE)
        wait_for(file.exists, PATIENCE, "the text field")
        return Editor(Program(process, log), file)


class Listener:
    """A program in front that counts the keys it gets, but for shift."""

    def __init__(self, display: Display) -> None:
        self._display = display
        root = display.screen().root
        mask = X.KeyPressMask | X.StructureNotifyMask | X.FocusChangeMask
        self._window = root.create_window(0, 0, 50, 50, 0, X.CopyFromParent, event_mask=mask)
        self._window.map()
        self._next(X.MapNotify)
        self._window.set_input_focus(X.RevertToParent, X.CurrentTime)
        self._next(X.FocusIn)

    def wait_for_a_key(self) -> None:
        """Return when one has come."""
        self._next(X.KeyPress)

    def keys_until(self, letter: str) -> int:
        """How many come before this one."""
        last, shift = map(self._display.keysym_to_keycode, (ord(letter), XK.XK_Shift_L))
        count = 0
        while (key := self._next(X.KeyPress).detail) != last:
            count += key != shift
        return count

    def _next(self, kind: int) -> rq.Event:
        while True:
            wait_for(self._display.pending_events, PATIENCE, f"X event {kind}")
            happened = self._display.next_event()
            if happened.type == kind:
                return happened
