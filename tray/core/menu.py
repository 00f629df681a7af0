"""The face of the program: icon, tooltip and menu, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

LABEL = 48
"""Most characters of a segment in the menu."""
SENTENCE = 96
"""Most characters of a problem in the menu."""


class Silhouette(Enum):
    """The four icons; the value is the file name in `icons/`."""

    IDLE = "idle"
    LISTENING = "listening"
    WORKING = "working"
    FAULTED = "faulted"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the menu. A line without action and children is a heading; an empty label is a separator."""

    label: str
    action: str = ""
    """What a click asks for, for example `toggle` or `set clipboard.mode session`; empty for nothing."""
    enabled: bool = True
    checked: bool | None = None
    """A mark that is set or not; None for lines that have none."""
    alone: bool = False
    """The mark is a choice of its own, on or off, and not one of several."""
    children: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Face:
    """Everything a tray shows."""

    silhouette: Silhouette
    tooltip: str
    menu: tuple[Item, ...] = ()
    """The first line of the menu that has the action `toggle` is what a left click does."""


def short(text: str, most: int) -> str:
    """At most that many characters on one line, cut between words if they are not too long."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    words = line[:most].rpartition(" ")[0]
    kept = words if len(words) > most // 2 else line[: most - 1]
    return kept.rstrip(" .,;:") + "…"
