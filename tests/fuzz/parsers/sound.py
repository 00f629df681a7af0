"""Recordings in every format, as files and through pipes."""

from __future__ import annotations

import math
import struct
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from tests.fuzz.worker import Parse
from tray.audio.files import open_recording, open_stream
from tray.audio.recording import Recording
from tray.audio.resample import Resampler

_RATE = 8000
_FRAMES = 1600
TOKENS = (
    *(
        b"RIFF",
        b"RF64",
        b"WAVE",
        b"data",
        b"fmt ",
        b"fact",
        b"LIST",
        b"fLaC",
        b"ID3",
        b"Xing",
        b"FORM",
        b"AIFF",
        b"SSND",
    ),
    *(b"OggS", b"moov", b"mdat", b"ftyp", b"\xff\xfb", struct.pack("<f", math.nan), struct.pack("<f", math.inf)),
    *(
        struct.pack("<HHI", kind, channels, rate)
        for kind in (1, 3)
        for channels in (1, 1024)
        for rate in (1, 2**31 - 1)
    ),
)


@cache
def waves() -> tuple[bytes, ...]:
    """What our own reader of WAV takes."""
    kinds = (("PCM_16", "WAV"), ("PCM_U8", "WAV"), ("PCM_24", "WAVEX"), ("FLOAT", "WAV"), ("DOUBLE", "RF64"))
    endless = bytearray(_written("PCM_16", "WAV"))
    endless[4:8] = endless[40:44] = b"\xff" * 4
    return (*(_written(kind, form) for kind, form in kinds), bytes(endless))


@cache
def others() -> tuple[bytes, ...]:
    """What needs libsndfile, or FFmpeg."""
    kinds = (("PCM_16", "FLAC"), ("MPEG_LAYER_III", "MP3"), ("PCM_16", "AIFF"), ("ULAW", "AU"), ("IMA_ADPCM", "WAV"))
    return (*(_written(kind, form) for kind, form in kinds), _encoded("ogg", "libopus"), _encoded("mp4", "aac"))


def _tone() -> Any:
    import numpy as np

    return 0.3 * np.sin(np.arange(_FRAMES, dtype=np.float32) * 0.3)


def _written(kind: str, form: str) -> bytes:
    import soundfile

    file = BytesIO()
    soundfile.write(file, _tone(), _RATE, subtype=kind, format=form)
    content = bytearray(file.getvalue())
    if (peak := content.find(b"PEAK")) >= 0:
        content[peak + 12 : peak + 16] = bytes(4)  # the time of day
    return bytes(content)


def _encoded(form: str, codec: str) -> bytes:
    import av
    import numpy as np

    file = BytesIO()
    rate = 48_000 if codec == "libopus" else _RATE
    # else every file would have a serial number of its own
    with av.open(file, "w", format=form, options={"fflags": "+bitexact"}) as out:
        stream: Any = out.add_stream(codec, rate=rate, layout="mono")
        samples = (np.repeat(_tone(), rate // _RATE) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate = rate
        context = stream.codec_context
        even = av.AudioResampler(context.format, "mono", rate, frame_size=context.frame_size or None)
        for block in [*even.resample(frame), *even.resample(None), None]:
            out.mux(stream.encode(block))
    return file.getvalue()


def in_file(folder: Path) -> Parse:
    """A file that somebody wants transcribed."""
    path = folder / "recording"

    def parse(content: bytes) -> None:
        path.write_bytes(content)
        _heard(open_recording(path))

    return parse


def through_pipe(_folder: Path) -> Parse:
    """The same bytes from standard input."""

    def parse(content: bytes) -> None:
        _heard(open_stream(BytesIO(content), Path("pipe")))

    return parse


def _heard(recording: Recording) -> None:
    assert recording.seconds is None or 0 <= recording.seconds < math.inf
    resampler, end = Resampler(recording.rate), 0
    for chunk in recording.chunks():
        assert (chunk.start, chunk.rate, len(chunk.pcm) % 2) == (end, recording.rate, 0)
        end = chunk.end
        resampler.push(chunk.pcm)
    resampler.flush()
