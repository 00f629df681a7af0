"""How loud, how clean and how much of it is speech: figures from real voices and real rooms."""

from __future__ import annotations

import numpy as np
import pytest
import soxr
from numpy.typing import NDArray

from tests.audio.test_gate import MODEL, ROOMS, samples
from tests.engines.spoken import clip
from tray.audio.gate import SileroGate, load_network
from tray.audio.level import SILENCE, Level, Meter
from tray.audio.resample import Resampler
from tray.core.speech import RATE

SECONDS = 5


def measured(sound: NDArray[np.float64], rate: int = RATE, block: int = 512) -> Level:
    """What a meter says of a sound whose full scale is 1."""
    meter = Meter(SileroGate(load_network(MODEL)), Resampler)
    pcm = np.clip(np.rint(sound * 32768), -32768, 32767).astype("<i2").tobytes()
    for at in range(0, len(pcm), 2 * block):
        meter.hear(pcm[at : at + 2 * block], rate)
    return meter.level()


def voice(name: str, gain: float) -> NDArray[np.float64]:
    """The first seconds of a recording, so many decibels louder."""
    return np.frombuffer(clip(name), "<i2")[: SECONDS * RATE] / 32768 * 10 ** (gain / 20)


def room(number: int, gain: float) -> NDArray[np.float64]:
    """The first seconds of a room in which nobody speaks."""
    return np.frombuffer(samples(ROOMS[number - 1]), "<i2")[: SECONDS * RATE] / 32768 * 10 ** (gain / 20)


def made(kind: str) -> NDArray[np.float64]:
    """A noise of one kind, at about -36 dBFS."""
    at, chance = np.arange(SECONDS * RATE) / RATE, np.random.default_rng(1)
    match kind:
        case "mains":
            return 0.02 * np.sin(2 * np.pi * 50 * at) + 0.01 * np.sin(2 * np.pi * 150 * at)
        case "amplifier":
            return 0.016 * chance.normal(size=len(at))
        case _:
            return 0.02 * np.sin(2 * np.pi * 1000 * at)


@pytest.mark.parametrize(
    ("name", "gain", "rms", "peak", "floor", "speech_s"),
    [
        ("jfk", 0, -16, -2, -42, 3.0),
        ("jfk", -20, -36, -22, -62, 2.8),
        ("quilter", 0, -24, -8, -60, 4.4),
        ("quilter", -40, -64, -48, -90, 4.3),
        ("sb12", 0, -33, -12, -67, 2.9),
        ("mfa_cold", 0, -30, -6, -41, 3.2),
        ("mfa_cold", -40, -70, -46, -81, 0.0),
        ("lv0930", 0, -23, -9, -44, 2.7),
    ],
)
def test_a_voice_has_its_loudness_its_background_and_its_seconds(
    name: str, gain: float, rms: float, peak: float, floor: float, speech_s: float
) -> None:
    level = measured(voice(name, gain))
    assert (level.rms, level.peak, level.floor) == pytest.approx((rms, peak, floor), abs=1)
    assert level.speech_s == pytest.approx(speech_s, abs=0.3)
    assert level.clipped == 0


@pytest.mark.parametrize(
    ("name", "gain", "least", "most"),
    [("jfk", 10, 0.05, 0.15), ("jfk", 20, 0.2, 0.35), ("quilter", 20, 0.1, 0.2), ("sb12", 20, 0.005, 0.02)],
)
def test_a_voice_that_is_too_loud_is_cut_off(name: str, gain: float, least: float, most: float) -> None:
    level = measured(voice(name, gain))
    assert least <= level.clipped <= most
    assert level.peak == pytest.approx(0, abs=0.01)


def test_the_loudness_of_the_voice_is_not_watered_down_by_silence() -> None:
    speech = voice("sb12", 0)
    padded = np.concatenate([np.zeros(5 * RATE), speech, np.zeros(5 * RATE)])
    assert measured(padded).voice == pytest.approx(measured(speech).voice, abs=0.5)
    assert measured(padded).rms < measured(speech).rms - 3


@pytest.mark.parametrize(
    ("number", "gain", "rms", "floor", "noise"),
    [
        (1, 0, -18, -24, "hum"),
        (2, 0, -18, -33, "hum"),
        (3, 0, -24, -25, "hum"),
        (3, -20, -44, -45, "hum"),
        (4, 0, -15, -39, "hum"),
        (5, 0, -13, -16, ""),
    ],
)
def test_a_room_has_a_noise_floor_and_hardly_any_speech(
    number: int, gain: float, rms: float, floor: float, noise: str
) -> None:
    level = measured(room(number, gain))
    assert (level.rms, level.floor) == pytest.approx((rms, floor), abs=1)
    assert level.speech_s <= 0.35
    assert level.noise == noise


@pytest.mark.parametrize(("kind", "noise"), [("mains", "hum"), ("amplifier", "hiss"), ("whistle", "")])
def test_the_kind_of_a_noise_is_known_by_its_spectrum(kind: str, noise: str) -> None:
    assert measured(made(kind)).noise == noise


def test_a_noise_behind_a_voice_is_known_by_what_is_between_the_words() -> None:
    speech = np.concatenate([voice("jfk", 0), np.zeros(RATE)])
    hiss = 0.01 * np.random.default_rng(1).normal(size=len(speech))
    assert measured(speech + hiss).noise == "hiss"


def test_a_muted_microphone_is_as_quiet_as_can_be() -> None:
    level = measured(np.zeros(RATE))
    assert (level.rms, level.peak, level.voice, level.clipped, level.noise) == (SILENCE, SILENCE, SILENCE, 0, "")
    assert level.floor == pytest.approx(SILENCE, abs=0.1)


def test_before_any_sound_nothing_is_claimed() -> None:
    assert measured(np.zeros(0)) == Level(0, SILENCE, SILENCE, 0, SILENCE, SILENCE, 0, "")


def test_another_rate_gives_the_same_figures() -> None:
    speech = voice("quilter", 0)
    level, other = measured(speech), measured(soxr.resample(speech, RATE, 48_000), 48_000)
    assert (other.rms, other.voice, other.seconds) == pytest.approx((level.rms, level.voice, SECONDS), abs=0.3)
    assert other.speech_s == pytest.approx(level.speech_s, abs=0.15)


def test_a_rate_that_changes_in_the_middle_does_no_harm() -> None:
    meter = Meter(SileroGate(load_network(MODEL)), Resampler)
    meter.hear(clip("sb12"), RATE)
    meter.hear(bytes(2 * 44_100), 44_100)
    assert meter.seconds == pytest.approx(len(clip("sb12")) / 2 / RATE + 1)
    assert meter.loudness == pytest.approx(SILENCE, abs=0.1)


@pytest.mark.parametrize("block", [160, 4096, 50_000])
def test_the_size_of_the_blocks_does_not_matter(block: int) -> None:
    assert measured(voice("jfk", 0), block=block).rms == pytest.approx(measured(voice("jfk", 0)).rms, abs=0.01)
