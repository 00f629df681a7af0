"""Every block a source delivers is stamped and kept in the session that it belongs to."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.capture.conftest import BLOCK, Desk, Source
from tray.core.news import Captured, CaptureEnded
from tray.core.speech import RATE, AudioChunk, Span
from tray.core.state import SoundFlows


def test_blocks_are_counted_from_the_start_of_the_session(desk: Desk) -> None:
    source = desk.open(1, Source(rate=44_100))
    for block in (BLOCK, BLOCK[:200], BLOCK):
        source.deliver(block)
    desk.close(1)
    assert desk.kept() == [
        (1, AudioChunk(BLOCK, 0, 44_100)),
        (1, AudioChunk(BLOCK[:200], 512, 44_100)),
        (1, AudioChunk(BLOCK, 612, 44_100)),
    ]


def test_a_microphone_of_another_rate_goes_on_where_the_first_one_ended(desk: Desk) -> None:
    source = desk.open(1, Source(rate=RATE))
    source.deliver(BLOCK)
    source.rate = 48_000
    source.deliver(BLOCK)
    desk.close(1)
    assert desk.kept() == [(1, AudioChunk(BLOCK, 0, RATE)), (1, AudioChunk(BLOCK, 512, 48_000))]
    assert desk.has(Captured(1, Span(512, 1024, 48_000)))


def test_the_seconds_of_a_session_are_those_of_its_sound_at_whatever_rate(desk: Desk) -> None:
    source = desk.open(1, Source(rate=RATE))
    source.deliver(b"\0\0" * RATE)
    source.rate = 48_000
    source.deliver(b"\0\0" * 48_000)
    desk.close(1)
    assert desk.capture.seconds(1) == 2
    assert desk.capture.seconds(2) == 0


def test_the_ledger_hears_of_sound_in_order_and_the_session_flows_with_the_first_sample(desk: Desk) -> None:
    source = desk.open(1, Source())
    source.deliver(BLOCK)
    source.deliver(BLOCK)
    desk.close(1)
    assert desk.news == [
        SoundFlows(1),
        Captured(1, Span(0, 512, RATE)),
        Captured(1, Span(512, 1024, RATE)),
        CaptureEnded(1),
    ]


def test_a_session_begins_when_its_first_sample_was_spoken(desk: Desk) -> None:
    source = desk.open(1, Source())
    before = datetime.now().astimezone()
    source.deliver(b"\0\0" * RATE)
    source.deliver(BLOCK)
    desk.close(1)
    [(session, at)] = desk.begun
    assert session == 1
    assert before - timedelta(seconds=1) <= at <= datetime.now().astimezone() - timedelta(seconds=1)


def test_a_block_that_comes_while_the_source_opens_is_kept(desk: Desk) -> None:
    desk.open(1, Source(last=BLOCK))
    desk.close(1)
    assert [chunk.start for _, chunk in desk.kept()] == [0, 512]


def test_the_last_block_comes_before_the_end(desk: Desk) -> None:
    desk.open(1, Source(last=BLOCK[:20]))
    desk.close(1)
    assert desk.news[-2:] == [Captured(1, Span(512, 522, RATE)), CaptureEnded(1)]


def test_each_session_has_its_own_sound(desk: Desk) -> None:
    for session in (1, 2):
        source = desk.open(session, Source())
        source.deliver(BLOCK)
        desk.close(session)
        assert source.closed.is_set()
        assert desk.kept() == [(session, AudioChunk(BLOCK, 0, RATE))]
        desk.spool.forget(session)


def test_a_late_close_of_one_session_leaves_the_next_one_open(desk: Desk) -> None:
    desk.open(1, Source())
    desk.close(1)
    second = desk.open(2, Source())
    desk.news.clear()
    desk.close(1)
    assert not second.closed.is_set()
    second.deliver(BLOCK)
    desk.close(2)
    assert [session for session, _ in desk.kept()] == [2]


def test_a_session_that_never_had_a_sample_ends_too(desk: Desk) -> None:
    desk.open(1, Source())
    desk.close(1)
    assert desk.news == [CaptureEnded(1)]
    assert desk.begun == []


def test_a_session_whose_source_was_never_asked_for_ends_too(desk: Desk) -> None:
    desk.close(5)
