"""What the threads tell the conductor."""

from __future__ import annotations

from dataclasses import dataclass

from tray.core.failures import ScribeletError
from tray.core.ledger import Fate
from tray.core.prose import Passage
from tray.core.speech import Span


@dataclass(frozen=True, slots=True)
class Captured:
    """Samples of a session are on their way to the spool."""

    session: int
    span: Span


@dataclass(frozen=True, slots=True)
class CaptureEnded:
    """Every sample of a session that there will ever be is on the spool."""

    session: int


@dataclass(frozen=True, slots=True)
class Fated:
    """Sound has its fate, in order."""

    session: int
    span: Span
    fate: Fate


@dataclass(frozen=True, slots=True)
class SessionWritten:
    """A session has no more text, and all of it is where it belongs."""

    session: int
    words: int


@dataclass(frozen=True, slots=True)
class TextChanged:
    """The text of a session, as it now stands."""

    passage: Passage


@dataclass(frozen=True, slots=True)
class Struck:
    """A segment was struck; nothing may be built on it."""

    session: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """A part does not work, or works again; the rest goes on."""

    part: str
    """A noun that people know."""
    error: ScribeletError | None
    """None: it works again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody chose an action: a line of the menu, a button of a toast, a command."""

    action: str


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to choose from in the menu."""

    microphones: tuple[str, ...]
    engines: tuple[str, ...]


News = Captured | CaptureEnded | Fated | SessionWritten | TextChanged | Struck | Trouble | Asked | Found
