"""One ear process, seen from the desk."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from typing import BinaryIO, cast

from tray.hearing.messages import Done, Flush, Message, Up, receive_up, send

FAREWELL = 2.0
"""Seconds that an ear gets to end by itself."""
LOOK = 0.2
"""Seconds between two looks at an ear that owes an answer."""


class Child:
    """The process, the thread that reads what it says, and the one that ends it when it hangs."""

    def __init__(self, command: Sequence[str], note: Callable[[Up], None], *, patience_s: float) -> None:
        """Start it; `note` is called on the reader's thread. Raises OSError."""
        # a session of its own: Ctrl+C in the terminal ends the desk, which still wants the last words
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        self._note, self._patience_s = note, patience_s
        self._sending, self._flushed, self._done = False, 0, 0
        self._moved = time.monotonic()
        self._over = threading.Event()
        self._reader = threading.Thread(target=self._read, name="reader", daemon=True)
        self._watch = threading.Thread(target=self._end_if_hanging, name="ear watch", daemon=True)
        self._reader.start()
        self._watch.start()

    @property
    def dead(self) -> bool:
        """It has ended, and everything it said was read."""
        return not self._reader.is_alive()

    def send(self, message: Message) -> None:
        """Write one message; an ear that takes nothing for too long is killed. Raises PipeBrokenError."""
        self._moved, self._sending = time.monotonic(), True
        self._flushed += isinstance(message, Flush)
        try:
            send(cast(BinaryIO, self._process.stdin), message)
        finally:
            self._sending = False
        self._moved = time.monotonic()

    def kill(self) -> None:
        """End it at once. From any thread; idempotent."""
        self._process.kill()

    def end(self) -> None:
        """Let it end, kill it if it will not, and read what it still said."""
        with contextlib.suppress(OSError):  # it is dead already, with bytes still in the pipe
            cast(BinaryIO, self._process.stdin).close()
        try:
            self._process.wait(FAREWELL)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._over.set()
        self._watch.join()
        self._reader.join(FAREWELL)
        if self.dead:  # else somebody has inherited the pipe, and the reader goes on waiting for them
            cast(BinaryIO, self._process.stdout).close()

    def _read(self) -> None:
        try:
            while (message := receive_up(cast(BinaryIO, self._process.stdout))) is not None:
                self._moved = time.monotonic()
                self._done += isinstance(message, Done)
                self._note(message)
        except Exception:  # noqa: BLE001 the one catch-all of this thread: the feeder finds a dead ear and says so
            self._process.kill()

    def _end_if_hanging(self) -> None:
        while not self._over.wait(min(LOOK, self._patience_s)):
            owes = self._sending or self._flushed > self._done
            if owes and time.monotonic() - self._moved > self._patience_s:
                self._process.kill()
                return
