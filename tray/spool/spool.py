"""Sound on its way to the ear, kept until it has its fate: on the disk, and in memory what is on its way to either."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Protocol

from tray.core.failures import ScribeletError
from tray.core.ledger import Fate
from tray.core.speech import AudioChunk, Ending, Released, Resumed, Span
from tray.spool.reel import Kept, Place, ReelDamagedError

CAPACITY = 10 * 60 * 48_000 * 2
"""Bytes in memory: ten minutes of the fastest microphone, for as long as the disk takes nothing."""
NEAR = 6 * 1024 * 1024
"""Bytes of sound that stay in memory although the disk has them, in case that somebody deletes the files: 1 min of the
fastest microphone. With what is noted of each block, ten minutes that wait cost 14 MB (measured at 16 kHz)."""
PATIENCE = 0.3
"""Seconds after which sound goes to the ear although the disk has not taken it."""


@dataclass(slots=True, eq=False)
class Sound:
    """A chunk on its way: in memory, on the disk, or both."""

    span: Span
    pcm: bytes | None
    """None where the disk has it and memory is short, or once it has its fate."""
    came: float = field(default_factory=time.monotonic)
    """On the monotonic clock."""
    place: Place | None = None
    """Where it lies on the disk."""
    skipped: int = 0
    """Samples at its place before the first one that is meant."""


Item = Sound | Released | Resumed


class Keeper(Protocol):
    """Brings everything to the disk, in the order in which it comes; every call returns at once."""

    def begin(self, session: int, name: str, begun: datetime) -> None:
        """A session has its first sound; from now on it is known by this name, too."""
        ...

    def keep(self, session: int, item: Sound | Released | Ending) -> None:
        """Write this; the spool is told with `saved`."""
        ...

    def decide(self, session: int, span: Span, fate: Fate) -> None:
        """This sound has its fate."""
        ...

    def read(self, place: Place) -> bytes:
        """What lies there. Raises OSError or ReelDamagedError."""
        ...


@dataclass(slots=True)
class _Reel:
    items: deque[Item] = field(default_factory=deque[Item])
    ending: Ending | None = None
    sent: int = 0
    """Items of the front that were handed out."""
    ending_sent: bool = False
    past: bool = False
    """Of a program that has died: it waits until nobody speaks and nothing else is owed."""


class Spool:
    """Capture appends, the keeper writes, the feeder takes, and what has its fate is let go."""

    def __init__(self, keeper: Keeper, capacity: int = CAPACITY) -> None:
        """`capacity` is bytes of sound in memory."""
        self._turn = threading.Lock()
        self._changed = threading.Condition(self._turn)
        self._reels: OrderedDict[int, _Reel] = OrderedDict()
        self._free, self._capacity = capacity, capacity
        self.at_ease = False
        """Whether nobody speaks, so that sound may come in bunches."""
        self._disk_fails = False
        self._keeper = keeper

    def begin(self, session: int, name: str, begun: datetime) -> None:
        """The first sound of a session follows."""
        self._keeper.begin(session, name, begun)

    def fits(self, chunk: AudioChunk) -> bool:
        """Whether there is room for a chunk; only `append` takes room away."""
        with self._turn:
            return len(chunk.pcm) <= self._free

    def append(self, session: int, chunk: AudioChunk) -> None:
        """Keep a chunk that fits."""
        sound = Sound(Span(chunk.start, chunk.end, chunk.rate), chunk.pcm)
        with self._changed:
            self._free -= len(chunk.pcm)
            self._reel(session).items.append(sound)
            if self._disk_fails:
                self._changed.notify_all()
        self._keeper.keep(session, sound)

    def mark(self, session: int, released: Released) -> None:
        """Note where in the sound of a session the key was let go; what follows is wanted at once."""
        with self._changed:
            self._reel(session).items.append(released)
            self.at_ease = False
            self._changed.notify_all()
        self._keeper.keep(session, released)

    def end(self, session: int, ending: Ending) -> None:
        """Nothing more will be appended to a session."""
        with self._changed:
            self._reel(session).ending = ending
            self._changed.notify_all()
        self._keeper.keep(session, ending)

    def adopt(self, session: int, resumed: Resumed, waiting: Iterable[Kept], gap: Span) -> None:
        """Sound that a dead program has left on the disk; what of it lies in the gap is handed out once all is done."""
        found = [part for kept in waiting if (part := _part(kept, gap)).span.end > part.span.start]
        with self._changed:
            self._reels[session] = _Reel(deque([resumed, *found]), Ending(), past=True)
            self._changed.notify_all()

    def saved(self, session: int, sounds: Iterable[tuple[Sound, Place]]) -> None:
        """From the keeper: these are on the disk."""
        with self._changed:
            self._disk_fails = False
            for sound, place in sounds:
                sound.place = place
                if session not in self._reels or self._capacity - self._free > NEAR:
                    self._let_go(sound)
            self._changed.notify_all()

    def despair(self) -> None:
        """From the keeper: the disk takes nothing now, so nobody need wait for it."""
        with self._changed:
            self._disk_fails = True
            self._changed.notify_all()

    def relax(self, *, at_ease: bool) -> None:
        """Whether nobody speaks, as the ear says."""
        self.at_ease = at_ease

    def take(self, timeout: float) -> tuple[int, AudioChunk | Released | Resumed | Ending] | None:
        """The next sound, or what stands behind it, that was not handed out yet; None after `timeout` seconds.

        The oldest session goes first. Raises ScribeletError where the disk does not give back what it took.
        """
        with self._changed:
            self._changed.wait_for(self._next, timeout)
            found = self._next()
            if found is None:
                return None
            session, reel = found
            if reel.sent == len(reel.items):
                reel.ending_sent = True
                return session, reel.ending or Ending()
            item = reel.items[reel.sent]
            reel.sent += 1
            if not isinstance(item, Sound):
                return session, item
            pcm = item.pcm
        return session, AudioChunk(self._read(item) if pcm is None else pcm, item.span.start, item.span.rate)

    def release(self, session: int, span: Span, fate: Fate) -> None:
        """This sound has its fate, and so has all before it: chunks that lie there as a whole are let go."""
        with self._turn:
            reel = self._reels.get(session)
            while reel and reel.items and _end(reel.items[0]) <= span.end and (reel.sent or _is_sound(reel.items[0])):
                self._drop_first(reel)
        self._keeper.decide(session, span, fate)

    def forget(self, session: int) -> None:
        """Hand out nothing more of a session; what the disk has not taken yet goes there all the same."""
        with self._turn:
            reel = self._reels.pop(session, None)
            for item in reel.items if reel else ():
                if isinstance(item, Sound) and item.place:
                    self._let_go(item)

    def rewind(self) -> None:
        """Hand everything out again that is still kept: whoever took it has died."""
        with self._changed:
            for reel in self._reels.values():
                reel.sent, reel.ending_sent = 0, False
            self._changed.notify_all()

    @property
    def empty(self) -> bool:
        """Whether no session is kept."""
        with self._turn:
            return not self._reels

    def waiting_s(self) -> float:
        """Seconds of sound that no ear was given yet, of what was dictated since the program began."""
        with self._turn:
            live = [list(islice(reel.items, reel.sent, None)) for reel in self._reels.values() if not reel.past]
        return sum(item.span.seconds for items in live for item in items if isinstance(item, Sound))

    def _reel(self, session: int) -> _Reel:
        return self._reels.setdefault(session, _Reel())

    def _read(self, sound: Sound) -> bytes:
        assert sound.place, "sound leaves the memory only for the disk"
        try:
            pcm = self._keeper.read(sound.place)
        except (OSError, ReelDamagedError) as error:
            raise ScribeletError("Sound that waits on the disk cannot be read", "Look after the disk") from error
        return pcm[2 * sound.skipped : 2 * (sound.skipped + sound.span.end - sound.span.start)]

    def _drop_first(self, reel: _Reel) -> None:
        self._let_go(reel.items.popleft())
        reel.sent = max(0, reel.sent - 1)

    def _let_go(self, item: Item) -> None:
        """Free its memory."""
        if isinstance(item, Sound) and item.pcm is not None:
            self._free += len(item.pcm)
            item.pcm = None

    def _next(self) -> tuple[int, _Reel] | None:
        """The oldest session that is not complete: the next one waits for its turn, and those of the past for all."""
        live = [one for one in self._reels.items() if not one[1].past]
        for session, reel in live or self._reels.items():
            if reel.sent < len(reel.items):
                return (session, reel) if self._may_go(reel.items[reel.sent]) else None
            if reel.ending and not reel.ending_sent:
                return session, reel
            if not reel.ending:
                return None
        return None

    def _may_go(self, item: Item) -> bool:
        if not isinstance(item, Sound) or item.place or self._disk_fails:
            return True
        return time.monotonic() - item.came >= PATIENCE


def _part(kept: Kept, gap: Span) -> Sound:
    """What of a block lies in the gap; nothing is an empty span."""
    start, end = max(kept.start, gap.start), min(kept.start + kept.samples, gap.end)
    return Sound(Span(start, max(start, end), kept.rate), None, 0.0, kept.place, start - kept.start)


def _is_sound(item: Item) -> bool:
    return isinstance(item, Sound)


def _end(item: Item) -> int:
    return item.span.end if isinstance(item, Sound) else item.end
