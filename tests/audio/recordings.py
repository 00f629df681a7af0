"""Somebody's speech in every format, and how much of it is heard."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from tray.audio.recording import Recording
from tray.core.speech import RATE

SPEECH = Path(__file__).parents[1] / "speech" / "jfk.wav"
SPEECH_SECONDS = 11.0


def written(path: Path) -> Path:
    """Somebody's speech in the format that the name of the file says."""
    samples, rate = soundfile.read(SPEECH, dtype="int16")
    match path.suffix:
        case ".m4a" | ".mka":
            encode(path, "aac", samples, rate)
        case ".webm":
            encode(path, "libopus", samples, 48_000)
        case ".wma":
            encode(path, "wmav2", samples, 44_100)
        case ".opus":
            soundfile.write(path, samples, rate, format="OGG", subtype="OPUS")
        case _:
            soundfile.write(path, samples, rate)
    return path


def encode(path: Path, codec: str, samples: NDArray[np.int16], rate: int) -> None:
    """Write 16 kHz speech with FFmpeg, its table of contents in front where the format lets one choose."""
    options = {"movflags": "faststart"} if path.suffix == ".m4a" else {}
    with av.open(str(path), "w", options=options) as out:
        stream = out.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = 64_000
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate = RATE
        context = stream.codec_context
        even = av.AudioResampler(context.format, "mono", rate, frame_size=context.frame_size or None)
        for block in [*even.resample(frame), *even.resample(None), None]:
            out.mux(stream.encode(block))


def seconds_of(recording: Recording) -> float:
    """How much sound comes out."""
    return sum(len(chunk.pcm) // 2 for chunk in recording.chunks()) / recording.rate


LOSSY = ["a.mp3", "a.ogg", "a.opus", "a.m4a", "a.webm", "a.wma", "a.mka"]
