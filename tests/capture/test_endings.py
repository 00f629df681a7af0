"""However a session ends, by a key or by a failure, what was captured stays and the next one works."""

from __future__ import annotations

from time import monotonic

import pytest

from tests.capture.conftest import BLOCK, Broken, Desk, Source
from tray.capture import REST_S
from tray.core.failures import MicrophoneError
from tray.core.news import Captured, CaptureEnded, Trouble
from tray.core.speech import RATE, AudioChunk, Released
from tray.core.state import SourceEnded, SourceLost


def test_a_microphone_that_does_not_open_is_told(desk: Desk) -> None:
    error = MicrophoneError("There is no microphone", "Plug one in")
    desk.capture.open(1, Broken(opening=error))
    desk.wait_for(SourceLost(1, error))
    desk.close(1)


def test_a_source_that_fails_unforeseen_is_told_and_the_next_one_works(desk: Desk) -> None:
    desk.capture.open(1, Broken(opening=ZeroDivisionError()))
    desk.wait_for(SourceLost)
    assert desk.has(Trouble)
    desk.close(1)
    desk.open(2, Source()).deliver(BLOCK)
    desk.close(2)
    assert [session for session, _ in desk.kept()] == [2]


def test_a_source_that_cannot_be_closed_ends_its_session_all_the_same(desk: Desk) -> None:
    desk.open(1, Broken(closing=ZeroDivisionError()))
    desk.close(1)
    assert desk.has(Trouble)


def test_a_microphone_that_dies_is_lost_and_what_it_delivered_stays(desk: Desk) -> None:
    source = desk.open(1, Source())
    source.deliver(BLOCK)
    source.deliver(b"")
    desk.wait_for(SourceLost)
    desk.close(1)
    assert len(desk.kept()) == 1


def test_a_file_at_its_end_is_no_failure(desk: Desk) -> None:
    source = desk.open(1, Source(endless=False))
    source.deliver(BLOCK)
    source.deliver(b"")
    desk.wait_for(SourceEnded(1))
    assert not desk.has(SourceLost)


def test_a_full_spool_ends_the_session_and_hides_no_hole() -> None:
    desk = Desk(capacity=len(BLOCK) + 10)
    source = desk.open(1, Source())
    for block in (BLOCK, BLOCK, b"\1\0", b"\1\0"):
        source.deliver(block)
    desk.wait_for(SourceLost)
    desk.close(1)
    assert desk.kept() == [(1, AudioChunk(BLOCK, 0, RATE))]
    assert sum(isinstance(one, SourceLost) for one in desk.news) == 1
    assert sum(isinstance(one, Captured) for one in desk.news) == 1
    desk.capture.end()


def test_when_the_key_is_let_go_a_microphone_goes_on_for_a_moment(desk: Desk) -> None:
    source = desk.open(1, Source())
    source.deliver(BLOCK)
    desk.capture.let_go(1)
    assert not source.closed.wait(REST_S / 2)
    source.deliver(BLOCK)
    desk.wait_for(CaptureEnded(1))
    assert source.closed.is_set()
    assert desk.on_spool() == [(1, AudioChunk(BLOCK, 0, RATE)), (1, Released(512)), (1, AudioChunk(BLOCK, 512, RATE))]


def test_the_moment_is_over_as_soon_as_nobody_speaks(desk: Desk) -> None:
    source = desk.open(1, Source())
    source.deliver(BLOCK)
    desk.capture.let_go(1)
    begun = monotonic()
    desk.close(1)
    assert source.closed.is_set()
    assert monotonic() - begun < REST_S


def test_a_new_press_does_not_wait_for_the_rest_of_the_last_word(desk: Desk) -> None:
    first = desk.open(1, Source(last=BLOCK[:40]))
    desk.capture.let_go(1)
    second = desk.open(2, Source())
    assert first.closed.is_set()
    second.deliver(BLOCK)
    desk.wait_for(CaptureEnded(1))
    desk.close(2)
    sound = [(session, len(chunk.pcm)) for session, chunk in desk.kept()]
    assert sound == [(1, len(BLOCK)), (1, 40)]
    desk.spool.forget(1)
    assert [session for session, _ in desk.kept()] == [2]


@pytest.mark.parametrize("source", [Source(endless=False), Source()], ids=["a file", "nothing heard yet"])
def test_there_is_no_rest_of_a_word_where_none_can_be(desk: Desk, source: Source) -> None:
    desk.open(1, source)
    begun = monotonic()
    desk.capture.let_go(1)
    desk.wait_for(CaptureEnded(1))
    assert monotonic() - begun < REST_S
    assert desk.on_spool() == []


def test_a_microphone_that_dies_in_the_rest_of_a_word_ends_the_session_too(desk: Desk) -> None:
    source = desk.open(1, Source())
    source.deliver(BLOCK)
    desk.capture.let_go(1)
    source.deliver(b"")
    desk.wait_for(CaptureEnded(1))


def test_the_end_closes_what_is_open() -> None:
    desk = Desk()
    source = desk.open(1, Source())
    desk.capture.end()
    desk.capture.end()
    assert source.closed.is_set()
