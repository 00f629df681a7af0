"""What was struck or cancelled, and how it comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from tray.accounts import Books
from tray.core.failures import ScribeletError
from tray.core.lateness import duration
from tray.core.ledger import Fate
from tray.core.news import Undone
from tray.core.prose import Act, Change, Passage
from tray.core.speech import Span
from tray.sinks import files
from tray.sinks.jsonl import passages, struck
from tray.sinks.records import Records
from tray.sinks.transcript import TranscriptSink
from tray.spool import ledger_file
from tray.spool.ledger_file import LedgerFile, day_of
from tray.spool.parts import is_ours, moment
from tray.spool.reel import sessions

WITHIN = 7
"""Days with words or sound in which somebody may look for what was undone; each has to be read at every look."""


def newest_undone(books: Books) -> Undone | None:
    """What comes back first. Raises ScribeletError where a book cannot be read."""
    return next(all_undone(books), None)


def all_undone(books: Books) -> Iterator[Undone]:
    """All that can be restored: the newest session first, and in it what was undone last.

    A session that was cancelled comes back as a whole, every other struck segment alone. Raises ScribeletError where a
    book cannot be read.
    """
    try:
        for day in _days(books):
            yield from _of_day(day, books)
    except OSError as error:
        where = error.filename or "The transcript"
        raise ScribeletError(f"{where} cannot be read: {error.strerror}", "Look at who may read it") from error


def described(undone: Undone) -> str:
    """A few words that tell what would come back."""
    sound = f"{duration(max(1, round(undone.seconds)))} of cancelled sound" if undone.sound else ""
    return " and ".join(part for part in (f"“{undone.text}”" if undone.text else "", sound) if part)


def restore_alone(undone: Undone, books: Books) -> None:
    """Bring it back while no other program writes; its sound waits from then on. Raises SinkError or OSError."""
    if undone.numbers:
        transcript = TranscriptSink(books.transcript)
        transcript.settle_unfinished()
        transcript.write(Change(Act.RESTORED, undone.passage.restore(undone.numbers)))
    for span in undone.sound:
        LedgerFile(books.ledger).restore(undone.passage.session, span)


def _days(books: Books) -> list[date]:
    """Newest first."""
    kept = map(day_of, sessions(books.spool))
    return sorted({*Records(books.transcript).days(), *kept}, reverse=True)[:WITHIN]


def _of_day(day: date, books: Books) -> Iterator[Undone]:
    """Of the sessions that began on one day, the records of which may stand in the next one's file."""
    pages = [books.transcript / f"{one}.jsonl" for one in (day, day + timedelta(days=1))]
    gone = (one for page in pages for one in struck(files.lines(page)))
    order = [one for one in gone if is_ours(one[0]) and day_of(one[0]) == day]
    sound = _cancelled_sound(day, books)
    for name in sorted({*sound, *(name for name, _ in order)}, reverse=True):
        numbers = [number for one, number in order if one == name]
        yield from _of_session(_passage(name, pages), numbers, sound.get(name, ()))


def _of_session(passage: Passage, order: list[int], sound: tuple[Span, ...]) -> Iterator[Undone]:
    """The cancel first, for it came last; `order` is that in which segments were struck."""
    gone = {entry.segment.number: entry for entry in passage.entries if entry.struck}
    together = tuple(number for number, entry in gone.items() if entry.cancelled)
    if together or sound:
        yield Undone(passage, together, sound)
    for number in reversed(order):
        if number in gone and number not in together:
            yield Undone(passage, (number,))


def _cancelled_sound(day: date, books: Books) -> dict[str, tuple[Span, ...]]:
    """Sound that was cancelled and is still kept, by session."""
    kept = [name for name in sessions(books.spool) if day_of(name) == day]
    found = {
        one.session: tuple(decision.span for decision in one.decided if decision.fate is Fate.CANCELLED)
        for one in (ledger_file.read(books.ledger, day).sessions if kept else ())
        if one.session in kept
    }
    return {name: spans for name, spans in found.items() if spans}


def _passage(name: str, pages: list[Path]) -> Passage:
    """A session as one, of which two days may tell; of these, only its own lines are parsed."""
    lines = (b"\n".join(line for line in files.lines(page) if name.encode() in line) for page in pages)
    said = [passage for one in lines for passage in passages(one) if passage.session == name]
    whole = said[0] if said else Passage(name, moment(name))
    return replace(whole, entries=tuple(entry for one in said for entry in one.entries))
