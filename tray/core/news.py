"""What the threads tell the conductor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from pathlib import Path

from tray.core.failures import ScribeletError
from tray.core.ledger import Fate
from tray.core.menu import Item
from tray.core.prose import Passage
from tray.core.speech import Span


class Moment(Enum):
    """Something that happens to the machine or the screen in front of a person."""

    ASLEEP = "asleep"
    """The machine is about to sleep, and waits for us."""
    AWAKE = "awake"
    LOCKED = "locked"
    """The screen is locked, or asked to lock."""
    UNLOCKED = "unlocked"
    AWAY = "away"
    """Another user has screen and keyboard."""
    BACK = "back"
    ENDING = "ending"
    """The machine shuts down or restarts, and waits for us."""


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
class FellQuiet:
    """After its key was let go, nobody speaks any more in a session."""

    session: int


@dataclass(frozen=True, slots=True)
class Supposed:
    """What the open segment of a session says so far; it may be taken back."""

    session: int
    text: str


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


class Outcome(Enum):
    """How a session has ended."""

    WRITTEN = "written"
    CANCELLED = "cancelled"
    WAITING = "waiting"
    """Sound of it has no fate yet, and is kept until it is heard."""
    GIVEN_UP = "given up"
    """Sound of it could not be heard for too long."""


@dataclass(frozen=True, slots=True)
class PutAway:
    """All fates of a session are on the disk, and its sound is kept no longer than it has to be."""

    session: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Sound of an earlier session that has no fate yet."""

    passage: Passage
    """What is written of that session."""
    gap: Span
    """The sound; the samples before it have their fates."""
    seconds: float
    """All that waits, in this session and in others."""
    follows: bool
    """There was some before it, of which was told already."""
    begins: float
    """Seconds from the start of that session to the gap."""
    home: Path | None = None
    """The folder where the other words of that session stand; None for the present one."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What was struck or cancelled last, and can be restored."""

    passage: Passage
    """What is written of that session; no entries where that is nothing."""
    numbers: tuple[int, ...] = ()
    """The struck segments."""
    sound: tuple[Span, ...] = ()
    """What was cancelled before it was text, and is still kept."""

    @property
    def text(self) -> str:
        """The words that come back, struck ones of the same session left out that do not."""
        restored = self.passage.restore(self.numbers)
        entries = tuple(entry for entry in restored.entries if entry.segment.number in self.numbers)
        return replace(restored, entries=entries).text()

    @property
    def seconds(self) -> float:
        """Of cancelled sound."""
        return sum(span.seconds for span in self.sound)


@dataclass(frozen=True, slots=True)
class Back:
    """The struck words of it stand again, and that is on the disk; its sound may follow."""

    undone: Undone


@dataclass(frozen=True, slots=True)
class Revised:
    """The books say something else of what was said before."""

    sound: bool = False
    """Sound that was cancelled or set aside waits again."""


@dataclass(frozen=True, slots=True)
class AddedUp:
    """What became of all sound of a day up to now."""

    day: date
    line: str
    """For people."""
    undone: str = ""
    """What can be restored, in a few words; empty: nothing."""


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

    microphones: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    """Names of the installed models."""
    clipboard: bool = True
    """Something here keeps what is copied."""
    autostart: bool | None = None
    """Scribelet starts with the desktop; None where that cannot be arranged."""
    toasts: bool = True
    """Something here shows notes."""


@dataclass(frozen=True, slots=True)
class Lacking:
    """Dictation cannot begin yet."""

    lines: tuple[Item, ...]
    """What the menu says about it at its top; empty when dictation can begin."""


News = (
    Captured
    | CaptureEnded
    | FellQuiet
    | Supposed
    | Fated
    | SessionWritten
    | PutAway
    | Waiting
    | Undone
    | Back
    | Revised
    | AddedUp
    | TextChanged
    | Struck
    | Trouble
    | Asked
    | Found
    | Lacking
    | Moment
)
