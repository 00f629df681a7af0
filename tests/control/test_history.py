"""Earlier words, as somebody who asks for them on the command line gets them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TextIO

import pytest

from tray.control.history import SHOWN, Notice, Wish, history, last, phrases, transcript_path
from tray.core.failures import ScribeletError, UsageError
from tray.core.prose import Passage
from tray.core.speech import RATE, Segment, Span, Word
from tray.sinks.archive import Archive
from tray.sinks.jsonl import lines

TODAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 23, 9, 14, tzinfo=timezone(timedelta(hours=1)))
A_DAY = timedelta(days=1)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "Scribelet", tmp_path / "cache" / "words")


@pytest.fixture
def terminal() -> Iterator[tuple[TextIO, int]]:
    """A terminal to write to, and what shows what it got."""
    far, near = os.openpty()
    with os.fdopen(near, "w", encoding="utf-8") as stream:
        yield stream, far
    os.close(far)


def say(archive: Archive, begun: datetime, *texts: str) -> None:
    """One session that began then, with a segment for each text."""
    empty = passage = Passage(f"{begun:%d-%H%M}", begun)
    for number, text in enumerate(texts):
        span = Span(number * 2 * RATE, (number * 2 + 1) * RATE, RATE)
        words = tuple(Word(one, number * 2.0, number * 2.0 + 1, None, "estimated") for one in text.split())
        passage = passage.add(Segment(number, words, span, ".")).settle(number, ".")
    archive.folder.mkdir(exist_ok=True)
    with (archive.folder / f"{begun.date()}.jsonl").open("ab") as file:
        file.writelines(line.text for line in lines(replace(empty, entries=()), passage))


# what was said


def test_today_is_printed_with_its_times_newest_last(archive, capsys):
    say(archive, NINE - A_DAY, "yesterday")
    say(archive, NINE, "dear Anna", "thank you")
    say(archive, NINE + timedelta(minutes=17), "call the plumber")
    assert history(archive, Wish(), TODAY) == 0
    assert capsys.readouterr().out == "09:14  Dear Anna. Thank you.\n09:31  Call the plumber.\n"


def test_before_the_first_words_of_today_the_last_day_with_text_is_printed_under_its_name(archive, capsys):
    say(archive, NINE - 3 * A_DAY, "dear Anna")
    (archive.folder / f"{TODAY - A_DAY}.jsonl").touch()
    history(archive, Wish(), TODAY)
    assert capsys.readouterr().out == "Friday, 20 November 2026\n09:14  Dear Anna.\n"


def test_words_of_a_clock_that_was_ahead_do_not_hide_those_of_today(archive, capsys):
    say(archive, NINE, "dear Anna")
    say(archive, NINE + 40 * A_DAY, "thank you")
    history(archive, Wish(), TODAY)
    assert capsys.readouterr().out == "09:14  Dear Anna.\n"


@pytest.mark.parametrize("day", ["2026-11-22", "yesterday"])
def test_a_day_that_was_asked_for_needs_no_heading(archive, capsys, day):
    say(archive, NINE - A_DAY, "dear Anna")
    say(archive, NINE, "thank you")
    history(archive, Wish(day=day), TODAY)
    assert capsys.readouterr().out == "09:14  Dear Anna.\n"


def test_what_is_found_stands_under_its_days(archive, capsys):
    say(archive, NINE - A_DAY, "call the plumber")
    say(archive, NINE, "the plumber came")
    say(archive, NINE + timedelta(hours=1), "plumbers cost a fortune")
    history(archive, Wish(search="plumber"), TODAY)
    assert capsys.readouterr().out == (
        "Sunday, 22 November 2026\n09:14  Call the plumber.\n\n"
        "Monday, 23 November 2026\n09:14  The plumber came.\n10:14  Plumbers cost a fortune.\n"
    )


def test_what_is_found_on_an_earlier_day_alone_says_which_day(archive, capsys):
    say(archive, NINE - A_DAY, "call the plumber")
    history(archive, Wish(search="plumber"), TODAY)
    assert capsys.readouterr().out == "Sunday, 22 November 2026\n09:14  Call the plumber.\n"


def test_a_search_on_one_day_finds_nothing_of_another(archive, capsys):
    say(archive, NINE - A_DAY, "call the plumber")
    say(archive, NINE, "the plumber came")
    history(archive, Wish(search="plumber", day="today"), TODAY)
    assert capsys.readouterr().out == "09:14  The plumber came.\n"


@pytest.mark.parametrize("search", ["", "word"])
def test_the_newest_are_shown_and_one_line_says_how_to_see_the_others(archive, capsys, search):
    for minute in range(SHOWN + 3):
        say(archive, NINE + timedelta(minutes=minute), f"word {minute}")
    history(archive, Wish(search=search), TODAY)
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0] == "09:17  Word 3."
    assert len(printed.out.splitlines()) == SHOWN
    assert printed.err == "3 older ones are not shown; add --all to see them\n"
    history(archive, Wish(search=search, everything=True), TODAY)
    printed = capsys.readouterr()
    assert (len(printed.out.splitlines()), printed.err) == (SHOWN + 3, "")


def test_matches_are_bold_on_a_terminal(archive, terminal):
    say(archive, NINE, "call the plumber")
    stream, far = terminal
    with redirect_stdout(stream):
        history(archive, Wish(search="call plumb"), TODAY)
    shown = "09:14  \x1b[1mCall\x1b[0m the \x1b[1mplumber\x1b[0m.\r\n"
    assert os.read(far, 1000).decode() == shown


# what is searched for


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("plumber", ["plumber*"]),
        ("the  plumber", ["the", "plumber*"]),
        ('"red one" plumber', ["red one", "plumber*"]),
        ('plumber "red one"', ["plumber", "red one"]),
        ("plumber “red one”", ["plumber", "red one"]),
        ('plumber "red on', ["plumber", "red on"]),
        ("don't", ["don't*"]),
        ("plumber !", ["plumber*"]),
        ("été", ["été*"]),
    ],
)
def test_words_and_phrases_are_told_apart(typed, wanted):
    assert phrases(typed) == wanted


@pytest.mark.parametrize("typed", [" ", "!?", '""', "\x00", "😀"])
def test_a_search_for_no_word_is_refused(typed):
    with pytest.raises(UsageError, match="no word to search for"):
        phrases(typed)


@pytest.mark.parametrize("typed", ["plumber\x00", 'plum\x1b "', "plumb*", "(plumber", "plumber^ -", "plumb:"])
def test_no_search_is_too_odd(archive, capsys, typed):
    say(archive, NINE, "call the plumber")
    history(archive, Wish(search=typed), TODAY)
    assert capsys.readouterr().out == "09:14  Call the plumber.\n"


@pytest.mark.parametrize("day", ["tomorrow", "2026-13-01", "23.11."])
def test_what_is_no_day_is_refused(archive, day):
    with pytest.raises(UsageError, match="is not a day") as failure:
        history(archive, Wish(day=day), TODAY)
    assert "2026-11-23" in failure.value.remedy


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (Wish(search="giraffe"), "Nothing was found"),
        (Wish(day="2026-11-20"), "Nothing was written on Friday, 20 November 2026"),
    ],
)
def test_where_nothing_was_said_one_sentence_says_so(archive, wish, told):
    say(archive, NINE, "dear Anna")
    with pytest.raises(ScribeletError, match=told):
        history(archive, wish, TODAY)


@pytest.mark.parametrize("ask", [lambda a: history(a, Wish(), TODAY), lambda a: last(a, 1)])
def test_before_the_first_dictation_it_is_said_how_to_begin(archive, ask):
    with pytest.raises(ScribeletError, match="Nothing has been written yet") as failure:
        ask(archive)
    assert "scribelet toggle" in failure.value.remedy


# the last words


def test_the_last_words_are_printed(archive, capsys):
    say(archive, NINE, "dear Anna", "thank you")
    assert last(archive, 1) == 0
    assert capsys.readouterr().out == "Thank you.\n"


def test_the_last_words_are_handed_on_instead(archive, capsys):
    say(archive, NINE, "dear Anna", "thank you")
    got: list[str] = []
    assert last(archive, 2, got.append) == 0
    assert (got, capsys.readouterr().out) == (["Dear Anna. Thank you."], "")


# the files


@pytest.mark.parametrize(
    ("pages", "printed"),
    [
        (["2026-11-22.md", "2026-11-23.md", "2026-11-24.md"], "2026-11-23.md"),
        (["2026-11-20.md", "2026-11-22.md", "notes.md", "2026-11-23.jsonl"], "2026-11-22.md"),
    ],
)
def test_the_page_of_today_or_of_the_newest_day_is_named(archive, capsys, pages, printed):
    archive.folder.mkdir()
    for name in pages:
        (archive.folder / name).touch()
    assert transcript_path(archive, TODAY) == 0
    assert capsys.readouterr().out == f"{archive.folder / printed}\n"


def test_without_any_page_no_path_is_printed(archive, capsys):
    with pytest.raises(ScribeletError, match="Nothing has been written yet"):
        transcript_path(archive, TODAY)
    assert capsys.readouterr().out == ""


# a long reading


def test_a_long_reading_says_how_far_it_is_and_takes_the_line_away(terminal):
    stream, far = terminal
    notice = Notice(stream, patience=0)
    notice.show(0.5)
    notice.close()
    stream.flush()
    told = "\r\x1b[KReading the transcript  50 %\r\x1b[K"
    read = b""
    while len(read) < len(told):  # a terminal hands out what it has, which may be half of it
        read += os.read(far, 1000)
    assert read.decode() == told


def test_a_short_reading_says_nothing(terminal):
    stream, far = terminal
    notice = Notice(stream)
    notice.show(0.5)
    notice.close()
    stream.write("after")
    stream.flush()
    assert os.read(far, 1000) == b"after"


def test_where_nobody_watches_a_long_reading_says_nothing(tmp_path):
    with (tmp_path / "log").open("w") as stream:
        notice = Notice(stream, patience=0)
        notice.show(0.5)
        notice.close()
    assert (tmp_path / "log").read_text() == ""
