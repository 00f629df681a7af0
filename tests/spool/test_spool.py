"""Sound waits its turn, and is kept until it has its fate."""

from __future__ import annotations

import threading
import time

import pytest

from tests.hearing.desk import poll
from tests.spool.keepers import LateDisk, NoDisk, without_disk
from tray.core.failures import ScribeletError
from tray.core.ledger import Fate
from tray.core.speech import RATE, AudioChunk, Ending, Released, Resumed, Span
from tray.spool.spool import CAPACITY, NEAR, PATIENCE, Spool


def chunk(number: int, samples: int = 100) -> AudioChunk:
    """One of many that follow each other."""
    return AudioChunk(bytes([number]) * 2 * samples, number * samples, RATE)


def new_spool(capacity: int = CAPACITY) -> Spool:
    """One that has no disk."""
    return without_disk(Spool(NoDisk(), capacity))


def filled(*sessions: int, chunks: int = 3) -> Spool:
    """A spool with that many chunks of each session."""
    spool = new_spool()
    for session in sessions:
        for number in range(chunks):
            spool.append(session, chunk(number))
    return spool


def taken(spool: Spool) -> list[tuple[int, AudioChunk | Released | Resumed | Ending]]:
    """All that can be had now."""
    items: list[tuple[int, AudioChunk | Released | Resumed | Ending]] = []
    while item := spool.take(0):
        items.append(item)
    return items


def test_sound_comes_out_in_the_order_in_which_it_went_in() -> None:
    assert taken(filled(1)) == [(1, chunk(0)), (1, chunk(1)), (1, chunk(2))]


def test_nothing_is_handed_out_twice() -> None:
    spool = filled(1)
    taken(spool)
    assert taken(spool) == []
    spool.append(1, chunk(3))
    assert taken(spool) == [(1, chunk(3))]


def test_the_ending_comes_behind_the_last_sound_and_once() -> None:
    spool = filled(1)
    spool.end(1, Ending(push_to_talk=True))
    assert taken(spool)[-1] == (1, Ending(push_to_talk=True))
    assert taken(spool) == []


def test_where_the_key_was_let_go_stands_in_line_with_the_sound() -> None:
    spool = filled(1, chunks=2)
    spool.mark(1, Released(200))
    spool.append(1, chunk(2))
    assert taken(spool) == [(1, chunk(0)), (1, chunk(1)), (1, Released(200)), (1, chunk(2))]


@pytest.mark.parametrize(("until", "left"), [(200, [Released(200), chunk(2)]), (250, [Released(200), chunk(2)])])
def test_where_the_key_was_let_go_is_told_even_if_all_sound_before_it_has_its_fate(
    until: int, left: list[AudioChunk | Released]
) -> None:
    spool = filled(1, chunks=2)
    taken(spool)
    spool.mark(1, Released(200))
    spool.append(1, chunk(2))
    spool.release(1, Span(0, until, RATE), Fate.SKIPPED)
    assert [item for _, item in taken(spool)] == left


def test_where_the_key_was_let_go_leaves_with_the_sound_around_it() -> None:
    spool = filled(1, chunks=2)
    spool.mark(1, Released(200))
    spool.append(1, chunk(2))
    taken(spool)
    spool.release(1, Span(0, 300, RATE), Fate.SKIPPED)
    spool.rewind()
    assert taken(spool) == []


def test_a_session_waits_until_the_one_before_has_ended() -> None:
    spool = filled(1, 2)
    assert {session for session, _ in taken(spool)} == {1}
    spool.end(1, Ending())
    assert [session for session, _ in taken(spool)] == [1, 2, 2, 2]


def test_what_has_no_fate_is_handed_out_again_after_a_rewind() -> None:
    spool = filled(1)
    spool.end(1, Ending())
    taken(spool)
    spool.release(1, Span(0, 250, RATE), Fate.SKIPPED)
    spool.rewind()
    assert taken(spool) == [(1, chunk(2)), (1, Ending())]


def test_fates_of_sound_that_was_not_handed_out_again_yet_skip_it() -> None:
    spool = filled(1)
    taken(spool)
    spool.rewind()
    spool.release(1, Span(0, 100, RATE), Fate.SKIPPED)
    assert taken(spool) == [(1, chunk(1)), (1, chunk(2))]


