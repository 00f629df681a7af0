"""What was said comes back from the disk, whatever happened to the process, the disk or the file."""

from __future__ import annotations

import os
import random
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.spool.made import (
    BEGUN,
    FAULTS,
    LATER,
    SESSION,
    Byte,
    Item,
    block,
    chunk,
    in_order,
    parts,
    read,
    session,
    spans,
    strange,
    survives,
    write,
)
from tray.core.speech import AudioChunk, Ending, Released
from tray.spool.blocks import Search
from tray.spool.reel import Place, ReelDamagedError, ReelWriter, erase, read_reel, read_sound, sessions

SEED = 20261123
COUNTS = st.integers(0, 2**64 - 1)
SOUND = st.binary(max_size=100).map(lambda half: half + half)
CHUNKS = st.builds(AudioChunk, SOUND, COUNTS, st.integers(0, 2**32 - 1))
ITEMS = st.lists(CHUNKS | st.builds(Released, COUNTS) | st.builds(Ending, st.booleans()), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(items=ITEMS, part_size=st.integers(1, 1000))
def test_everything_that_was_written_comes_back(items: list[Item], part_size: int):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "spool"
        writer = ReelWriter(folder, SESSION, BEGUN, part_size=part_size)
        places = [place for item in items if (place := writer.append(item))]
        writer.close()
        reel = read_reel(folder, SESSION)
        assert [read_sound(place) for place in places] == [item.pcm for item in items if isinstance(item, AudioChunk)]
        assert read(folder) == items
        assert (reel.session, reel.begun, reel.damage) == (SESSION, BEGUN, ())
        assert reel.ending == next((item for item in reversed(items) if isinstance(item, Ending)), None)
        assert reel.size == sum(path.stat().st_size for path in parts(folder))


def test_a_long_session_lies_in_parts_that_can_each_be_understood_alone(tmp_path: Path) -> None:
    items = session(12)
    write(tmp_path, items, part_size=300)
    whole = parts(tmp_path)
    assert [path.name for path in whole] == [f"{SESSION}.{number:04d}.sound" for number in range(1, len(whole) + 1)]
    assert all(path.stat().st_size <= 300 for path in whole)
    for number, path in enumerate(whole):
        alone = tmp_path / str(number)
        alone.mkdir()
        path.rename(alone / path.name)
        assert (read_reel(alone, SESSION).begun, read_reel(alone, SESSION).damage) == (BEGUN, ())
    assert [item for number in range(len(whole)) for item in read(tmp_path / str(number))] == items


def test_sound_that_looks_like_a_block_is_sound(tmp_path: Path) -> None:
    write(tmp_path / "a", [chunk(1)])
    tricky = AudioChunk(parts(tmp_path / "a")[0].read_bytes(), 0, 16_000)
    write(tmp_path / "b", [tricky, chunk(2)])
    assert read(tmp_path / "b") == [tricky, chunk(2)]


def test_wherever_a_reel_breaks_off_all_before_comes_out(tmp_path: Path) -> None:
    items = session()
    sizes = write(tmp_path, items)
    path = parts(tmp_path)[0]
    whole = path.read_bytes()
    for length in range(len(whole), -1, -1):
        os.truncate(path, length)
        assert read(tmp_path) == [item for item, size in zip(items, sizes, strict=True) if size <= length], length
        at_a_border = length in (*sizes, spans(items, sizes)[0][0], len(b"Scribelet reel 1\n"))
        assert bool(read_reel(tmp_path, SESSION).damage) != at_a_border, length


@pytest.mark.parametrize("flip", [0x01, 0x02, 0x10, 0x80, 0xFF])
def test_a_wrong_byte_takes_nothing_with_it_but_its_own_block(tmp_path: Path, flip: int) -> None:
    items = session()
    where = spans(items, write(tmp_path, items))
    path = parts(tmp_path)[0]
    whole = path.read_bytes()
    for at in range(len(whole)):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ flip]) + whole[at + 1 :])
        assert read(tmp_path) == [
            item for item, (start, end) in zip(items, where, strict=True) if not start <= at < end
        ], at
        reel = read_reel(tmp_path, SESSION)
        assert (reel.begun, len(reel.damage)) == (BEGUN, 1), at


