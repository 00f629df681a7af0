"""Real voices, real rooms, the model that ships: what a person would read."""

from __future__ import annotations

import wave
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soxr

from tests.engines.spoken import MOONSHINE, ROOT, clip, reference, wrong_words
from tests.hearing.made import chunks, segments
from tray.audio.gate import SileroGate, load_network
from tray.audio.resample import Resampler
from tray.core.prose import Passage
from tray.core.segmenter import Policy
from tray.core.speech import RATE, Heard, Mark, Segment
from tray.engines.moonshine.engine import MoonshineEngine
from tray.hearing.hearing import Hearing, Parts
from tray.punctuators.rules import RulesPunctuator

GATE = ROOT / "models" / "silero-vad" / "silero_vad.onnx"
ROOMS = sorted((ROOT / "tests" / "noise").glob("*.wav"))


@pytest.fixture(scope="module")
def engine() -> MoonshineEngine:
    """The default engine."""
    return MoonshineEngine(MOONSHINE)


def hear(engine: MoonshineEngine, sound: bytes, block: int = 512, rate: int = RATE) -> list[Heard]:
    """A live session."""
    session = Hearing(Parts(SileroGate(load_network(GATE)), engine, Resampler, RulesPunctuator, Policy()))
    heard = [thing for chunk in chunks(sound, block, rate=rate) for thing in session.hear(chunk)]
    return heard + session.finish()


def text(heard: list[Heard]) -> str:
    """What stands in the end."""
    passage = Passage("heard", datetime(2026, 11, 23, tzinfo=UTC))
    for thing in heard:
        match thing:
            case Segment():
                passage = passage.add(thing)
            case Mark(number, mark):
                passage = passage.settle(number, mark)
            case _:
                pass
    return passage.text()


def test_every_word_of_a_speech_is_right(engine: MoonshineEngine) -> None:
    assert wrong_words(reference("jfk"), text(hear(engine, clip("jfk"))))[0] == 0


def test_a_sentence_with_pauses_in_it_stays_one_sentence(engine: MoonshineEngine) -> None:
    heard = hear(engine, clip("jfk"))
    assert len(segments(heard)) >= 3
    assert not set(".?!") & set(text(heard)[:-1])


def test_words_after_a_pause_in_a_sentence_have_no_capital(engine: MoonshineEngine) -> None:
    words = text(hear(engine, clip("jfk"))).split()
    assert [word for word in words if word[0].isupper()] == ["And", "Americans"]


def test_two_sentences_are_two_sentences(engine: MoonshineEngine) -> None:
    heard = hear(engine, clip("sb13") + clip("sb14"))
    assert text(heard) == "At that high level, the air is pure. A thin stripe runs down the middle."


@pytest.mark.parametrize("block", [160, 7777, 10 * RATE])
def test_real_speech_sounds_the_same_in_blocks_of_any_size(engine: MoonshineEngine, block: int) -> None:
    sound = clip("beckett")
    assert segments(hear(engine, sound, block)) == segments(hear(engine, sound))


@pytest.mark.parametrize("rate", [44_100, 48_000])
def test_another_microphone_hears_the_same_words(engine: MoonshineEngine, rate: int) -> None:
    resampled = soxr.resample(np.frombuffer(clip("jfk"), "<i2"), RATE, rate)
    heard = hear(engine, resampled.astype("<i2").tobytes(), block=rate // 50, rate=rate)
    assert wrong_words(reference("jfk"), text(heard))[0] == 0


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.stem)
def test_a_room_in_which_nobody_speaks_has_no_words(engine: MoonshineEngine, room: Path) -> None:
    with wave.open(str(room)) as recording:
        assert segments(hear(engine, recording.readframes(recording.getnframes()))) == []


def test_a_microphone_that_delivers_zeros_has_no_words(engine: MoonshineEngine) -> None:
    assert segments(hear(engine, bytes(2 * 20 * RATE))) == []
