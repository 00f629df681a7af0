"""What earlier sessions have left in the spool, found again and handed out once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from tray.accounts import Books, audit
from tray.core.ledger import Account, Fate, Hole, flaws, waiting
from tray.core.news import Outcome, Waiting
from tray.core.prose import Passage
from tray.core.speech import Span
from tray.sinks.records import Records
from tray.spool.keeper import DiskKeeper
from tray.spool.ledger_file import LedgerFile, day_of
from tray.spool.reel import Kept, Reel, erase, read_reel, sessions

DAMAGED = "It was damaged on the disk"
"""Why sound is dropped that the spool cannot give back."""
DISCARDED = "You have thrown it away"
"""Why sound is dropped that somebody did not want."""


@dataclass(frozen=True, slots=True)
class Left:
    """A session of a program that has died, or could not hear."""

    account: Account
    gaps: list[Span]
    """Sound that waits."""
    aside: list[Span]
    """Sound that ended recognition twice; it waits until somebody asks for it."""

    @property
    def begun(self) -> datetime:
        """When it began."""
        return self.account.begun

    @property
    def seconds(self) -> float:
        """How much of it waits."""
        return sum(span.seconds for span in (*self.gaps, *self.aside))


def left_behind(books: Books) -> list[Left]:
    """The sessions of which sound waits or was set aside, oldest first. Raises ScribeletError or OSError."""
    return [one for one in _left(books, frozenset()) if one.gaps or one.aside]


def take_back(books: Books) -> None:
    """Let wait again what was set aside. To be called while no program writes. Raises OSError."""
    ledger = LedgerFile(books.ledger)
    for one in left_behind(books):
        for span in one.aside:
            ledger.restore(one.account.session, span)


def discard(books: Books) -> list[Left]:
    """Give up the sound that waits; what that was. To be called while no program writes. Raises OSError."""
    take_back(books)
    found, ledger = left_behind(books), LedgerFile(books.ledger)
    for one in found:
        for gap in one.gaps:
            ledger.decide(one.account.session, gap, Fate.DROPPED, DISCARDED)
        captured = _captured(one.account)
        ledger.ended(one.account.session, captured.end, captured.rate)
        erase(books.spool, one.account.session)
    return found


class Recovery:
    """Looks into spool, ledger and transcript; lives on the thread that asks for errands."""

    def __init__(self, keeper: DiskKeeper, books: Callable[[], Books]) -> None:
        """`books` gives those in force."""
        self._keeper, self._books = keeper, books
        self._tried: set[tuple[str, int]] = set()
        """What was handed out, by session and first sample: if it still waits, nobody can hear it now."""
        self._sound: dict[str, tuple[Kept, ...]] = {}

    def look(self, *, anew: bool) -> Waiting | None:
        """The oldest sound that waits; `anew` also if it was handed out before. Raises ScribeletError or OSError."""
        if anew:
            self._tried.clear()
        left = [one for one in _left(self._books(), self._keeper.names()) if not self._finished(one)]
        seconds, follows = sum(gap.seconds for one in left for gap in one.gaps), bool(self._tried)
        for one in left:
            key = (one.account.session, one.gaps[0].start)
            if key not in self._tried:
                self._tried.add(key)
                reel = read_reel(self._books().spool, one.account.session)
                self._sound = {reel.session: tuple(item for item in reel.items if isinstance(item, Kept))}
                return Waiting(_passage(reel, self._books()), one.gaps[0], seconds, follows)
        return None

    def sound(self, name: str) -> tuple[Kept, ...]:
        """Where the sound of the session lies that was found last."""
        return self._sound.pop(name, ())

    def _finished(self, left: Left) -> bool:
        """Whether nothing of it waits; then it is put away, and what the disk has lost has its fate."""
        account = left.account
        if left.gaps:
            return False
        if left.aside:
            return True  # its sound is kept for whoever asks for it
        for flaw in flaws(account):
            if isinstance(flaw, Hole):
                self._keeper.give_up(account.session, flaw.span, DAMAGED)
        reel = read_reel(self._books().spool, account.session)
        cancelled = any("cancelled" in note for note in reel.notes)
        self._keeper.finish(account.session, _captured(account), Outcome.CANCELLED if cancelled else Outcome.WRITTEN)
        return True


def _left(books: Books, busy: frozenset[str]) -> Iterator[Left]:
    names = [name for name in sessions(books.spool) if name not in busy]
    for day in sorted(set(map(day_of, names))):
        for account in audit(day, books).accounts:
            if account.session in names:
                aside = [one.span for one in account.decided if one.fate is Fate.ASIDE]
                yield Left(account, waiting(account), aside)


def _captured(account: Account) -> Span:
    """All that is known of."""
    spans = [*(one.span for one in account.decided), *account.kept]
    last = max(spans, key=lambda span: span.end, default=Span(0, 0, account.rate))
    return Span(0, last.end, last.rate)


def _passage(reel: Reel, books: Books) -> Passage:
    """What is written of a session, its marks settled, ready for what comes back."""
    passage = Passage(reel.session, reel.begun, recovering=True)
    for day in _days(reel):
        for one in Records(books.transcript).read(day):
            if one.session == reel.session:
                passage = replace(passage, begun=one.begun, entries=passage.entries + one.entries)
    for entry in passage.entries:
        passage = passage.settle(entry.segment.number, entry.segment.held)
    return passage


def _days(reel: Reel) -> tuple[date, date]:
    return day_of(reel.session), day_of(reel.session) + timedelta(days=1)
