"""What the places that only grow need to know of a text."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from tray.core.prose import Entry, Passage

_BLANKS = frozenset("\t\n\v\f\r\x85\u2028\u2029")
_STEERING = frozenset("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that turn the direction of reading, and could show a text as another one."""


def one_line(text: str) -> str:
    """The same text with nothing in it that ends a line, steers a terminal or turns the direction of reading."""
    return "".join(" " if letter in _BLANKS else letter for letter in text if _harmless(letter))


def _harmless(letter: str) -> bool:
    return letter in _BLANKS or (letter not in _STEERING and unicodedata.category(letter) not in ("Cc", "Cs"))


def lasting(passage: Passage) -> tuple[Entry, ...]:
    """The entries that can be written for good: up to the first whose mark is still held, and that one without it."""
    written: list[Entry] = []
    for entry in passage.entries:
        if not entry.settled:
            return (*written, replace(entry, mark=""))
        written.append(entry)
    return tuple(written)
