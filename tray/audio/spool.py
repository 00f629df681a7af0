"""Sound on its way to the ear, kept until it has its fate. In memory, bounded."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from tray.core.speech import AudioChunk, Ending, Released, Span

CAPACITY = 10 * 60 * 48_000 * 2
"""Bytes: ten minutes of the fastest microphone."""


@dataclass(slots=True)
class _Reel:
    items: deque[AudioChunk | Released] = field(default_factory=deque[AudioChunk | Released])
    ending: Ending | None = None
    sent: int = 0
    """Items of the front that were handed out."""
    ending_sent: bool = False


class Spool:
    """Capture appends, the feeder takes, and what has its fate is let go."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._changed = threading.Condition()
        self._reels: OrderedDict[int, _Reel] = OrderedDict()
        self._free = capacity

    def fits(self, chunk: AudioChunk) -> bool:
        """Whether there is room for a chunk; only `append` takes room away."""
        with self._changed:
            return len(chunk.pcm) <= self._free

    def append(self, session: int, chunk: AudioChunk) -> None:
        """Keep a chunk that fits."""
        with self._changed:
            self._free -= len(chunk.pcm)
            self._reels.setdefault(session, _Reel()).items.append(chunk)
            self._changed.notify_all()

    def mark(self, session: int, released: Released) -> None:
        """Note where in the sound of a session the key was let go."""
        with self._changed:
            self._reels.setdefault(session, _Reel()).items.append(released)
            self._changed.notify_all()

    def end(self, session: int, ending: Ending) -> None:
        """Nothing more will be appended to a session."""
        with self._changed:
            self._reels.setdefault(session, _Reel()).ending = ending
            self._changed.notify_all()

    def take(self, timeout: float) -> tuple[int, AudioChunk | Released | Ending] | None:
        """The next sound, or what stands behind it, that was not handed out yet; None after `timeout` seconds.

        The oldest session goes first.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._next() is not None, timeout)
            found = self._next()
            if found is None:
                return None
            session, reel = found
            if reel.sent < len(reel.items):
                reel.sent += 1
                return session, reel.items[reel.sent - 1]
            reel.ending_sent = True
            return session, reel.ending or Ending()

    def release(self, session: int, span: Span) -> None:
        """This sound has its fate, and so has all before it: chunks that lie there as a whole are let go."""
        with self._changed:
            reel = self._reels.get(session)
            if reel is None:
                return
            while reel.items and reel.items[0].end <= span.end and (reel.sent or _is_sound(reel.items[0])):
                self._drop_first(reel)

    def forget(self, session: int) -> None:
        """Let a session go, whatever was or was not handed out."""
        with self._changed:
            reel = self._reels.pop(session, None)
            self._free += sum(map(_size, reel.items)) if reel else 0

    def rewind(self) -> None:
        """Hand everything out again that is still kept: whoever took it has died."""
        with self._changed:
            for reel in self._reels.values():
                reel.sent, reel.ending_sent = 0, False
            self._changed.notify_all()

    @property
    def empty(self) -> bool:
        """Whether no session is kept."""
        with self._changed:
            return not self._reels

    def _drop_first(self, reel: _Reel) -> None:
        self._free += _size(reel.items.popleft())
        reel.sent = max(0, reel.sent - 1)

    def _next(self) -> tuple[int, _Reel] | None:
        """The oldest session that is not complete: the next one waits for its turn."""
        for session, reel in self._reels.items():
            if reel.sent < len(reel.items) or (reel.ending and not reel.ending_sent):
                return session, reel
            if not reel.ending:
                return None
        return None


def _is_sound(item: AudioChunk | Released) -> bool:
    return isinstance(item, AudioChunk)


def _size(item: AudioChunk | Released) -> int:
    return len(item.pcm) if isinstance(item, AudioChunk) else 0
