"""Brings together what ledger, spool and transcript say about the sound of a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from tray.control.verify import Audit
from tray.core.failures import ScribeletError
from tray.core.ledger import Account, Decision, Fate
from tray.core.prose import Passage
from tray.core.speech import RATE, Span
from tray.sinks.records import Records
from tray.spool import ledger_file, reel
from tray.spool.ledger_file import Booked, day_of
from tray.spool.reel import Kept, Reel


@dataclass(frozen=True, slots=True)
class Books:
    """The folders in which something is written about sound; none of them need exist."""

    spool: Path
    ledger: Path
    transcript: Path


def audit(day: date, books: Books) -> Audit:
    """The accounts of all sessions that began on this day. Raises ScribeletError where a book cannot be read."""
    try:
        # the transcript last: while somebody dictates, sound moves from the first of these to the others, and would
        # be in none of them if they were read the other way round
        reels = {name: reel.read_reel(books.spool, name) for name in reel.sessions(books.spool) if _began(name, day)}
        ledger = ledger_file.read(books.ledger, day)
        passages = _passages(Records(books.transcript), day)
    except OSError as error:
        where = error.filename or "The books of this day"
        raise ScribeletError(f"{where} cannot be read: {error.strerror}", "Look at who may read it") from error
    sheets = {one.session: one for one in ledger.sessions}
    accounts = [
        _account(name, sheets.get(name), reels.get(name), passages.get(name, ()))
        for name in {*sheets, *reels, *passages}
    ]
    remarks = [sentence for one in reels.values() for sentence in one.damage]
    return Audit(day, sorted(accounts, key=lambda one: (one.begun, one.session)), ledger.damaged, remarks)


def _passages(records: Records, day: date) -> dict[str, list[Passage]]:
    """What sessions of this day have said until the evening of the next one."""
    found: dict[str, list[Passage]] = {}
    for passage in (*records.read(day), *records.read(day + timedelta(days=1))):
        if _began(passage.session, day) or (not _named(passage.session) and passage.begun.date() == day):
            found.setdefault(passage.session, []).append(passage)
    return found


def _named(session: str) -> bool:
    """Whether its name tells when it began."""
    try:
        day_of(session)
    except ValueError:
        return False
    return True


def _began(session: str, day: date) -> bool:
    return _named(session) and day_of(session) == day


def _account(name: str, sheet: Booked | None, kept: Reel | None, passages: Sequence[Passage]) -> Account:
    """What the books say of one session; at least one of them knows it."""
    written = [Decision(entry.segment.span, Fate.WRITTEN) for one in passages for entry in one.entries]
    decided = (*(sheet.decided if sheet else ()), *written)
    sounds = tuple(_span(item) for item in kept.items if isinstance(item, Kept)) if kept else ()
    captured = sheet.captured if sheet else None
    if captured is None and kept and kept.ending:  # it ended, but the program did not live to book it
        captured = max((span.end for span in (*sounds, *(one.span for one in decided))), default=0)
    return Account(
        session=name,
        begun=next(one.begun for one in (sheet, kept, *passages) if one),
        decided=decided,
        kept=sounds,
        captured=captured,
        rate=sheet.rate if sheet else RATE,
        booked=sheet is not None,
    )


def _span(sound: Kept) -> Span:
    return Span(sound.start, sound.start + sound.samples, sound.rate)
