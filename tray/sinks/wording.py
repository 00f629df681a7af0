"""What the places that only grow need to know of a text."""

from __future__ import annotations

from dataclasses import replace

from tray.core.prose import Entry, Passage, one_line

__all__ = ["lasting", "one_line"]


def lasting(passage: Passage) -> tuple[Entry, ...]:
    """The entries that can be written for good: up to the first whose mark is still held, and that one without it."""
    written: list[Entry] = []
    for entry in passage.entries:
        if not entry.settled:
            return (*written, replace(entry, mark=""))
        written.append(entry)
    return tuple(written)
