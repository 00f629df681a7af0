"""What the menu and the buttons of toasts can copy again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tray.core.book import RECENT, REMEMBERED, Book
from tray.core.failures import UsageError
from tray.core.prose import Passage
from tray.core.speech import Segment, Span, Word


def passage(session: str, *texts: str) -> Passage:
    """A session in which each text was one segment."""
    one = Passage(session, datetime.now(UTC))
    for number, text in enumerate(texts):
        words = tuple(Word(word, 0.0, 1.0, None, "estimated") for word in text.split())
        one = one.add(Segment(number, words, Span(number, number + 1, 16_000), "."))
    return one


def texts(book: Book) -> list[str]:
    return [one.text for one in book.recent()]


def test_the_newest_segments_come_first_whatever_session_they_are_of() -> None:
    book = Book()
    book.keep(passage("a", "One", "Two"))
    book.keep(passage("b", "Three"))
    assert texts(book) == ["Three.", "Two.", "One."]


def test_only_the_last_few_are_shown() -> None:
    book = Book()
    book.keep(passage("a", *(f"Number {at}" for at in range(RECENT + 3))))
    assert len(texts(book)) == RECENT


def test_a_struck_segment_is_not_offered_again() -> None:
    book = Book()
    book.keep(passage("a", "One", "Two").strike(1))
    assert texts(book) == ["One."]


def test_a_segment_keeps_its_name_when_more_is_said() -> None:
    book = Book()
    book.keep(passage("a", "One"))
    (first,) = book.recent()
    book.keep(passage("a", "One", "Two"))
    assert book.segment(first.key) == "One."


def test_the_text_of_a_whole_session_can_be_had_until_it_is_too_old() -> None:
    book = Book()
    for number in range(REMEMBERED + 1):
        book.keep(passage(f"s{number}", "Once", "Again"))
    assert book.text("s1") == "Once. Again."
    with pytest.raises(UsageError, match="too old"):
        book.text("s0")
    with pytest.raises(UsageError, match="too old"):
        book.segment("s0/0")
