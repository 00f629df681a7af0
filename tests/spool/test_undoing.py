"""What was struck or cancelled is found again, newest first, and comes back."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tray.accounts import Books, audit
from tray.core.ledger import Fate, flaws, waiting
from tray.core.prose import Act, Change, Passage
from tray.core.speech import RATE, AudioChunk, Ending, Segment, Span, Word
from tray.sinks.records import Records
from tray.sinks.transcript import TranscriptSink
from tray.spool.ledger_file import LedgerFile
from tray.spool.reel import ReelWriter
from tray.undoing import WITHIN, all_undone, described, newest_undone, restore_alone

BEGUN = datetime(2026, 11, 23, 9, 14).astimezone()


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "spool", tmp_path / "ledger", tmp_path / "transcript")


class Session:
    """A second of speech for each text, written as a program does it."""

    def __init__(self, books: Books, *texts: str, begun: datetime = BEGUN) -> None:
        self.books, self.begun = books, begun
        self.name = f"{begun:%Y%m%dT%H%M%S.%f}-1"
        self.passage = Passage(self.name, begun)
        self.sink = TranscriptSink(books.transcript)
        self._tell(Act.BEGAN)
        for number, text in enumerate(texts):
            words = tuple(Word(word, number, number + 1, None, "estimated") for word in text.split())
            span = Span(number * RATE, (number + 1) * RATE, RATE)
            self.passage = self.passage.add(Segment(number, words, span, ".")).settle(number, ".")
            self._tell(Act.SEGMENT)

    def undo(self, number: int) -> None:
        """Strike one segment."""
        self.passage = self.passage.strike(number)
        self._tell(Act.STRIKE)

    def cancel(self, *, sound: int = 0) -> None:
        """Strike all; so many seconds behind it were no text yet."""
        self.passage = self.passage.cancel()
        self._tell(Act.CANCELLED)
        end = len(self.passage.entries) * RATE
        captured = end + sound * RATE
        ledger = LedgerFile(self.books.ledger)
        ledger.began(self.name, self.begun)
        ledger.decide(self.name, Span(end, captured, RATE), Fate.CANCELLED)
        ledger.ended(self.name, captured, RATE)
        reel = ReelWriter(self.books.spool, self.name, self.begun)
        for item in (AudioChunk(bytes(2 * captured), 0, RATE), Ending()):
            reel.append(item)
        reel.close()

    def stored(self) -> Passage:
        """As its day's records have it."""
        [found] = [one for one in Records(self.books.transcript).read(self.begun.date()) if one.session == self.name]
        return found

    def _tell(self, act: Act) -> None:
        self.sink.write(Change(act, self.passage))


def told(books: Books) -> list[str]:
    return list(map(described, all_undone(books)))


def test_what_was_undone_last_comes_first(books: Books) -> None:
    one = Session(books, "one", "two", "three")
    one.undo(1)
    one.undo(2)
    one.undo(0)
    assert told(books) == ["“One.”", "“Three.”", "“Two.”"]


def test_a_later_session_comes_before_an_earlier_one_and_yesterday_last(books: Books) -> None:
    for text, begun in (("three", -1440), ("one", 5), ("two", 0)):
        Session(books, text, begun=BEGUN + timedelta(minutes=begun)).undo(0)
    assert told(books) == ["“One.”", "“Two.”", "“Three.”"]


def test_a_cancelled_session_comes_back_whole_and_what_was_undone_in_it_after_that(books: Books) -> None:
    one = Session(books, "one", "two", "three")
    one.undo(1)
    one.cancel(sound=2)
    assert told(books) == ["“One. Three.” and 2 s of cancelled sound", "“Two.”"]


def test_sound_that_was_cancelled_before_it_was_text_is_found(books: Books) -> None:
    Session(books).cancel(sound=3)
    assert told(books) == ["3 s of cancelled sound"]


def test_what_nobody_undid_is_not_found(books: Books) -> None:
    Session(books, "one")
    assert newest_undone(books) is None


def test_what_lies_too_far_back_is_not_looked_for(books: Books) -> None:
    Session(books, "one", begun=BEGUN - timedelta(days=WITHIN)).undo(0)
    for ago in range(WITHIN):
        Session(books, "two", begun=BEGUN - timedelta(days=ago))
    assert told(books) == []


def test_it_comes_back_without_a_running_program_and_once(books: Books) -> None:
    one = Session(books, "one", "two")
    one.undo(1)
    wanted = newest_undone(books)
    assert wanted
    for _ in range(2):
        restore_alone(wanted, books)
    assert one.stored().text() == "One. Two."
    assert told(books) == []
    assert (books.transcript / f"{BEGUN.date()}.jsonl").read_text(encoding="utf-8").count("restore") == 1


def test_the_books_add_up_when_cancelled_sound_waits_again(books: Books) -> None:
    one = Session(books, "one")
    one.cancel(sound=2)
    wanted = newest_undone(books)
    assert wanted
    restore_alone(wanted, books)
    [account] = audit(BEGUN.date(), books).accounts
    assert (flaws(account), waiting(account)) == ([], [Span(RATE, 3 * RATE, RATE)])
    assert one.stored().text() == "One."


def test_a_session_over_midnight_is_restored_on_both_days(books: Books) -> None:
    one = Session(books, "one", "two", begun=datetime(2026, 11, 23, 23, 59, 59).astimezone())
    one.cancel()
    wanted = newest_undone(books)
    assert wanted
    assert wanted.text == "One. Two."
    restore_alone(wanted, books)
    for day in ("2026-11-23", "2026-11-24"):
        assert "~~" not in (books.transcript / f"{day}.md").read_text(encoding="utf-8")
