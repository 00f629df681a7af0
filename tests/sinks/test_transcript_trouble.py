"""A transcript whose disk is full, whose folder is gone or closed, and one that a day has filled."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.sinks.conftest import tell
from tests.sinks.kept import kinds, page, records
from tray.core.failures import SinkError
from tray.sinks import files
from tray.sinks.transcript import TranscriptSink
from tray.system.files import replace

ROOT = Path(__file__).parents[2]


@pytest.fixture
def small_disk() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", name], check=True)
        try:
            yield Path(name)
        finally:
            subprocess.run(["umount", name], check=True)


def fill(disk: Path) -> Path:
    """Take every byte that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(512))
        except OSError:
            return ballast


def test_a_full_disk_loses_and_doubles_nothing(small_disk, speaker):
    sink, anna, lost = TranscriptSink(small_disk), speaker(), []
    tell(sink, anna.begins(), anna.says("dear Anna"), anna.settles(","))
    ballast = fill(small_disk)
    # what is left of the last page of the file still takes a few words
    for number in range(60):
        try:
            tell(sink, anna.says(f"number{number}"), anna.settles(","))
        except SinkError as error:
            lost.append(error)
    assert "full" in str(lost[-1])
    assert "Free some space" in lost[-1].remedy
    assert sink.unwritten > 0
    ballast.unlink()
    sink.retry()
    assert sink.unwritten == 0
    tell(sink, anna.says("good bye"), anna.settles(), anna.ends())
    assert kinds(small_disk) == [f"{kind} {number}" for number in range(62) for kind in ("segment", "mark")]
    assert page(small_disk).splitlines()[2] == f"**09:14** {anna.passage.text()}"


@pytest.mark.parametrize("write", [files.append, partial(files.append_lines, whole=bool), replace])
def test_a_file_is_as_it_was_when_the_disk_is_too_full_for_more(small_disk, write):
    path = small_disk / "notes"
    files.append(path, b"before\n")
    with pytest.raises(OSError, match="No space left"):
        write(path, b"x" * 1_000_000)
    assert path.read_bytes() == b"before\n"
    assert list(small_disk.iterdir()) == [path]


def test_a_day_that_cannot_be_written_does_not_double_the_day_before(sink, folder, speaker):
    anna = speaker(datetime(2026, 11, 23, 23, 59, 58, tzinfo=UTC))
    folder.mkdir(parents=True)
    in_the_way = folder / "2026-11-24.jsonl"
    in_the_way.mkdir()
    sink.write(anna.begins())
    anna.says("good night")
    anna.settles()
    with pytest.raises(SinkError):
        tell(sink, anna.says("good morning"))
    assert sink.unwritten == 1
    in_the_way.rmdir()
    sink.retry()
    assert kinds(folder) == ["segment 0", "mark 0"]
    assert [record["number"] for record in records(folder, "2026-11-24")] == [1]
    assert page(folder, "2026-11-24").endswith("**00:00** Good morning")


def test_a_folder_that_vanished_is_told_and_gets_everything_when_it_is_back(sink, folder, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("dear Anna"))
    folder.rename(folder.with_name("away"))
    with pytest.raises(SinkError, match="no folder"):
        sink.write(anna.settles(","))
    with pytest.raises(SinkError, match="no folder"):
        sink.write(anna.says("thank you"))
    folder.with_name("away").rename(folder)
    tell(sink, anna.settles(), anna.ends())
    assert kinds(folder) == ["segment 0", "mark 0", "segment 1", "mark 1"]
    assert page(folder).endswith("**09:14** Dear Anna, thank you.\n")


def test_words_that_are_owed_to_the_last_are_told_when_it_is_closed(sink, folder, speaker):
    anna = speaker()
    sink.write(anna.begins())
    folder.parent.mkdir(exist_ok=True)
    folder.write_text("in the way")
    with pytest.raises(SinkError):
        sink.write(anna.says("dear Anna"))
    with pytest.raises(SinkError, match="no folder"):
        sink.close()
    folder.unlink()
    sink.close()
    sink.close()
    assert kinds(folder) == ["segment 0"]


def test_a_page_that_cannot_be_written_holds_up_no_record(sink, folder, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("dear Anna"))
    path = folder / "2026-11-23.md"
    path.rename(folder / "away")
    path.mkdir()
    with pytest.raises(SinkError):
        tell(sink, anna.settles(","))
    assert sink.unwritten == 0
    assert kinds(folder) == ["segment 0", "mark 0"]
    path.rmdir()
    (folder / "away").rename(path)
    sink.retry()
    assert page(folder).endswith("**09:14** Dear Anna,")


PLAIN_USER = """
import os
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from datetime import datetime, timezone
from tray.core.failures import SinkError
from tray.core.prose import Act, Change, Passage
from tray.core.speech import Segment, Span, Word
from tray.sinks.transcript import TranscriptSink

os.setgroups([])
os.setgid(65534)
os.setuid(65534)
folder = Path(sys.argv[1])
sink = TranscriptSink(folder)
begun = Passage("first", datetime(2026, 11, 23, 9, 14, tzinfo=timezone.utc))
said = begun.add(Segment(0, (Word("hello", 0.0, 1.0, None, "estimated"),), Span(0, 16000, 16000), "."))
sink.write(Change(Act.BEGAN, begun))
try:
    sink.write(Change(Act.SEGMENT, said, said.entries[0]))
except SinkError as error:
    print(error, "|", error.remedy, "|", sink.unwritten)
folder.chmod(0o700)
sink.write(Change(Act.MARK, said.settle(0, "."), said.entries[0]))
print(sink.unwritten, *sorted(path.name for path in folder.iterdir()))
"""


def test_a_folder_that_may_not_be_written_is_told_and_used_when_it_may():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "Scribelet"
        folder.mkdir(mode=0o500)
        Path(name).chmod(0o755)
        os.chown(folder, 65534, 65534)
        command = [sys.executable, "-c", PLAIN_USER, str(folder), str(ROOT)]
        child = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert child.returncode == 0, child.stderr
        refused, taken = child.stdout.splitlines()
    assert refused.startswith("The transcript may not be written. | Allow writing in ")
    assert refused.endswith("| 1")
    assert taken == "0 2026-11-23.jsonl 2026-11-23.md"


def test_a_day_of_dictation_does_not_slow_the_writer_down(sink, folder, speaker):
    long = speaker()
    tell(sink, long.begins())
    for number in range(1500):
        long.says(f"word{number}")
        long.settles()
    sink.write(long.says("the last word"))
    started = datetime.now(UTC)
    tell(sink, long.settles(), long.ends())
    assert datetime.now(UTC) - started < timedelta(seconds=2)
    assert page(folder).endswith("The last word.\n")
