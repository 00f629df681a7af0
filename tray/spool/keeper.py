"""The thread that brings sound and fates to the disk, and takes them away when nobody needs them any more."""

from __future__ import annotations

import errno
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Protocol, assert_never

from tray.core.failures import ScribeletError, kind
from tray.core.ledger import Fate
from tray.core.news import Outcome, PutAway, Revised, Trouble
from tray.core.speech import AudioChunk, Ending, Released, Span
from tray.spool.jobs import Begin, Close, Decide, Job, Keep, Move, Over, Prune, Recall, Restore, Saved
from tray.spool.ledger_file import LedgerFile
from tray.spool.recordings import Recordings
from tray.spool.reel import Place, ReelWriter, erase, read_sound, sessions
from tray.spool.spool import Sound

RETRY = 1.0
"""Seconds between two attempts to write what the disk refused."""
HANGS = 1.0
"""Seconds after which a disk counts as one that does not answer."""
KEPT = "sound is only kept in memory until it is written"
ASIDE = "It ended recognition twice; to try it again: scribelet recover --run"
"""Why sound is set aside."""
FAREWELL = 2.0
"""Seconds that ending waits for a disk that does not answer."""


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

    def __init__(self, folder: Path, ledger: Path, report: Callable[[Trouble | PutAway | Revised], None]) -> None:
        """Reels lie in `folder`, the ledger in another one; neither need exist."""
        self._folder, self._ledger, self._report = folder, LedgerFile(ledger), report
        self._listener: Listener | None = None
        self._jobs: deque[Job] = deque()
        self._arrived = threading.Condition()
        self._names: dict[int, str] = {}
        """Of the sessions that are open or owed text, also of those that are recovered."""
        self._writers: dict[str, ReelWriter] = {}
        self._home: Path | None = None
        self._keep_sound = False
        self._recordings = Recordings(folder, lambda name, error: self._put(Saved(name, error)))
        self._being_saved: frozenset[str] = frozenset()
        self._cancelled: frozenset[str] = frozenset()
        """Reels that stay until another session has ended."""
        self._failing = False
        self._busy_since: float | None = None
        """When the disk was asked for something that it has not done yet, on the monotonic clock."""
        self._closing = False
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="spool", daemon=True)

    def start(self, listener: Listener) -> None:
        """Begin to serve, and tell the listener what is safe."""
        self._listener = listener
        self._put(Prune())
        self._thread.start()

    def use(self, home: Path, *, keep_sound: bool) -> None:
        """From now on this is the folder where words are written, and sound if somebody wants to keep it."""
        self._put(Move(home, keep_sound))

    def begin(self, session: int, name: str, begun: datetime) -> None:
        """A session has its first sound; from now on it is known by this name, too."""
        self._names[session] = name
        self._put(Begin(name, begun))

    def recall(self, session: int, name: str) -> None:
        """A session of a program that has died is heard under this number."""
        self._names[session] = name
        self._put(Recall(name))

    def keep(self, session: int, item: Sound | Released | Ending) -> None:
        """Write this behind what there is of the session."""
        self._put(Keep(self._names[session], session, item))
        busy_since = self._busy_since
        if busy_since is not None and time.monotonic() - busy_since >= HANGS and not self._failing:
            self._fail(ScribeletError(f"The disk does not answer: {KEPT}", f"Look after it: {self._folder}"))

    def decide(self, session: int, span: Span, fate: Fate) -> None:
        """This sound has its fate; the transcript itself tells of what is written."""
        if fate is not Fate.WRITTEN and span.end > span.start:
            self._put(Decide(self._names[session], span, fate, ASIDE if fate is Fate.ASIDE else ""))

    def put_away(self, session: int, captured: Span, outcome: Outcome) -> None:
        """A session is over, of which this was captured; PutAway comes back."""
        self._put(Over(self._names[session], session, captured, outcome))

    def restore(self, name: str, sound: tuple[Span, ...]) -> None:
        """Sound of a session that was cancelled or set aside waits again, if it is kept; Revised comes back."""
        self._put(Restore(name, sound))

    def give_up(self, name: str, span: Span, reason: str) -> None:
        """Nobody will hear this sound of a session that is over."""
        self._put(Decide(name, span, Fate.DROPPED, reason))

    def finish(self, name: str, captured: Span, outcome: Outcome) -> None:
        """All sound of a session has its fate whose program has died."""
        self._put(Over(name, None, captured, outcome))

    def names(self) -> frozenset[str]:
        """Sessions that are this program's business, so that nobody need recover them."""
        return frozenset(self._names.copy().values()) | self._cancelled | self._being_saved

    def read(self, place: Place) -> bytes:
        """What lies there. Raises OSError or ReelDamagedError."""
        return read_sound(place)

    def close(self) -> None:
        """End behind what was asked for, unless the disk does not answer. Idempotent."""
        self._put(Close())
        if self._thread.is_alive():
            self._thread.join(FAREWELL)
        self._ended.set()

    def _put(self, job: Job) -> None:
        with self._arrived:
            self._jobs.append(job)
            self._arrived.notify()

    def _run(self) -> None:
        going_on = True
        while going_on and not self._ended.is_set():
            try:
                going_on = self._serve(self._take())
            except Exception as error:  # noqa: BLE001 the one catch-all of this thread
                self._fail(ScribeletError(f"Sound cannot be kept: {kind(error)}", "Start Scribelet again"))

    def _take(self) -> list[Job]:
        """All there is to do; waits for something."""
        with self._arrived:
            if not self._jobs:
                self._arrived.wait()
            jobs = list(self._jobs)
            self._jobs.clear()
        return jobs

    def _serve(self, jobs: list[Job]) -> bool:
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
        return bool(self._jobs) or not self._closing

    def _do(self, job: Job, safe: _Safe) -> None:
        match job:
            case Begin(name, begun):
                if name not in self._writers:
                    self._writers[name] = ReelWriter(self._folder, name, begun)
                self._ledger.began(name, begun, self._home)
            case Move(home, keep_sound):
                self._keep_sound = keep_sound
                self._move(home)
            case Recall(name):
                if self._home:
                    self._ledger.moved(name, self._home)
            case Keep():
                self._write(job, safe)
            case Decide(name, span, fate, reason):
                self._ledger.decide(name, span, fate, reason)
            case Over():
                self._put_reel_away(job)
            case Restore(name, sound):
                self._take_back(name, sound)
            case Saved(name, error):
                self._let_go(name, error)
            case Prune():
                self._ledger.prune()
            case Close():
                self._recordings.close(FAREWELL / 2)
                self._closing = True
            case _:
                assert_never(job)

    def _move(self, home: Path) -> None:
        if home != self._home:
            # a session stays where it began, unless that place cannot take its words: then all of them go here
            for name in self._names.copy().values():
                self._ledger.moved(name, home)
            self._home = home

    def _write(self, job: Keep, safe: _Safe) -> None:
        item, writer = job.item, self._writers[job.name]
        if not isinstance(item, Sound):
            writer.append(item)
        elif (pcm := item.pcm) is not None:  # else it had its fate before the disk would take it
            place = writer.append(AudioChunk(pcm, item.span.start, item.span.rate))
            if place:
                safe.setdefault(job.session, []).append((item, place))

    def _put_reel_away(self, job: Over) -> None:
        name, writer = job.name, self._writers.get(job.name)
        if job.outcome is not Outcome.WAITING and (writer or job.session is None):
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
        if outcome is Outcome.WRITTEN and self._keep_sound and self._home:
            self._being_saved |= {name}
            self._recordings.save(name, self._home)
        elif outcome in (Outcome.WRITTEN, Outcome.GIVEN_UP):
            erase(self._folder, name)

    def _take_back(self, name: str, sound: tuple[Span, ...]) -> None:
        # asked here once more, where nothing else can throw it away meanwhile
        if name in sessions(self._folder):
            for span in sound:
                self._ledger.restore(name, span)
            self._cancelled -= {name}
        self._report(Revised(sound=True))

    def _let_go(self, name: str, error: ScribeletError | None) -> None:
        """Sound that could not be saved stays, and is tried again when somebody looks for what waits."""
        if error is None:
            erase(self._folder, name)
        self._being_saved -= {name}
        self._report(Trouble("recordings", error))

    def _tell_safe(self, safe: _Safe) -> None:
        for session, sounds in safe.items():
            if self._listener:
                self._listener.saved(session, sounds)
        if safe and self._failing:
            self._failing = False
            self._report(Trouble("sound", None))

    def _try_later(self, error: OSError, jobs: list[Job]) -> None:
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
