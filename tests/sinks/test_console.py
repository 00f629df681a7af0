"""What somebody sees who speaks to a terminal."""

from __future__ import annotations

import io

import pytest

from tray.core.failures import SinkError
from tray.sinks.console import ConsoleSink


def shown(*changes, stream: io.StringIO | None = None) -> str:
    stream = stream or io.StringIO()
    sink = ConsoleSink(stream)
    for change in changes:
        sink.write(change)
    return stream.getvalue()


def test_words_come_at_once_and_the_mark_when_it_is_settled(speaker):
    anna = speaker()
    said = [anna.begins(), anna.says("dear Anna", held=".")]
    assert shown(*said) == "Dear Anna"
    assert shown(*said, anna.settles(","), anna.says("thank you")) == "Dear Anna, thank you"


def test_every_session_has_a_line_of_its_own(speaker):
    assert shown(*speaker().tells("one"), *speaker(session="second").tells("two")) == "One.\nTwo.\n"


def test_struck_words_are_named(speaker):
    anna = speaker()
    said = [anna.begins(), anna.says("one"), anna.settles(), anna.strikes(), anna.says("two"), anna.settles()]
    assert shown(*said, anna.ends()) == "One.\n(struck: one)\n Two.\n"


def test_a_cancelled_session_says_so(speaker):
    anna = speaker()
    assert shown(anna.begins(), anna.says("one"), anna.cancels()) == "One\n(cancelled)\n"


def test_no_word_steers_the_terminal(speaker):
    text = shown(*speaker().tells("\x1b[2Jclear\x07", "\x9b31mred\r\nx", "\u202eturned", "\ud83d"))
    assert text == "[2Jclear. 31mred  x. Turned. .\n"
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in text.rstrip("\n"))


def test_a_terminal_that_knows_few_letters_shows_the_others(speaker):
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as stream:
        sink = ConsoleSink(stream)
        for change in speaker().tells("café"):
            sink.write(change)
        assert raw.getvalue().split() == [b"Caf?."]


def test_a_terminal_that_is_gone_is_told(speaker):
    stream = io.StringIO()
    stream.close()
    with pytest.raises(SinkError, match="terminal") as failure:
        ConsoleSink(stream).write(speaker().says("one"))
    assert failure.value.remedy
