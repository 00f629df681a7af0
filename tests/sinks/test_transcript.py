"""The transcript as the person who keeps it finds it."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tests.sinks.conftest import tell
from tests.sinks.kept import kinds, page, records
from tray.core.prose import Act, Change
from tray.sinks import files
from tray.sinks.jsonl import passages, struck
from tray.sinks.transcript import TranscriptSink

# the page


def test_a_day_has_a_title_and_a_paragraph_for_each_session(sink, folder, speaker):
    later = speaker(datetime(2026, 11, 23, 9, 31, tzinfo=UTC), "second")
    tell(sink, *speaker().tells("dear Anna", "thank you"), *later.tells("call the plumber"))
    assert page(folder) == (
        "# Monday, 23 November 2026\n\n**09:14** Dear Anna. Thank you.\n\n**09:31** Call the plumber.\n"
    )


def test_ten_seconds_of_silence_begin_a_paragraph_and_less_do_not(sink, folder, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("one"), anna.settles(), anna.says("two", after=9.9), anna.settles())
    tell(sink, anna.says("three", after=60.0), anna.settles(","), anna.ends())
    assert page(folder).splitlines()[2:] == ["**09:14** One. Two.", "", "**09:15** Three,"]


def test_words_are_on_the_page_at_once_and_the_mark_when_it_is_settled(sink, folder, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("dear Anna", held="."))
    assert page(folder).endswith("**09:14** Dear Anna")
    tell(sink, anna.settles(","), anna.says("thank you"))
    assert page(folder).endswith("**09:14** Dear Anna, thank you")


def test_a_page_only_grows(sink, folder, speaker):
    before = b""
    for change in speaker().tells("dear Anna", "thank you", "good bye"):
        sink.write(change)
        path = folder / "2026-11-23.md"
        now = path.read_bytes() if path.exists() else b""
        assert now.startswith(before)
        before = now


def test_words_wait_for_the_mark_before_them(sink, folder, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("dear Anna", held="."), anna.says("thank you"))
    assert page(folder).endswith("Dear Anna")
    assert kinds(folder) == ["segment 0", "segment 1"]


def test_a_struck_segment_stays_legible_as_struck(sink, folder, speaker):
    anna = speaker()
    tell(sink, *anna.tells("call the plumber", "about the red one"), anna.strikes())
    assert page(folder).endswith("**09:14** Call the plumber. ~~About the red one.~~\n")


def test_what_follows_a_struck_segment_is_joined_as_if_it_were_not_there(sink, folder, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("call him"), anna.settles(","), anna.says("no"), anna.strikes())
    tell(sink, anna.says("or write"), anna.settles(), anna.ends())
    assert page(folder).endswith("**09:14** Call him, ~~no.~~ or write.\n")


def test_a_strike_changes_its_own_paragraph_alone(sink, folder, speaker):
    anna = speaker()
    tell(sink, *anna.tells("yes"), *speaker(session="second").tells("yes. it is"), anna.strikes())
    assert page(folder).splitlines()[2:] == ["**09:14** ~~Yes.~~", "", "**09:14** Yes. it is."]


def test_a_cancelled_session_is_struck_and_its_held_mark_is_empty(sink, folder, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("dear Anna"), anna.settles(), anna.says("thank you"), anna.cancels())
    assert page(folder).endswith("**09:14** ~~Dear Anna.~~ ~~Thank you~~\n")
    assert kinds(folder)[-3:] == ["strike 0", "mark 1", "strike 1"]


def test_undo_still_works_when_the_program_was_started_anew(sink, folder, speaker):
    anna = speaker()
    tell(sink, *anna.tells("call the plumber", "about the red one"))
    tell(TranscriptSink(folder), anna.strikes())
    assert page(folder).endswith("Call the plumber. ~~About the red one.~~\n")
    assert kinds(folder).count("segment 1") == 1


def test_a_restored_segment_stands_on_the_page_as_before(sink, folder, speaker):
    anna = speaker()
    tell(sink, *anna.tells("call the plumber", "about the red one"))
    before = page(folder)
    tell(sink, anna.strikes(), anna.restores(1))
    assert page(folder).rstrip() == before.rstrip()
    assert kinds(folder)[-2:] == ["strike 1", "restore 1"]
    [passage] = passages((folder / "2026-11-23.jsonl").read_bytes())
    assert passage == anna.passage


def test_a_cancelled_session_is_restored_by_a_program_that_knows_only_its_records(sink, folder, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("dear Anna"), anna.settles(","), anna.says("thank you"), anna.cancels())
    [said] = passages((folder / "2026-11-23.jsonl").read_bytes())
    assert [entry.cancelled for entry in said.entries] == [True, True]
    tell(TranscriptSink(folder), Change(Act.RESTORED, said.restore([0, 1])))
    assert page(folder).rstrip().endswith("**09:14** Dear Anna, thank you.")
    [restored] = passages((folder / "2026-11-23.jsonl").read_bytes())
    assert restored == said.restore([0, 1])


def test_a_page_that_a_kill_kept_from_a_restore_gets_it_at_the_next_start(sink, folder, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("dear Anna"), anna.settles(","), anna.says("thank you"), anna.cancels())
    path = folder / "2026-11-23.md"
    struck = path.read_bytes()
    [said] = passages((folder / "2026-11-23.jsonl").read_bytes())
    tell(TranscriptSink(folder), Change(Act.RESTORED, said.restore([0, 1])))
    path.write_bytes(struck + b"mine\n")
    os.utime(path, ns=(0, 0))
    TranscriptSink(folder).settle_unfinished()
    assert page(folder).rstrip().splitlines()[2:] == ["**09:14** Dear Anna, thank you.", "mine"]


def test_what_was_struck_is_found_in_the_order_in_which_that_happened(sink, folder, speaker):
    anna = speaker()
    tell(sink, *anna.tells("one", "two", "three"), anna.strikes(2), anna.strikes(0), anna.strikes(1), anna.restores(2))
    assert struck(files.lines(folder / "2026-11-23.jsonl")) == [("first", 0), ("first", 1)]


def test_a_segment_after_midnight_is_on_the_new_day(sink, folder, speaker):
    anna = speaker(datetime(2026, 11, 23, 23, 59, 58, tzinfo=UTC))
    tell(sink, *anna.tells("good night", "good morning"))
    assert page(folder).endswith("**23:59** Good night.\n")
    assert page(folder, "2026-11-24") == "# Tuesday, 24 November 2026\n\n**00:00** Good morning.\n"
    assert {record["number"] for record in records(folder, "2026-11-24")} == {1}


def test_the_time_of_a_segment_follows_the_clock_when_it_is_put_back(sink, folder, speaker):
    begun = datetime(2026, 10, 25, 2, 59, 58, tzinfo=ZoneInfo("Europe/Berlin"), fold=0)
    tell(sink, *speaker(begun).tells("one", "two"))
    times = [record["time"] for record in records(folder, "2026-10-25") if record["type"] == "segment"]
    assert times == ["2026-10-25T02:59:58.500000+02:00", "2026-10-25T02:00:00+01:00"]


@pytest.mark.parametrize(
    ("spoken", "shown"),
    [
        ("# not a title", "# not a title"),  # harmless behind the time
        ("`rm`", r"\`rm\`"),
        ("<b>bold</b>", r"\<b>bold\</b>"),
        ("snake_case *star* ~~gone~~", r"Snake\_case \*star\* \~\~gone\~\~"),
        ("[here](http://x)", r"\[here](http://x)"),
        ("&lt; R&D", r"\&lt; R&D"),
        ("back\\slash", r"Back\\slash"),
        ("two\n\nlines\r\tof\u2028it", "Two lines of it"),
        ("\x1b]0;bell\x07 \u202eturned", "]0;bell turned"),
        ("漢字 ß 👩\u200d👩\u200d👧", "漢字 ß 👩\u200d👩\u200d👧"),
    ],
)
def test_no_text_breaks_out_of_its_paragraph(sink, folder, speaker, spoken, shown):
    tell(sink, *speaker().tells(spoken))
    lines = page(folder).splitlines()
    assert len(lines) == 3
    assert lines[2].casefold() == f"**09:14** {shown}.".casefold()
    assert records(folder)[0]["text"] == spoken


def test_what_somebody_writes_into_the_page_stays(sink, folder, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("dear Ana"), anna.settles())
    path = folder / "2026-11-23.md"
    path.write_text(path.read_text().replace("Ana", "Anna") + "\n\nmy own note")
    tell(sink, anna.says("thank you"), anna.settles(), anna.ends())
    assert path.read_text().splitlines()[2:] == ["**09:14** Dear Anna.", "", "my own note", "", "**09:14** Thank you."]


# the records


def test_a_record_says_what_when_and_where(sink, folder, speaker):
    tell(sink, *speaker().tells("dear Anna"))
    segment, mark = records(folder)
    place = {
        "id": "first/0",
        "session": "first",
        "number": 0,
        "time": "2026-11-23T09:14:05.500000+01:00",
        "span": {"start": 8000, "end": 24000, "rate": 16000},
    }
    words = [
        {"text": "dear", "start": 0.5, "end": 1.5, "confidence": 0.9, "timing": "measured"},
        {"text": "Anna", "start": 0.5, "end": 1.5, "confidence": 0.9, "timing": "measured"},
    ]
    assert segment == {"type": "segment", **place, "text": "dear Anna", "words": words, "held": "."}
    assert mark == {"type": "mark", **place, "text": "."}


def test_the_records_tell_the_session_again(sink, folder, speaker):
    anna = speaker()
    tell(sink, *anna.tells("dear Anna", "thank \ud83d you"), anna.strikes(0))
    [again] = passages((folder / "2026-11-23.jsonl").read_bytes())
    assert again == anna.passage


def test_a_damaged_line_costs_only_itself(sink, folder, speaker):
    tell(sink, *speaker().tells("one", "two"))
    path = folder / "2026-11-23.jsonl"
    unknown = b'{"type":"restore","session":"first","number":0}\n'
    odd = b'{"type":"segment"}\n[1]\n\xff\n{"type":"mark","session":[]}\n' + unknown
    found = passages(odd + path.read_bytes() + odd)
    assert [passage.text() for passage in found] == ["One. Two."]


def test_only_the_owner_can_read_the_transcript(sink, folder, speaker):
    before = os.umask(0)
    try:
        anna = speaker()
        tell(sink, *anna.tells("dear Anna"), anna.strikes())
    finally:
        os.umask(before)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


# after a crash


def test_a_mark_that_a_crash_left_held_is_settled_at_the_next_start(sink, folder, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("dear Anna", held=","), anna.settles(), anna.says("thank you", held="!"))
    again = TranscriptSink(folder)
    assert again.settle_unfinished() == 1
    assert page(folder).endswith("Dear Anna, thank you!\n")
    assert again.settle_unfinished() == 0


@pytest.mark.parametrize("torn", [b'{"type": "segment", "sess', b"\xf0\x9f", b"{" * 200_000])
def test_a_line_torn_by_a_crash_costs_no_other(sink, folder, speaker, torn):
    tell(sink, *speaker().tells("dear Anna"))
    path = folder / "2026-11-23.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + torn)
    again = TranscriptSink(folder)
    again.settle_unfinished()
    assert path.read_bytes() == whole
    tell(again, *speaker(session="second").tells("thank you"))
    assert page(folder).endswith("Dear Anna.\n\n**09:14** Thank you.\n")


def test_a_last_line_that_only_lacks_its_end_is_kept(sink, folder, speaker):
    anna = speaker()
    tell(sink, *anna.tells("dear Anna"), anna.strikes())
    path = folder / "2026-11-23.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole.rstrip(b"\n"))
    TranscriptSink(folder).settle_unfinished()
    assert path.read_bytes() == whole


@pytest.mark.parametrize("left", [None, "", "# Monday, 23 November 2026\n\n**09:14** Dear An"])
def test_a_page_that_is_missing_or_short_is_made_again_at_the_next_start(sink, folder, speaker, left):
    anna = speaker()
    tell(sink, *anna.tells("dear Anna", "thank you"), anna.strikes())
    path = folder / "2026-11-23.md"
    whole = path.read_text()
    path.unlink() if left is None else path.write_text(left)
    TranscriptSink(folder).settle_unfinished()
    assert path.read_text() == whole


def test_the_first_start_finds_nothing_to_settle(sink, folder):
    assert sink.settle_unfinished() == 0
    assert not folder.exists()
