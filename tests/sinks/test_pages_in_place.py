"""A page that belongs to two: words come and are struck in it while somebody else holds it open and writes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

import pytest

from tests.sinks.conftest import tell
from tests.sinks.kept import kinds, page
from tray.core.failures import SinkError
from tray.sinks.pages import Pages
from tray.sinks.transcript import TranscriptSink

DAY = "2026-11-23.md"
NOTE = "\n\nmy own note, größer\n"
BLOCK = 4096
"""Bytes that a disk gives out at a time."""
TOLD_BEFORE = (1.0, 1.0)
"""A time long before anything is written in these tests, in seconds since 1970."""


def add(path: Path, text: str = NOTE) -> None:
    with path.open("a") as file:
        file.write(text)


def told(sink, speaker, count: int) -> list:
    """So many sessions, each with a paragraph; what strikes them."""
    everybody = [speaker(session=f"session {number}") for number in range(count)]
    for number, one in enumerate(everybody):
        tell(sink, *one.tells(f"this is {number}"))
    return [one.strikes() for one in everybody]


# somebody else writes


@pytest.mark.parametrize("behind", ["", NOTE], ids=["the last paragraph", "one before a note"])
def test_a_program_that_holds_the_page_open_writes_on_into_it_after_a_strike(sink, folder, speaker, behind):
    anna = speaker()
    tell(sink, *anna.tells("call the plumber", "about the red one"))
    add(folder / DAY, behind)
    with (folder / DAY).open("a") as other:
        sink.write(anna.strikes())
        other.write("written through the open file\n")
    assert page(folder).splitlines()[2] == "**09:14** Call the plumber. ~~About the red one.~~"
    assert behind.strip() in page(folder)
    assert page(folder).endswith("\nwritten through the open file\n")


def test_a_mark_that_is_settled_before_a_note_leaves_the_file_where_it_is(sink, folder, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("dear Anna", held="."))
    add(folder / DAY)
    before = (folder / DAY).stat().st_ino
    tell(sink, anna.settles(","), anna.says("thank you"), anna.settles(), anna.ends())
    assert (folder / DAY).stat().st_ino == before
    assert page(folder).splitlines()[2:] == ["**09:14** Dear Anna, thank you.", "", NOTE.strip()]


def test_a_paragraph_that_gets_shorter_cuts_nothing_off(sink, folder, speaker):
    anna = speaker()
    tell(sink, *anna.tells("yes"))
    add(folder / DAY, "\n" * 9)
    with (folder / DAY).open("a") as other:
        sink.write(anna.strikes())
        other.write("my own note\n")
    assert [row for row in page(folder).splitlines() if row][1:] == ["**09:14** ~~Yes.~~", "my own note"]


def test_no_note_is_lost_that_comes_at_the_moment_of_a_strike(sink, folder, speaker):
    strikes, done, notes = told(sink, speaker, 40), Event(), []

    def write() -> None:
        with (folder / DAY).open("ab", buffering=0) as other:
            while not done.is_set() and len(notes) < 8_000:
                notes.append(f"note {len(notes)} of many")
                other.write(f"{notes[-1]}\n".encode())

    writer = Thread(target=write)
    writer.start()
    try:
        tell(sink, *strikes)
    finally:
        done.set()
        writer.join(30)
    rows = page(folder).splitlines()
    assert [row for row in rows if row.startswith("note")] == notes
    assert [row for row in rows if row.startswith("**")] == [f"**09:14** ~~This is {n}.~~" for n in range(40)]


# the program is killed


def elsewhere(act: Callable[[], object], watch: Callable[[str, tuple], None]) -> int:
    """Do something in another process, in which this watches over files; how that ends, as `waitpid` says it."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    try:
        sys.addaudithook(watch)
        act()
        os._exit(0)
    finally:
        os._exit(1)


def killed(sink: TranscriptSink, change, step: int, folder: Path) -> bool:
    """Write a change in a process that is killed before it opens, renames or deletes a file for the n-th time."""
    left = iter(range(step))

    def count(event: str, arguments: tuple) -> None:
        touches = event in ("open", "os.rename", "os.remove") and str(folder) in str(arguments[0])
        if touches and next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    ending = elsewhere(lambda: sink.write(change), count)
    assert ending in (0, signal.SIGKILL)
    return ending != 0


@pytest.mark.parametrize("note", ["", NOTE, NOTE * 300], ids=["alone", "with a note", "with many"])
def test_a_page_is_whole_again_whenever_the_program_is_killed(tmp_path, speaker, note):
    step, going_on = 0, True
    while going_on:
        folder = tmp_path / str(step)
        sink, anna = TranscriptSink(folder), speaker()
        tell(sink, *speaker(session="before").tells("good morning"), *anna.tells("call the plumber"))
        add(folder / DAY, note)
        os.utime(folder / DAY, TOLD_BEFORE)
        before, strike = page(folder), anna.strikes()
        going_on = killed(sink, strike, step, folder)
        TranscriptSink(folder).settle_unfinished()
        struck = before.replace("Call the plumber.", "~~Call the plumber.~~")
        assert page(folder).rstrip() == (struck if "strike 0" in kinds(folder) else before).rstrip(), step
        assert not list(folder.glob("*.plan")), step
        step += 1
    assert step > 6


