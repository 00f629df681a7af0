"""Sound goes to the disk as long as the disk takes it, and again as soon as it does."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest

from tests.spool.made import (
    BEGUN,
    SESSION,
    child,
    chunk,
    open_files,
    parts,
    read,
    session,
    write,
)
from tray.core.speech import AudioChunk
from tray.spool.blocks import LARGEST
from tray.spool.reel import ReelWriter, erase, read_reel, read_sound, sessions


def test_what_was_said_outlives_a_process_that_is_killed(tmp_path: Path) -> None:
    done = child("[writer.append(chunk(n)) for n in range(3)]\nos.kill(os.getpid(), signal.SIGKILL)", tmp_path)
    assert done.returncode == -9, done.stderr
    assert read(tmp_path) == [chunk(0), chunk(1), chunk(2)]
    assert read_reel(tmp_path, SESSION).ending is None


def test_nobody_else_can_hear_it(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "spool"
    write(folder, session(), part_size=300)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in parts(folder)} == {0o600}


def test_a_write_that_fails_leaves_nothing_and_the_next_one_goes_through(tmp_path: Path) -> None:
    done = child(
        "[writer.append(chunk(n, 1000)) for n in range(3)]\n"
        "size = parts(folder)[0].stat().st_size\n"
        "for limit in (size + 500, 20):\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, -1))\n"
        "    try: writer.append(chunk(3, 1000 if limit > 20 else 8))\n"
        "    except OSError as error: os.write(1, errno.errorcode[error.errno].encode() + b' ')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))\n"
        "print(parts(folder)[0].stat().st_size - size, len(parts(folder)))\n"
        "writer.append(chunk(3, 1000))",
        tmp_path,
    )
    assert (done.stdout, done.stderr) == ("EFBIG EFBIG 0 1\n", "")
    assert read(tmp_path) == [chunk(number, 1000) for number in range(4)]
    assert read_reel(tmp_path, SESSION).damage == ()
    assert len(parts(tmp_path)) == 2  # a file that has failed once is not asked again


def test_a_folder_that_may_not_be_written_takes_sound_again_as_soon_as_it_may() -> None:
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o777)  # noqa: PTH101 - the one place for another user; pytest's own folders are closed to them
        done = child(
            "if os.geteuid() == 0: os.setuid(65534)\n"
            "folder.mkdir(0o500)\n"
            "try: writer.append(chunk(0))\n"
            "except PermissionError: folder.chmod(0o700)\n"
            "writer.append(chunk(0))",
            Path(name) / "spool",
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert read(Path(name) / "spool") == [chunk(0)]


@pytest.mark.parametrize("how", ["deleted", "moved away"])
def test_sound_goes_on_in_a_new_part_when_the_folder_is_gone(tmp_path: Path, how: str) -> None:
    folder = tmp_path / "spool"
    writer = ReelWriter(folder, SESSION, BEGUN)
    place = writer.append(chunk(0))
    assert place
    if how == "deleted":
        erase(folder, SESSION)
        folder.rmdir()
    else:
        folder.rename(tmp_path / "away")
    writer.append(chunk(1))
    writer.close()
    assert read(folder) == [chunk(1)]
    assert read_reel(folder, SESSION).damage == ()
    with pytest.raises(FileNotFoundError):
        read_sound(place)  # other sound than this one must not have come to its place


def test_a_file_in_place_of_the_folder_is_an_error_until_it_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.write_text("in the way")
    writer = ReelWriter(folder, SESSION, BEGUN)
    for _ in range(2):
        with pytest.raises(FileExistsError):
            writer.append(chunk(0))
    assert (sessions(folder), read(folder)) == ([], [])
    folder.unlink()
    writer.append(chunk(0))
    folder.rename(tmp_path / "away")
    with pytest.raises(FileNotFoundError):
        writer.sync()  # the name of the new part cannot be brought to the disk
    (tmp_path / "away").rename(folder)
    writer.close()
    assert read(folder) == [chunk(0)]


def test_no_file_stays_open(tmp_path: Path) -> None:
    opened = open_files()
    writer = ReelWriter(tmp_path, SESSION, BEGUN, part_size=1)
    for number in range(5):
        writer.append(chunk(number))
    erase(tmp_path, SESSION)
    writer.append(chunk(5))
    assert open_files() == opened + 1
    writer.close()
    read(tmp_path)
    assert open_files() == opened


def test_the_folder_may_be_a_link_to_another_disk(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "spool").symlink_to("disk")
    write(tmp_path / "spool", session())
    assert read(tmp_path / "spool") == session()


def test_what_no_reader_would_believe_is_not_written(tmp_path: Path) -> None:
    writer = ReelWriter(tmp_path, SESSION, BEGUN)
    with pytest.raises(OSError, match="too large") as caught:
        writer.append(AudioChunk(bytes(LARGEST + 2), 0, 16_000))
    assert caught.value.errno == errno.EFBIG
    assert parts(tmp_path) == []
    largest = AudioChunk(bytes(LARGEST), 0, 16_000)
    writer.append(largest)
    assert read(tmp_path) == [largest]


def test_a_reel_that_was_closed_goes_on_in_a_new_part(tmp_path: Path) -> None:
    writer = ReelWriter(tmp_path, SESSION, BEGUN)
    writer.close()
    assert parts(tmp_path) == []
    writer.append(chunk(0))
    writer.close()
    writer.close()
    writer.append(chunk(1))
    ReelWriter(tmp_path, SESSION, BEGUN).append(chunk(2))
    assert len(parts(tmp_path)) == 3
    assert read(tmp_path) == [chunk(0), chunk(1), chunk(2)]


@pytest.mark.parametrize(("sample", "left"), [(0, [0, 1, 2, 3]), (15, [1, 2, 3]), (16, [2, 3]), (1000, [3])])
def test_parts_whose_sound_has_its_fate_are_deleted_but_never_the_one_being_written(
    tmp_path: Path, sample: int, left: list[int]
) -> None:
    writer = ReelWriter(tmp_path, SESSION, BEGUN, part_size=1)
    for number in range(4):
        writer.append(chunk(number))
    writer.release_before(sample)
    assert read(tmp_path) == [chunk(number) for number in left]
    writer.append(chunk(4))
    assert read(tmp_path) == [chunk(number) for number in (*left, 4)]
