"""Recordings of every kind that people have come out as the sound that is in them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tests.audio.recordings import LOSSY, SPEECH, SPEECH_SECONDS, seconds_of, written
from tray.audio.files import open_recording
from tray.audio.recording import Recording
from tray.core.speech import RATE


def tone(rate: int = RATE, seconds: float = 2.5) -> NDArray[np.float64]:
    """A sine at half of full scale."""
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)


def sound(path: Path) -> NDArray[np.float64]:
    """All samples of a recording, −1…1."""
    pcm = b"".join(chunk.pcm for chunk in open_recording(path).chunks())
    return np.frombuffer(pcm, "<i2") / 32768


@pytest.mark.parametrize(
    ("name", "subtype", "error"),
    [
        ("a.wav", "PCM_U8", 0.01),
        ("a.wav", "PCM_16", 0.0001),
        ("a.wav", "PCM_24", 0.0001),
        ("a.wav", "PCM_32", 0.0001),
        ("a.wav", "FLOAT", 0.0001),
        ("a.wav", "DOUBLE", 0.0001),
        ("a.wav", "ULAW", 0.02),
        ("a.flac", "PCM_S8", 0.01),
        ("a.flac", "PCM_16", 0.0001),
        ("a.flac", "PCM_24", 0.0001),
    ],
)
def test_every_kind_of_samples_sounds_the_same(name: str, subtype: str, error: float, tmp_path: Path) -> None:
    soundfile.write(tmp_path / name, tone(), RATE, subtype=subtype)
    assert np.abs(sound(tmp_path / name) - tone()).max() <= error


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100, 48_000])
def test_chunks_follow_each_other_at_the_rate_of_the_file(rate: int, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(rate), rate)
    recording = open_recording(tmp_path / "a.wav")
    chunks = list(recording.chunks())
    assert recording.seconds == pytest.approx(2.5)
    assert {chunk.rate for chunk in chunks} == {rate}
    assert [chunk.start for chunk in chunks] == [0, *(chunk.end for chunk in chunks[:-1])]
    assert chunks[-1].end == len(tone(rate))
    assert max(len(chunk.pcm) for chunk in chunks) <= 2 * rate


def test_samples_of_16_bits_come_out_as_they_are(tmp_path: Path) -> None:
    samples = np.array([-32768, -32767, -1, 0, 1, 32766, 32767], np.int16)
    soundfile.write(tmp_path / "a.wav", samples, RATE)
    assert b"".join(chunk.pcm for chunk in open_recording(tmp_path / "a.wav").chunks()) == samples.tobytes()


def test_channels_are_mixed(tmp_path: Path) -> None:
    left = tone()
    soundfile.write(tmp_path / "a.wav", np.stack([left, np.zeros_like(left)], axis=1), RATE)
    assert np.abs(sound(tmp_path / "a.wav") - left / 2).max() < 0.0001


def test_a_recording_that_is_too_loud_is_clipped_and_does_not_wrap_around(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", 3 * tone(), RATE, subtype="FLOAT")
    assert np.abs(sound(tmp_path / "a.wav") - np.clip(3 * tone(), -1, 1)).max() < 0.0001


def test_an_empty_recording_has_no_chunks(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0), RATE)
    recording = open_recording(tmp_path / "a.wav")
    assert (recording.seconds, list(recording.chunks())) == (0, [])


def loud_seconds(recording: Recording) -> NDArray[np.float64]:
    """The loudness of each whole second, so that the same speech can be told in another rate and format."""
    pcm = np.frombuffer(b"".join(chunk.pcm for chunk in recording.chunks()), "<i2") / 32768
    whole = pcm[: len(pcm) // recording.rate * recording.rate].reshape(-1, recording.rate)
    return np.sqrt((whole**2).mean(axis=1))


@pytest.mark.parametrize("name", LOSSY)
def test_speech_is_the_same_in_every_format(name: str, tmp_path: Path) -> None:
    recording = open_recording(written(tmp_path / name))
    heard, spoken = loud_seconds(recording), loud_seconds(open_recording(SPEECH))
    assert recording.seconds == pytest.approx(SPEECH_SECONDS, abs=0.2)
    # a codec may begin some hundredths of a second late
    assert np.corrcoef(heard[:10], spoken[:10])[0, 1] > 0.9


def test_what_stands_behind_the_sound_of_a_wav_file_is_not_heard(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(SPEECH.read_bytes() + b"LIST" + struct.pack("<I", 1000) + b"INFO" + bytes(996))
    assert seconds_of(open_recording(tmp_path / "a.wav")) == SPEECH_SECONDS
