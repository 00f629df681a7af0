"""Brings together what ledger, spool and transcript say about the sound of a day."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path

from tray.control.verify import Audit
from tray.core.failures import ScribeletError
from tray.core.ledger import Account, Decision, Fate, Sums, sums, total
from tray.core.prose import Passage
from tray.core.speech import RATE, Span
from tray.sinks.jsonl import Said
from tray.sinks.records import Records
from tray.spool import ledger_file, reel
from tray.spool.ledger_file import Booked, day_of
from tray.spool.parts import is_ours
from tray.spool.reel import Kept, Reel


@dataclass(frozen=True, slots=True)
class Books:
    """The folders in which something is written about sound; none of them need exist."""

    spool: Path
    ledger: Path
    transcript: Path


class DaySum:
    """What became of the sound of a day, asked for again and again: sessions that are over are read once."""

    def __init__(self) -> None:
        self._of: tuple[date, Books] | None = None
        self._over: dict[str, Sums] = {}

    def of(self, day: date, books: Books) -> Sums:
        """Seconds of each fate. Raises ScribeletError where a book cannot be read."""
        if self._of != (day, books):
            self._of, self._over = (day, books), {}
        found = {one.session: (one, sums(one)) for one in audit(day, books, but=self._over).accounts}
        whole = total((*self._over.values(), *(known for _, known in found.values())))
        self._over |= {name: known for name, (one, known) in found.items() if _is_over(one, known)}
        return whole


def _is_over(account: Account, known: Sums) -> bool:
    """Whether its sums can change no more: no sound is kept for another fate, and none is missed that may come back."""
    return account.captured is not None and not account.kept and not known.lost


def audit(day: date, books: Books, *, but: Collection[str] = ()) -> Audit:
    """The accounts of the sessions that began on this day, but for these.

    Raises ScribeletError where a book cannot be read.
    """
    known = {name.encode() for name in but}

    def wanted(line: bytes) -> bool:
        return bool(line) and not (known and _named(line) in known)

    try:
        # the transcript last: while somebody dictates, sound moves from the first of these to the others, and would
        # be in none of them if they were read the other way round
        reels = {
            name: reel.read_reel(books.spool, name)
            for name in reel.sessions(books.spool)
            if _began(name, day) and name not in but
        }
        ledger = ledger_file.read(books.ledger, day, wanted)
        said, unread = _all_said(day, books, ledger.sessions, wanted)
    except OSError as error:
        where = error.filename or "The books of this day"
        raise ScribeletError(f"{where} cannot be read: {error.strerror}", "Look at who may read it") from error
    sheets = {one.session: one for one in ledger.sessions}
    accounts = [
        _account(name, sheets.get(name), reels.get(name), said.get(name, ())) for name in {*sheets, *reels, *said}
    ]
    remarks = [*unread, *(sentence for one in reels.values() for sentence in one.damage)]
    return Audit(day, sorted(accounts, key=lambda one: (one.begun, one.session)), ledger.damaged, remarks)


def written(session: str, books: Books) -> dict[Path, list[Passage]]:
    """What stands of a session, by folder, the present one first. Raises OSError."""
    day = day_of(session)
    sheets = [one for one in ledger_file.read(books.ledger, day).sessions if one.session == session]
    homes = dict.fromkeys((books.transcript, *(home for one in sheets for home in one.homes)))
    found: dict[Path, list[Passage]] = {}
    for home in homes:
        with _readable(home, books, []):
            two = (Records(home).read(one) for one in _days(day))
            found[home] = [passage for passages in two for passage in passages if passage.session == session]
    return found


def _named(line: bytes) -> bytes:
    """The session that a line of ledger or transcript tells of, found without understanding the rest."""
    return line.partition(b'"session": "')[2].partition(b'"')[0]


def _all_said(
    day: date, books: Books, sheets: Sequence[Booked], wanted: Callable[[bytes], bool]
) -> tuple[dict[str, list[Said]], list[str]]:
    """What sessions of this day have said, wherever it was written; a sentence for each folder that cannot be read."""
    found, unread = _said(books.transcript, day, wanted), list[str]()
    for home in dict.fromkeys(home for one in sheets for home in one.homes if home != books.transcript):
        with _readable(home, books, unread):
            said = _said(home, day, wanted)
            for one in sheets:
                if home in one.homes and one.session in said:
                    found.setdefault(one.session, []).extend(said[one.session])
    return found, unread


@contextmanager
def _readable(home: Path, books: Books, unread: list[str]) -> Generator[None]:
    """For a folder that may be one of before: if nobody can read it any more, that is only a remark."""
    try:
        yield
    except OSError as error:
        if home == books.transcript:
            raise
        unread.append(f"{home} cannot be read: {error.strerror}")


def _said(folder: Path, day: date, wanted: Callable[[bytes], bool]) -> dict[str, list[Said]]:
    """What sessions of this day have said until the evening of the next one."""
    found: dict[str, list[Said]] = {}
    for one in chain.from_iterable(Records(folder).said(file, wanted) for file in _days(day)):
        found.setdefault(one.session, []).append(one)
    return {name: said for name, said in found.items() if _is_of(name, said[0].begun, day)}


def _is_of(session: str, begun: datetime, day: date) -> bool:
    """Whether it began on this day; the time counts for a session that another program has named."""
    return _began(session, day) or (not is_ours(session) and begun.date() == day)


def _days(day: date) -> tuple[date, date]:
    """Those in whose files a session that began on the first of them may stand."""
    return day, day + timedelta(days=1)


def _began(session: str, day: date) -> bool:
    return is_ours(session) and day_of(session) == day


def _account(name: str, sheet: Booked | None, kept: Reel | None, said: Sequence[Said]) -> Account:
    """What the books say of one session; at least one of them knows it."""
    # a segment that was moved to another folder stands in both
    segments = dict.fromkeys((one.number, one.span) for one in said)
    written = (Decision(span, Fate.WRITTEN) for _, span in segments)
    decided = (*(sheet.decided if sheet else ()), *written)
    sounds = tuple(_span(item) for item in kept.items if isinstance(item, Kept)) if kept else ()
    captured = sheet.captured if sheet else None
    if captured is None and kept and kept.ending:  # it ended, but the program did not live to book it
        captured = max((span.end for span in (*sounds, *(one.span for one in decided))), default=0)
    return Account(
        session=name,
        begun=next(one.begun for one in (sheet, kept, *said) if one),
        decided=decided,
        kept=sounds,
        captured=captured,
        rate=sheet.rate if sheet else RATE,
        booked=sheet is not None,
    )


def _span(sound: Kept) -> Span:
    return Span(sound.start, sound.start + sound.samples, sound.rate)
