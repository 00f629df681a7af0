"""Recordings of every kind that people have come out as the sound that is in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tray.audio.files import open_recording
from tray.core.failures import UsageError
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
    assert max(len(chunk.pcm) for chunk in chunks) == 2 * rate


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


@pytest.mark.parametrize("content", [b"", b"RIFF", b"Dear Anna, thank you for the letter.", b"fLaC" + bytes(100)])
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.raw", "a"])
def test_what_is_no_recording_is_refused(content: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=r"not a recording") as caught:
        open_recording(tmp_path / name)
    assert caught.value.remedy


def test_a_recording_that_is_not_there_is_missed_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.wav does not exist"):
        open_recording(tmp_path / "absent.wav")


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        open_recording(tmp_path)


def test_a_recording_that_breaks_off_is_heard_as_far_as_it_goes(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(), RATE)
    whole = (tmp_path / "a.wav").read_bytes()
    (tmp_path / "a.wav").write_bytes(whole[: 44 + 2 * RATE])
    assert np.abs(sound(tmp_path / "a.wav") - tone()[:RATE]).max() < 0.0001


def test_a_recording_that_is_damaged_inside_says_so(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    soundfile.write(tmp_path / "a.flac", rng.uniform(-0.5, 0.5, 5 * RATE), RATE)
    whole = bytearray((tmp_path / "a.flac").read_bytes())
    middle = len(whole) // 2
    whole[middle : middle + 20_000] = bytes(20_000)
    (tmp_path / "a.flac").write_bytes(whole)
    with pytest.raises(UsageError, match="damaged"):
        list(open_recording(tmp_path / "a.flac").chunks())
