"""What the ledger on the disk still tells after a full disk, a kill, or somebody who damaged it."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.spool.booked import BEGUN, DAY, FILE, SESSION, only, seconds
from tray.core.ledger import Decision, Fate
from tray.core.speech import RATE
from tray.spool.ledger_file import Booked, LedgerFile, read


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger"


@pytest.fixture
def ledger(folder: Path) -> LedgerFile:
    return LedgerFile(folder)


# the disk and the program fail


def test_a_folder_that_vanished_is_made_again(ledger: LedgerFile, folder: Path) -> None:
    ledger.began(SESSION, BEGUN)
    (folder / FILE).unlink()
    folder.rmdir()
    folder.parent.rmdir()
    ledger.decide(SESSION, seconds(0, 1), Fate.SKIPPED)
    assert only(folder).decided == (Decision(seconds(0, 1), Fate.SKIPPED),)


def test_a_file_in_the_place_of_the_folder_is_an_error_until_it_is_gone(ledger: LedgerFile, folder: Path) -> None:
    folder.parent.mkdir()
    folder.touch()
    with pytest.raises(OSError, match="File exists"):
        ledger.began(SESSION, BEGUN)
    folder.unlink()
    ledger.began(SESSION, BEGUN)
    assert only(folder).begun == BEGUN


FULL = """
import errno, resource, signal, sys
from pathlib import Path
from tray.core.ledger import Fate
from tray.core.speech import Span
from tray.spool.ledger_file import LedgerFile
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
folder, session, room = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
size = next(folder.iterdir()).stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + room, size + room))
try:
    LedgerFile(folder).decide(session, Span(1, 2, 16000), Fate.SKIPPED)
except OSError as error:
    sys.exit(error.errno)
"""


@pytest.mark.parametrize("room", [0, 1, 50])
def test_a_disk_that_takes_only_a_part_of_a_line_leaves_the_file_as_it_was(
    ledger: LedgerFile, folder: Path, room: int
) -> None:
    ledger.began(SESSION, BEGUN)
    before = (folder / FILE).read_bytes()
    child = subprocess.run([sys.executable, "-c", FULL, folder, SESSION, str(room)], timeout=60, check=False)
    assert child.returncode == errno.EFBIG
    assert (folder / FILE).read_bytes() == before
    ledger.decide(SESSION, seconds(0, 1), Fate.SKIPPED)
    assert only(folder).decided == (Decision(seconds(0, 1), Fate.SKIPPED),)


def test_wherever_a_kill_tears_the_last_line_the_next_one_is_not_glued_to_it(ledger: LedgerFile, folder: Path) -> None:
    ledger.began(SESSION, BEGUN)
    whole = (folder / FILE).read_bytes()
    ledger.decide(SESSION, seconds(0, 1), Fate.SKIPPED)
    line = (folder / FILE).read_bytes()[len(whole) :]
    for torn in range(len(line)):
        (folder / FILE).write_bytes(whole + line[:torn])
        ledger.decide(SESSION, seconds(7, 8), Fate.SKIPPED)
        book = read(folder, DAY)
        complete = torn == len(line) - 1  # only the line end is missing
        assert book.damaged == (0 if complete or not torn else 1)
        expected = [seconds(0, 1)] * complete + [seconds(7, 8)]
        assert [one.span for one in book.sessions[0].decided] == expected


# somebody has damaged it


def line(**fields: object) -> bytes:
    return json.dumps({"type": "skipped", "session": SESSION, "start": 0, "end": 16, "rate": RATE} | fields).encode()


@pytest.mark.parametrize(
    "damage",
    [
        b"{",
        b"[]",
        b"7",
        b"\xff\xfe",
        b"[" * 100_000,
        line(session="somebody"),
        line(session=[]),
        line(session="00010101T000000.000000-1"),
        line(type="of a later version"),
        line(type=[]),
        line(type="written"),
        line(type="began"),
        line(type="began", time="yesterday"),
        line(type="began", time="2026-11-23T09:14:00"),
        line(type="began", time="9999-11-23T09:14:00+00:00"),
        line(type="ended"),
        line(type="ended", captured=-1),
        line(type="restored", end=True),
        line(start=17),
        line(start=-1),
        line(start=1.5),
        line(start=None),
        line(end=2**41),
        line(rate=0),
    ],
)
def test_a_damaged_line_costs_only_itself_and_is_counted(ledger: LedgerFile, folder: Path, damage: bytes) -> None:
    ledger.began(SESSION, BEGUN)
    with (folder / FILE).open("ab") as file:
        file.write(damage + b"\n")
    ledger.decide(SESSION, seconds(0, 1), Fate.SKIPPED)
    ledger.ended(SESSION, RATE, RATE)
    book = read(folder, DAY)
    assert book.damaged == 1
    assert book.sessions == (Booked(SESSION, BEGUN, (Decision(seconds(0, 1), Fate.SKIPPED),), RATE, RATE),)


def test_a_session_whose_first_line_is_damaged_began_when_its_name_says(ledger: LedgerFile, folder: Path) -> None:
    ledger.decide(SESSION, seconds(0, 1), Fate.SKIPPED)
    assert only(folder).begun.replace(tzinfo=None) == BEGUN.replace(tzinfo=None)
    assert only(folder).begun.utcoffset() is not None


@given(at=st.integers(0, 10**4), bit=st.integers(0, 7))
def test_a_flipped_bit_costs_at_most_two_lines(tmp_path_factory: pytest.TempPathFactory, at: int, bit: int) -> None:
    """Two, where it was the line end between them."""
    folder = tmp_path_factory.mktemp("flipped")
    ledger = LedgerFile(folder)
    for second in range(0, 12, 2):  # with gaps, so that each line is a decision
        ledger.decide(SESSION, seconds(second, second + 1), Fate.SKIPPED)
    content = bytearray((folder / FILE).read_bytes())
    content[at % len(content)] ^= 1 << bit
    (folder / FILE).write_bytes(content)
    book = read(folder, DAY)
    written = {seconds(second, second + 1) for second in range(0, 12, 2)}
    kept = {one.span for session in book.sessions if session.session == SESSION for one in session.decided}
    assert len(written - kept) <= 2
