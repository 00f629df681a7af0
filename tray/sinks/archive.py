"""What was said on all days: read from the JSON Lines, and found again by its words."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import msgspec

from tray.core.failures import SinkError
from tray.core.prose import PARAGRAPH_PAUSE, Entry, Passage
from tray.core.speech import Span
from tray.sinks import files
from tray.sinks.jsonl import moment, passages
from tray.sinks.quick_reading import quickly
from tray.sinks.records import Records
from tray.sinks.wording import one_line

_VERSION = 1
"""Of the index; to be raised with every change of what is in it."""
_PATIENCE = 1.0
"""Seconds to wait for another command that is writing the index."""
_ROOM = 20
"""Bits of a row's number that count the paragraphs of its day; those above them are the day's ordinal."""
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT)
"""What SQLite says of a file that will not get better; SQLITE_ERROR is a table that is not there."""
_LAYOUT = (
    "CREATE TABLE origin (folder BLOB NOT NULL)",
    "CREATE TABLE days (day INTEGER PRIMARY KEY, size INTEGER NOT NULL, changed INTEGER NOT NULL)",
    "CREATE VIRTUAL TABLE said USING fts5(text, begun UNINDEXED, tokenize = 'unicode61 remove_diacritics 2')",
    f"PRAGMA user_version = {_VERSION}",
)
# the marks around a match cannot stand in a text: control characters are taken out of it before
_ROWS = """SELECT rowid, begun, highlight(said, 0, char(2), char(2)) FROM said
    WHERE said MATCH ? AND rowid BETWEEN ? AND ? ORDER BY rowid DESC LIMIT ?"""
_COUNT = "SELECT count(*) FROM said WHERE said MATCH ? AND rowid BETWEEN ? AND ?"

Report = Callable[[float], None]
"""Takes how much of a long reading is done, 0–1."""
_Ask = Callable[[sqlite3.Connection], "Found"]
_Stamps = dict[date, tuple[int, int]]
"""Size in bytes and time of the last change in nanoseconds of each day's file."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A session, or what followed ten seconds of silence in it; on one line, with nothing that steers a terminal."""

    day: date
    """The file it stands in."""
    begun: datetime
    """With the offset from UTC that the speaker's clock had."""
    pieces: tuple[str, ...]
    """The text, cut so that every second piece is a match of what was searched for."""


@dataclass(frozen=True, slots=True)
class Found:
    """The newest paragraphs of those that were asked for."""

    paragraphs: tuple[Paragraph, ...]
    """Oldest first."""
    more: int
    """How many older ones there are."""


class Archive:
    """The transcript of all days. Every method raises SinkError where a file of it cannot be read."""

    def __init__(self, folder: Path, index: Path) -> None:
        """`index` is a file in the user's cache; neither need exist, and it and its folder are kept private."""
        self.folder = folder
        self._index = index

    def days(self) -> list[date]:
        """The days that have records, oldest first."""
        return Records(self.folder).days()

    def last(self, number: int) -> str:
        """The newest `number` segments that were not struck, as one text with a line for each session."""
        found: list[tuple[datetime, str, Entry]] = []
        for day in reversed(self.days()):
            if len(found) >= number:
                break
            said = self._passages(day)
            fresh = [(moment(p.begun, e.segment.span), p.session, e) for p in said for e in p.entries if not e.struck]
            found = sorted(fresh, key=itemgetter(0)) + found
        sessions = groupby(found[max(0, len(found) - number) :], key=itemgetter(1))
        return "\n".join(_text(entry for _, _, entry in session) for _, session in sessions)

    def paragraphs(self, day: date) -> list[Paragraph]:
        """What was said on one day, oldest first, struck words left out."""
        return _paragraphs(day, self._passages(day))

    def search(self, phrases: Sequence[str], report: Report, *, day: date | None, limit: int | None) -> Found:
        """Paragraphs that hold all these phrases, in any order; case and diacritics do not matter.

        Of a phrase that ends with an asterisk, the last word is only begun. None is no limit, or every day.
        """
        ask = partial(_answer, wanted=(_expression(phrases), *_bounds(day)), limit=limit)
        try:
            return self._ask_disk(ask, report) or self._ask(":memory:", ask, report)
        except sqlite3.Error as error:
            raise SinkError("The transcript cannot be searched.", f"SQLite says: {error}") from error

    def _ask_disk(self, ask: _Ask, report: Report) -> Found | None:
        """An answer of the kept index, made anew if it is damaged; None where the disk or another command bars it."""
        for _ in range(2):
            try:
                return self._ask(self._private_index(), ask, report)
            except (sqlite3.Error, OSError) as error:
                if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _DAMAGE:
                    return None
            with contextlib.suppress(OSError):
                for name in (self._index.name, f"{self._index.name}-journal"):
                    self._index.with_name(name).unlink(missing_ok=True)
        return None

    def _ask(self, place: Path | str, ask: _Ask, report: Report) -> Found:
        with contextlib.closing(sqlite3.connect(place, timeout=_PATIENCE, isolation_level=None)) as database:
            self._bring_up_to_date(database, report)
            return ask(database)

    def _bring_up_to_date(self, database: sqlite3.Connection, report: Report) -> None:
        there, origin = self._stamps(), os.fsencode(self.folder.resolve())
        if _known(database, origin) == there:
            return  # without a lock, for which this command and another would wait
        database.execute("PRAGMA secure_delete = ON")  # else words of a deleted day stay in free pages
        database.execute("BEGIN IMMEDIATE")
        known = _known(database, origin)
        if known is None:
            _lay_out(database, origin)
            known = {}
        for day in (day for day in known if known[day] != there.get(day)):
            database.execute("DELETE FROM said WHERE rowid BETWEEN ? AND ?", _bounds(day))
            database.execute("DELETE FROM days WHERE day = ?", (day.toordinal(),))
        self._learn(database, {day: stamp for day, stamp in there.items() if known.get(day) != stamp}, report)
        if known.keys() - there.keys():
            database.execute("INSERT INTO said (said) VALUES ('optimize')")  # FTS5 keeps deleted words until then
        database.execute("COMMIT")

    def _learn(self, database: sqlite3.Connection, days: _Stamps, report: Report) -> None:
        whole, done = sum(size for size, _ in days.values()), 0
        for day, (size, changed) in days.items():
            blocks = enumerate(_paragraphs(day, self._passages(day)), _bounds(day)[0])
            rows = ((at, one.pieces[0], one.begun.isoformat()) for at, one in blocks)
            database.executemany("INSERT INTO said (rowid, text, begun) VALUES (?, ?, ?)", rows)
            database.execute("INSERT INTO days VALUES (?, ?, ?)", (day.toordinal(), size, changed))
            done += size
            report(done / max(1, whole))

    def _stamps(self) -> _Stamps:
        found: _Stamps = {}
        for day in self.days():
            with contextlib.suppress(OSError):  # deleted since
                status = (self.folder / f"{day}.jsonl").stat()
                found[day] = status.st_size, status.st_mtime_ns
        return found

    def _passages(self, day: date) -> list[Passage]:
        try:
            content = files.read(self.folder / f"{day}.jsonl")
        except OSError as error:
            raise SinkError(
                f"The file of {day} cannot be read: {error.strerror}.", f"It is in {self.folder}"
            ) from error
        with contextlib.suppress(msgspec.MsgspecError, ValueError, OverflowError, ZeroDivisionError, RecursionError):
            return quickly(content)
        return _patiently(content)

    def _private_index(self) -> Path:
        """The index, made empty if missing, closed to everybody else. Raises OSError."""
        self._index.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(self._index, os.O_CREAT | os.O_RDONLY, 0o600))
        for path, mode in ((self._index.parent, 0o700), (self._index, 0o600)):
            if path.stat().st_mode & 0o077:
                path.chmod(mode)
        return self._index


