"""The thread that brings sound and fates to the disk, and takes them away when nobody needs them any more."""

from __future__ import annotations

import errno
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, assert_never

from tray.core.failures import ScribeletError, kind
from tray.core.ledger import Fate
from tray.core.news import Outcome, PutAway, Trouble
from tray.core.speech import AudioChunk, Ending, Released, Span
from tray.spool.ledger_file import LedgerFile
from tray.spool.reel import Place, ReelWriter, erase, read_sound
from tray.spool.spool import Sound

RETRY = 1.0
"""Seconds between two attempts to write what the disk refused."""
STALL = 1.0
"""Seconds that sound without hurry waits at most for what follows it: the microphone may have died."""
HANGS = 1.0
"""Seconds after which a disk counts as one that does not answer."""
KEPT = "sound is only kept in memory until it is written"
ASIDE = "It ended recognition twice; to try it again: scribelet recover --run"
"""Why sound is set aside."""
FAREWELL = 2.0
"""Seconds that ending waits for a disk that does not answer."""


@dataclass(frozen=True, slots=True)
class _Begin:
    name: str
    begun: datetime


@dataclass(frozen=True, slots=True)
class _Keep:
    name: str
    session: int
    item: Sound | Released | Ending


@dataclass(frozen=True, slots=True)
class _Decide:
    name: str
    span: Span
    fate: Fate
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _PutAway:
    name: str
    session: int | None
    """Its number in this program; None where this is the account of one that has died."""
    captured: Span
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Close:
    pass


_Job = _Begin | _Keep | _Decide | _PutAway | _Close
_Safe = dict[int, list[tuple[Sound, Place]]]


class Listener(Protocol):
    """Whoever waits for sound to be safe."""

    def saved(self, session: int, sounds: list[tuple[Sound, Place]]) -> None:
        """These are on the disk."""
        ...

    def despair(self) -> None:
        """The disk takes nothing now."""
        ...


