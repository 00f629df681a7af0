"""What the writer is asked to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tray.core.ledger import Fate
from tray.core.news import Undone
from tray.core.prose import Passage
from tray.core.speech import Mark, Segment, Span
from tray.ports import Sink
from tray.writer.places import Transcript


@dataclass(frozen=True, slots=True)
class Begin:
    """The first sample of a session was captured."""

    session: int
    passage: Passage
    """Empty, unless the session goes on where an earlier program has died."""
    home: Transcript | None = None
    """Where its other words stand, if that is not the present transcript."""


@dataclass(frozen=True, slots=True)
class Write:
    """A segment of a session."""

    session: int
    segment: Segment


@dataclass(frozen=True, slots=True)
class Guess:
    """What is being said in a session seems to be this."""

    session: int
    text: str


@dataclass(frozen=True, slots=True)
class Settle:
    """A held mark of a session stands."""

    session: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class Decide:
    """Sound of a session has its fate without being written."""

    session: int
    span: Span
    fate: Fate


@dataclass(frozen=True, slots=True)
class End:
    """A session has no more text."""

    session: int
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Strike:
    """Strike the last segment of the session with this name."""

    session: str


@dataclass(frozen=True, slots=True)
class Restore:
    """Let the struck words of this stand again."""

    undone: Undone


@dataclass(frozen=True, slots=True)
class Use:
    """From now on, write to these sinks."""

    transcript: Transcript
    sinks: Sequence[Sink]


Order = Begin | Write | Guess | Settle | Decide | End | Strike | Restore | Use
