"""What goes down the pipe to the ear and comes up again: typed, length-prefixed MessagePack, never pickled."""

from __future__ import annotations

import struct
from typing import BinaryIO

import msgspec

from tray.core.speech import AudioChunk, Hypothesis, Mark, Segment, Skipped, Span

LARGEST = 16 * 1024 * 1024
"""Bytes of one message."""
_LENGTH = struct.Struct("<I")


class Message(msgspec.Struct, frozen=True, tag=True):
    """Anything that goes through the pipe."""


class Open(Message, frozen=True):
    """A session begins, or goes on after an ear has died."""

    session: int
    first_segment: int
    """Number of its next segment."""
    seconds: float
    """Place of its next sample, from the start of the session."""


class Sound(Message, frozen=True):
    """The next sound of the open session."""

    chunk: AudioChunk


class Release(Message, frozen=True):
    """The key was let go: after a short silence the words are wanted at once."""


class Watch(Message, frozen=True):
    """Whether anybody wants to see hypotheses, in this session and later ones."""

    wanted: bool


class Flush(Message, frozen=True):
    """The session has no more sound."""

    push_to_talk: bool


class Forget(Message, frozen=True):
    """Words were struck: build on nothing said so far."""

    session: int


class Ready(Message, frozen=True):
    """The models are loaded."""


class Said(Message, frozen=True):
    """A segment's words stand."""

    session: int
    segment: Segment


class Settled(Message, frozen=True):
    """A held mark stands."""

    session: int
    mark: Mark


class Passed(Message, frozen=True):
    """Nobody spoke here."""

    session: int
    skipped: Skipped


class Guessed(Message, frozen=True):
    """What the open segment says so far."""

    session: int
    hypothesis: Hypothesis


class Hushed(Message, frozen=True):
    """The key was let go, and nobody speaks any more."""

    session: int


class Eased(Message, frozen=True):
    """Whether nobody speaks, so that the next sound may come in bunches."""

    at_ease: bool


class Decoding(Message, frozen=True):
    """Sound is about to be decoded; if nothing follows, the ear hangs in it or has died of it."""

    session: int
    span: Span
    """From the first sample without a fate."""


class Moved(Message, frozen=True):
    """Nothing is being decoded any more, or another second of sound was heard."""


class Done(Message, frozen=True):
    """Every sample of the session has its fate."""

    session: int


class Failed(Message, frozen=True):
    """The ear cannot work; it ends."""

    what: str
    remedy: str
    exit_code: int


Down = Open | Sound | Release | Watch | Flush | Forget
Up = Ready | Said | Settled | Passed | Guessed | Hushed | Eased | Decoding | Moved | Done | Failed

_down: msgspec.msgpack.Decoder[Down] = msgspec.msgpack.Decoder(Down)
_up: msgspec.msgpack.Decoder[Up] = msgspec.msgpack.Decoder(Up)


class PipeBrokenError(Exception):
    """The other side is gone, or speaks another language."""


def send(pipe: BinaryIO, message: Message) -> None:
    """Write one message. Raises PipeBrokenError."""
    body = msgspec.msgpack.encode(message)
    try:
        pipe.write(_LENGTH.pack(len(body)) + body)
        pipe.flush()
    except (OSError, ValueError) as error:
        raise PipeBrokenError from error


def receive_down(pipe: BinaryIO) -> Down | None:
    """The next message for the ear; None at the end of the pipe. Raises PipeBrokenError."""
    body = _receive(pipe)
    try:
        return None if body is None else _down.decode(body)
    except (ValueError, RecursionError) as error:  # what msgspec raises is a ValueError, too
        raise PipeBrokenError from error


def receive_up(pipe: BinaryIO) -> Up | None:
    """The next message for the desk; None at the end of the pipe. Raises PipeBrokenError."""
    body = _receive(pipe)
    try:
        return None if body is None else _up.decode(body)
    except (ValueError, RecursionError) as error:  # what msgspec raises is a ValueError, too
        raise PipeBrokenError from error


def _receive(pipe: BinaryIO) -> bytes | None:
    try:
        head = pipe.read(_LENGTH.size)
        if not head:
            return None
        (length,) = _LENGTH.unpack(head)
        body = pipe.read(length) if length <= LARGEST else b""
    except (OSError, ValueError, struct.error) as error:
        raise PipeBrokenError from error
    if len(body) != length:
        raise PipeBrokenError
    return body