@pytest.mark.parametrize(
    "garbage",
    [
        b"\0",
        bytes(5000),
        b"\xd7re1",
        b"\xd7re1" * 100,
        b"\xd7re1\1" + b"\xff" * 20,
        b"\xd7",
        random.Random(SEED).randbytes(300),
    ],
    ids=["a zero", "zeros", "a marker", "markers", "a huge length", "half a marker", "noise"],
)
def test_garbage_between_blocks_is_passed_over_and_told(tmp_path: Path, garbage: bytes) -> None:
    items = session()
    where = spans(items, write(tmp_path, items))
    path = parts(tmp_path)[0]
    whole = path.read_bytes()
    for at in (0, *(start for start, _ in where), len(whole)):
        path.write_bytes(whole[:at] + garbage + whole[at:])
        assert read(tmp_path) == items
        # in front of the magic line garbage takes that with it
        end = at + len(garbage) + (len(b"Scribelet reel 1\n") if at == 0 else 0)
        told = f"{path.name}: bytes {at} to {end - 1} were passed over, nothing in them checks out"
        assert read_reel(tmp_path, SESSION).damage == (told,)


def test_two_thousand_ways_to_break_a_reel_cost_only_what_they_hit(tmp_path: Path) -> None:
    seed = int(os.environ.get("REEL_SEED", SEED))
    print(f"REEL_SEED={seed}")
    items = session(6)
    where = spans(items, write(tmp_path, items))
    path = parts(tmp_path)[0]
    whole: list[Byte] = [(value, at) for at, value in enumerate(path.read_bytes())]
    for number in range(2000):
        chance, content = random.Random(f"{seed} {number}"), whole
        for fault in chance.choices(FAULTS, k=chance.randrange(1, 5)):
            content = fault(chance, content) if content else content
        path.unlink()  # an old file that gets a new content would wait for the disk
        path.write_bytes(bytes(value for value, _ in content))
        untouched = [item for item, span in zip(items, where, strict=True) if survives(content, *span)]
        out = read(tmp_path)
        assert in_order(untouched, out), (seed, number)
        assert in_order(out, items), (seed, number)


def test_a_part_that_is_missing_is_told_and_the_others_come_out(tmp_path: Path) -> None:
    write(tmp_path, [chunk(number) for number in range(8)], part_size=1)
    for number in (1, 3, 5, 6):
        (tmp_path / f"{SESSION}.{number:04d}.sound").unlink()
    assert read(tmp_path) == [chunk(1), chunk(3), chunk(6), chunk(7)]
    # what stood in front was let go because it had its fate
    assert read_reel(tmp_path, SESSION).damage == (
        f"{SESSION} lacks 1 of its parts, from 0003 on",
        f"{SESSION} lacks 2 of its parts, from 0005 on",
    )


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("a link", "cannot be read: Too many levels of symbolic links"),
        ("a pipe", "cannot be read: Illegal seek"),
        ("a folder", "cannot be read: Is a directory"),
        ("another version", "passed over, they are of version 2"),
        ("another session", "passed over, they are of another session"),
        ("nothing", "is empty"),
        ("zeros", "bytes 0 to 9999 were passed over, nothing in them checks out"),
    ],
)
def test_what_is_no_part_is_told_and_the_other_parts_come_out(tmp_path: Path, what: str, told: str) -> None:
    write(tmp_path, [chunk(number) for number in range(3)], part_size=1)
    path = parts(tmp_path)[1]
    strange(path, what)
    assert read(tmp_path) == [chunk(0), chunk(2)]
    (sentence,) = read_reel(tmp_path, SESSION).damage
    assert sentence.startswith(path.name)
    assert sentence.endswith(told)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        (9, b""),
        (3, b"{}"),
        (4, b"[1]"),
        (4, b"\xff"),
        (4, b"[" * 100_000),
        (0, b"{}"),
        (0, f'{{"session": "{SESSION}", "begun": "some day"}}'.encode()),
        (0, f'{{"session": "{SESSION}", "begun": "2026-11-23T09:14:00"}}'.encode()),
    ],
)
def test_a_block_that_a_later_version_may_have_meant_something_by_is_told(
    tmp_path: Path, kind: int, payload: bytes
) -> None:
    write(tmp_path, [chunk(0), chunk(1)])
    path = parts(tmp_path)[0]
    whole, strange_one = path.read_bytes(), block(kind, payload)
    at = len(whole) - len(block(1, chunk(1).pcm))
    path.write_bytes(whole[:at] + strange_one + whole[at:])
    assert read(tmp_path) == [chunk(0), chunk(1)]
    told = f"bytes {at} to {at + len(strange_one) - 1} were passed over, they check out and mean nothing here"
    assert read_reel(tmp_path, SESSION).damage == (f"{path.name}: {told}",)


