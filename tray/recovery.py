"""What earlier sessions have left in the spool, found again and handed out once."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from tray.accounts import Books, audit, written
from tray.core.ledger import Account, Fate, Hole, flaws, waiting
from tray.core.news import Outcome, Waiting
from tray.core.prose import Passage
from tray.core.speech import Span
from tray.spool.bounds import Bounds, beyond
from tray.spool.keeper import DiskKeeper
from tray.spool.ledger_file import LedgerFile, day_of, days
from tray.spool.reel import Kept, Reel, erase, read_reel, sessions

LOG = logging.getLogger(__name__)
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
        self._given_up: frozenset[str] = frozenset()
        """Sessions of which the keeper is throwing the sound away."""

    def look(self, *, anew: bool) -> Waiting | None:
        """The oldest sound that waits; `anew` also if it was handed out before. Raises ScribeletError or OSError."""
        if anew:
            self._tried.clear()
        left = [one for one in _left(self._books(), self._busy()) if not self._finished(one)]
        seconds, follows = sum(gap.seconds for one in left for gap in one.gaps), bool(self._tried)
        for one in left:
            key = (one.account.session, one.gaps[0].start)
            if key not in self._tried:
                self._tried.add(key)
                reel = read_reel(self._books().spool, one.account.session)
                sounds = tuple(item for item in reel.items if isinstance(item, Kept))
                self._sound = {reel.session: sounds}
                said, begins = written(reel.session, self._books()), _seconds_before(one.gaps[0], sounds)
                return Waiting(_passage(reel, said), one.gaps[0], seconds, follows, begins, _home(said))
        return None

    def take_back(self) -> None:
        """Let wait again what was set aside; the keeper tells of it. Raises ScribeletError or OSError."""
        for one in _left(self._books(), self._busy()):
            if one.aside:
                self._keeper.restore(one.account.session, tuple(one.aside))

    def make_room(self, bounds: Bounds) -> str:
        """Give up what has waited too long, and what is too much; a sentence about it, empty if no sound waited there.

        Raises ScribeletError or OSError.
        """
        books = self._books()
        if not self._given_up.isdisjoint(sessions(books.spool)):
            return ""  # what is being thrown away takes its room until it is gone
        going = beyond(books.spool, days(books.ledger), self._busy(), bounds)
        left = [one for one in _left(books, self._busy()) if one.account.session in going] if going else []
        for one in left:
            LOG.info("session %s: %.1f s are given up", one.account.session, one.seconds)
            self._give_up(one, going[one.account.session])
        told = [going[one.account.session] for one in left if one.seconds]
        seconds = sum(one.seconds for one in left)
        return ". ".join((f"{seconds:.0f} s of it could not become text", *dict.fromkeys(told))) + "." if told else ""

    def sound(self, name: str) -> tuple[Kept, ...]:
        """Where the sound of the session lies that was found last."""
        return self._sound.pop(name, ())

    def _finished(self, left: Left) -> bool:
        """Whether nothing of it waits; then it is put away, and what the disk has lost has its fate."""
        if left.gaps:
            return False
        if left.aside:
            return True  # its sound is kept for whoever asks for it
        self._put_away(left.account, Outcome.WRITTEN)
        return True

    def _give_up(self, left: Left, reason: str) -> None:
        """Let the sound go that nobody could hear."""
        for gap in left.gaps:
            self._keeper.give_up(left.account.session, gap, reason)
        self._put_away(left.account, Outcome.GIVEN_UP)
        self._given_up |= {left.account.session}

    def _put_away(self, account: Account, outcome: Outcome) -> None:
        """All that waited has its fate."""
        for flaw in flaws(account):
            if isinstance(flaw, Hole):
                self._keeper.give_up(account.session, flaw.span, DAMAGED)
        cancelled = any(one.fate is Fate.CANCELLED for one in account.decided)
        self._keeper.finish(
            account.session,
            _captured(account),
            Outcome.CANCELLED if cancelled and outcome is Outcome.WRITTEN else outcome,
        )

    def _busy(self) -> frozenset[str]:
        return self._keeper.names() | self._given_up


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


def _seconds_before(gap: Span, sounds: Sequence[Kept]) -> float:
    """From the start of a session, in which the rate may have changed; what is lost had the rate of what follows it."""
    at, seconds = 0, 0.0
    for kept in sorted(sounds, key=lambda kept: kept.start):
        if at < kept.start + kept.samples and kept.start < gap.start:
            end = min(kept.start + kept.samples, gap.start)
            seconds += (end - at) / kept.rate
            at = end
    return seconds + (gap.start - at) / gap.rate


def _passage(reel: Reel, said: Mapping[Path, Sequence[Passage]]) -> Passage:
    """What is written of a session, its marks settled, ready for what comes back."""
    passage = Passage(reel.session, reel.begun, recovering=True)
    for one in (one for found in said.values() for one in found):
        known = [entry.segment for entry in passage.entries]  # one that was moved stands in two folders
        new = [entry for entry in one.entries if entry.segment not in known]
        passage = replace(passage, begun=one.begun, entries=(*passage.entries, *new))
    for entry in passage.entries:
        passage = passage.settle(entry.segment.number, entry.segment.held)
    return passage


def _home(said: Mapping[Path, Sequence[Passage]]) -> Path | None:
    """The folder of before where words of a session stand that goes on; None where that is the present one."""
    present, *before = said
    if said[present]:
        return None
    return next((home for home in reversed(before) if said[home] and os.access(home, os.W_OK | os.X_OK)), None)
