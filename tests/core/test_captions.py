"""Captions as somebody reads them under a film."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray.core.captions import Cue, cues, spoken, srt, vtt
from tray.core.prose import Passage
from tray.core.speech import Segment, Span, Word

SECOND = 1000


def said(text: str, start: float = 0.0, pace: float = 0.3) -> list[Word]:
    """Words that follow each other without a gap, each `pace` seconds long."""
    return [
        Word(word, start + at * pace, start + (at + 1) * pace, None, "measured") for at, word in enumerate(text.split())
    ]


def lines(*segments: Sequence[Word]) -> list[tuple[str, ...]]:
    return [cue.lines for cue in cues(segments)]


def times(*segments: Sequence[Word]) -> list[tuple[int, int]]:
    return [(cue.start, cue.end) for cue in cues(segments)]


@pytest.mark.parametrize(
    ("why", "text", "expected"),
    [
        ("what fits stays together", "Good morning, Anna.", [("Good morning, Anna.",)]),
        (
            "two lines are about equally long",
            "The narrative would be tedious to him and painful to myself.",
            [("The narrative would be tedious", "to him and painful to myself.")],
        ),
        (
            "the end of a sentence comes before a clause mark that is nearer to the middle",
            "We will meet in London. If the train, which is often late, comes at nine, I will wait there with tea.",
            [
                ("We will meet in London.",),
                ("If the train, which is often late,", "comes at nine, I will wait there with tea."),
            ],
        ),
        (
            "a clause mark comes before the middle",
            "The letter that you sent to me last week from Paris has come, and I thank you for it with all my heart.",
            [
                ("The letter that you sent to me", "last week from Paris has come,"),
                ("and I thank you for it with all my heart.",),
            ],
        ),
        (
            "a quotation that ends is the end of a sentence",
            "He said to all of us, “Do come in.” Nobody of those who were standing at the door moved at all.",
            [
                ("He said to all of us, “Do come in.”",),
                ("Nobody of those who were standing", "at the door moved at all."),
            ],
        ),
        (
            "without any mark the halves are alike",
            "and so it went on and on for the whole of that day until there was nothing left that one could say",
            [
                ("and so it went on and on", "for the whole of that day"),
                ("until there was nothing", "left that one could say"),
            ],
        ),
    ],
)
def test_captions_break_where_a_reader_would(why: str, text: str, expected: list[tuple[str, ...]]) -> None:
    assert lines(said(text, pace=0.2)) == expected, why


def test_a_pause_is_a_better_place_for_a_break_than_the_middle() -> None:
    first = said("this is the first thing I had in mind when I began to talk", pace=0.2)
    second = said("and this is the other one that came to me", start=first[-1].end + 0.5, pace=0.2)
    assert lines(first + second)[1] == ("and this is the other one that came to me",)


def test_where_the_speaker_had_stopped_is_a_better_place_than_a_clause_mark() -> None:
    first = said("ask what you can do for your country", pace=0.3)
    second = said("if the reader will excuse me, I will say nothing of it", start=first[-1].end, pace=0.3)
    assert lines(first, second)[0] == ("ask what you can do for your country",)


def test_nothing_is_read_long_before_it_is_said() -> None:
    assert times(said("Wait."), said("Now.", start=4)) == [(0, SECOND), (4 * SECOND, 5 * SECOND)]


def test_a_short_word_does_not_flash_by_where_it_can_stand_with_the_next() -> None:
    text = (
        "Yes. The letter that you sent to me last week from Paris has come, and I thank you for it with all my heart."
    )
    assert lines(said(text))[0] == ("Yes. The letter that you sent to", "me last week from Paris has come,")


def test_nothing_stands_longer_than_seven_seconds() -> None:
    assert times([Word("Oooh.", 1, 30, None, "measured")]) == [(1 * SECOND, 8 * SECOND)]
    assert len(cues([said("one two three four five six", pace=2)])) == 2


def test_words_that_the_engine_has_put_in_one_moment_are_shown_one_after_the_other() -> None:
    shown = times(said("word " * 60, pace=0.0))
    assert all(start < end for start, end in shown)
    assert all(before[1] <= after[0] for before, after in pairwise(shown))


def test_a_word_longer_than_a_line_is_split() -> None:
    assert lines(said("a " + "x" * 100 + " b")) == [("a",), ("x" * 42,), ("x" * 42, "x" * 16), ("b",)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\ntwo", "one two"),
        ("one\u2028\r\n\x85two", "one two"),
        ("a\x00b\x1b[31mc", "ab[31mc"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("na\u200cme", "na\u200cme"),
        ("\ud800ok", "ok"),
        ("\u200eleft\u200f \u061cright", "left right"),
    ],
)
def test_nothing_that_moves_or_hides_text_is_left(text: str, shown: str) -> None:
    assert lines([Word(text, 0, 1, None, "measured")]) == [(shown,)]


@pytest.mark.parametrize("text", ["", " ", "\n", "\u202e", "\u200d", "\x07"])
def test_nothing_to_be_seen_is_no_caption(text: str) -> None:
    assert lines([Word(text, 0, 1, None, "measured")], []) == []


def test_subrip_is_numbered_with_times_to_the_millisecond() -> None:
    shown = [Cue(0, 1500, ("Good morning,", "Anna.")), Cue(3_723_004, 3_725_000, ("Yes.",))]
    assert srt(shown) == (
        "1\n00:00:00,000 --> 00:00:01,500\nGood morning,\nAnna.\n\n2\n01:02:03,004 --> 01:02:05,000\nYes."
    )


def test_webvtt_has_its_title_its_note_and_its_cues() -> None:
    shown = [Cue(0, 1500, ("Good morning,", "Anna."))]
    assert vtt(shown, note="Guessed.") == (
        "WEBVTT\n\nNOTE Guessed.\n\n00:00:00.000 --> 00:00:01.500\nGood morning,\nAnna."
    )
    assert vtt([]) == "WEBVTT"


def test_text_cannot_break_out_of_its_caption() -> None:
    trick = [Cue(0, 1500, ("00:00 --> 00:01 <b> & &lt;",))]
    assert vtt(trick).splitlines()[-1] == "00:00 --&gt; 00:01 &lt;b&gt; &amp; &amp;lt;"
    assert srt(trick).splitlines()[-1] == "00:00 → 00:01 ＜b> & &lt;"


@pytest.mark.parametrize("text", ["<b>", "<font size=99>", "{\\an8}", "{y:i}", "\\N", "\\h", "-->", "--->"])
def test_no_player_of_subrip_takes_a_word_for_a_style_a_place_or_a_line_end(text: str) -> None:
    [_, _, shown] = srt([Cue(0, 1500, (f"a {text} b",))]).splitlines()
    assert not set("<{\\") & set(shown)
    assert "-->" not in shown
    assert shown.startswith("a ")
    assert shown.endswith(" b")


def test_words_carry_the_marks_and_capitals_of_the_text() -> None:
    passage = Passage("s", datetime(2026, 1, 1, tzinfo=UTC))
    for number, (text, mark) in enumerate([("good morning", "."), ("how are", ""), ("you", "?"), ("gone", ".")]):
        passage = passage.add(Segment(number, tuple(said(text)), Span(0, 1, 1), mark))
    passage = passage.strike(3).settle(2, "!")
    shown = [[word.text for word in words] for words in spoken(passage.entries)]
    assert shown == [["Good", "morning."], ["How", "are"], ["you!"]]


texts = st.one_of(st.text(max_size=60), st.text("ab.,-> <&\n", max_size=60), st.sampled_from(["Yes.", "and", "well,"]))
lengths = st.floats(-1, 20, allow_nan=False)


@st.composite
def talks(draw: st.DrawFn) -> list[list[Word]]:
    """Segments of any words, with times that may overlap and run back."""
    now, segments = 0.0, list[list[Word]]()
    for words in draw(st.lists(st.lists(st.tuples(texts, lengths, lengths), max_size=20), max_size=4)):
        segments.append([])
        for text, pause, length in words:
            now = max(0.0, now + pause / 10)
            segments[-1].append(Word(text, now, now + length / 10, None, "estimated"))
            now += length / 10
    return segments


def letters(text: str) -> str:
    """What can be seen of a text."""
    return "".join(letter for letter in text if letter.isprintable() and not letter.isspace())


@given(talks())
def test_every_word_is_shown_once_and_in_order(talk: list[list[Word]]) -> None:
    shown = "".join("".join(cue.lines) for cue in cues(talk))
    assert letters(shown) == letters("".join(word.text for words in talk for word in words))


@given(talks())
def test_no_caption_is_ever_too_long_too_wide_or_on_top_of_another(talk: list[list[Word]]) -> None:
    shown = cues(talk)
    for cue in shown:
        assert 1 <= len(cue.lines) <= 2
        assert all(0 < len(line) <= 42 and line == line.strip() for line in cue.lines)
        assert 0 < cue.end - cue.start <= 7 * SECOND
    for cue, after in pairwise(shown):
        assert cue.end <= after.start
        assert cue.end - cue.start >= SECOND or after.start - cue.end <= 1
    assert not shown or shown[-1].end - shown[-1].start >= SECOND


@given(talks())
def test_a_player_reads_back_as_many_captions_as_were_written(talk: list[list[Word]]) -> None:
    shown = cues(talk)
    for written in (srt(shown), vtt(shown)):
        assert len(re.findall("-->", written)) == len(shown)
        assert len(written.split("\n\n")) == max(1, len(shown)) + (written.startswith("WEBVTT") and bool(shown))
