"""Voices open the gate; silence does not, and rooms hardly do."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from tests.engines.spoken import ROOT, clip
from tray.audio.gate import SileroGate, load_network
from tray.core.failures import ModelError
from tray.core.segmenter import ON, Frame
from tray.core.speech import FRAME, RATE

MODEL = ROOT / "models" / "silero-vad" / "silero_vad.onnx"
ROOMS = sorted((ROOT / "tests" / "noise").glob("*.wav"))


def frames(sound: bytes) -> list[bytes]:
    """The whole frames of a sound."""
    size = 2 * FRAME
    return [sound[at : at + size] for at in range(0, len(sound) - size + 1, size)]


def scored(sound: bytes) -> list[Frame]:
    """What a fresh gate says of it."""
    gate = SileroGate(load_network(MODEL))
    return [gate(frame) for frame in frames(sound)]


def opened(sound: bytes) -> float:
    """The part of the frames with a voice in them, 0–1."""
    scores = [frame.score for frame in scored(sound)]
    return sum(score >= ON for score in scores) / len(scores)


@pytest.mark.parametrize("name", ["jfk", "sb12", "quilter", "ls2412b"])
def test_a_voice_opens_the_gate(name: str) -> None:
    assert opened(clip(name)) > 0.5


def test_silence_does_not() -> None:
    assert opened(bytes(2 * 10 * RATE)) == 0


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.stem)
def test_a_room_in_which_nobody_speaks_hardly_does(room: Path) -> None:
    with wave.open(str(room)) as recording:
        assert opened(recording.readframes(recording.getnframes())) < 0.05


def test_a_voice_after_a_long_silence_opens_the_gate_as_well() -> None:
    silence = bytes(2 * 60 * RATE)
    late = scored(silence + clip("sb12"))[len(frames(silence)) :]
    assert sum(frame.score >= ON for frame in late) > 0.5 * len(late)


def test_scores_are_probabilities_and_levels_are_decibels() -> None:
    assert all(0 <= frame.score <= 1 and -91 < frame.level <= 0 for frame in scored(clip("jfk")))


@pytest.mark.parametrize(("amplitude", "level"), [(0, -90.0), (32767, 0.0), (3277, -20.0), (328, -40.0), (-32768, 0.0)])
def test_the_level_is_that_of_the_sound(amplitude: int, level: float) -> None:
    frame = SileroGate(load_network(MODEL))(amplitude.to_bytes(2, "little", signed=True) * FRAME)
    assert frame.level == pytest.approx(level, abs=0.1)


def test_two_gates_do_not_disturb_each_other() -> None:
    alone = scored(clip("sb12"))
    one, other = SileroGate(load_network(MODEL)), SileroGate(load_network(MODEL))
    together = [(one(frame), other(bytes(2 * FRAME)))[0] for frame in frames(clip("sb12"))]
    assert together == alone


@pytest.mark.parametrize("content", [None, b"", b"no network"], ids=["missing", "empty", "broken"])
def test_a_gate_that_cannot_be_loaded_says_what_to_do(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "gate.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"gate\.onnx") as caught:
        load_network(tmp_path / "gate.onnx")
    assert caught.value.remedy
