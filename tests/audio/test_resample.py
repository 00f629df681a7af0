"""Any rate becomes 16 kHz, to the sample, whatever the blocks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tray.audio.resample import Resampler
from tray.core.speech import RATE

RATES = [8000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000]


def tone(hertz: float, rate: int, seconds: float = 1.0) -> bytes:
    """A sine at half of full scale."""
    time = np.arange(round(rate * seconds)) / rate
    return (16_384 * np.sin(2 * np.pi * hertz * time)).astype("<i2").tobytes()


def resampled(sound: bytes, rate: int, blocks: Sequence[int] = (1024,)) -> NDArray[np.int16]:
    """All of a sound, pushed in blocks of these many samples in turn."""
    resampler = Resampler(rate)
    out, at, turn = b"", 0, 0
    while at < len(sound):
        size = 2 * blocks[turn % len(blocks)]
        out += resampler.push(sound[at : at + size])
        at, turn = at + size, turn + 1
    return np.frombuffer(out + resampler.flush(), "<i2")


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("samples", [1, 7, 160, 4801, 48_000])
def test_the_length_is_right_to_the_sample(rate: int, samples: int) -> None:
    assert abs(len(resampled(bytes(2 * samples), rate)) - samples * RATE / rate) <= 1


def test_16_khz_is_left_as_it_is() -> None:
    sound = tone(440, RATE)
    assert resampled(sound, RATE).tobytes() == sound


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(RATES), st.lists(st.integers(1, 5000), min_size=1, max_size=4))
def test_the_size_of_the_blocks_makes_no_difference(rate: int, blocks: Sequence[int]) -> None:
    sound = tone(440, rate, 0.3)
    assert np.array_equal(resampled(sound, rate, blocks), resampled(sound, rate, [len(sound)]))


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_keeps_its_pitch_its_level_and_its_place(rate: int) -> None:
    heard = resampled(tone(1000, rate), rate)[2000:14_000].astype(float)
    expected = np.frombuffer(tone(1000, RATE), "<i2")[2000:14_000].astype(float)
    assert np.abs(heard - expected).max() < 200


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_what_16_khz_cannot_hold_is_taken_out_and_not_folded_back(rate: int) -> None:
    assert np.abs(resampled(tone(10_000, rate), rate)[2000:14_000]).max() < 16


def test_nothing_stays_nothing() -> None:
    assert len(resampled(b"", 48_000)) == 0
