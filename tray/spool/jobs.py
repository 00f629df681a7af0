"""What the keeper of the spool is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tray.core.failures import ScribeletError
from tray.core.ledger import Fate
from tray.core.news import Outcome
from tray.core.speech import Ending, Released, Span
from tray.spool.spool import Sound


@dataclass(frozen=True, slots=True)
class Begin:
    """A session has its first sound."""

    name: str
    begun: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """Words are written in this folder from now on, and sound beside them if somebody wants to keep it."""

    home: Path
    keep_sound: bool


@dataclass(frozen=True, slots=True)
class Saved:
    """The sound of a session was saved for whoever wants to keep it, or could not be."""

    name: str
    error: ScribeletError | None


@dataclass(frozen=True, slots=True)
class Recall:
    """A session of a program that has died is heard again."""

    name: str


@dataclass(frozen=True, slots=True)
class Keep:
    """Something of a session is to be written behind the rest."""

    name: str
    session: int
    item: Sound | Released | Ending


@dataclass(frozen=True, slots=True)
class Decide:
    """Sound of a session has its fate."""

    name: str
    span: Span
    fate: Fate
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Over:
    """A session is over."""

    name: str
    session: int | None
    """Its number in this program; None where this is the account of one that has died."""
    captured: Span
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Restore:
    """Sound of a session that was cancelled or set aside is wanted back."""

    name: str
    sound: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Prune:
    """The days of the ledger are too many."""


@dataclass(frozen=True, slots=True)
class Close:
    """The thread ends behind this."""


Job = Begin | Move | Recall | Keep | Decide | Over | Restore | Saved | Prune | Close