def test_fates_of_sound_that_was_handed_out_leave_the_rest_in_order() -> None:
    spool = filled(1)
    assert [spool.take(0) for _ in range(2)] == [(1, chunk(0)), (1, chunk(1))]
    spool.release(1, Span(0, 100, RATE), Fate.SKIPPED)
    assert taken(spool) == [(1, chunk(2))]


def test_a_session_that_is_forgotten_is_not_handed_out() -> None:
    spool = filled(1, 2)
    spool.forget(1)
    assert {session for session, _ in taken(spool)} == {2}
    spool.forget(2)
    spool.forget(2)
    assert spool.empty


def test_fates_of_a_forgotten_session_change_nothing() -> None:
    spool = filled(1)
    spool.forget(1)
    spool.release(1, Span(0, 100, RATE), Fate.SKIPPED)
    assert spool.empty


def test_a_session_is_kept_until_it_is_forgotten_even_when_all_its_sound_has_a_fate() -> None:
    spool = filled(1)
    taken(spool)
    spool.release(1, Span(0, 300, RATE), Fate.SKIPPED)
    assert not spool.empty


def test_a_full_spool_has_room_again_when_sound_has_its_fate() -> None:
    spool = new_spool(capacity=2 * 250)
    for number in range(2):
        assert spool.fits(chunk(number))
        spool.append(1, chunk(number))
    assert not spool.fits(chunk(2))
    spool.release(1, Span(0, 100, RATE), Fate.SKIPPED)
    assert spool.fits(chunk(2))


def test_sound_of_a_forgotten_session_stays_in_memory_until_the_disk_has_it() -> None:
    disk = LateDisk()
    spool = Spool(disk, capacity=2 * 100)
    spool.append(1, chunk(0))
    spool.forget(1)
    assert not spool.fits(chunk(1))
    disk.write(spool)
    assert spool.fits(chunk(1))


def test_sound_waits_for_the_disk_but_not_for_long() -> None:
    disk = LateDisk()
    spool = Spool(disk)
    begun = time.monotonic()
    spool.append(1, chunk(0))
    assert spool.take(0) is None
    poll(lambda: spool.take(0.05) == (1, chunk(0)), "the sound")
    assert time.monotonic() - begun >= PATIENCE


def test_sound_goes_on_as_soon_as_the_disk_has_it() -> None:
    disk = LateDisk()
    spool = Spool(disk)
    spool.append(1, chunk(0))
    disk.write(spool)
    assert spool.take(0) == (1, chunk(0))


def test_once_the_key_was_let_go_nothing_waits_for_a_bunch() -> None:
    spool = Spool(LateDisk())
    spool.relax(at_ease=True)
    assert spool.at_ease
    spool.mark(1, Released(0))
    assert not spool.at_ease


def test_memory_that_runs_short_is_filled_again_from_the_disk() -> None:
    disk = LateDisk()
    spool = Spool(disk)
    whole = NEAR // 2 // 10
    for number in range(12):
        spool.append(1, chunk(number, whole))
        disk.write(spool)
    assert taken(spool) == [(1, chunk(number, whole)) for number in range(12)]
    assert disk.read_back == 2


def test_sound_that_the_disk_does_not_give_back_is_said() -> None:
    disk = LateDisk()
    spool = Spool(disk)
    for number in range(12):
        spool.append(1, chunk(number, NEAR // 20))
        disk.write(spool)
    disk.broken = True
    with pytest.raises(ScribeletError, match="cannot be read"):
        taken(spool)


def test_a_chunk_that_has_its_fate_in_part_takes_all_its_room() -> None:
    spool = new_spool(capacity=2 * 100)
    spool.append(1, chunk(0))
    spool.release(1, Span(0, 99, RATE), Fate.SKIPPED)
    assert not spool.fits(chunk(1, samples=1))


def test_nothing_comes_of_waiting_in_vain() -> None:
    begun = time.monotonic()
    assert new_spool().take(0.05) is None
    assert time.monotonic() - begun >= 0.05


@pytest.mark.parametrize("what", ["sound", "an ending", "a rewind"])
def test_who_waits_is_woken(what: str) -> None:
    spool = filled(1)
    taken(spool)
    found: list[object] = []
    waiter = threading.Thread(target=lambda: found.append(spool.take(20)))
    waiter.start()
    match what:
        case "sound":
            spool.append(1, chunk(3))
        case "an ending":
            spool.end(1, Ending())
        case _:
            spool.rewind()
    waiter.join(10)
    expected = {"sound": chunk(3), "an ending": Ending(), "a rewind": chunk(0)}[what]
    assert found == [(1, expected)]
