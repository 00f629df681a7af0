"""Recordings that come through a pipe, whose length nobody knows."""

from __future__ import annotations

import io
import os
import struct
import threading
from pathlib import Path

import pytest

from tests.audio.recordings import LOSSY, SPEECH, SPEECH_SECONDS, seconds_of, written
from tray.audio.files import open_recording, open_stream
from tray.core.speech import RATE


@pytest.mark.parametrize("name", [*LOSSY, "a.wav", "a.flac"])
def test_a_pipe_is_heard_like_a_file(name: str, tmp_path: Path) -> None:
    path = written(tmp_path / name)
    read, write = os.pipe()
    feeder = threading.Thread(target=lambda: [Path(f"/dev/fd/{write}").write_bytes(path.read_bytes()), os.close(write)])
    feeder.start()
    piped = open_stream(os.fdopen(read, "rb"), Path("pipe"))
    assert b"".join(chunk.pcm for chunk in piped.chunks()) == b"".join(
        chunk.pcm for chunk in open_recording(path).chunks()
    )
    feeder.join()


def test_a_pipe_with_a_name_is_heard(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    feeder = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(SPEECH.read_bytes()))
    feeder.start()
    assert seconds_of(open_recording(tmp_path / "pipe")) == SPEECH_SECONDS
    feeder.join()


def with_length(length: int) -> bytes:
    """The speech as WAV whose header promises so many bytes."""
    whole = SPEECH.read_bytes()
    at = whole.index(b"data") + 4
    return whole[:4] + struct.pack("<I", length) + whole[8:at] + struct.pack("<I", length) + whole[at + 4 :]


@pytest.mark.parametrize("length", [0, 0x7FFFF000, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_length_that_was_not_known_yet_does_not_matter(length: int, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(with_length(length))
    assert seconds_of(open_recording(tmp_path / "a.wav")) == SPEECH_SECONDS
    piped = open_stream(io.BytesIO(with_length(length)), Path("pipe"))
    assert (piped.seconds, seconds_of(piped)) == (None, SPEECH_SECONDS)


class Live(io.RawIOBase):
    """A microphone program that has said this much and goes on recording: reading further would wait for ever."""

    def __init__(self, said: bytes) -> None:
        self._said = io.BytesIO(said)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:
        block = self._said.read(len(buffer))
        assert block, "somebody waits for sound that has not been recorded yet"
        buffer[: len(block)] = block
        return len(block)


def test_a_live_pipe_is_heard_while_it_goes_on() -> None:
    chunks = open_stream(io.BufferedReader(Live(with_length(0)), 4096), Path("pipe")).chunks()
    heard = 0.0
    while heard < SPEECH_SECONDS - 1:
        heard = next(chunks).end / RATE
