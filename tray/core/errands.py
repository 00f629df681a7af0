"""What people want done beside dictation, and what may take its time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tray.core.keys import Key


@dataclass(frozen=True, slots=True)
class Copy:
    """Put a text on the clipboard."""

    text: str


@dataclass(frozen=True, slots=True)
class Open:
    """Let the desktop open a file with the program that is meant for it."""

    what: Literal["transcript", "settings"]


@dataclass(frozen=True, slots=True)
class LookAround:
    """See what there is to choose from."""


@dataclass(frozen=True, slots=True)
class StartAtLogin:
    """Start with the desktop, or no longer."""

    wanted: bool


@dataclass(frozen=True, slots=True)
class ChooseKey:
    """Let somebody press the keys for toggle or cancel."""

    key: Key


@dataclass(frozen=True, slots=True)
class GetModel:
    """Fetch the speech model."""


@dataclass(frozen=True, slots=True)
class RemindOfModel:
    """Say that nothing can be recognized yet."""


@dataclass(frozen=True, slots=True)
class Recover:
    """See what sound of earlier sessions still waits for its fate."""

    anew: bool
    """Also what was tried before: an ear may hear it now."""
    aside: bool = False
    """Also what ended recognition twice: somebody asks for it."""


@dataclass(frozen=True, slots=True)
class Restore:
    """Bring back what was struck or cancelled last."""


@dataclass(frozen=True, slots=True)
class AddUp:
    """See what became of all sound of today, and what can be restored."""


Errand = Copy | Open | LookAround | StartAtLogin | ChooseKey | GetModel | RemindOfModel | Recover | Restore | AddUp
