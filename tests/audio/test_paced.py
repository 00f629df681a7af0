"""A sound file stands in for a microphone."""

import queue
import struct
import time
import wave
from pathlib import Path

import pytest

from tray.audio.paced import PacedFile
from tray.core.failures import MicrophoneError


def write(path: Path, samples: list[int], rate: int = 16000, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return path


def play(source: PacedFile) -> tuple[int, list[bytes]]:
    """The rate that all blocks have, and those before the empty one."""
    blocks: queue.Queue[tuple[bytes, int]] = queue.Queue()
    source.open(lambda block, rate: blocks.put((block, rate)))
    played = [blocks.get(timeout=10)]
    while played[-1][0]:
        played.append(blocks.get(timeout=10))
    [rate] = {rate for _, rate in played}
    return rate, [block for block, _ in played[:-1]]


def test_a_file_arrives_in_blocks_of_512_and_ends_with_an_empty_one(tmp_path: Path) -> None:
    samples = list(range(1200))
    rate, blocks = play(PacedFile(write(tmp_path / "a.wav", samples), pace=100))
    assert rate == 16000
    assert [len(block) // 2 for block in blocks] == [512, 512, 176]
    assert b"".join(blocks) == struct.pack("<1200h", *samples)


def test_it_takes_as_long_as_it_was_spoken(tmp_path: Path) -> None:
    source = PacedFile(write(tmp_path / "a.wav", [1] * 8000))
    begun = time.monotonic()
    play(source)
    assert 0.49 <= time.monotonic() - begun < 3


def test_a_pace_of_ten_is_ten_times_as_fast(tmp_path: Path) -> None:
    source = PacedFile(write(tmp_path / "a.wav", [1] * 160_000), pace=10)
    begun = time.monotonic()
    play(source)
    assert 0.99 <= time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("samples", "mixed"),
    [
        ([100, 200, -100, -300], [150, -200]),
        ([32767, 32767, -32768, -32768], [32767, -32768]),
    ],
)
def test_two_channels_become_their_mean(tmp_path: Path, samples: list[int], mixed: list[int]) -> None:
    rate, blocks = play(PacedFile(write(tmp_path / "a.wav", samples, rate=44100, channels=2)))
    assert rate == 44100
    assert b"".join(blocks) == struct.pack(f"<{len(mixed)}h", *mixed)


def test_a_file_that_was_cut_off_is_played_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", [7, 8, 9, 10], channels=2)
    path.write_bytes(path.read_bytes()[:-3])
    _, blocks = play(PacedFile(path))
    assert b"".join(blocks) == struct.pack("<h", 7)


def test_an_empty_file_ends_at_once(tmp_path: Path) -> None:
    assert play(PacedFile(write(tmp_path / "a.wav", []))) == (16000, [])


def test_after_closing_nothing_comes_not_even_the_end(tmp_path: Path) -> None:
    blocks: queue.Queue[bytes] = queue.Queue()
    source = PacedFile(write(tmp_path / "a.wav", [1] * 16000 * 60))
    source.open(lambda block, _rate: blocks.put(block))
    assert blocks.get(timeout=5)
    begun = time.monotonic()
    source.close()
    source.close()
    assert time.monotonic() - begun < 1
    left = [blocks.get() for _ in range(blocks.qsize())]
    assert b"" not in left
    with pytest.raises(queue.Empty):
        blocks.get(timeout=0.1)


def test_a_file_can_be_played_twice(tmp_path: Path) -> None:
    source = PacedFile(write(tmp_path / "a.wav", [5] * 600), pace=10)
    assert play(source) == play(source)


def test_an_8_bit_file_is_refused(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
    with pytest.raises(MicrophoneError, match=r"a\.wav does not hold 16-bit samples") as refusal:
        PacedFile(tmp_path / "a.wav").open(print)
    assert "16-bit WAV" in refusal.value.remedy


def test_something_else_than_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("Dear Anna")
    with pytest.raises(MicrophoneError, match="not a WAV file"):
        PacedFile(tmp_path / "a.wav").open(print)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MicrophoneError, match=r"gone\.wav cannot be read: No such file"):
        PacedFile(tmp_path / "gone.wav").open(print)
