"""The desk's side of the pipe: the ear is started when it is needed, fed, and replaced when it dies."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol, cast

from tray.core.failures import ModelError, ScribeletError
from tray.core.speech import AudioChunk, Mark
from tray.hearing.messages import (
    PipeBrokenError,
    Done,
    Failed,
    Flush,
    Forget,
    Guessed,
    Message,
    Open,
    Passed,
    Ready,
    Said,
    Settled,
    Sound,
    Up,
    receive_up,
    send,
)

PATIENCE = 3
"""An ear that dies this often in a row without giving any sound its fate is given up."""
LOOK = 0.2
"""Seconds between two looks at an ear that has nothing to be fed."""
FAREWELL = 2.0
"""Seconds that an ear gets to end by itself."""


class Ending(Protocol):
    """Behind the last sound of a session."""

    @property
    def push_to_talk(self) -> bool:
        """Whether the whole session was a push-to-talk take."""
        ...


class Place(Protocol):
    """Where a session goes on for a fresh ear."""

    @property
    def seconds(self) -> float:
        """From the start of the session."""
        ...


class Spool(Protocol):
    """Sound that waits for its fate."""

    def take(self, timeout: float) -> tuple[int, AudioChunk | Ending] | None:
        """The next sound or ending; None after `timeout` seconds."""
        ...

    def place(self, session: int) -> Place:
        """The first sample of a session without a fate."""
        ...

    def rewind(self) -> None:
        """Hand everything out again."""
        ...

    @property
    def empty(self) -> bool:
        """Whether no session is kept."""
        ...


@dataclass(frozen=True, slots=True)
class EarNews:
    """What happened to the ear as a process."""

    alive: bool
    """Ready to hear; False: it died and another one is on its way."""
    final: ScribeletError | None = None
    """Why no other one is on its way."""


@dataclass(slots=True)
class _Progress:
    """What the ears of one session have said so far; written by the reader, read once the reader has ended."""

    segments: int = 0
    held: Mark | None = None


class Supervisor:
    """Feeds one ear at a time; its thread alone writes the pipe."""

    def __init__(
        self, command: Sequence[str], spool: Spool, report: Callable[[Up | EarNews], None], *, idle_s: float
    ) -> None:
        self._command, self._spool, self._report = list(command), spool, report
        self._idle_s = idle_s
        self._stale = False
        self._forgets: deque[int] = deque()
        self._ended = threading.Event()
        self._awake = threading.Event()
        self._child: _Child | None = None
        self._session = 0
        self._progress: dict[int, _Progress] = {}
        self._deaths = 0
        self._used = time.monotonic()
        self._thread = threading.Thread(target=self._feed, name="feeder", daemon=True)

    def start(self) -> None:
        """Begin to feed; the ear itself starts with the first sound or with `wake`."""
        self._thread.start()

    def use(self, command: Sequence[str], *, idle_s: float) -> None:
        """Start ears with this command from now on; another kind of ear ends when nothing waits for it."""
        self._stale = self._stale or list(command) != self._command
        self._command, self._idle_s = list(command), idle_s

    def wake(self) -> None:
        """A session begins: load the models while it does."""
        self._awake.set()

    def forget(self, session: int) -> None:
        """Words of a session were struck."""
        self._forgets.append(session)

    def close(self) -> None:
        """End the ear; what it has not said stays unsaid. Idempotent."""
        self._ended.set()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(FAREWELL + 1)

    def _feed(self) -> None:
        try:
            while not self._ended.is_set():
                self._feed_next()
        except Exception as error:  # noqa: BLE001 the one catch-all of this thread
            self._report(EarNews(alive=False, final=ScribeletError(f"The feeder has failed: {error!r}", "Start again")))
        finally:
            self._end_child()

    def _feed_next(self) -> None:
        item = self._spool.take(LOOK)
        try:
            if self._awake.is_set():
                self._awake.clear()
                self._ensure_child()
            if item is not None:
                self._send_item(*item)
            while self._forgets:
                self._send(Forget(self._forgets.popleft()))
        except PipeBrokenError:
            self._replace()
            return
        if self._child and self._child.dead:
            self._replace()
        elif item is None and self._spool.empty:
            self._rest()

    def _send_item(self, session: int, item: AudioChunk | Ending) -> None:
        self._ensure_child()
        if session != self._session:
            done = self._progress.setdefault(session, _Progress())
            self._send(Open(session, done.segments, self._spool.place(session).seconds))
            self._session = session
        self._send(Sound(item) if isinstance(item, AudioChunk) else Flush(item.push_to_talk))

    def _ensure_child(self) -> None:
        self._used = time.monotonic()
        if self._child and self._stale and self._spool.empty:
            self._end_child()
        if self._child is None:
            self._stale = False
            self._child = _Child(self._command, self._note)
            self._session = 0

    def _send(self, message: Message) -> None:
        if self._child is not None:
            self._child.send(message)

    def _note(self, message: Up) -> None:
        """Runs on the reader's thread."""
        match message:
            case Said(session, segment):
                self._progress[session] = _Progress(segment.number + 1, Mark(segment.number, segment.held))
                self._deaths = 0
            case Settled(session, _):
                self._progress[session].held = None
            case Passed():
                self._deaths = 0
            case Done(session):
                self._progress.pop(session, None)
            case Ready():
                self._report(EarNews(alive=True))
                return
            case Failed(what, remedy, code):
                kind = ModelError if code == ModelError.exit_code else ScribeletError
                self._deaths = PATIENCE
                self._report(EarNews(alive=False, final=kind(what, remedy)))
                return
            case Guessed():
                pass
        self._report(message)

    def _replace(self) -> None:
        """An ear has died: settle what it left open, and hand its sound to the next one."""
        self._end_child()
        if self._spool.empty:
            return
        self._deaths += 1
        for session, progress in self._progress.items():
            if progress.held:
                self._report(Settled(session, progress.held))
                progress.held = None
        if self._deaths > PATIENCE:
            return
        if self._deaths == PATIENCE:
            self._report(
                EarNews(
                    alive=False,
                    final=ScribeletError(
                        "Recognition ended unexpectedly three times in a row", "Look at: scribelet doctor"
                    ),
                )
            )
            return
        self._report(EarNews(alive=False))
        self._ended.wait(0.2 * self._deaths)
        self._spool.rewind()

    def _rest(self) -> None:
        self._deaths = 0
        if self._child and time.monotonic() - self._used >= self._idle_s:
            self._end_child()

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child:
            child.end()


class _Child:
    """One ear process and the thread that reads what it says."""

    def __init__(self, command: Sequence[str], note: Callable[[Up], None]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._note = note
        self._reader = threading.Thread(target=self._read, name="reader", daemon=True)
        self._reader.start()

    @property
    def dead(self) -> bool:
        """The process has ended and everything it said was read."""
        return not self._reader.is_alive()

    def send(self, message: Message) -> None:
        """Raises PipeBrokenError."""
        send(cast(BinaryIO, self._process.stdin), message)

    def end(self) -> None:
        """Let it end, kill it if it will not, and read what it still said."""
        pipe = cast(BinaryIO, self._process.stdin)
        with contextlib.suppress(OSError):  # it is dead already, with bytes still in the pipe
            pipe.close()
        try:
            self._process.wait(FAREWELL)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join()
        cast(BinaryIO, self._process.stdout).close()

    def _read(self) -> None:
        pipe = cast(BinaryIO, self._process.stdout)
        try:
            while (message := receive_up(pipe)) is not None:
                self._note(message)
        except PipeBrokenError:
            self._process.kill()  # it speaks gibberish
