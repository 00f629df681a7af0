"""The index of a transcript is only ever a help: whatever befalls it, what is found is what was said."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.sinks.archive.conftest import ANNA, MONDAY, PLUMBER, ROOT, TUESDAY, find
from tests.sinks.conftest import tell
from tray.sinks.archive import Archive

# the files


@pytest.mark.usefixtures("two_days")
def test_what_is_said_after_a_search_is_found_by_the_next_one(archive, sink, speaker):
    assert find(archive, "giraffe") == []
    tell(sink, *speaker(TUESDAY + timedelta(hours=1), "third").tells("a giraffe"))
    assert find(archive, "giraffe") == ["A giraffe."]
    assert find(archive, "plumber") == [PLUMBER]


@pytest.mark.usefixtures("two_days")
def test_a_day_that_did_not_change_is_not_read_again(archive, folder):
    find(archive, "anna")
    _misheard(folder)
    assert find(archive, "anna") == [ANNA]
    os.utime(folder / f"{MONDAY}.jsonl")
    assert find(archive, "anna") == []
    assert find(archive, "lena") == [ANNA.replace("Anna", "Lena")]


@pytest.mark.usefixtures("two_days")
def test_a_deleted_day_leaves_no_word_in_the_index(archive, folder, index):
    assert find(archive, "plumber") == [PLUMBER]
    assert b"plumber" in index.read_bytes()
    (folder / f"{TUESDAY.date()}.jsonl").unlink()
    assert find(archive, "plumber") == []
    assert b"plumber" not in index.read_bytes()
    assert find(archive, "anna") == [ANNA]


# the index


@pytest.mark.usefixtures("two_days")
def test_only_its_owner_can_read_the_index(archive, index):
    index.parent.mkdir(parents=True, mode=0o755)
    index.touch(mode=0o644)
    find(archive, "anna")
    assert [one.name for one in index.parent.iterdir()] == [index.name]
    assert (index.parent.stat().st_mode & 0o777, index.stat().st_mode & 0o777) == (0o700, 0o600)


def _garbage(index: Path) -> None:
    index.write_bytes(b"no database at all" * 1000)


def _half(index: Path) -> None:
    index.write_bytes(index.read_bytes()[: index.stat().st_size // 2])


def _holes(index: Path) -> None:
    content = index.read_bytes()
    index.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def _without_words(index: Path) -> None:
    with closing(sqlite3.connect(index)) as database:
        database.execute("DROP TABLE said")
        database.commit()


def _other_version(index: Path) -> None:
    with closing(sqlite3.connect(index)) as database:
        database.execute("DROP TABLE days")
        database.execute("CREATE TABLE other (one)")
        database.execute("PRAGMA user_version = 99")
        database.commit()


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize("harm", [_garbage, _half, _holes, _without_words, _other_version, Path.unlink])
def test_an_index_that_cannot_be_used_is_made_anew(archive, index, harm):
    find(archive, "anna")
    harm(index)
    assert find(archive, "anna") == [ANNA]
    with closing(sqlite3.connect(index)) as database:
        assert database.execute("SELECT count(*) FROM said WHERE said MATCH 'anna'").fetchone() == (1,)


def _misheard(folder: Path) -> None:
    """Another name in the file of Monday, which looks unchanged from outside."""
    path = folder / f"{MONDAY}.jsonl"
    then = path.stat()
    path.write_bytes(path.read_bytes().replace(b"Anna", b"Lena"))
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))


@pytest.mark.usefixtures("two_days")
def test_an_index_of_another_transcript_is_made_anew(archive, folder, index, tmp_path):
    assert find(archive, "anna") == [ANNA]
    shutil.copytree(folder, tmp_path / "other")
    _misheard(tmp_path / "other")
    assert find(Archive(tmp_path / "other", index), "anna") == []
    assert b"anna" not in index.read_bytes()
    assert find(archive, "anna") == [ANNA]


@pytest.mark.usefixtures("two_days")
def test_while_another_command_writes_the_index_the_answer_comes_without_it(archive, index):
    find(archive, "anna")
    with closing(sqlite3.connect(index, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert find(archive, "anna") == [ANNA]
        other.execute("ROLLBACK")
    assert find(archive, "anna") == [ANNA]


@pytest.mark.usefixtures("two_days")
def test_another_command_that_is_about_to_write_stops_no_search(archive, folder, index):
    find(archive, "anna")
    _misheard(folder)
    with closing(sqlite3.connect(index, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert find(archive, "anna") == [ANNA]


@pytest.mark.usefixtures("two_days")
def test_an_index_in_the_way_of_something_else_is_done_without(archive, index):
    index.parent.parent.mkdir()
    index.parent.write_text("a file where the folder should be")
    assert find(archive, "anna") == [ANNA]


def _elsewhere(code: str, folder: Path, index: Path) -> str:
    """What a search for Anna prints in a process of its own that did this first."""
    search = (
        "import sys, os, resource, sqlite3, msgspec; from pathlib import Path\n"
        "from tray.sinks.archive import Archive\n"
        f"{code}\n"
        "found = Archive(Path(sys.argv[1]), Path(sys.argv[2])).search(['anna'], print, day=None, limit=None)\n"
        "print(*(''.join(one.pieces) for one in found.paragraphs))"
    )
    command = [sys.executable, "-c", search, str(folder), str(index)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()[-1]


@pytest.mark.usefixtures("two_days")
def test_a_full_disk_costs_only_time(folder, index):
    assert _elsewhere("resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))", folder, index) == ANNA
    assert index.stat().st_size <= 4096


@pytest.fixture
def readable(folder, two_days) -> Iterator[Path]:
    """The transcript where everybody may read it, and a folder beside it that belongs to nobody in particular."""
    assert two_days is None
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        place = Path(name)
        place.chmod(0o755)
        shutil.copytree(folder, place / "text")
        for path in (place / "text").iterdir():
            path.chmod(0o644)
        (place / "text").chmod(0o755)
        (place / "cache").mkdir()
        yield place


_NOBODY = "os.setgid(65534); os.setuid(65534)"


def test_a_cache_that_may_not_be_written_costs_only_time(readable):
    assert _elsewhere(_NOBODY, readable / "text", readable / "cache/words") == ANNA
    assert list((readable / "cache").iterdir()) == []


def test_an_index_that_may_only_be_read_still_saves_time(readable):
    find(Archive(readable / "text", readable / "cache/words"), "anna")
    _misheard(readable / "text")
    for path, mode in ((readable / "cache/words", 0o400), (readable / "cache", 0o500)):
        os.chown(path, 65534, 65534)
        path.chmod(mode)
    assert _elsewhere(_NOBODY, readable / "text", readable / "cache/words") == ANNA
