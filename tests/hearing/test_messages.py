"""What goes into the pipe comes out of it, and what cannot be a message breaks the pipe and nothing else."""

from __future__ import annotations

import math
import struct
from io import BytesIO
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray.core.speech import AudioChunk, Hypothesis, Mark, Segment, Skipped, Span, Word
from tray.hearing.messages import (
    LARGEST,
    Decoding,
    Done,
    Down,
    Eased,
    Failed,
    Flush,
    Forget,
    Guessed,
    Hushed,
    Moved,
    Open,
    Passed,
    PipeBrokenError,
    Ready,
    Release,
    Said,
    Settled,
    Sound,
    Up,
    Watch,
    receive_down,
    receive_up,
    send,
)

COUNTS = st.integers(0, 2**40)
SECONDS = st.floats(0, 1e6)
SPANS = st.builds(Span, COUNTS, COUNTS, COUNTS)
WORDS = st.builds(
    Word, st.text(), SECONDS, SECONDS, st.none() | st.floats(0, 1), st.sampled_from(["measured", "estimated"])
)
SEGMENTS = st.builds(Segment, COUNTS, st.lists(WORDS).map(tuple), SPANS, st.text())
CHUNKS = st.builds(AudioChunk, st.binary(), COUNTS, COUNTS)

DOWN = {
    Open: st.builds(Open, COUNTS, COUNTS, SECONDS),
    Sound: st.builds(Sound, CHUNKS),
    Release: st.builds(Release),
    Watch: st.builds(Watch, st.booleans()),
    Flush: st.builds(Flush, st.booleans()),
    Forget: st.builds(Forget, COUNTS),
}
UP = {
    Ready: st.builds(Ready),
    Said: st.builds(Said, COUNTS, SEGMENTS),
    Settled: st.builds(Settled, COUNTS, st.builds(Mark, COUNTS, st.text())),
    Passed: st.builds(Passed, COUNTS, st.builds(Skipped, SPANS)),
    Guessed: st.builds(Guessed, COUNTS, st.builds(Hypothesis, st.text())),
    Hushed: st.builds(Hushed, COUNTS),
    Eased: st.builds(Eased, st.booleans()),
    Decoding: st.builds(Decoding, COUNTS, SPANS),
    Moved: st.builds(Moved),
    Done: st.builds(Done, COUNTS),
    Failed: st.builds(Failed, st.text(), st.text(), COUNTS),
}


def framed(body: bytes) -> BytesIO:
    """A pipe in which these bytes stand as one message."""
    return BytesIO(struct.pack("<I", len(body)) + body)


def test_every_message_is_tried_here() -> None:
    assert (set(get_args(Down)), set(get_args(Up))) == (set(DOWN), set(UP))


@given(st.lists(st.one_of(*DOWN.values()), max_size=5))
def test_what_the_desk_sends_is_what_the_ear_gets(messages: list[Down]) -> None:
    pipe = BytesIO()
    for message in messages:
        send(pipe, message)
    pipe.seek(0)
    assert [receive_down(pipe) for _ in messages] == messages
    assert receive_down(pipe) is None


@given(st.lists(st.one_of(*UP.values()), max_size=5))
def test_what_the_ear_says_is_what_the_desk_hears(messages: list[Up]) -> None:
    pipe = BytesIO()
    for message in messages:
        send(pipe, message)
    pipe.seek(0)
    assert [receive_up(pipe) for _ in messages] == messages
    assert receive_up(pipe) is None


@given(st.one_of(*UP.values()), st.data())
def test_a_message_that_breaks_off_breaks_the_pipe(message: Up, data: st.DataObject) -> None:
    pipe = BytesIO()
    send(pipe, message)
    whole = pipe.getvalue()
    torn = whole[: data.draw(st.integers(1, len(whole) - 1))]
    with pytest.raises(PipeBrokenError):
        receive_up(BytesIO(torn))


@given(st.binary())
def test_gibberish_is_a_message_or_breaks_the_pipe(body: bytes) -> None:
    for receive in (receive_up, receive_down):
        try:
            message = receive(framed(body))
        except PipeBrokenError:
            continue
        assert type(message) in {**UP, **DOWN}


@pytest.mark.parametrize(
    "body", [b"", b"\xc1", b"\x91" * 100_000 + b"\xc0", b"\x81\xa4type\xa7Nothing", b"\x81\xa4type\xa4Open"]
)
def test_what_is_no_message_breaks_the_pipe(body: bytes) -> None:
    with pytest.raises(PipeBrokenError):
        receive_down(framed(body))


def test_a_message_in_the_wrong_direction_breaks_the_pipe() -> None:
    pipe = BytesIO()
    send(pipe, Ready())
    pipe.seek(0)
    with pytest.raises(PipeBrokenError):
        receive_down(pipe)


def test_a_message_that_claims_to_be_too_large_is_not_waited_for() -> None:
    pipe = BytesIO(struct.pack("<I", LARGEST + 1) + b"a")
    with pytest.raises(PipeBrokenError):
        receive_up(pipe)
    assert pipe.read() == b"a"


def test_nobody_at_the_other_end_breaks_the_pipe() -> None:
    pipe = BytesIO()
    pipe.close()
    with pytest.raises(PipeBrokenError):
        send(pipe, Ready())
    with pytest.raises(PipeBrokenError):
        receive_up(pipe)


def test_times_survive_to_the_last_bit() -> None:
    pipe = BytesIO()
    send(pipe, Open(1, 0, math.nextafter(1.0, 2.0)))
    pipe.seek(0)
    assert receive_down(pipe) == Open(1, 0, math.nextafter(1.0, 2.0))
