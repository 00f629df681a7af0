"""Marks and capitals from pauses."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray.core.speech import Word
from tray.punctuators.rules import ENGLISH, MARKS, NEUTRAL, RulesPunctuator, cased, final_mark, mark_between

FIRST = float("inf")


def said(text: str, start: float = 0.0) -> list[Word]:
    """Words of a quarter of a second each; `_` is a pause of 0.1 s."""
    words: list[Word] = []
    for token in text.replace("_", " _ ").split():
        if token == "_":
            start += 0.1
        else:
            words.append(Word(token, start, start + 0.25, 0.9, "measured"))
            start += 0.25
    return words


def read(*pieces: tuple[float, str], language: str = "en") -> str:
    """What stands in the end when pieces come after these pauses and the session is finished."""
    punctuator = RulesPunctuator(language)
    text = ""
    for pause, piece in pieces:
        recognized = punctuator.punctuate(said(piece), pause)
        text += (recognized.before or "") + " " + " ".join(word.text for word in recognized.words)
    return (text + punctuator.settle()).strip()


@pytest.mark.parametrize(
    ("words", "pause", "mark"),
    [
        (("tree", "house"), 0.0, ""),
        (("tree", "house"), 0.24, ""),
        (("tree", "house"), 0.25, ","),
        (("tree", "house"), 0.59, ","),
        (("tree", "house"), 0.6, "."),
        (("tree", "and"), 0.6, ","),
        (("tree", "and"), 1.2, "."),
        (("the", "house"), 0.6, ""),
        (("the", "house"), 1.2, "."),
        (("the", "house"), FIRST, "."),
    ],
)
def test_the_pause_and_the_words_beside_it_choose_the_mark(words: tuple[str, str], pause: float, mark: str) -> None:
    assert mark_between(words, pause, ENGLISH) == mark


@pytest.mark.parametrize(("words", "pause", "mark"), [(("the", "and"), 0.6, "."), (("the", "and"), 0.3, ",")])
def test_in_other_languages_only_the_pause_counts(words: tuple[str, str], pause: float, mark: str) -> None:
    assert mark_between(words, pause, NEUTRAL) == mark


@pytest.mark.parametrize(
    ("sentence", "mark"),
    [
        ("can we meet on tuesday", "?"),
        ("and could you call the plumber", "?"),
        ("what is the time", "?"),
        ("what's the time", "?"),
        ("how do i get there", "?"),
        ("where is it", "?"),
        ("isn't it late", "?"),
        ("what your country can do for you", "."),
        ("where is unclear", "."),
        ("had he married a more amiable woman", "."),
        ("will smith came", "."),
        ("who knows", "."),
        ("so", "."),
        ("call the plumber", "."),
    ],
)
def test_a_sentence_that_begins_like_a_question_is_one(sentence: str, mark: str) -> None:
    assert final_mark(sentence.split(), ENGLISH) == mark


@pytest.mark.parametrize(
    ("word", "written"), [("i", "I"), ("i'm", "I'm"), ("i’ll", "I’ll"), ("it", "it"), ("is", "is"), ("NASA", "NASA")]
)
def test_i_is_a_capital_in_english(word: str, written: str) -> None:
    assert cased(word, ENGLISH) == written


def test_i_is_a_small_letter_elsewhere() -> None:
    assert read((FIRST, "lui i libri"), language="it") == "Lui i libri."


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        pytest.param([(FIRST, "call the plumber")], "Call the plumber.", id="one sentence"),
        pytest.param([(FIRST, "dear anna ___ thank you")], "Dear anna, thank you.", id="a breath"),
        pytest.param([(FIRST, "it rains _______ i stay")], "It rains. I stay.", id="a longer breath"),
        pytest.param([(FIRST, "it rains"), (0.7, "stay here")], "It rains. Stay here.", id="a sentence a piece"),
        pytest.param([(FIRST, "it rains"), (0.5, "stay here")], "It rains, stay here.", id="a piece goes on"),
        pytest.param([(FIRST, "it rains"), (0.0, "in the house")], "It rains in the house.", id="a long piece was cut"),
        pytest.param([(FIRST, "it rains"), (0.9, "but not here")], "It rains, but not here.", id="a joining word"),
        pytest.param([(FIRST, "look at the"), (0.9, "house")], "Look at the house.", id="somebody hesitates"),
        pytest.param([(FIRST, "is it late"), (0.9, "go")], "Is it late? Go.", id="a question and an answer"),
        pytest.param([(FIRST, "is it"), (0.3, "late")], "Is it, late?", id="a question goes on in the next piece"),
        pytest.param([(FIRST, "go"), (2.0, "is it late")], "Go. Is it late?", id="a question at the end"),
        pytest.param([(FIRST, "is it late __________ go")], "Is it late? Go.", id="a question inside a piece"),
    ],
)
def test_pieces_become_text(pieces: list[tuple[float, str]], text: str) -> None:
    assert read(*pieces) == text


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        pytest.param([(FIRST, "dear anna, _____ thank you")], "Dear anna, thank you.", id="inside"),
        pytest.param([(FIRST, "really! go home")], "Really! Go home.", id="a sentence ends inside"),
        pytest.param([(FIRST, "really!"), (0.4, "go home")], "Really! Go home.", id="a sentence ends with the piece"),
        pytest.param([(FIRST, "dear anna,"), (0.9, "thank you")], "Dear anna, thank you.", id="a comma ends the piece"),
        pytest.param([(FIRST, "well:")], "Well:", id="at the end"),
    ],
)
def test_a_mark_that_was_spoken_is_the_only_one(pieces: list[tuple[float, str]], text: str) -> None:
    assert read(*pieces) == text


def test_the_last_mark_is_shown_until_the_next_piece_decides() -> None:
    punctuator = RulesPunctuator()
    first = punctuator.punctuate(said("it rains"), FIRST)
    assert (first.held, first.before) == (".", None)
    assert punctuator.punctuate(said("and snows"), 0.3).before == ","


def test_a_settled_mark_is_decided_only_once() -> None:
    punctuator = RulesPunctuator()
    punctuator.punctuate(said("it rains"), FIRST)
    assert [punctuator.settle(), punctuator.settle()] == [".", ""]
    following = punctuator.punctuate(said("and snows"), 0.3)
    assert (following.words[0].text, following.before) == ("And", None)


def test_a_spoken_full_stop_ends_the_sentence_though_nothing_is_left_to_settle() -> None:
    punctuator = RulesPunctuator()
    assert punctuator.punctuate(said("is it really!"), FIRST).held == ""
    assert punctuator.settle() == ""
    following = punctuator.punctuate(said("go home"), 2.0)
    assert (following.words[0].text, following.held) == ("Go", ".")


def test_after_a_strike_a_sentence_begins() -> None:
    punctuator = RulesPunctuator()
    punctuator.punctuate(said("is it"), FIRST)
    punctuator.forget()
    following = punctuator.punctuate(said("late"), 0.3)
    assert (following.words[0].text, following.held, following.before) == ("Late", ".", None)


def test_a_piece_without_words_changes_nothing() -> None:
    punctuator = RulesPunctuator()
    punctuator.punctuate(said("it rains"), FIRST)
    assert punctuator.punctuate([], 0.3).before is None
    assert punctuator.punctuate(said("here"), 0.0).before == ""


BARE = st.sampled_from(["the", "i", "and", "is", "it", "éa", "5", "x"])


@given(
    pieces=st.lists(st.tuples(st.floats(0, 3), st.lists(BARE))),
    language=st.sampled_from(["en", "de"]),
)
def test_only_marks_and_capitals_are_added(pieces: list[tuple[float, list[str]]], language: str) -> None:
    punctuator = RulesPunctuator(language)
    for pause, texts in pieces:
        words = said(" ".join(texts))
        written = punctuator.punctuate(words, pause).words
        assert [word.text.rstrip(MARKS).lower() for word in written] == [word.text for word in words]
        assert [(word.start, word.end, word.confidence) for word in written] == [
            (word.start, word.end, word.confidence) for word in words
        ]


def test_most_marks_of_read_speech_are_right() -> None:
    right = wrong = missed = 0
    for guess, truth in _marks_of_the_clips():
        right += guess == truth != ""
        wrong += guess not in ("", truth)
        missed += truth not in ("", guess)
    assert 2 * right / (2 * right + wrong + missed) > 0.7


def _marks_of_the_clips() -> Iterator[tuple[str, str]]:
    """For each border between two words the mark that was set and the one in the text that was read."""
    with Path(__file__).with_name("vosk_words.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for _, group in groupby(rows, lambda row: row["file"]):
        clip = list(group)
        yield from list(zip(_set(clip), (row["mark"] for row in clip), strict=True))[:-1]


def _set(clip: list[dict[str, str]]) -> list[str]:
    punctuator, marks = RulesPunctuator(), [""]
    starts = [at for at, row in enumerate(clip) if row["pause"]]
    for start, end in zip(starts, [*starts[1:], len(clip)], strict=True):
        words = [Word(r["word"], float(r["start"]), float(r["end"]), None, "measured") for r in clip[start:end]]
        recognized = punctuator.punctuate(words, float(clip[start]["pause"]))
        marks[-1] = recognized.before or ""
        marks += [word.text[-1] if word.text[-1] in MARKS else "" for word in recognized.words]
    return marks[1:]
