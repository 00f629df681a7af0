"""Keepers of a spool."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tray.core.ledger import Fate
from tray.core.speech import Ending, Released, Span
from tray.spool.reel import Place, ReelDamagedError
from tray.spool.spool import Sound, Spool


class NoDisk:
    """Takes nothing, as a disk that is full."""

    def begin(self, session: int, name: str, begun: datetime) -> None: ...
    def keep(self, session: int, item: Sound | Released | Ending) -> None: ...
    def decide(self, session: int, span: Span, fate: Fate) -> None: ...
    def read(self, place: Place) -> bytes:
        raise FileNotFoundError(place.path)


class LateDisk(NoDisk):
    """Takes what there is when the test says so, and gives it back."""

    def __init__(self) -> None:
        self.waiting: list[tuple[int, Sound]] = []
        self.taken: list[bytes] = []
        self.read_back = 0
        self.broken = False

    def keep(self, session: int, item: Sound | Released | Ending) -> None:
        if isinstance(item, Sound):
            self.waiting.append((session, item))

    def write(self, spool: Spool) -> None:
        """Take all that waits."""
        for session, sound in self.waiting:
            self.taken.append(sound.pcm or b"")
            spool.saved(session, [(sound, Place(Path("memory"), len(self.taken) - 1, len(self.taken[-1])))])
        self.waiting.clear()

    def read(self, place: Place) -> bytes:
        if self.broken:
            raise ReelDamagedError
        self.read_back += 1
        return self.taken[place.offset]


def without_disk(spool: Spool) -> Spool:
    """The same spool, which waits for no disk."""
    spool.despair()
    return spool