@pytest.mark.parametrize("length", [100_000, 400_000])
def test_what_only_looks_like_blocks_costs_no_more_than_its_length_and_hides_no_sound(
    tmp_path: Path, length: int
) -> None:
    write(tmp_path, [chunk(0), chunk(1, 1000)])
    path = parts(tmp_path)[0]
    whole, header = path.read_bytes(), bytearray(block(1, bytes(length // 2))[:25])
    header[-1] ^= 1
    at = len(whole) - len(block(1, chunk(1, 1000).pcm))
    content = whole[:at] + bytes(header) * (length // 25) + whole[at:]
    search = Search(content)
    last = search.next(at)
    assert last
    assert last.end == len(content)
    assert search.vain <= 4 * len(content) + 4_000_000
    path.write_bytes(content)
    assert read(tmp_path) == [chunk(0), chunk(1, 1000)]


def test_a_file_of_any_length_takes_no_more_memory_than_a_part(tmp_path: Path) -> None:
    write(tmp_path, [chunk(number, 50_000) for number in range(200)])
    assert len(parts(tmp_path)) > 4
    with (tmp_path / f"{SESSION}.9999.sound").open("wb") as file:
        file.truncate(10**10)
    tracemalloc.start()
    reel = read_reel(tmp_path, SESSION)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(reel.items) == 200
    assert reel.size > 10**10
    assert reel.damage[-1].endswith("bytes 8000000 to 9999999999 were passed over, no part is that long")
    assert most < 10_000_000


def test_sound_that_is_no_longer_what_was_written_is_not_given_out(tmp_path: Path) -> None:
    place = ReelWriter(tmp_path, SESSION, BEGUN).append(chunk(0))
    assert place
    for offset, size in (
        (place.offset, place.size - 2),
        (place.offset, place.size + 2),
        (place.offset + 2, place.size),
    ):
        with pytest.raises(ReelDamagedError):
            read_sound(Place(place.path, offset, size))
    content = place.path.read_bytes()
    for damaged in (content[:-1], content[:-1] + bytes([content[-1] ^ 1]), b""):
        place.path.write_bytes(damaged)
        with pytest.raises(ReelDamagedError, match=place.path.name):
            read_sound(place)
    place.path.unlink()
    with pytest.raises(FileNotFoundError):
        read_sound(place)


def test_sessions_are_told_oldest_first_and_nothing_else_in_the_folder_is_one(tmp_path: Path) -> None:
    assert sessions(tmp_path / "none") == []
    write(tmp_path, session(), LATER)
    write(tmp_path, session(), SESSION, part_size=1)
    for stray in ("notes.0001.sound", f"{SESSION}.sound", f"{SESSION}.01.sound", "20261399T091400.123456-1.0001.sound"):
        (tmp_path / stray).touch()
    assert sessions(tmp_path) == [SESSION, LATER]


def test_a_session_is_erased_with_all_its_parts_and_no_other_one(tmp_path: Path) -> None:
    write(tmp_path, session(), SESSION, part_size=1)
    write(tmp_path, session(), LATER)
    for _ in range(2):
        erase(tmp_path, SESSION)
        assert sessions(tmp_path) == [LATER]
    assert (read(tmp_path), read(tmp_path, LATER)) == ([], session())
    erase(tmp_path / "none", SESSION)


@pytest.mark.parametrize("name", ["", "..", f"../{SESSION}", f"{SESSION}/x", f"{SESSION}\n", "20261399T091400.123456"])
def test_a_name_that_is_none_of_ours_leads_nowhere(tmp_path: Path, name: str) -> None:
    for use in (read_reel, erase, lambda folder, name: ReelWriter(folder, name, BEGUN)):
        with pytest.raises(ValueError, match=r"name|format|data"):
            use(tmp_path, name)