def _known(database: sqlite3.Connection, origin: bytes) -> _Stamps | None:
    """The days in the index; None where it is of another version or another folder."""
    ask = database.execute
    if ask("PRAGMA user_version").fetchone() != (_VERSION,) or ask("SELECT folder FROM origin").fetchone() != (origin,):
        return None
    return {date.fromordinal(day): (size, changed) for day, size, changed in ask("SELECT day, size, changed FROM days")}


def _lay_out(database: sqlite3.Connection, origin: bytes) -> None:
    """Make the tables in place of all that are there; the file stays, for another command may be reading it."""
    for kind in ("CREATE VIRTUAL%", "CREATE TABLE%"):  # a virtual table takes those behind it away
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE sql LIKE ?", (kind,)).fetchall():
            database.execute(f'DROP TABLE "{name}"')
    for statement in _LAYOUT:
        database.execute(statement)
    database.execute("INSERT INTO origin VALUES (?)", (origin,))


def _bounds(day: date | None) -> tuple[int, int]:
    """The first and the last number that a row of a day, or of any day, can have."""
    first, last = (day or date.min).toordinal(), (day or date.max).toordinal()
    return first << _ROOM, ((last + 1) << _ROOM) - 1


def _expression(phrases: Iterable[str]) -> str:
    return " ".join('"' + one_line(one).replace('"', " ") + '"' + " *" * one.endswith("*") for one in phrases)


def _answer(database: sqlite3.Connection, wanted: tuple[str, int, int], limit: int | None) -> Found:
    rows = database.execute(_ROWS, (*wanted, -1 if limit is None else limit)).fetchall()
    (count,) = database.execute(_COUNT, wanted).fetchone()
    found = [
        Paragraph(date.fromordinal(at >> _ROOM), datetime.fromisoformat(begun), tuple(text.split("\x02")))
        for at, begun, text in reversed(rows)
    ]
    return Found(tuple(found), count - len(found))


def _patiently(content: bytes) -> list[Passage]:
    """Eighty times slower, but it passes damage over, and segments that lie at no time."""
    return [
        replace(p, entries=tuple(e for e in p.entries if _dated(p.begun, e.segment.span))) for p in passages(content)
    ]


def _dated(begun: datetime, span: Span) -> bool:
    try:
        return bool(moment(begun, span)) and span.end / span.rate < float("inf")
    except (ZeroDivisionError, OverflowError):
        return False


def _paragraphs(day: date, said: Iterable[Passage]) -> list[Paragraph]:
    """The paragraphs in which something stands, by the time at which they begin."""
    blocks = [
        Paragraph(day, moment(passage.begun, group[0].segment.span), (text,))
        for passage in said
        for group in _groups(passage.entries)
        if (text := " ".join(_text(group).split()))
    ]
    return sorted(blocks, key=lambda block: block.begun)


def _groups(entries: Iterable[Entry]) -> list[list[Entry]]:
    groups: list[list[Entry]] = []
    end = float("-inf")
    for entry in entries:
        span = entry.segment.span
        if span.start / span.rate - end >= PARAGRAPH_PAUSE:
            groups.append([])
        groups[-1].append(entry)
        end = span.end / span.rate
    return groups


def _text(entries: Iterable[Entry]) -> str:
    """What stands of these, with the line ends that were said but nothing else that steers a terminal."""
    text = Passage("", datetime.min, tuple(entries)).text()
    # nearly every text is printable, and that is known at once
    return text if text.isprintable() else "\n".join(one_line(line) for line in text.split("\n"))