def test_a_note_that_came_after_the_program_was_killed_stays(tmp_path, speaker):
    step, going_on = 0, True
    while going_on:
        folder = tmp_path / str(step)
        sink, anna = TranscriptSink(folder), speaker()
        tell(sink, *anna.tells("call the plumber"))
        going_on = killed(sink, anna.strikes(), step, folder)
        add(folder / DAY)
        TranscriptSink(folder).settle_unfinished()
        assert page(folder).count(NOTE.strip()) == 1, step
        assert page(folder).upper().count("PLUMBER") == 1, step
        step += 1


def test_a_strike_that_the_disk_refuses_half_way_is_done_by_the_next_call(sink, folder, speaker):
    anna, refusals = speaker(), iter((True,))
    tell(sink, *anna.tells("good morning"))
    add(folder / DAY)

    def refuse(event: str, arguments: tuple) -> None:
        writes = event == "open" and str(arguments[0]) == str(folder / DAY) and "+" in (arguments[1] or "")
        if writes and "a" not in arguments[1] and next(refusals, False):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    def strike() -> None:
        with pytest.raises(SinkError, match="Input/output error"):
            sink.write(anna.strikes())
        assert "~~Good morning.~~" not in page(folder)
        sink.retry()

    assert elsewhere(strike, refuse) == 0
    assert "**09:14** ~~Good morning.~~" in page(folder)
    assert page(folder).rstrip().endswith(NOTE.strip())
    assert not list(folder.glob(".*"))


def test_words_that_a_crash_kept_from_the_page_come_to_it_and_what_somebody_wrote_stays(sink, folder, speaker):
    anna, late = speaker(), speaker(session="late")
    tell(sink, *anna.tells("dear Ana", "thank you"))
    own = page(folder).replace("Ana", "Anna") + NOTE
    tell(sink, anna.strikes(), *late.tells("good bye"))
    (folder / DAY).write_text(own)
    os.utime(folder / DAY, TOLD_BEFORE)
    TranscriptSink(folder).settle_unfinished()
    assert page(folder) == f"{own}\n**09:14** Good bye.\n"


@pytest.mark.parametrize("lost", [1, 2, 3, 7])
def test_a_paragraph_torn_behind_a_note_is_completed(sink, folder, speaker, lost):
    tell(sink, *speaker().tells("good morning"))
    add(folder / DAY)
    tell(sink, *speaker(session="second").tells("un café é"))
    whole = (folder / DAY).read_bytes()
    (folder / DAY).write_bytes(whole[:-lost])
    os.utime(folder / DAY, TOLD_BEFORE)
    TranscriptSink(folder).settle_unfinished()
    assert (folder / DAY).read_bytes() == whole


def test_what_somebody_changed_in_a_page_is_as_they_left_it_at_every_start(sink, folder, speaker):
    anna = speaker()
    tell(sink, *anna.tells("call the plumber", "about the red one, please"), anna.strikes())
    changed = page(folder).replace("~~", "") + NOTE
    (folder / DAY).write_text(changed)
    TranscriptSink(folder).settle_unfinished()
    assert page(folder) == changed


def test_a_plan_that_makes_no_sense_does_no_harm(sink, folder, speaker):
    tell(sink, *speaker().tells("dear Anna"))
    before = page(folder)
    (folder / f".{DAY}.plan").write_bytes(b"\xff nonsense")
    TranscriptSink(folder).settle_unfinished()
    assert page(folder) == before
    assert not (folder / f".{DAY}.plan").exists()


# the disk is full


@pytest.fixture
def small_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", name], check=True)
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", name], check=True)


def fill(disk: Path, free: int) -> Path:
    """Take every byte that is left but these."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        with suppress(OSError):
            while True:
                file.write(bytes(512))
        file.truncate(file.tell() // BLOCK * BLOCK - free)
    return ballast


@pytest.mark.parametrize(
    ("free", "slack"), [(0, 0), (2 * BLOCK, 0), (2 * BLOCK, 2)], ids=["full", "too full for a line", "for half of one"]
)
def test_a_page_is_as_it_was_when_the_disk_is_too_full_for_a_strike_and_struck_when_it_is_not(
    small_disk, speaker, free, slack
):
    folder, path = small_disk, small_disk / DAY
    sink, anna = TranscriptSink(folder), speaker()
    tell(sink, *anna.tells("call the plumber"))
    add(path, "x" * (BLOCK - slack - path.stat().st_size))
    pages, before = Pages(folder), path.read_bytes()
    pages.begin(anna.passage)
    ballast = fill(small_disk, free)
    anna.strikes()
    with pytest.raises(OSError, match="No space left"):
        pages.show(anna.passage)
    assert path.read_bytes() == before
    assert {one.suffix for one in folder.iterdir()} == {".md", ".jsonl", ""}
    ballast.unlink()
    pages.show(anna.passage)
    assert path.read_bytes().rstrip() == before.replace(b"Call the plumber.", b"~~Call the plumber.~~")
