"""How much sound waits on the disk, and which of it goes first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tray.spool.ledger_file import day_of
from tray.spool.parts import files, is_ours

_SURE = 3
"""Age is counted to the oldest of so many days on which somebody dictated last: a wrong clock throws nothing away."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may wait."""

    days: int = 30
    """Days: whoever has not missed the words for so long has written them anew, and speech is private."""
    size: int = 2_000_000_000
    """Bytes: 17 hours at 16 kHz, 5 at 48 kHz, and a disk that people hardly notice."""


def beyond(folder: Path, booked: Collection[date], busy: Collection[str], bounds: Bounds) -> dict[str, str]:
    """Sessions that are too much, the oldest first, each with the reason for people; none of the busy ones.

    `booked` are the days on which somebody dictated. Raises OSError.
    """
    sizes = _sizes(folder)
    size, found = sum(sizes.values()), dict[str, str]()
    for name in sorted(sizes.keys() - busy):
        if _age(name, booked) > timedelta(bounds.days):
            found[name] = f"It has waited for more than {bounds.days} days"
        elif size > bounds.size:
            found[name] = f"More sound has waited than {bounds.size / 1e9:g} GB"
        else:
            break
        size -= sizes[name]
    return found


def _sizes(folder: Path) -> Counter[str]:
    """Bytes of each session."""
    sizes: Counter[str] = Counter()
    for name, _, path in files(folder):
        with suppress(FileNotFoundError):  # its text became safe at this moment
            if is_ours(name):
                sizes[name] += path.lstat().st_size
    return sizes


def _age(name: str, booked: Collection[date]) -> timedelta:
    """How old a session is for sure."""
    newest = sorted(booked)[-_SURE:]
    return newest[0] - day_of(name) if len(newest) == _SURE else timedelta()
