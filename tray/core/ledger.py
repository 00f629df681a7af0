"""What became of every captured sample."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from tray.core.speech import Span


class Fate(Enum):
    """Each captured sample has exactly one."""

    WRITTEN = "written"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    DROPPED = "dropped"
    """Lost to the text, with a reason the user was shown."""


class LedgerError(ValueError):
    """A sample was given a second fate, or one was passed over."""


@dataclass(slots=True)
class Ledger:
    """The fates of one session's samples, in order and without holes."""

    captured: int = 0
    """Count of the samples so far."""
    fated: int = 0
    """Every sample before this one has its fate."""
    sums: dict[Fate, float] = field(default_factory=lambda: dict.fromkeys(Fate, 0.0))
    """Seconds of sound for each fate."""

    def capture(self, span: Span) -> None:
        """Sound arrived. Raises LedgerError unless it follows what was there."""
        self._follow(self.captured, span)
        self.captured = span.end

    def decide(self, span: Span, fate: Fate) -> None:
        """Give the next samples their fate. Raises LedgerError on a hole, a double, or samples never captured."""
        self._follow(self.fated, span)
        if span.end > self.captured:
            raise LedgerError(f"{span} was never captured: there are {self.captured} samples")
        self.fated = span.end
        self.sums[fate] += span.seconds

    @property
    def complete(self) -> bool:
        """Whether every captured sample has its fate."""
        return self.fated == self.captured

    @staticmethod
    def _follow(end: int, span: Span) -> None:
        if span.start != end or span.end < span.start:
            raise LedgerError(f"{span} does not follow sample {end}")
