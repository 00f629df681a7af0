"""Voices open the gate; silence does not, and rooms hardly do."""

from __future__ import annotations

import subprocess
import sys
import wave
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from tests.engines.spoken import ROOT, clip
from tray.audio.gate import BATCH, CONTEXT, FORGET, Network, SileroGate, load_network
from tray.core.failures import ModelError
from tray.core.segmenter import OFF, ON, Frame
from tray.core.speech import FRAME, RATE

FOLDER = ROOT / "models" / "silero-vad"
MODEL, PUBLISHED = FOLDER / "silero_vad.onnx", FOLDER / "silero_vad_16k_op15.onnx"
ROOMS = sorted((ROOT / "tests" / "noise").glob("*.wav"))


def samples(file: Path) -> bytes:
    """The sound of a recording."""
    with wave.open(str(file)) as recording:
        return recording.readframes(recording.getnframes())


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
    assert opened(samples(room)) < 0.05


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


def whole_frames(file: Path) -> bytes:
    """The sound of a recording without the rest that fills no frame."""
    return b"".join(frames(samples(file)))


def published(network: Network, sound: bytes) -> list[float]:
    """What the network as its makers published it says of every frame; it forgets as ours does."""
    state, context, scores = np.zeros((2, 1, 128), np.float32), np.zeros(CONTEXT, np.float32), list[float]()
    for pcm in frames(sound):
        frame = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768
        inputs = {"input": np.concatenate([context, frame])[None], "state": state, "sr": np.array(RATE, np.int64)}
        score, state = network.run(None, inputs)
        state, context = state * np.float32(FORGET), frame[-CONTEXT:]
        scores.append(float(score[0, 0]))
    return scores


@pytest.fixture(scope="module")
def original() -> Network:
    """The network as its makers published it."""
    return load_network(PUBLISHED)


RECORDINGS = sorted((ROOT / "tests" / "speech").glob("*.wav")) + ROOMS


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.stem)
def test_a_voice_is_judged_as_by_the_network_that_was_published(recording: Path, original: Network) -> None:
    sound = whole_frames(recording)
    ours = [frame.score for frame in SileroGate(load_network(MODEL)).score(sound)]
    theirs = published(original, sound)
    assert ours == pytest.approx(theirs, rel=0, abs=1e-5)
    for threshold in (ON, OFF):
        assert [score >= threshold for score in ours] == [score >= threshold for score in theirs]


@pytest.mark.parametrize("block", [1, 2, 3, 31, BATCH, BATCH + 1, 10 * BATCH])
def test_it_does_not_matter_how_many_frames_come_at_once(block: int) -> None:
    sound = whole_frames(ROOT / "tests" / "speech" / "sb12.wav")
    one_by_one, gate, size = scored(sound), SileroGate(load_network(MODEL)), 2 * FRAME * block
    together = [frame for at in range(0, len(sound), size) for frame in gate.score(sound[at : at + size])]
    assert [frame.level for frame in together] == [frame.level for frame in one_by_one]
    # how a processor adds up may depend on how much there is to add
    expected = [frame.score for frame in one_by_one]
    assert [frame.score for frame in together] == pytest.approx(expected, rel=0, abs=1e-6)


def test_no_sound_has_no_scores_and_changes_nothing() -> None:
    gate, sound = SileroGate(load_network(MODEL)), whole_frames(ROOT / "tests" / "speech" / "sb12.wav")
    before = [gate(frame) for frame in frames(sound)[:50]]
    assert gate.score(b"") == []
    assert before + [gate(frame) for frame in frames(sound)[50:]] == scored(sound)


@pytest.mark.parametrize("length", [1, FRAME - 1, FRAME + 1])
def test_sound_that_does_not_fill_its_frames_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="reshape"):
        SileroGate(load_network(MODEL)).score(bytes(2 * length))


def test_the_network_that_ships_is_what_its_recipe_makes_of_the_one_that_was_published(tmp_path: Path) -> None:
    made = tmp_path / "made.onnx"
    subprocess.run([sys.executable, FOLDER / "rewrite.py", made], check=True, capture_output=True, timeout=60)
    assert made.read_bytes() == MODEL.read_bytes()


@pytest.mark.parametrize("file", [MODEL, PUBLISHED], ids=lambda file: file.name)
def test_the_model_card_tells_the_size_and_the_sum_of_each_network(file: Path) -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert sha256(file.read_bytes()).hexdigest() in card
    assert f"{file.stat().st_size:,}" in card


@pytest.mark.parametrize("content", [None, b"", b"no network"], ids=["missing", "empty", "broken"])
def test_a_gate_that_cannot_be_loaded_says_what_to_do(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "gate.onnx").write_bytes(content)
    with pytest.raises(ModelError, match=r"gate\.onnx") as caught:
        load_network(tmp_path / "gate.onnx")
    assert caught.value.remedy
