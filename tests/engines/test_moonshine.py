"""Moonshine: pieces of one sentence become one sentence."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from tests.engines.spoken import HALF_SECOND, MOONSHINE, ROOT, clip, text
from tray.core.failures import ModelError
from tray.core.speech import RATE, Certainty, Piece, Recognized
from tray.engines.moonshine.engine import MoonshineEngine, MoonshineRecognizer
from tray.engines.moonshine.vocabulary import SIZE, Vocabulary, loops, read_vocabulary

PAUSE = 2 * RATE + RATE // 2
"""In jfk.wav, shortly behind "fellow Americans"."""


def say(recognizer: MoonshineRecognizer, sound: bytes, certainty: Certainty = Certainty.SURE) -> Recognized:
    """A piece half a second behind the one before."""
    return recognizer.end(Piece(sound, HALF_SECOND, 0.0, 0.5, certainty))


@pytest.fixture
def recognizer(moonshine_engine: MoonshineEngine) -> MoonshineRecognizer:
    """A session of the default engine."""
    return moonshine_engine.open()


def test_the_second_half_of_a_sentence_goes_on_in_lower_case(recognizer: MoonshineRecognizer) -> None:
    sound = clip("jfk")
    first = recognizer.end(Piece(sound[: 2 * PAUSE], b"", 0.0, float("inf"), Certainty.SURE))
    second = recognizer.end(Piece(sound[2 * PAUSE :], b"", 0.0, 0.3, Certainty.SURE))
    assert text(first) == "And so my fellow Americans"
    assert text(second).startswith("ask not")
    assert second.before in ("", ",")


def test_a_new_sentence_ends_the_one_before(recognizer: MoonshineRecognizer) -> None:
    say(recognizer, clip("sb13"))
    second = say(recognizer, clip("sb14"))
    assert second.before == "."
    assert text(second).startswith("A thin")


def test_a_mark_that_is_written_is_not_decided_again(recognizer: MoonshineRecognizer) -> None:
    say(recognizer, clip("sb13"))
    recognizer.settle()
    second = say(recognizer, clip("sb14"))
    assert second.before is None
    assert text(second).startswith("A thin")


def test_what_was_decoded_alone_can_be_gone_on_from(recognizer: MoonshineRecognizer) -> None:
    say(recognizer, clip("sb12"))
    assert say(recognizer, clip("sb13"), Certainty.DOUBTFUL).before is None
    assert say(recognizer, clip("sb14")).before == "."


def test_nothing_is_built_on_a_piece_without_words(recognizer: MoonshineRecognizer) -> None:
    say(recognizer, clip("sb13"))
    assert say(recognizer, bytes(RATE), Certainty.DOUBTFUL).words == ()
    assert say(recognizer, clip("sb14")).before is None


def test_a_long_session_stays_small_and_goes_on(recognizer: MoonshineRecognizer) -> None:
    heard = [text(say(recognizer, clip("sb13"))) for _ in range(12)]
    assert set(heard) == {"At that high level, the air is pure"}
    assert len(recognizer._earlier) < 8  # pyright: ignore[reportPrivateUsage]


def test_of_half_a_second_of_a_room_that_the_gate_doubts_no_word_is_made(recognizer: MoonshineRecognizer) -> None:
    with wave.open(str(ROOT / "tests" / "noise" / "room5.wav")) as room:
        sound = room.readframes(room.getnframes())[2 * 4996 : 2 * 13156]
    assert text(say(recognizer, sound, Certainty.HEARD))  # to the ear it is somebody who says "yeah"
    assert not text(say(recognizer, sound, Certainty.DOUBTFUL))


def test_speech_that_is_so_faint_that_the_gate_doubts_it_is_written(recognizer: MoonshineRecognizer) -> None:
    faint = (np.frombuffer(clip("sb11"), "<i2") * 0.01).astype("<i2").tobytes()
    assert text(say(recognizer, faint, Certainty.DOUBTFUL)).startswith("The child almost hurt")


@pytest.mark.parametrize(
    ("tokens", "looping"),
    [
        ([], False),
        ([7] * 4, False),
        ([7] * 5, True),
        ([1, 2] * 3, False),
        ([1, 2] * 4, True),
        ([9, 1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3, 9], True),
        ([1, 2, 3, 4] * 2, False),
        ([1, 2, 3, 4] * 3, True),
        (list(range(8)) * 3, True),
        (list(range(9)) * 3, False),
        (list(range(100)), False),
    ],
)
def test_text_that_runs_in_circles_is_noticed(tokens: Sequence[int], looping: bool) -> None:
    assert loops(tokens) == looping


ENTRIES = [b"<unk>", b"<s>", b"</s>", "▁Caf".encode(), b"\xc3", b"\xa9", "▁now".encode(), b".", b"?!", b",", b"'s"]


def test_letters_of_two_tokens_are_put_together_before_they_are_read() -> None:
    assert Vocabulary(ENTRIES).text([3, 4, 5, 6]) == "Café now"


def test_tokens_without_text_are_passed_over() -> None:
    assert Vocabulary(ENTRIES).text([1, 3, 32_767, 2]) == "Caf"


def test_words_and_marks_are_told_apart() -> None:
    vocabulary = Vocabulary(ENTRIES)
    assert vocabulary.words([3, 4, 5, 10, 6]) == [range(4), range(4, 5)]
    assert vocabulary.leading_marks([7, 9, 3, 7]) == 2
    assert vocabulary.trailing_marks([7, 3, 8, 7]) == 2
    assert vocabulary.trailing_marks([7, 9]) == 2
    assert vocabulary.sentence_ends == [7, 8]


def test_only_words_marks_and_the_end_may_follow_written_words() -> None:
    assert set(Vocabulary(ENTRIES).glued) == {0, 1, 4, 5, 10}


def test_a_vocabulary_is_read_with_entries_of_any_length(tmp_path: Path) -> None:
    long = bytes([128 + 300 % 128, 300 // 128]) + b"a" * 300
    (tmp_path / "t").write_bytes(b"\1x" * 3 + b"\3abc" + long + b"\0" + b"\1y" * (SIZE - 6))
    vocabulary = read_vocabulary(tmp_path / "t")
    assert [vocabulary.text([token]) for token in (3, 4, 5, 6)] == ["abc", "a" * 300, "", "y"]


def test_the_vocabulary_of_the_model_has_all_its_entries() -> None:
    vocabulary = read_vocabulary(MOONSHINE / "tokenizer.bin")
    assert [vocabulary.text([end]) for end in vocabulary.sentence_ends[:1]] != [""]


@pytest.mark.parametrize("content", [b"", b"\1a", b"\5abc", b"\x80", b"\1a\x85"])
def test_a_vocabulary_that_breaks_off_is_refused(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(content)
    with pytest.raises(ModelError, match="cannot be read"):
        read_vocabulary(tmp_path / "t")
