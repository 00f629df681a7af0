"""The transcript as somebody asks it for what was said long ago."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.sinks.archive.conftest import ANNA, MONDAY, PLUMBER, TUESDAY, find, texts
from tests.sinks.conftest import tell
from tray.core.failures import SinkError
from tray.sinks.jsonl import passages

# what is found


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize(
    ("phrases", "found"),
    [
        (["anna"], [ANNA]),
        (["the"], [ANNA, PLUMBER]),
        (["closed", "DEAR"], [ANNA]),
        (["cafe"], [ANNA]),
        (["CAFE\u0301"], [ANNA]),
        (["plum"], []),
        (["plum*"], [PLUMBER]),
        (["the", "plum*"], [PLUMBER]),
        (["dear", "plumber"], []),
        (["red one"], [PLUMBER]),
        (["one red"], []),
        (["the pl*"], [PLUMBER]),
        (['red" OR "anna'], []),
        (["NOT", "anna"], []),
    ],
)
def test_words_are_found_in_any_order_without_case_and_diacritics(archive, phrases, found):
    assert find(archive, *phrases) == found


@pytest.mark.usefixtures("two_days")
def test_the_matches_are_known(archive):
    (found,) = archive.search(["red one", "call"], lambda _done: None, day=None, limit=None).paragraphs
    assert found.pieces == ("", "Call", " the plumber. About the ", "red one", ".")
    assert (found.day, f"{found.begun:%H:%M}") == (TUESDAY.date(), "08:05")


@pytest.mark.usefixtures("two_days")
def test_one_day_can_be_searched_alone(archive):
    assert find(archive, "the", day=MONDAY) == [ANNA]
    assert find(archive, "the", day=date(2026, 11, 22)) == []


@pytest.mark.usefixtures("two_days")
def test_of_many_the_newest_are_shown_and_the_others_counted(archive):
    found = archive.search(["the"], lambda _done: None, day=None, limit=1)
    assert (texts(found.paragraphs), found.more) == ([PLUMBER], 1)


def test_struck_words_are_not_found_and_held_marks_are_shown(archive, sink, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("call him"), anna.settles(","), anna.says("nonsense"), anna.strikes())
    tell(sink, anna.says("or write", held="?"))
    assert find(archive, "nonsense") == []
    assert find(archive, "write") == ["Call him, or write?"]


def test_ten_seconds_of_silence_part_what_is_found(archive, sink, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("one"), anna.says("two", after=9.9), anna.says("three", after=10.1))
    assert texts(archive.paragraphs(MONDAY)) == ["One. Two.", "Three."]
    assert find(archive, "three") == ["Three."]


def test_text_cannot_steer_the_terminal(archive, sink, speaker):
    tell(sink, *speaker().tells("red\x1b[31m \x9b2J\u202etxet \x07bell \x02mark\ud800 two\nlines"))
    assert texts(archive.paragraphs(MONDAY)) == ["Red[31m 2Jtxet bell mark two lines."]
    assert find(archive, "bell") == ["Red[31m 2Jtxet bell mark two lines."]
    assert archive.last(1) == "Red[31m 2Jtxet bell mark two\nlines."


def test_words_that_were_rescued_later_stand_where_they_were_said(archive, sink, speaker):
    tell(sink, *speaker(TUESDAY + timedelta(hours=1), "second").tells("afterwards"))
    tell(sink, *speaker(TUESDAY, "first").tells("before"))
    assert texts(archive.paragraphs(TUESDAY.date())) == ["Before.", "Afterwards."]
    assert archive.last(1) == "Afterwards."


@pytest.mark.usefixtures("two_days")
def test_a_line_that_is_being_written_is_passed_over_until_it_is_whole(archive, folder, sink, speaker):
    path = folder / f"{MONDAY}.jsonl"
    before = path.read_bytes()
    tell(sink, *speaker(session="third").tells("a giraffe"))
    whole = path.read_bytes()
    path.write_bytes(before + whole[len(before) : len(before) + 60])
    assert (find(archive, "giraffe"), find(archive, "anna"), archive.last(3)[:9]) == ([], [ANNA], "The café ")
    path.write_bytes(whole)
    assert find(archive, "giraffe") == ["A giraffe."]


def _segment(number: int = 7, **fields: object) -> bytes:
    """A record like one of the files, with some fields otherwise."""
    word = {"text": "giraffe", "start": 0.0, "end": 1.0, "confidence": None, "timing": "estimated"}
    span = {"start": 16000, "end": 32000, "rate": 16000}
    record = {"type": "segment", "session": "odd", "number": number, "time": "2026-11-23T09:00:01+01:00"}
    return json.dumps(record | {"span": span, "words": [word], "held": "."} | fields).encode()


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        _segment(),
        _segment() + b"\n" + _segment(held="?"),
        _segment(words=[{"text": "giraffe"}]),
        _segment(words=None),
        _segment(words=[]),
        _segment(held=3),
        _segment(time="yesterday"),
        _segment(time="2026-11-23T09:00:01"),
        _segment(number="7"),
        _segment(type="of a later version"),
        _segment(span={"start": 0, "end": 1, "rate": 0}),
        b'{"type": "mark", "session": "nobody", "number": 7, "text": "!"}',
        b'{"type": "mark", "session": "odd", "number": 9, "text": "!"}',
        _segment() + b'\n{"type": "mark", "session": "odd", "number": 7, "text": "!"}',
        _segment() + b'\n{"type": "mark", "session": "odd", "number": 7}',
        _segment() + b'\n{"type": "strike", "session": "odd", "number": 7}',
        _segment() + b"\n" + _segment(8, words=[{"text": 1, "start": "2", "end": 3, "confidence": 1, "timing": "?"}]),
    ],
)
def test_a_damaged_line_counts_as_in_the_transcript(archive, folder, line):
    path = folder / f"{MONDAY}.jsonl"
    path.write_bytes(path.read_bytes() + line + b"\n" + _segment(10, session="after"))
    expected = sorted(filter(None, (one.text() for one in passages(path.read_bytes()))))
    assert sorted(texts(archive.paragraphs(MONDAY))) == expected
    assert find(archive, "giraffe", day=MONDAY)[-1:] == ["Giraffe."]


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize("span", [{"start": 0, "end": 1, "rate": 0}, {"start": 10**30, "end": 10**400, "rate": 1}])
def test_a_segment_that_lies_at_no_time_takes_no_other_away(archive, folder, span):
    path = folder / f"{MONDAY}.jsonl"
    path.write_bytes(path.read_bytes() + _segment(1) + b"\n" + _segment(2, span=span) + b"\n")
    assert find(archive, "giraffe") == ["Giraffe."]
    assert archive.last(9).startswith("Giraffe.\nDear Anna.")


@pytest.mark.usefixtures("two_days")
def test_a_day_that_cannot_be_read_is_told(archive, folder):
    path = folder / f"{MONDAY}.jsonl"
    path.unlink()
    path.mkdir()
    with pytest.raises(SinkError, match="2026-11-23 cannot be read"):
        find(archive, "anna")


# the last words


@pytest.mark.usefixtures("two_days")
def test_the_last_segments_are_one_text_with_a_line_for_each_session(archive):
    assert archive.last(1) == "About the red one."
    assert archive.last(3) == "The café at Łódź is closed.\nCall the plumber. About the red one."
    assert archive.last(99) == f"{ANNA}\n{PLUMBER}"


def test_the_last_segment_is_one_that_stands(archive, sink, speaker):
    anna = speaker()
    tell(sink, *anna.tells("call the plumber", "about the red one"), anna.strikes())
    assert archive.last(1) == "Call the plumber."


def test_a_session_that_went_over_midnight_is_one_line(archive, sink, speaker):
    late = speaker(datetime(2026, 11, 23, 23, 59, 58, tzinfo=UTC))
    tell(sink, *late.tells("good night", "and good morning"))
    assert len(archive.days()) == 2
    assert archive.last(2) == "Good night. And good morning."


def test_without_a_transcript_there_is_nothing(archive):
    assert (archive.last(1), archive.days(), find(archive, "anna")) == ("", [], [])
