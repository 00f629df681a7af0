"""What an earlier program has left is found again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.patience import until
from tray.accounts import Books, audit
from tray.core.ledger import Decision, Fate, flaws, waiting
from tray.core.news import Asked, Revised
from tray.core.settings import Settings
from tray.core.speech import RATE, AudioChunk, Ending, Span
from tray.core.state import Quit
from tray.recovery import Recovery
from tray.sinks.transcript import TranscriptSink
from tray.spool.bounds import Bounds
from tray.spool.keeper import DiskKeeper
from tray.spool.ledger_file import KEEP_DAYS, LedgerFile, days
from tray.spool.reel import ReelWriter, sessions
from tray.spool.spool import Spool
from tray.wiring import Surroundings, Wiring

BEGUN = datetime(2026, 11, 23, 9, 14).astimezone()
SESSION = "20261123T091400.000000-1"


@pytest.fixture
def books(tmp_path: Path) -> Books:
    return Books(tmp_path / "spool", tmp_path / "ledger", tmp_path / "transcript")


def leave(books: Books, *stretches: AudioChunk, begun: datetime = BEGUN) -> str:
    """A session of which only this is on the disk."""
    name = f"{begun:%Y%m%dT%H%M%S.%f}-1"
    LedgerFile(books.ledger).began(name, begun, books.transcript)
    reel = ReelWriter(books.spool, name, begun)
    for item in (*stretches, Ending()):
        reel.append(item)
    reel.close()
    return name


def second() -> AudioChunk:
    return AudioChunk(bytes(2 * RATE), 0, RATE)


@pytest.fixture
def keeper(books: Books) -> Iterator[DiskKeeper]:
    one = DiskKeeper(books.spool, books.ledger, lambda _news: None)
    yield one
    one.close()


@pytest.fixture
def recovery(books: Books, keeper: DiskKeeper) -> Recovery:
    return Recovery(keeper, lambda: books)


class Silent:
    """A microphone into which nobody speaks."""

    endless = True

    def open(self, deliver: Callable[[bytes, int], None]) -> None: ...
    def close(self) -> None: ...


def day(number: int) -> datetime:
    return BEGUN + timedelta(days=number)


def test_of_too_much_sound_that_waits_the_oldest_sessions_go_whole_and_that_is_said(
    books: Books, keeper: DiskKeeper, recovery: Recovery
) -> None:
    names = [leave(books, second(), begun=day(number)) for number in range(4)]
    keeper.recall(-1, names[0])  # it is being recognized
    keeper.start(Spool(keeper))
    told = recovery.make_room(Bounds(size=70_000))
    assert told == "2 s of it could not become text. More sound has waited than 7e-05 GB."
    assert recovery.make_room(Bounds(size=70_000)) == ""
    until(lambda: sessions(books.spool) == [names[0], names[3]], "room on the disk")
    [account] = audit(day(1).date(), books).accounts
    assert account.decided == (Decision(Span(0, RATE, RATE), Fate.DROPPED, "More sound has waited than 7e-05 GB"),)
    assert (flaws(account), waiting(account)) == ([], [])


def test_sound_that_has_waited_for_a_month_goes(books: Books, keeper: DiskKeeper, recovery: Recovery) -> None:
    names = [leave(books, second(), begun=day(number)) for number in (0, 1, 31, 32, 33)]
    keeper.start(Spool(keeper))
    assert recovery.make_room(Bounds()) == "1 s of it could not become text. It has waited for more than 30 days."
    until(lambda: sessions(books.spool) == names[1:], "room on the disk")


def test_a_clock_that_is_wrong_for_two_days_throws_nothing_away(books: Books, recovery: Recovery) -> None:
    names = [leave(books, second(), begun=day(number)) for number in (0, 5000, 5001)]
    assert recovery.make_room(Bounds()) == ""
    assert sessions(books.spool) == names


def test_sound_that_was_set_aside_is_bounded_too(books: Books, keeper: DiskKeeper, recovery: Recovery) -> None:
    name = leave(books, second())
    LedgerFile(books.ledger).decide(name, Span(0, RATE, RATE), Fate.ASIDE, "It ended recognition twice")
    keeper.start(Spool(keeper))
    assert recovery.look(anew=True) is None
    assert recovery.make_room(Bounds(size=0)) == "1 s of it could not become text. More sound has waited than 0 GB."
    until(lambda: sessions(books.spool) == [], "room on the disk")
    [account] = audit(BEGUN.date(), books).accounts
    assert flaws(account) == []


def test_sound_that_was_set_aside_waits_again_when_somebody_asks_for_it_beside_the_program(books: Books) -> None:
    told: list[object] = []
    keeper = DiskKeeper(books.spool, books.ledger, told.append)
    recovery = Recovery(keeper, lambda: books)
    name = leave(books, second())
    LedgerFile(books.ledger).decide(name, Span(0, RATE, RATE), Fate.ASIDE, "It ended recognition twice")
    keeper.start(Spool(keeper))
    assert recovery.look(anew=True) is None
    recovery.take_back()
    until(lambda: Revised(sound=True) in told, "the news")
    found = recovery.look(anew=False)
    assert found
    assert (found.passage.session, found.gap) == (name, Span(0, RATE, RATE))
    keeper.close()


def test_sound_that_is_being_thrown_away_is_not_recognized(books: Books, recovery: Recovery) -> None:
    leave(books, second())
    assert recovery.make_room(Bounds(size=0))
    assert recovery.look(anew=True) is None


def test_what_nobody_can_hear_is_tried_before_it_is_thrown_away_and_that_is_said_once(books: Books) -> None:
    leave(books, second())
    told: list[tuple[str, str]] = []
    left = threading.Event()
    wiring = Wiring(
        Surroundings(
            source=lambda _settings: Silent(),
            sinks=lambda _settings, _report: (TranscriptSink(books.transcript), []),
            ear_command=lambda _settings: ("false",),
            books=lambda _settings: books,
            bind_keys=lambda _settings, _report: None,
            show=lambda _view: None,
            tell=lambda summary, body: told.append((summary, body)),
            leave=left.set,
            bounds=Bounds(size=0),
        ),
        Settings(),
    )
    wiring.start()
    wiring.conductor.post(Asked("recover"))
    until(lambda: sessions(books.spool) == [], "room on the disk", 60)
    wiring.conductor.post(Asked("recover"))
    wiring.conductor.post(Quit())
    assert left.wait(10)
    assert wiring.close() == 0
    said = [summary for summary, _ in told]
    assert said.index("Sound of an earlier session was found") < said.index("Old sound was thrown away")
    assert [body for summary, body in told if summary == "Old sound was thrown away"] == [
        "1 s of it could not become text. More sound has waited than 0 GB."
    ]


def test_a_ledger_of_many_years_loses_its_oldest_days_at_the_next_start(books: Books, keeper: DiskKeeper) -> None:
    books.ledger.mkdir()
    for number in range(KEEP_DAYS + 2):
        (books.ledger / f"{day(number).date()}.jsonl").touch()
    keeper.start(Spool(keeper))
    until(lambda: days(books.ledger)[0] == day(2).date(), "the oldest days to go")
    assert len(days(books.ledger)) == KEEP_DAYS


def test_the_time_of_recovered_words_is_right_where_another_microphone_came_in_mid_session(
    books: Books, recovery: Recovery
) -> None:
    leave(books, AudioChunk(bytes(2 * 16_000), 0, 16_000), AudioChunk(bytes(2 * 48_000), 16_000, 48_000))
    ledger = LedgerFile(books.ledger)
    ledger.decide(SESSION, Span(0, 16_000, 16_000), Fate.SKIPPED)
    ledger.decide(SESSION, Span(16_000, 40_000, 48_000), Fate.SKIPPED)
    found = recovery.look(anew=True)
    assert found
    assert (found.gap, found.begins) == (Span(40_000, 64_000, 48_000), 1.5)


def test_files_of_strangers_in_the_spool_keep_no_sound_from_being_found(books: Books, recovery: Recovery) -> None:
    leave(books, AudioChunk(bytes(2 * 16_000), 0, 16_000))
    for stray in ("notes.0001.sound", "20261399T091400.000000-1.0001.sound", f"{SESSION}x.0001.sound", "x.sound"):
        (books.spool / stray).write_bytes(b"x")
    found = recovery.look(anew=True)
    assert found
    assert (found.gap, found.begins) == (Span(0, 16_000, 16_000), 0.0)
