"""A day's ledger with one session in it, and the way to read it again."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from tray.core.speech import RATE, Span
from tray.spool.ledger_file import Booked, read

DAY = date(2026, 11, 23)
FILE = f"{DAY}.jsonl"
SESSION = "20261123T091400.123456-1"
BEGUN = datetime(2026, 11, 23, 9, 14, 0, 123456, tzinfo=timezone(timedelta(hours=1)))


def seconds(start: int, end: int) -> Span:
    return Span(start * RATE, end * RATE, RATE)


def only(folder: Path) -> Booked:
    """The one session of the day, in a file without damage."""
    book = read(folder, DAY)
    assert book.damaged == 0
    (session,) = book.sessions
    return session
