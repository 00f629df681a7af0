"""What is written into a window only grows; told with a window that a test can read."""

from __future__ import annotations

import pytest

from tests.insert.page import Page
from tray.core.failures import SinkError
from tray.core.prose import Act, Change
from tray.sinks.insert import InsertSink, insert_once


@pytest.fixture
def page() -> Page:
    return Page()


@pytest.fixture
def sink(page):
    return InsertSink(page)


@pytest.fixture
def anna(speaker):
    return speaker()


def test_behind_a_lock_nothing_is_written(page, sink, anna):
    tell(sink, anna.begins(), anna.says("dear Anna", "."))
    sink.hush(True)
    with pytest.raises(SinkError, match="locked"):
        sink.write(anna.says("secret", "."))
    sink.hush(False)
    with pytest.raises(SinkError):
        sink.write(anna.says("more", "."))
    assert "secret" not in page.text


def test_one_text_goes_in_under_the_same_rules():
    terminal = Page("xterm")
    insert_once(terminal, "one\ntwo")
    assert terminal.text == "one two"
    prompt = Page("pinentry")
    with pytest.raises(SinkError, match="password"):
        insert_once(prompt, "one")
    assert prompt.text == ""


def tell(sink, *changes) -> None:
    for change in changes:
        sink.write(change)


def test_words_are_there_at_once_and_their_mark_when_it_is_settled(page, sink, anna):
    tell(sink, anna.begins(), anna.says("dear Anna", "."))
    assert page.text == "Dear Anna"
    tell(sink, anna.settles(","))
    assert page.text == "Dear Anna,"
    tell(sink, anna.says("how are you", "?"))
    assert page.text == "Dear Anna, how are you"
    tell(sink, anna.settles(), anna.ends())
    assert page.text == "Dear Anna, how are you?"


def test_a_new_sentence_begins_with_a_capital(page, sink, anna):
    tell(sink, anna.begins(), anna.says("one", "."), anna.settles(), anna.says("two", ""), anna.ends())
    assert page.text == "One. Two"


def test_a_mark_that_nobody_settled_comes_with_the_next_words_or_at_the_end(page, sink, anna):
    tell(sink, anna.begins(), anna.says("one", "."), anna.says("two", "?"))
    assert page.text == "One. Two"
    tell(sink, anna.ends())
    assert page.text == "One. Two?"


def test_an_empty_mark_adds_nothing(page, sink, anna):
    tell(sink, anna.begins(), anna.says("one", "."), anna.settles(""), anna.says("two", ""), anna.ends())
    assert page.text == "One two"


def test_what_is_told_twice_is_written_once(page, sink, anna):
    for change in (anna.begins(), anna.says("one"), anna.settles(), anna.says("two"), anna.ends()):
        tell(sink, change, change)
    assert page.text == "One. Two."


def test_a_strike_takes_nothing_away_and_adds_nothing(page, sink, anna):
    tell(sink, anna.begins(), anna.says("one", "."), anna.strikes())
    assert page.text == "One"
    tell(sink, anna.says("two", "."), anna.ends())
    assert page.text == "One two."


def test_words_struck_before_they_could_be_written_are_never_written(page, sink, anna):
    page.held = True
    tell(sink, anna.begins(), anna.says("one"), anna.strikes())
    page.held = False
    tell(sink, anna.says("two"), anna.ends())
    assert page.text == "Two."


def test_after_a_cancel_nothing_more_is_written(page, sink, anna):
    tell(sink, anna.begins(), anna.says("one"), anna.cancels(), anna.ends())
    assert page.text == "One"


def test_a_guess_is_not_written(page, sink, anna):
    guesses = [act for act in Act if act.name == "GUESS"]
    tell(sink, anna.begins(), *(Change(act, anna.passage, guess="perhaps") for act in guesses))
    assert page.text == ""


def test_what_could_not_be_written_comes_with_the_next_change(page, sink, anna):
    tell(sink, anna.begins())
    page.refusing = True
    with pytest.raises(SinkError):
        tell(sink, anna.says("one", ","))
    page.refusing = False
    tell(sink, anna.settles(), anna.says("two"), anna.ends())
    assert page.text == "One, two."


def test_a_text_that_goes_out_in_parts_is_whole_in_the_end(page, anna):
    page.at_once = 3
    tell(InsertSink(page, "type"), anna.begins(), anna.says("one two three"), anna.ends())
    assert page.text == "One two three."


def test_two_sessions_do_not_mix(page, sink, speaker):
    anna, bert = speaker("a"), speaker("b")
    tell(sink, anna.begins(), anna.says("one", "?"), bert.begins(), anna.ends(), bert.says("two"), bert.ends())
    assert page.text == "One?Two."


def test_a_sink_that_joins_in_later_writes_only_what_is_new(page, sink, anna):
    anna.begins()
    anna.says("one")
    tell(sink, anna.settles(), anna.says("two"), anna.ends())
    assert page.text == "Two."


def test_in_a_terminal_line_ends_and_control_characters_become_spaces(anna):
    page = Page("xterm")
    tell(InsertSink(page), anna.begins(), anna.says("one\ntwo\x1b\tthree"), anna.ends())
    assert page.text == "One two  three."
