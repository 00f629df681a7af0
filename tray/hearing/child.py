"""One ear process, seen from the desk."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from tray.hearing.messages import Decoding, Done, Flush, Message, Ready, Sound, Up, receive_up, send

FAREWELL = 2.0
"""Seconds that an ear gets to end by itself."""
LOOK = 0.2
"""Seconds between two looks at an ear that owes an answer."""
REST = 1.0
"""Seconds until the next look at one that owes none: a third of the processor time of a program that does nothing."""
ERRORS_LIMIT = 200_000
"""Bytes of complaints of earlier ears above which they are dropped when another one starts."""


UNHEARD_S = 2.0
"""Seconds of sound that an ear may owe a sign for: it gives one for each second, and the next may be under way."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an ear that owes something may give no sign of life."""

    loading_s: float = 60.0
    """Until it is ready: far more than loading takes."""
    still_s: float = 5.0
    """Once it is."""
    decoding: float = 10.0
    """Seconds more for each second of the sound that it decodes."""


class Child:
    """The process, the thread that reads what it says, and the one that ends it when it hangs."""

    def __init__(
        self, command: Sequence[str], note: Callable[[Up], None], *, patience: Patience, errors: Path | None = None
    ) -> None:
        """Start it; `note` is called on the reader's thread. Raises OSError.

        What it complains of goes to the end of the file `errors`, or where our own complaints go.
        """
        pipe = subprocess.PIPE
        with _complaints(errors) as stderr:
            # a session of its own: Ctrl+C in the terminal ends the desk, which still wants the last words
            self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=stderr, start_new_session=True)
        self._note, self._patience = note, patience
        self._sending, self._flushed, self._done = False, 0, 0
        self._sent_s, self._heard_s = 0.0, 0.0
        """Seconds of sound that it was given, and those of them that had been sent at its last sign of life."""
        self.ready = False
        """Its models are loaded."""
        self._limit_s = patience.loading_s
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
        if not self._owes:
            self._moved = time.monotonic()
        self._sending = True
        self._flushed += isinstance(message, Flush)
        if isinstance(message, Sound):
            self._sent_s += len(message.chunk.pcm) / 2 / message.chunk.rate
        try:
            send(cast(BinaryIO, self._process.stdin), message)
        finally:
            self._sending = False

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
                self._live(message)
                self._note(message)
        except Exception:  # noqa: BLE001 the one catch-all of this thread: the feeder finds a dead ear and says so
            self._process.kill()

    def _live(self, message: Up) -> None:
        self.ready = self.ready or isinstance(message, Ready)
        decoding_s = message.span.seconds if isinstance(message, Decoding) else 0.0
        self._limit_s = self._patience.still_s + self._patience.decoding * decoding_s
        self._heard_s, self._moved = self._sent_s, time.monotonic()
        self._done += isinstance(message, Done)

    @property
    def _owes(self) -> bool:
        return self._sending or self._flushed > self._done or self._sent_s - self._heard_s >= UNHEARD_S

    def _end_if_hanging(self) -> None:
        while not self._over.wait(LOOK if self._owes else REST):
            if self._owes and time.monotonic() - self._moved > self._limit_s:
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
