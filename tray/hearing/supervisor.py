"""The desk's side of the pipe: the ear is started when it is needed, fed, and replaced when it dies."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, assert_never

from tray.core.failures import ModelError, ScribeletError, kind
from tray.core.speech import AudioChunk, Ending, Released, Resumed
from tray.hearing.blame import Blame, PutAside
from tray.hearing.child import FAREWELL, LOOK, Child, Patience
from tray.hearing.messages import (
    Decoding,
    Done,
    Eased,
    Failed,
    Flush,
    Forget,
    Guessed,
    Hushed,
    Message,
    Moved,
    Passed,
    PipeBrokenError,
    Ready,
    Release,
    Said,
    Settled,
    Sound,
    Up,
    Watch,
)
from tray.hearing.progress import Progress

DEATHS = 5
"""Ears that die this often in a row give up, unless one gave some sound its fate: two stretches may be set aside."""

Item = AudioChunk | Released | Resumed | Ending


class Spool(Protocol):
    """Sound that waits for its fate."""

    def take(self, timeout: float) -> tuple[int, Item] | None:
        """The next sound, or what stands behind it; None after `timeout` seconds."""
        ...

    def rewind(self) -> None:
        """Hand everything out again."""
        ...

    def relax(self, *, at_ease: bool) -> None:
        """Whether nobody speaks, so that sound may come in bunches."""
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
    """Why no other one is on its way before the next `wake`; what the spool holds will not be heard."""


class Supervisor:
    """Feeds one ear at a time; its thread alone writes the pipe."""

    def __init__(
        self,
        command: Sequence[str],
        spool: Spool,
        report: Callable[[Up | EarNews | PutAside], None],
        *,
        idle_s: float,
        patience: Patience | None = None,
    ) -> None:
        """An ear without work ends after `idle_s` seconds; one that does not move for longer than this is replaced."""
        self._command, self._spool, self._report = list(command), spool, report
        self._idle_s, self._patience = idle_s, patience or Patience()
        self._stale = False
        self._asides: deque[Message] = deque()
        """What does not stand in line with the sound."""
        self._watched = False
        self._ended, self._awake = threading.Event(), threading.Event()
        self._child: Child | None = None
        self._errors: Path | None = None
        """Where an ear complains; None: where we do."""
        self._session = 0
        self._progress, self._blame = Progress(), Blame()
        self._deaths = 0
        self._failure: ScribeletError | None = None
        """What the ear said before it gave up."""
        self._given_up = False
        self._lost: set[int] = set()
        """Sessions of which no ear will hear any more."""
        self._used = time.monotonic()
        self._thread = threading.Thread(target=self._feed, name="feeder", daemon=True)

    def start(self, *, errors: Path | None = None) -> None:
        """Begin to feed; the ear itself starts with the first sound or with `wake`, and complains into `errors`."""
        self._errors = errors
        self._thread.start()

    def use(self, command: Sequence[str], *, idle_s: float) -> None:
        """Start ears with this command from now on; another kind of ear ends when nothing waits for it."""
        changed = list(command) != self._command
        self._command, self._idle_s = list(command), idle_s
        self._stale = self._stale or changed  # last: an ear that is started meanwhile must not count as new

    def wake(self) -> None:
        """A session begins: load the models while it does."""
        self._awake.set()

    def forget(self, session: int) -> None:
        """Words of a session were struck."""
        self._asides.append(Forget(session))

    def watch(self, *, wanted: bool) -> None:
        """Whether hypotheses are wanted; they cost time, so none are made unless they are."""
        if wanted != self._watched:
            self._watched = wanted
            self._asides.append(Watch(wanted))

    def close(self) -> None:
        """End the ear; what it has not said stays unsaid. Idempotent."""
        self._ended.set()
        child = self._child
        if child:
            child.kill()  # or the feeder might wait for a pipe that nobody reads
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(2 * FAREWELL + 1)

    def _feed(self) -> None:
        while not self._ended.is_set():
            try:
                self._feed_next()
            except Exception as error:  # noqa: BLE001 the one catch-all of this thread
                self._give_up(ScribeletError(f"Sound cannot be recognized: {kind(error)}", "Look at: scribelet doctor"))
                self._ended.wait(LOOK)
        self._end_child()

    def _feed_next(self) -> None:
        item = self._spool.take(LOOK)
        try:
            self._rouse()
            if item is not None:
                self._send_item(*item)
            while self._asides:
                self._send(self._asides.popleft())
        except PipeBrokenError:
            self._replace()
            return
        if self._child and self._child.dead:
            self._replace()
        elif item is None and self._spool.empty:
            self._rest()

    def _rouse(self) -> None:
        if self._awake.is_set():
            self._awake.clear()
            self._given_up = False
            self._ensure_child()

    def _send_item(self, session: int, item: Item) -> None:
        if self._given_up or session in self._lost:
            self._lost.add(session)
            return
        if isinstance(item, Resumed):
            self._progress.resume(session, item)
        if session != self._session or self._child is None:
            self._begin(session)
        match item:
            case AudioChunk():
                if rest := self._progress.rest(session, item):
                    self._send(Sound(rest))
            case Released():
                self._send(Release())
            case Resumed():
                pass  # the session was opened where it goes on
            case Ending(push_to_talk):
                self._send(Flush(push_to_talk))
        self._used = time.monotonic()

    def _begin(self, session: int) -> None:
        self._spool.relax(at_ease=False)
        self._ensure_child()
        self._send(self._progress.begin(session))
        self._session = session

    def _ensure_child(self) -> None:
        self._used = time.monotonic()
        if self._stale and not self._progress.sessions:
            self._end_child()
        if self._child is None:
            self._stale = False
            self._child = Child(self._command, self._note, patience=self._patience, errors=self._errors)
            self._session = 0
            self._send(Watch(self._watched))

    def _send(self, message: Message) -> None:
        if self._child is not None:
            self._child.send(message)

    def _note(self, message: Up) -> None:
        """Runs on the reader's thread."""
        match message:
            case Failed(what, remedy, code):
                kind = ModelError if code == ModelError.exit_code else ScribeletError
                self._failure = kind(what, remedy)
            case Ready():
                self._report(EarNews(alive=True))
            case Eased(at_ease):
                self._spool.relax(at_ease=at_ease)
            case Decoding():
                self._blame.note(message)
            case Moved():
                pass  # the child has taken note of it
            case Said() | Settled() | Passed() | Hushed() | Done() | Guessed():
                if isinstance(message, Said | Passed):
                    self._deaths = 0
                if isinstance(message, Done):  # the next session may begin with speech
                    self._spool.relax(at_ease=False)
                self._progress.note(message)
                self._report(message)
            case _:
                assert_never(message)

    def _replace(self) -> None:
        """An ear has died: settle what it left open, and hand its sound to the next one."""
        if self._ended.is_set():
            return
        loaded = self._child is not None and self._child.ready
        self._end_child()
        failure, self._failure = self._failure, None
        self._deaths += 1
        if failure and not loaded:  # the next one could not load its models either
            self._give_up(failure)
        elif self._spool.empty:
            self._rest()
        elif self._deaths >= DEATHS:
            what = "Recognition ended unexpectedly five times in a row"
            self._give_up(failure or ScribeletError(what, "Look at: scribelet doctor"))
        else:
            self._settle()
            self._report(EarNews(alive=False))
            if aside := self._blame.judge(self._progress):
                self._report(aside)
            self._ended.wait(LOOK * self._deaths)
            self._spool.rewind()

    def _give_up(self, error: ScribeletError) -> None:
        """Nobody hears what the spool holds: fed from somewhere in the middle, an ear would leave a hole."""
        self._settle()
        self._lost.update(self._progress.sessions)
        self._progress.clear()
        self._deaths, self._given_up = 0, True
        self._report(EarNews(alive=False, final=error))

    def _settle(self) -> None:
        for settled in self._progress.settle():
            self._report(settled)

    def _rest(self) -> None:
        """Nothing is owed."""
        self._deaths = 0
        self._progress.clear()
        self._lost.clear()
        if self._stale or time.monotonic() - self._used >= self._idle_s:
            self._end_child()

    def _end_child(self) -> None:
        child, self._child = self._child, None
        if child:
            child.end()
