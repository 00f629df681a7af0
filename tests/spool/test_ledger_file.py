"""What became of sound that is no text stays on the disk."""

from __future__ import annotations

import os
import resource
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from tests.spool.booked import BEGUN, DAY, FILE, SESSION, only, seconds
from tray.core.ledger import Decision, Fate, LedgerError
from tray.core.speech import RATE, Span
from tray.spool.ledger_file import Booked, LedgerFile, day_of, days, prune, read

LATER = "20261123T093100.000000-2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger"


@pytest.fixture
def ledger(folder: Path) -> LedgerFile:
    return LedgerFile(folder)


# what is written comes back


def test_a_whole_session_comes_back(ledger: LedgerFile, folder: Path) -> None:
    ledger.began(SESSION, BEGUN)
    ledger.decide(SESSION, seconds(0, 2), Fate.SKIPPED)
    ledger.decide(SESSION, seconds(4, 5), Fate.DROPPED, "The disk is full")
    ledger.decide(SESSION, seconds(5, 9), Fate.CANCELLED)
    ledger.ended(SESSION, 9 * RATE, 48_000)
    decided = (
        Decision(seconds(0, 2), Fate.SKIPPED),
        Decision(seconds(4, 5), Fate.DROPPED, "The disk is full"),
        Decision(seconds(5, 9), Fate.CANCELLED),
    )
    assert only(folder) == Booked(SESSION, BEGUN, decided, 9 * RATE, 48_000)


def test_a_session_that_goes_on_has_no_count_of_its_samples(ledger: LedgerFile, folder: Path) -> None:
    ledger.began(SESSION, BEGUN)
    assert only(folder) == Booked(SESSION, BEGUN, (), None, RATE)


def test_silence_that_is_told_of_each_second_comes_back_as_one(ledger: LedgerFile, folder: Path) -> None:
    for second in (0, 1, 2, 5, 6):
        ledger.decide(SESSION, seconds(second, second + 1), Fate.SKIPPED)
    assert [one.span for one in only(folder).decided] == [seconds(0, 3), seconds(5, 7)]


def test_cancelled_sound_that_was_taken_back_has_no_fate_until_it_gets_another(
    ledger: LedgerFile, folder: Path
) -> None:
    ledger.decide(SESSION, seconds(2, 9), Fate.CANCELLED)
    ledger.restore(SESSION, seconds(3, 9))
    assert only(folder).decided == (Decision(seconds(2, 3), Fate.CANCELLED),)
    ledger.decide(SESSION, seconds(3, 9), Fate.CANCELLED)
    assert only(folder).decided == (Decision(seconds(2, 9), Fate.CANCELLED),)


def test_sound_that_is_cancelled_taken_back_and_cancelled_again_is_cancelled(ledger: LedgerFile, folder: Path) -> None:
    ledger.decide(SESSION, seconds(2, 9), Fate.CANCELLED)
    ledger.restore(SESSION, seconds(2, 9))
    assert only(folder).decided == ()
    ledger.decide(SESSION, seconds(2, 9), Fate.CANCELLED)
    assert only(folder).decided == (Decision(seconds(2, 9), Fate.CANCELLED),)


@pytest.mark.parametrize(
    "other",
    [
        Decision(Span(RATE, 2 * RATE, 48_000), Fate.DROPPED, "The disk is full"),
        Decision(seconds(1, 2), Fate.SKIPPED, "The disk is full"),
        Decision(seconds(1, 2), Fate.DROPPED, "The spool is full"),
    ],
)
def test_what_differs_from_what_stands_before_it_stays_apart(ledger: LedgerFile, folder: Path, other: Decision) -> None:
    first = Decision(seconds(0, 1), Fate.DROPPED, "The disk is full")
    for one in (first, other):
        ledger.decide(SESSION, one.span, one.fate, one.reason)
    assert only(folder).decided == (first, other)


def test_a_line_that_was_written_twice_counts_once(ledger: LedgerFile, folder: Path) -> None:
    """What a line stands for may have failed behind it, and the whole is done again."""
    for _ in range(2):
        ledger.decide(SESSION, seconds(0, 1), Fate.SKIPPED)
    ledger.decide(SESSION, seconds(1, 2), Fate.SKIPPED)
    ledger.decide(SESSION, seconds(1, 2), Fate.SKIPPED)
    assert only(folder).decided == (Decision(seconds(0, 2), Fate.SKIPPED),)


def test_a_session_after_midnight_stays_in_the_file_of_the_day_on_which_it_began(
    ledger: LedgerFile, folder: Path
) -> None:
    ledger.began(SESSION, BEGUN)
    ledger.decide(SESSION, seconds(90_000, 90_001), Fate.SKIPPED)
    assert days(folder) == [DAY]


def test_sessions_of_one_day_share_a_file(ledger: LedgerFile, folder: Path) -> None:
    ledger.began(SESSION, BEGUN)
    ledger.decide(LATER, seconds(0, 1), Fate.SKIPPED)
    ledger.decide(SESSION, seconds(0, 1), Fate.CANCELLED)
    assert [(one.session, [d.fate for d in one.decided]) for one in read(folder, DAY).sessions] == [
        (SESSION, [Fate.CANCELLED]),
        (LATER, [Fate.SKIPPED]),
    ]


def test_what_is_written_is_for_the_transcript_to_tell(ledger: LedgerFile, folder: Path) -> None:
    with pytest.raises(LedgerError):
        ledger.decide(SESSION, seconds(0, 1), Fate.WRITTEN)
    assert not folder.exists()


@pytest.mark.parametrize("name", ["", "1", "../20261123T091400.123456-1", "20261123T091400.123456-1/..", "20261323T0"])
def test_no_file_is_made_for_a_name_that_is_no_session(ledger: LedgerFile, folder: Path, name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a session"):
        ledger.began(name, BEGUN)
    assert not folder.exists()


def test_the_name_of_a_session_tells_its_day() -> None:
    assert day_of(SESSION) == DAY


# where nothing is


def test_without_a_folder_there_is_nothing(folder: Path) -> None:
    assert days(folder) == []
    assert read(folder, DAY).sessions == ()
    prune(folder)


def test_only_days_are_days(ledger: LedgerFile, folder: Path) -> None:
    ledger.began(SESSION, BEGUN)
    (folder / "2026-99-99.jsonl").touch()
    (folder / "notes.txt").touch()
    assert days(folder) == [DAY]


def test_the_oldest_days_go(folder: Path) -> None:
    folder.mkdir(parents=True)
    for day in range(5):
        (folder / f"{DAY + timedelta(days=day)}.jsonl").touch()
    prune(folder, keep_days=2)
    assert days(folder) == [DAY + timedelta(days=3), DAY + timedelta(days=4)]


def test_nothing_goes_while_there_are_few_days(ledger: LedgerFile, folder: Path) -> None:
    ledger.began(SESSION, BEGUN)
    prune(folder)
    assert days(folder) == [DAY]


# nobody else looks into it


def test_only_its_owner_can_read_it(ledger: LedgerFile, folder: Path) -> None:
    before = os.umask(0)
    try:
        ledger.began(SESSION, BEGUN)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder.parent, folder, folder / FILE)]
    assert modes == [0o700, 0o700, 0o600]


def test_a_line_costs_next_to_nothing(ledger: LedgerFile) -> None:
    """There is one each second while nobody speaks; a thousandth of a processor would be a millisecond."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    for at in range(1000):
        ledger.decide(SESSION, Span(at, at + 1, RATE), Fate.SKIPPED)
    after = resource.getrusage(resource.RUSAGE_SELF)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0
