"""What an earlier program has left is found again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tray.accounts import Books
from tray.core.ledger import Fate
from tray.core.speech import AudioChunk, Ending, Span
from tray.recovery import Recovery
from tray.spool.keeper import DiskKeeper
from tray.spool.ledger_file import LedgerFile
from tray.spool.reel import ReelWriter

BEGUN = datetime(2026, 11, 23, 9, 14).astimezone()
SESSION = "20261123T091400.000000-1"


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "spool", tmp_path / "ledger", tmp_path / "transcript")


def leave(books: Books, *stretches: AudioChunk) -> None:
    """A session of which only this is on the disk."""
    LedgerFile(books.ledger).began(SESSION, BEGUN, books.transcript)
    reel = ReelWriter(books.spool, SESSION, BEGUN)
    for item in (*stretches, Ending()):
        reel.append(item)
    reel.close()


def recovery(books: Books) -> Recovery:
    return Recovery(DiskKeeper(books.spool, books.ledger, lambda _news: None), lambda: books)


def test_the_time_of_recovered_words_is_right_where_another_microphone_came_in_mid_session(books: Books) -> None:
    leave(books, AudioChunk(bytes(2 * 16_000), 0, 16_000), AudioChunk(bytes(2 * 48_000), 16_000, 48_000))
    ledger = LedgerFile(books.ledger)
    ledger.decide(SESSION, Span(0, 16_000, 16_000), Fate.SKIPPED)
    ledger.decide(SESSION, Span(16_000, 40_000, 48_000), Fate.SKIPPED)
    found = recovery(books).look(anew=True)
    assert found
    assert (found.gap, found.begins) == (Span(40_000, 64_000, 48_000), 1.5)


def test_files_of_strangers_in_the_spool_keep_no_sound_from_being_found(books: Books) -> None:
    leave(books, AudioChunk(bytes(2 * 16_000), 0, 16_000))
    for stray in ("notes.0001.sound", "20261399T091400.000000-1.0001.sound", f"{SESSION}x.0001.sound", "x.sound"):
        (books.spool / stray).write_bytes(b"x")
    found = recovery(books).look(anew=True)
    assert found
    assert (found.gap, found.begins) == (Span(0, 16_000, 16_000), 0.0)
