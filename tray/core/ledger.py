"""What became of every captured sample."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import groupby, pairwise
from math import fsum

from tray.core.speech import RATE, Span


class Fate(Enum):
    """Each captured sample has exactly one."""

    WRITTEN = "written"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    DROPPED = "dropped"
    """Lost to the text, with a reason the user was shown."""
    ASIDE = "aside"
    """It ended recognition twice: its sound is kept, and heard again when somebody asks for it."""


_TAKEN_BACK = (Fate.CANCELLED, Fate.ASIDE)


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


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a stretch of sound."""

    span: Span
    fate: Fate
    reason: str = ""
    """Why it was dropped, as the user was told."""


@dataclass(frozen=True, slots=True)
class Account:
    """All that is known about the sound of one session when somebody looks into the books."""

    session: str
    begun: datetime
    """When its first sample was captured, with the offset from UTC."""
    decided: tuple[Decision, ...] = ()
    """In any order."""
    kept: tuple[Span, ...] = ()
    """Sound that still lies in the spool, whether it has a fate or not."""
    captured: int | None = None
    """Count of its samples; None while more may come, and where nobody could say it any more."""
    rate: int = RATE
    """Samples per second behind the last span."""
    booked: bool = True
    """The ledger knows it; where it does not, nobody knows what was skipped."""


@dataclass(frozen=True, slots=True)
class Hole:
    """Captured sound that has no fate and is not kept."""

    span: Span
    time: datetime
    """When its first sample was captured."""


@dataclass(frozen=True, slots=True)
class Double:
    """Sound with more than one fate."""

    span: Span
    time: datetime
    """When its first sample was captured."""
    fates: tuple[Fate, ...]


@dataclass(frozen=True, slots=True)
class Beyond:
    """Fates of sound that was never captured."""

    span: Span
    time: datetime
    """When its first sample would have been captured."""
    fates: tuple[Fate, ...]


Flaw = Hole | Double | Beyond


@dataclass(frozen=True, slots=True)
class Sums:
    """Seconds of sound; without a flaw, all others together are what was captured."""

    captured: float = 0.0
    written: float = 0.0
    skipped: float = 0.0
    cancelled: float = 0.0
    dropped: float = 0.0
    waiting: float = 0.0
    """Kept, and without a fate so far."""
    missing: float = 0.0
    """Neither kept nor with a fate."""
    aside: float = 0.0
    """Set aside: it ended recognition twice."""

    @property
    def lost(self) -> float:
        """Seconds that nobody will ever read although nobody wanted that."""
        return self.dropped + self.missing


def restored(decided: Iterable[Decision], span: Span) -> list[Decision]:
    """The decisions after sound of this span was taken back that was cancelled or set aside; other fates stay."""
    return [part for one in decided for part in (_outside(one, span) if one.fate in _TAKEN_BACK else (one,))]


def flaws(account: Account) -> list[Flaw]:
    """Whatever contradicts that each captured sample has exactly one fate, in the order of the sound."""
    found: list[Flaw] = []
    seconds = 0.0
    for stretch in _stretches(account):
        # through UTC, because a local clock may be put forward or back in between
        time = (account.begun.astimezone(UTC) + timedelta(seconds=seconds)).astimezone(account.begun.tzinfo)
        if flaw := _flaw(account, stretch, time):
            found.append(flaw)
        seconds += stretch.span.seconds
    return found


def waiting(account: Account) -> list[Span]:
    """Sound that is kept and has no fate yet, in order."""
    return [stretch.span for stretch in _stretches(account) if _states(account, stretch) == ("waiting",)]


def sums(account: Account) -> Sums:
    """Seconds of each fate; sound that was never captured does not count, and a double counts for each of its fates."""
    lengths: dict[str, list[float]] = {name: [] for name in Sums.__dataclass_fields__}
    for stretch in _stretches(account):
        states = () if _is_beyond(account, stretch) else _states(account, stretch)
        for name in ("captured", *states) if states else ():
            lengths[name].append(stretch.span.seconds)
    return Sums(**{name: fsum(found) for name, found in lengths.items()})


def total(several: Iterable[Sums]) -> Sums:
    """All of them together."""
    return Sums(*map(fsum, zip(*map(astuple, several), strict=True)))


