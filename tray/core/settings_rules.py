"""What a setting may be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import PurePath
from unicodedata import category

from tray.core.combination import parse
from tray.core.failures import HotkeyError

Value = str | int | float | bool
Rule = Callable[[object], Value]
"""Takes what stands in the file, gives what the program uses; raises ValueError with the reason."""
_UNWRITABLE = ("Cc", "Cs", "Zl", "Zp")
"""Unicode categories that break a line of the file or cannot stand in it."""


def number(least: float, most: float, kind: type[int | float] = float) -> Rule:
    """A number from the least to the most, both included; whole where the kind is int."""
    name = "a whole number" if kind is int else "a number"
    taken = int if kind is int else (int, float)

    def check(value: object) -> Value:
        # true and false are whole numbers to Python, not to the person who wrote them
        if isinstance(value, taken) and not isinstance(value, bool) and least <= value <= most:
            return kind(value)
        raise ValueError(f"must be {name} from {least} to {most}, not {shown(value)}")

    return check


def one_of(*options: str) -> Rule:
    """One of these words, two or more, written exactly so."""

    def check(value: object) -> Value:
        if isinstance(value, str) and value in options:
            return value
        raise ValueError(f"must be {', '.join(options[:-1])} or {options[-1]}, not {shown(value)}")

    return check


def flag(value: object) -> Value:
    """true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError(f"must be true or false, not {shown(value)}")


def any_text(value: object) -> str:
    """One line, which may be empty."""
    if not isinstance(value, str):
        raise ValueError(f"must be a text in quotes, not {shown(value)}")
    if any(category(letter) in _UNWRITABLE for letter in value):
        raise ValueError("must be one line without control characters")
    return value


def some_text(value: object) -> str:
    """One line with something in it."""
    if not any_text(value):
        raise ValueError("must not be empty")
    return any_text(value)


def folder_path(value: object) -> str:
    """A folder that is the same from wherever the program is started; empty for none."""
    text, path = any_text(value), PurePath(any_text(value))
    # a relative folder would move with the place the program is started from, and ~name may be nobody's home
    if text and path.parts[:1] != ("~",) and not path.is_absolute():
        raise ValueError(f"must begin with / or ~/, not {shown(value)}")
    return text


def key_combination(value: object) -> str:
    """Keys that can be pressed together; empty for none."""
    text = any_text(value)
    try:
        return text if not text or parse(text) else ""
    except HotkeyError as error:
        raise ValueError(f"cannot be used: {error} {error.remedy}".rstrip(" .")) from error


def shown(value: object) -> str:
    """A value as it stands in the file, cut short."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except RecursionError:
        return "something in too many brackets"
    return text if len(text) <= 40 else text[:39] + "…"
