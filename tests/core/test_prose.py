"""How words become the text that a person reads."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray.core.prose import Passage, capital, join, plain
from tray.core.speech import RATE, Segment, Span, Word

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def segment(number: int, text: str, held: str = ".") -> Segment:
    """A second of speech."""
    words = tuple(Word(word, number, number + 1, None, "estimated") for word in text.split())
    return Segment(number, words, Span(number * RATE, (number + 1) * RATE, RATE), held)


def passage(*texts: str, held: str = ".") -> Passage:
    """A session in which this was said, every mark still held."""
    said = Passage("noon", NOON)
    for number, text in enumerate(texts):
        said = said.add(segment(number, text, held))
    return said


@pytest.mark.parametrize(
    ("before", "text", "joined"),
    [
        ("", "", ""),
        ("", "hello", "Hello"),
        ("Well", "", "Well"),
        ("Well,", "hello", "Well, hello"),
        ("Well", "hello", "Well hello"),
        ("Well.", "hello", "Well. Hello"),
        ("Well?", "hello", "Well? Hello"),
        ("Well!", "hello", "Well! Hello"),
        ("Well:", "hello", "Well: hello"),
        ("“Well.”", "hello", "“Well.” Hello"),
        ("(Well.)", "hello", "(Well.) Hello"),
        ("Well.", "Hello", "Well. Hello"),
        ("Well,", "Anna", "Well, Anna"),
        ("Well.", "“hello”", "Well. “Hello”"),
        ("Well.", "élan", "Well. Élan"),
        ("Well.", "3 apples", "Well. 3 apples"),
        ("Well.", "…", "Well. …"),
    ],
)
def test_text_is_put_behind_what_stands_before_it(before: str, text: str, joined: str) -> None:
    assert join(before, text) == joined


@pytest.mark.parametrize(
    ("text", "expected"), [("", ""), ("a", "A"), ("'tis", "'Tis"), ("2nd place", "2nd place"), ("IBM", "IBM")]
)
def test_only_the_first_letter_becomes_a_capital(text: str, expected: str) -> None:
    assert capital(text) == expected


@given(st.text(max_size=8), st.text(max_size=8))
def test_joining_keeps_what_stands_there(before: str, text: str) -> None:
    assert join(before, text).startswith(before)


def test_words_stand_one_space_apart() -> None:
    assert plain(segment(0, "one two three").words) == "one two three"


def test_a_held_mark_is_shown() -> None:
    assert passage("dear Anna", "thank you", held=",").text() == "Dear Anna, thank you,"


def test_the_mark_that_settles_replaces_the_held_one() -> None:
    assert passage("dear Anna").settle(0, ",").add(segment(1, "thank you")).text() == "Dear Anna, thank you."


def test_a_mark_that_settles_empty_joins_two_segments_into_one_sentence() -> None:
    assert passage("we meet", "on Monday").settle(0, "").text() == "We meet on Monday."


def test_a_settled_mark_stays() -> None:
    assert passage("we meet").settle(0, "?").settle(0, ".").text() == "We meet?"


def test_a_struck_segment_is_gone_from_the_text() -> None:
    assert passage("one", "two", "three").strike(1).text() == "One. Three."


def test_what_follows_a_struck_segment_is_joined_to_what_stands() -> None:
    said = passage("dear Anna", "oh no", "thank you").settle(0, ",").strike(1)
    assert said.text() == "Dear Anna, thank you."


def test_a_struck_segment_cannot_be_settled_otherwise() -> None:
    said = passage("one").strike(0)
    assert said.settle(0, "?") == said


def test_striking_twice_is_striking_once() -> None:
    said = passage("one", "two").strike(1)
    assert said.strike(1) == said


def test_the_last_segment_is_the_last_that_stands() -> None:
    said = passage("one", "two")
    numbers = [one.segment.number if one else None for one in (said.last(), said.strike(1).last())]
    assert numbers == [1, 0]
    assert said.strike(1).strike(0).last() is None


def test_a_cancel_leaves_no_text_and_settles_held_marks_empty() -> None:
    cancelled = passage("one", "two").settle(0, "!").cancel()
    assert cancelled.text() == ""
    assert [(entry.mark, entry.settled, entry.struck) for entry in cancelled.entries] == [
        ("!", True, True),
        ("", True, True),
    ]


def test_a_restored_segment_stands_where_it_stood_with_its_mark() -> None:
    said = passage("one", "two", "three").settle(1, "!")
    assert said.strike(1).restore([1]) == said


def test_a_cancelled_session_is_restored_with_the_mark_that_was_held_last() -> None:
    said = passage("we meet", "on Monday").settle(0, "")
    restored = said.cancel().restore([0, 1])
    assert restored.text() == said.text() == "We meet on Monday."
    assert all(entry.settled and not entry.struck and not entry.cancelled for entry in restored.entries)


def test_what_was_undone_before_a_cancel_does_not_count_as_cancelled() -> None:
    cancelled = passage("one", "two").strike(0).cancel()
    assert [entry.cancelled for entry in cancelled.entries] == [False, True]


def test_a_segment_that_stands_is_not_changed_by_a_restore() -> None:
    said = passage("one", "two")
    assert said.restore([0, 7]) == said


def test_a_segment_that_is_not_there_changes_nothing() -> None:
    said = passage("one")
    assert said.settle(7, "!") == said.strike(7) == said


def test_a_change_leaves_the_passage_it_was_made_from_alone() -> None:
    said = passage("one")
    said.add(segment(1, "two"))
    said.strike(0)
    assert said.text() == "One."
