"""What passes between desk and ear, and what libvosk answers."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, get_args

from tests.fuzz.worker import Parse
from tray.core.speech import RATE, AudioChunk, Hypothesis, Mark, Segment, Skipped, Span, Word
from tray.hearing import messages as pipe
from tray.hearing.messages import Message, PipeBrokenError, send

_SEGMENT = Segment(
    2,
    (Word("Dear", 1.0, 1.2, 0.9, "measured"), Word("Anna", 1.2, 1.6, None, "estimated")),
    Span(16000, 25600, RATE),
    ",",
)
_UP: tuple[Message, ...] = (
    *(pipe.Ready(), pipe.Said(1, _SEGMENT), pipe.Settled(1, Mark(2, ".")), pipe.Passed(1, Skipped(Span(0, 512, RATE)))),
    *(pipe.Guessed(1, Hypothesis("dear")), pipe.Hushed(1), pipe.Done(1), pipe.Failed("no model", "install it", 4)),
)
_DOWN: tuple[Message, ...] = (
    *(pipe.Open(1, 0, 0.0), pipe.Sound(AudioChunk(bytes(range(64)), 512, 48000)), pipe.Release(), pipe.Watch(True)),
    *(pipe.Flush(True), pipe.Forget(1)),
)
PIPE_TOKENS = (
    b"\xa4type",
    b"\xc0",
    b"\xc1",
    b"\xcf" + b"\xff" * 8,
    b"\xdd\xff\xff\xff\xff",
    b"\xdb\xff\xff\xff\xff",
    b"\x91",
)
VOSK_TOKENS = (
    b'"result"',
    b'"text"',
    b'"partial"',
    b'"word"',
    b'"conf"',
    b'"start"',
    b'"end"',
    b"[unk]",
    b"<unk>",
    b"{}",
)


def up() -> list[bytes]:
    return [*map(_body, _UP), b"".join(map(_sent, _UP))]


def down() -> list[bytes]:
    return [*map(_body, _DOWN), b"".join(map(_sent, _DOWN))]


def _sent(message: Message) -> bytes:
    stream = BytesIO()
    send(stream, message)
    return stream.getvalue()


def _body(message: Message) -> bytes:
    return _sent(message)[4:]


def heard_by_desk(_folder: Path) -> Parse:
    """What the desk reads from the ear."""
    return partial(_received, pipe.receive_up, get_args(pipe.Up))


def heard_by_ear(_folder: Path) -> Parse:
    """What the ear reads from the desk."""
    return partial(_received, pipe.receive_down, get_args(pipe.Down))


def _received(receive: Callable[[BinaryIO], Message | None], kinds: tuple[type, ...], content: bytes) -> None:
    """Once as a stream, once as the body of one message with the right length."""
    for stream in (BytesIO(content), BytesIO(struct.pack("<I", len(content)) + content)):
        try:
            while (message := receive(stream)) is not None:
                assert type(message) in kinds
        except PipeBrokenError:
            continue


def vosk() -> list[bytes]:
    word = b'{"conf": 0.98, "end": 1.25, "start": 1.0, "word": "hot"}'
    return [
        b'{"result": [' + word + b", " + word.replace(b"hot", b"[unk]") + b'], "text": "hot"}',
        b'{"partial": "it is [unk] hot"}',
        b'{"text": ""}',
    ]


def vosk_final(_folder: Path) -> Parse:
    """A final answer."""
    from tray.engines.vosk import spoken

    def parse(content: bytes) -> None:
        for word in spoken(content.decode(errors="replace")):
            assert isinstance(word.text, str)
            assert 0 <= word.confidence <= 1

    return parse


def vosk_partial(_folder: Path) -> Parse:
    """A partial answer."""
    from tray.engines.vosk import guessed

    def parse(content: bytes) -> None:
        assert all(isinstance(word, str) for word in guessed(content.decode(errors="replace")))

    return parse
