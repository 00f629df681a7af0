"""What needs FFmpeg's decoders: M4A, WebM, WMA, the sound of films; through PyAV, which is not always installed."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tray.audio.recording import DamageError, Recording
from tray.core.failures import UsageError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_HONEST = frozenset({"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "asf"})
"""FFmpeg's names of containers that write down how long they are; of others it makes a guess."""
_USUAL_RATE = 48_000


def open_media(path: Path, source: Path | int) -> Recording:
    """Look at a file, given as its path or as a descriptor; `path` names it.

    Raises UsageError where it holds no sound that can be read, or where PyAV would be needed to tell.
    """
    with _opened(path, source) as container:
        if not container.streams.audio:
            raise UsageError(f"{path} is not a recording: there is no sound in it", "Give another file")
        seconds = container.duration / 1e6 if container.duration else None
        # a stream that no codec is known for has no rate either
        rate = getattr(container.streams.audio[0], "rate", None)
        if rate is None:
            raise UsageError(f"{path} holds sound of an unknown kind", "Give another file")
        rate = rate or _USUAL_RATE
    return Recording(path, rate, seconds, partial(_play, path, source, rate))


@contextmanager
def _opened(path: Path, source: Path | int) -> Generator[InputContainer]:
    try:
        import av
        from av.error import FFmpegError
    except ImportError as error:
        remedy = f"M4A, WebM, WMA and the sound of films need one more library: {sys.executable} -m pip install av"
        raise UsageError(f"{path} is not a recording that can be read here", remedy) from error
    with open(source, "rb", closefd=not isinstance(source, int)) as file:
        file.seek(0)
        try:
            # a playlist may name addresses on the network: nothing but this one file is ever opened
            options = {"protocol_whitelist": "none"}
            container = av.open(_Nameless(file), "r", container_options=options, metadata_errors="replace")
        except (FFmpegError, OSError, MemoryError) as error:  # the last for a header that claims gigabytes
            remedy = "Give a sound file or a film: WAV, FLAC, MP3, Ogg, M4A, WebM and many others"
            raise UsageError(f"{path} is not a recording that can be read", remedy) from error
        with container:
            yield container


def _play(path: Path, source: Path | int, rate: int) -> Iterator[bytes]:
    from av.error import FFmpegError

    samples = 0
    with _opened(path, source) as container:
        promised = _promised(container, container.streams.audio[0])
        try:
            for pcm in _decoded(container, rate):
                samples += len(pcm) // 2
                yield pcm
        except (FFmpegError, OSError, ValueError) as error:  # the last for sound that changes its shape in the middle
            raise DamageError("what follows cannot be decoded") from error
    if promised is not None and samples / rate < promised * 0.99 - 1:
        raise DamageError(f"{promised - samples / rate:.1f} s are missing")


def _decoded(container: InputContainer, rate: int) -> Iterator[bytes]:
    import av

    # the rate that a header names is not always the one that comes out of the decoder (HE-AAC doubles it)
    resampler = av.AudioResampler(format="s16", layout="mono", rate=rate)
    for frame in container.decode(container.streams.audio[0]):
        for even in resampler.resample(frame):
            yield even.to_ndarray().tobytes()
    for even in resampler.resample(None):
        yield even.to_ndarray().tobytes()


def _promised(container: InputContainer, stream: AudioStream) -> float | None:
    """Seconds of sound that the file should hold; None where it does not say."""
    if container.format.name not in _HONEST:
        return None
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    only_sound = len(container.streams) == len(container.streams.audio)
    return container.duration / 1e6 if container.duration and only_sound else None


class _Nameless:
    """A file whose name FFmpeg does not see: it would take any text whose name ends in .flac for a recording."""

    def __init__(self, file: BinaryIO) -> None:
        self.read = file.read
        self.tell = file.tell
        self._seek = file.seek

    def seek(self, offset: int, whence: int = 0) -> int:
        """The new position; −1 where there is none, since PyAV prints an exception that is raised here."""
        try:
            return self._seek(offset, whence)
        except OSError:
            return -1
