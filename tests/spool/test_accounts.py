"""Ledger, spool and transcript of real files, brought together to the accounts of a day."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from tray.accounts import Books, DaySum, audit, written
from tray.core.failures import ScribeletError
from tray.core.ledger import Account, Fate, Hole, Sums, flaws, sums
from tray.core.prose import Passage
from tray.core.speech import RATE, AudioChunk, Ending, Segment, Span, Word
from tray.sinks.jsonl import lines
from tray.sinks.records import Records
from tray.spool.ledger_file import LedgerFile
from tray.spool.reel import ReelWriter, sessions

DAY = date(2026, 11, 23)
BEGUN = datetime(2026, 11, 23, 9, 14, tzinfo=timezone(timedelta(hours=1)))
SESSION = "20261123T091400.000000-1"


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "spool", tmp_path / "ledger", tmp_path / "transcript")


def seconds(start: float, end: float) -> Span:
    return Span(int(start * RATE), int(end * RATE), RATE)


def say(books: Books, *spans: Span, session: str = SESSION, begun: datetime = BEGUN) -> Passage:
    """Write a segment for each span into the transcript."""
    passage = Passage(session, begun)
    for number, span in enumerate(spans):
        word = Word("word", span.start / RATE, span.end / RATE, None, "estimated")
        passage = passage.add(Segment(number, (word,), span, ".")).settle(number, ".")
    records = Records(books.transcript)
    records.add(lines(Passage(session, begun), passage))
    records.flush()
    return passage


def record(books: Books, *items: AudioChunk | Ending, session: str = SESSION) -> None:
    """Put sound into the spool, and leave it there as a kill would."""
    reel = ReelWriter(books.spool, session, BEGUN)
    for item in items:
        reel.append(item)
    reel.close()


def sound(start: float, end: float) -> AudioChunk:
    span = seconds(start, end)
    return AudioChunk(bytes(2 * (span.end - span.start)), span.start, RATE)


def only(books: Books, day: date = DAY) -> Account:
    (account,) = audit(day, books).accounts
    return account


def test_a_day_adds_up_anew_though_sessions_that_are_over_are_not_read_again(books: Books) -> None:
    ledger, later, today = LedgerFile(books.ledger), "20261123T101400.000000-1", DaySum()
    assert today.of(DAY, books) == Sums()
    ledger.began(SESSION, BEGUN)
    say(books, seconds(0, 2))
    ledger.ended(SESSION, 2 * RATE, RATE)
    record(books, sound(0, 3), session=later)
    ledger.began(later, BEGUN + timedelta(hours=1))
    assert today.of(DAY, books) == Sums(captured=5, written=2, waiting=3)
    for book in (books.ledger, books.transcript):
        path = book / f"{DAY}.jsonl"
        path.write_bytes(path.read_bytes().replace(b'"end": 32000', b'"end": 16000'))  # nobody looks at it again
    say(books, seconds(0, 1), session=later, begun=BEGUN + timedelta(hours=1))
    ledger.decide(later, seconds(1, 3), Fate.SKIPPED)
    assert today.of(DAY, books) == Sums(captured=5, written=3, skipped=2)
    assert today.of(DAY + timedelta(days=1), books) == Sums()
    assert today.of(DAY, books) == Sums(captured=5, written=2, skipped=2, missing=1)


def test_without_any_book_there_is_no_session(books: Books) -> None:
    assert audit(DAY, books).accounts == []


def test_a_session_of_which_every_book_knows_a_part_adds_up(books: Books) -> None:
    ledger = LedgerFile(books.ledger)
    ledger.began(SESSION, BEGUN)
    ledger.decide(SESSION, seconds(0, 1), Fate.SKIPPED)
    say(books, seconds(1, 3))
    record(books, sound(2, 4), sound(4, 5))
    account = only(books)
    assert (account.session, account.begun, account.captured, account.booked) == (SESSION, BEGUN, None, True)
    assert flaws(account) == []
    assert sums(account) == Sums(captured=5, written=2, skipped=1, waiting=2)


def test_a_session_that_is_over_needs_no_spool(books: Books) -> None:
    ledger = LedgerFile(books.ledger)
    ledger.began(SESSION, BEGUN)
    ledger.decide(SESSION, seconds(0, 1), Fate.SKIPPED)
    say(books, seconds(1, 3))
    ledger.ended(SESSION, 3 * RATE, RATE)
    assert flaws(only(books)) == []
    ledger.ended(SESSION, 4 * RATE, RATE)
    assert flaws(only(books)) == [Hole(seconds(3, 4), BEGUN + timedelta(seconds=3))]


def test_the_ledger_knows_better_than_the_spool_how_much_was_captured(books: Books) -> None:
    LedgerFile(books.ledger).ended(SESSION, 2 * RATE + 48_000, 48_000)
    record(books, sound(0, 2), Ending())
    lost = Span(2 * RATE, 2 * RATE + 48_000, 48_000)
    assert flaws(only(books)) == [Hole(lost, only(books).begun + timedelta(seconds=2))]


def test_words_that_were_struck_are_written_all_the_same(books: Books) -> None:
    LedgerFile(books.ledger).ended(SESSION, 2 * RATE, RATE)
    passage = say(books, seconds(0, 2))
    records = Records(books.transcript)
    records.add(lines(passage, passage.strike(0)))
    records.flush()
    assert flaws(only(books)) == []
    assert sums(only(books)).written == 2


def test_words_are_found_where_they_were_written_whichever_folder_is_set_now(books: Books) -> None:
    begun = LedgerFile(books.ledger)
    begun.began(SESSION, BEGUN, books.transcript)
    begun.ended(SESSION, 3 * RATE, RATE)
    say(books, seconds(0, 3))
    assert flaws(only(replace(books, transcript=books.spool / "new"))) == []


def test_words_that_were_moved_to_another_folder_count_once(books: Books) -> None:
    moved = replace(books, transcript=books.spool / "new")
    LedgerFile(books.ledger).began(SESSION, BEGUN, books.transcript)
    LedgerFile(books.ledger).moved(SESSION, moved.transcript)
    LedgerFile(books.ledger).ended(SESSION, 3 * RATE, RATE)
    say(books, seconds(0, 2))
    say(moved, seconds(0, 2), seconds(2, 3))
    for current in (books, moved, replace(books, transcript=books.spool / "third")):
        assert flaws(only(current)) == []
    assert [len(found) for found in written(SESSION, moved).values()] == [1, 1]


def test_a_folder_of_before_that_nobody_can_read_is_told_and_stops_nothing(books: Books) -> None:
    home = books.ledger.parent / "file"
    home.touch()
    LedgerFile(books.ledger).began(SESSION, BEGUN, home)
    say(books, seconds(0, 1))
    found = audit(DAY, books)
    assert [sums(one).written for one in found.accounts] == [1]
    assert found.remarks == [f"{home} cannot be read: Not a directory"]


def test_what_was_said_after_midnight_belongs_to_the_session_of_the_evening(books: Books) -> None:
    late = datetime(2026, 11, 23, 23, 59, tzinfo=BEGUN.tzinfo)
    name = "20261123T235900.000000-4"
    LedgerFile(books.ledger).began(name, late)
    LedgerFile(books.ledger).ended(name, 120 * RATE, RATE)
    say(books, seconds(0, 60), seconds(60, 120), session=name, begun=late)
    say(books, seconds(70, 120), session="20261124T000500.000000-5", begun=late + timedelta(minutes=6))
    assert sorted(file.name for file in books.transcript.iterdir()) == ["2026-11-23.jsonl", "2026-11-24.jsonl"]
    assert only(books).session == name
    assert flaws(only(books)) == []
    assert only(books, DAY + timedelta(days=1)).session == "20261124T000500.000000-5"


def test_a_session_that_only_the_transcript_knows_is_from_before_the_ledger(books: Books) -> None:
    say(books, seconds(1, 3), seconds(5, 6))
    assert not only(books).booked
    assert only(books).begun == BEGUN
    assert flaws(only(books)) == []


def test_a_session_under_another_kind_of_name_counts_by_its_time(books: Books) -> None:
    say(books, seconds(1, 3), session="an older name")
    assert only(books).session == "an older name"
    assert audit(DAY - timedelta(days=1), books).accounts == []


def test_a_session_that_only_the_spool_knows_waits(books: Books) -> None:
    """The disk was too full for the ledger's first line, or somebody took the ledger away."""
    record(books, sound(0, 2))
    assert only(books).begun == BEGUN
    assert sums(only(books)) == Sums(captured=2, waiting=2)