def sum_line(sums: Sums) -> str:
    """What became of the sound, as one line for people."""
    if not sums.captured:
        return "Nothing heard yet"
    cancelled = [f"{_length(sums.cancelled)} cancelled"] if sums.cancelled else []
    aside = [f"{_length(sums.aside)} set aside"] if sums.aside else []
    parts = [f"{_length(sums.written)} written", f"{_length(sums.skipped)} silence", *cancelled, *aside]
    ends = [f"{_length(sums.waiting)} waiting", f"{_length(sums.lost)} lost"]
    return f"{_length(sums.captured)} heard: {', '.join(parts + ends)}"


def _length(seconds: float) -> str:
    if not seconds:
        return "0"
    if seconds < 0.95:
        return "under 1 s"  # a little that was lost must not look like nothing
    if seconds < 60:
        return f"{seconds:.0f} s"
    amount, unit = (seconds / 60, "min") if seconds < 3600 else (seconds / 3600, "h")
    return f"{amount:.1f}".removesuffix(".0") + f" {unit}"


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Sound in which nothing changes."""

    span: Span
    fates: tuple[Fate, ...]
    somewhere: bool
    """It has a fate or lies in the spool."""


def _flaw(account: Account, stretch: _Stretch, time: datetime) -> Flaw | None:
    if stretch.fates and _is_beyond(account, stretch):
        return Beyond(stretch.span, time, stretch.fates)
    if len(stretch.fates) > 1:
        return Double(stretch.span, time, stretch.fates)
    return Hole(stretch.span, time) if "missing" in _states(account, stretch) else None


def _states(account: Account, stretch: _Stretch) -> tuple[str, ...]:
    """The sums for which a stretch counts; none where nobody can know."""
    if stretch.fates:
        return tuple(dict.fromkeys(fate.value for fate in stretch.fates))
    if stretch.somewhere:
        return ("waiting",)
    return ("missing",) if account.booked and stretch.span.start < _judged(account) else ()


def _is_beyond(account: Account, stretch: _Stretch) -> bool:
    return account.captured is not None and stretch.span.start >= account.captured


def _judged(account: Account) -> int:
    """Count of the samples that must be somewhere."""
    if account.captured is not None:
        return account.captured
    # what came in while the books were read has a fate in one that was read later, and is missing in an earlier one
    spans = account.kept or [one.span for one in account.decided]
    return max((span.end for span in spans), default=0)


def _stretches(account: Account) -> Iterator[_Stretch]:
    """The whole session, cut only where something changes or its sound ends."""

    def sort(one: _Stretch) -> tuple[object, ...]:
        return one.span.rate, one.fates, one.somewhere, _is_beyond(account, one)

    for _, same in groupby(_pieces(account), sort):
        first, *others = same
        yield replace(first, span=replace(first.span, end=others[-1].span.end)) if others else first


def _pieces(account: Account) -> list[_Stretch]:
    """The whole session, cut at the borders of every span."""
    found: list[_Stretch] = []
    rate = account.rate
    for start, end, covers in reversed(list(_cut(account))):
        rate = covers[0][0].rate if covers else rate  # that of a gap is the rate of what follows
        fates = tuple(sorted((fate for _, fate in covers if fate), key=lambda fate: fate.value))
        found.append(_Stretch(Span(start, end, rate), fates, bool(covers)))
    return found[::-1]


def _cut(account: Account) -> Iterator[tuple[int, int, list[tuple[Span, Fate | None]]]]:
    """Neighbouring borders, each two with the spans over them; a span without fate is one of the spool."""
    spans: list[tuple[Span, Fate | None]] = [(one.span, one.fate) for one in account.decided]
    spans += [(span, None) for span in account.kept]
    coming = deque(sorted((one for one in spans if 0 <= one[0].start < one[0].end), key=lambda one: one[0].start))
    borders = {0, account.captured or 0, *(border for span, _ in coming for border in (span.start, span.end))}
    over: list[tuple[Span, Fate | None]] = []
    for start, end in pairwise(sorted(borders)):
        over = [one for one in over if one[0].end > start]
        while coming and coming[0][0].start == start:
            over.append(coming.popleft())
        yield start, end, list(over)


def _outside(one: Decision, span: Span) -> list[Decision]:
    before = replace(one.span, end=min(one.span.end, span.start))
    after = replace(one.span, start=max(one.span.start, span.end))
    return [replace(one, span=part) for part in (before, after) if part.start < part.end]
