"""Recordings on disk and from a pipe, in every format that one of the decoders knows."""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO

from tray.audio import media, soundfiles, wavestream
from tray.audio.recording import Recording
from tray.core.failures import ScribeletError, UsageError

STANDARD_INPUT = Path("-")
_RATES = range(1000, 768_001)
"""Samples per second that somebody may have recorded with; others are damage, and would be hours or gigabytes."""


def open_recording(path: Path) -> Recording:
    """Look at a file, or at standard input where the path is "-". Raises UsageError where it cannot be read as sound.

    The sound of a stream is not kept, unless its format can be read only as a whole: then it is on disk until played.
    """
    if path == STANDARD_INPUT:
        if sys.stdin.isatty():
            raise UsageError("Standard input is a terminal", "Send a recording through a pipe, or give a file")
        return open_stream(sys.stdin.buffer, Path("standard input"))
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            return open_stream(path.open("rb"), path)
        with path.open("rb") as file:
            form = wavestream.read_form(file.read(wavestream.HEAD))
    except OSError as error:
        what = "does not exist" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        raise UsageError(f"{path} {what}", "Give the path of a sound file") from error
    if form is None:
        return _decoder(path, path)
    _check_rate(path, form.rate)
    size = path.stat().st_size - form.offset
    length = size if form.length is None else min(form.length, size)
    return Recording(path, form.rate, length / form.frame / form.rate, partial(_play_file, path, form))


def open_stream(stream: BinaryIO, path: Path) -> Recording:
    """Look at what comes out of a stream, called by `path`; it can be played once and is closed then.

    Raises UsageError where it cannot be read as sound, ScribeletError where it cannot be kept.
    """
    head = stream.read(wavestream.HEAD)
    whole = io.BufferedReader(_Rejoined(head, stream))
    form = wavestream.read_form(head)
    if form is not None:
        _check_rate(path, form.rate)
        seconds = None if form.length is None else form.length / form.frame / form.rate
        return Recording(path, form.rate, seconds, partial(_closing, whole, partial(wavestream.play, whole, form)))
    return _spooled(whole, path)


def _decoder(path: Path, source: Path | int) -> Recording:
    recording = soundfiles.open_sound_file(path, source) or media.open_media(path, source)
    _check_rate(path, recording.rate)
    return recording


def _check_rate(path: Path, rate: int) -> None:
    if rate not in _RATES:
        what = f"{path} is not a recording that can be read: it claims to have {rate} samples a second"
        raise UsageError(what, "Convert it again from its source")


def _play_file(path: Path, form: wavestream.Form) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from wavestream.play(file, form)


def _spooled(stream: BinaryIO, path: Path) -> Recording:
    """On disk without a name, since these decoders go back and forth."""
    spool = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed when it has been played
    try:
        with stream:
            shutil.copyfileobj(stream, spool)
        spool.flush()
        recording = _decoder(path, spool.fileno())
    except OSError as error:
        spool.close()
        raise ScribeletError(f"{path} cannot be kept on disk: {error.strerror}", "Make room, or set TMPDIR") from error
    except BaseException:
        spool.close()
        raise
    return Recording(path, recording.rate, recording.seconds, partial(_closing, spool, recording.play))


def _closing(file: IO[bytes], play: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    with file:
        yield from play()


class _Rejoined(io.RawIOBase):
    """A stream with what was read from its beginning put back."""

    def __init__(self, head: bytes, stream: BinaryIO) -> None:
        self._head, self._stream = head, stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride] - typeshed's Buffer type is not at run time
        """Fill as much as one read gives; 0 at the end."""
        if self._head:
            block, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        else:
            block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
        super().close()