def test_a_session_that_ended_before_a_kill_has_all_its_samples(books: Books) -> None:
    LedgerFile(books.ledger).began(SESSION, BEGUN)
    say(books, seconds(0, 1))
    record(books, sound(0, 2), Ending())
    assert only(books).captured == 2 * RATE
    assert sums(only(books)) == Sums(captured=2, written=1, waiting=1)


def test_damaged_sound_is_a_hole_and_its_place_is_told(books: Books) -> None:
    LedgerFile(books.ledger).began(SESSION, BEGUN)
    record(books, sound(0, 1), sound(1, 2), sound(2, 3))
    (part,) = books.spool.iterdir()
    content = bytearray(part.read_bytes())
    content[len(content) // 2] ^= 1
    part.write_bytes(content)
    found = audit(DAY, books)
    assert flaws(found.accounts[0]) == [Hole(seconds(1, 2), BEGUN + timedelta(seconds=1))]
    assert len(found.remarks) == 1


def test_sessions_of_other_days_stay_out(books: Books) -> None:
    name = "20261124T091400.000000-1"
    LedgerFile(books.ledger).began(name, BEGUN + timedelta(days=1))
    record(books, sound(0, 1), session="20261122T091400.000000-1")
    assert sessions(books.spool)
    assert audit(DAY, books).accounts == []


def test_sessions_stand_in_the_order_in_which_they_began(books: Books) -> None:
    ledger = LedgerFile(books.ledger)
    for hour in (11, 9, 10):
        ledger.began(f"20261123T{hour:02}0000.000000-1", BEGUN.replace(hour=hour, minute=0))
    assert [one.begun.hour for one in audit(DAY, books).accounts] == [9, 10, 11]


def test_a_damaged_line_of_the_ledger_is_counted(books: Books) -> None:
    books.ledger.mkdir()
    (books.ledger / f"{DAY}.jsonl").write_text(json.dumps({"type": "began"}) + "\n")
    assert audit(DAY, books).damaged == 1


def test_a_book_that_cannot_be_read_is_named(books: Books) -> None:
    page = books.transcript / f"{DAY}.jsonl"
    page.mkdir(parents=True)
    with pytest.raises(ScribeletError, match=f"{page} cannot be read: Is a directory"):
        audit(DAY, books)
