"""One ear process, seen from the desk."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from tray.hearing.messages import Done, Flush, Message, Up, receive_up, send

FAREWELL = 2.0
"""Seconds that an ear gets to end by itself."""
LOOK = 0.2
"""Seconds between two looks at an ear that owes an answer."""
ERRORS_LIMIT = 200_000
"""Bytes of complaints of earlier ears above which they are dropped when another one starts."""


class Child:
    """The process, the thread that reads what it says, and the one that ends it when it hangs."""

    def __init__(
        self, command: Sequence[str], note: Callable[[Up], None], *, patience_s: float, errors: Path | None = None
    ) -> None:
        """Start it; `note` is called on the reader's thread. Raises OSError.

        What it complains of goes to the end of the file `errors`, or where our own complaints go.
        """
        pipe = subprocess.PIPE
        with _complaints(errors) as stderr:
            # a session of its own: Ctrl+C in the terminal ends the desk, which still wants the last words
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=stderr, start_new_session=True)
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


@contextlib.contextmanager
def _complaints(path: Path | None) -> Generator[int | None]:
    """Where an ear complains: the end of this file, which only its owner can read; None: where we do."""
    if path is None:
        yield None
        return
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        yield subprocess.DEVNULL  # it hears as well where nobody can read what it complains of
        return
    try:
        if os.fstat(file).st_size > ERRORS_LIMIT:
            os.ftruncate(file, 0)
        yield file
    finally:
        os.close(file)