class DiskKeeper:
    """Owns the reels and the ledger; does everything in the order in which it was asked for.

    Every call returns at once, and may come from any thread.
    """

    def __init__(self, folder: Path, ledger: Path, report: Callable[[Trouble | PutAway], None]) -> None:
        """Reels lie in `folder`, the ledger in another one; neither need exist."""
        self._folder, self._ledger, self._report = folder, LedgerFile(ledger), report
        self._listener: Listener | None = None
        self._jobs: deque[_Job] = deque()
        self._arrived = threading.Condition()
        self._names: dict[int, str] = {}
        """Of the sessions that are open or owed text, also of those that are recovered."""
        self._writers: dict[str, ReelWriter] = {}
        self._cancelled: frozenset[str] = frozenset()
        """Reels that stay until another session has ended."""
        self._failing = False
        self._busy_since: float | None = None
        """When the disk was asked for something that it has not done yet, on the monotonic clock."""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)

    def start(self, listener: Listener) -> None:
        """Begin to serve, and tell the listener what is safe."""
        self._listener = listener
        self._thread.start()

    def begin(self, session: int, name: str, begun: datetime) -> None:
        """A session has its first sound; from now on it is known by this name, too."""
        self._names[session] = name
        self._put(_Begin(name, begun))

    def recall(self, session: int, name: str) -> None:
        """A session of a program that has died is heard under this number."""
        self._names[session] = name

    def keep(self, session: int, item: Sound | Released | Ending, *, hurry: bool) -> None:
        """Write this behind what there is of the session; without hurry it may wait for what follows."""
        self._put(_Keep(self._names[session], session, item), hurry=hurry)
        busy_since = self._busy_since
        if busy_since is not None and time.monotonic() - busy_since >= HANGS and not self._failing:
            self._fail(ScribeletError(f"The disk does not answer: {KEPT}", f"Look after it: {self._folder}"))

    def decide(self, session: int, span: Span, fate: Fate) -> None:
        """This sound has its fate; the transcript itself tells of what is written."""
        if fate is not Fate.WRITTEN and span.end > span.start:
            self._put(_Decide(self._names[session], span, fate, ASIDE if fate is Fate.ASIDE else ""))

    def put_away(self, session: int, captured: Span, outcome: Outcome) -> None:
        """A session is over, of which this was captured; PutAway comes back."""
        self._put(_PutAway(self._names[session], session, captured, outcome))

    def give_up(self, name: str, span: Span, reason: str) -> None:
        """Nobody will hear this sound of a session that is over."""
        self._put(_Decide(name, span, Fate.DROPPED, reason))

    def finish(self, name: str, captured: Span, outcome: Outcome) -> None:
        """All sound of a session has its fate whose program has died."""
        self._put(_PutAway(name, None, captured, outcome))

    def names(self) -> frozenset[str]:
        """Sessions that are this program's business, so that nobody need recover them."""
        return frozenset(self._names.copy().values()) | self._cancelled

    def read(self, place: Place) -> bytes:
        """What lies there. Raises OSError or ReelDamagedError."""
        return read_sound(place)

    def close(self) -> None:
        """End behind what was asked for, unless the disk does not answer. Idempotent."""
        self._put(_Close())
        if self._thread.is_alive():
            self._thread.join(FAREWELL)
        self._ended.set()

    def _put(self, job: _Job, *, hurry: bool = True) -> None:
        with self._arrived:
            self._jobs.append(job)
            if hurry:
                self._arrived.notify()

    def _run(self) -> None:
        going_on = True
        while going_on and not self._ended.is_set():
            try:
                going_on = self._serve(self._take())
            except Exception as error:  # noqa: BLE001 the one catch-all of this thread
                self._fail(ScribeletError(f"Sound cannot be kept: {kind(error)}", "Start Scribelet again"))

    def _take(self) -> list[_Job]:
        """All there is to do; waits for something."""
        with self._arrived:
            if not self._jobs:
                self._arrived.wait(STALL if self._writers else None)
            jobs = list(self._jobs)
            self._jobs.clear()
        return jobs

    def _serve(self, jobs: list[_Job]) -> bool:
        """Whether there may be more."""
        safe: _Safe = {}
        for at, job in enumerate(jobs):
            self._busy_since = time.monotonic()
            try:
                self._do(job, safe)
            except OSError as error:
                self._busy_since = None
                self._tell_safe(safe)
                self._try_later(error, jobs[at:])
                return True
        self._busy_since = None
        self._tell_safe(safe)
        return not any(isinstance(job, _Close) for job in jobs)

    def _do(self, job: _Job, safe: _Safe) -> None:
        match job:
            case _Begin(name, begun):
                if name not in self._writers:
                    self._writers[name] = ReelWriter(self._folder, name, begun)
                self._ledger.began(name, begun)
            case _Keep():
                self._write(job, safe)
            case _Decide(name, span, fate, reason):
                self._ledger.decide(name, span, fate, reason)
            case _PutAway():
                self._put_reel_away(job)
            case _Close():
                pass
            case _:
                assert_never(job)

    def _write(self, job: _Keep, safe: _Safe) -> None:
        item, writer = job.item, self._writers[job.name]
        if not isinstance(item, Sound):
            writer.append(item)
        elif (pcm := item.pcm) is not None:  # else it had its fate before the disk would take it
            place = writer.append(AudioChunk(pcm, item.span.start, item.span.rate))
            if place:
                safe.setdefault(job.session, []).append((item, place))

    def _put_reel_away(self, job: _PutAway) -> None:
        name, writer = job.name, self._writers.get(job.name)
        if job.outcome is not Outcome.WAITING and (writer or job.session is None):
            if writer and job.outcome is Outcome.CANCELLED:
                writer.note({"cancelled": True})
            self._ledger.ended(name, job.captured.end, job.captured.rate)
            self._sweep(name, job.outcome)
        if writer:
            writer.close()
        self._writers.pop(name, None)
        if job.session is not None:
            self._names.pop(job.session, None)
            self._report(PutAway(job.session))

    def _sweep(self, name: str, outcome: Outcome) -> None:
        """Sound that was cancelled may be wanted back until another session has ended."""
        for old in self._cancelled - {name}:
            erase(self._folder, old)
        self._cancelled = frozenset({name} if outcome is Outcome.CANCELLED else ())
        if outcome is Outcome.WRITTEN:
            erase(self._folder, name)

    def _tell_safe(self, safe: _Safe) -> None:
        for session, sounds in safe.items():
            if self._listener:
                self._listener.saved(session, sounds)
        if safe and self._failing:
            self._failing = False
            self._report(Trouble("sound", None))

    def _try_later(self, error: OSError, jobs: list[_Job]) -> None:
        with self._arrived:
            self._jobs.extendleft(reversed(jobs))
        self._fail(_told(error, self._folder))
        self._ended.wait(RETRY)

    def _fail(self, error: ScribeletError) -> None:
        self._failing = True
        self._report(Trouble("sound", error))
        if self._listener:
            self._listener.despair()


def _told(error: OSError, folder: Path) -> ScribeletError:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return ScribeletError(f"The disk is full: {KEPT}", f"Free some space where {folder} lies")
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return ScribeletError(f"{folder} may not be written: {KEPT}", "Allow writing there")
        case _:
            return ScribeletError(f"{folder} cannot be written ({error.strerror}): {KEPT}", "Look after the disk")
