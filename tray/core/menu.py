"""The face of the program: icon, tooltip and menu, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


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
