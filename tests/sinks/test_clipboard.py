"""What dictation leaves on the clipboard of a real X server, as the person who pastes finds it."""

from __future__ import annotations

import subprocess

import pytest

from tests.sinks.conftest import tell
from tests.sinks.other_programs import PNG, copy, paste, tool
from tray.core.failures import SinkError
from tray.sinks.clipboard import ClipboardSink, newest
from tray.system.clipboard import find_clipboard


def test_the_session_so_far_is_on_the_clipboard_with_its_held_mark(clipboard, desktop, speaker):
    sink, anna = ClipboardSink(clipboard), speaker()
    tell(sink, anna.begins(), anna.says("dear Anna", held="."))
    assert paste(desktop) == "Dear Anna."
    tell(sink, anna.settles(","), anna.says("thank you", held="?"))
    assert paste(desktop) == "Dear Anna, thank you?"


def test_a_second_session_starts_afresh(clipboard, desktop, speaker):
    tell(ClipboardSink(clipboard), *speaker().tells("one"), *speaker(session="second").tells("two"))
    assert paste(desktop) == "Two."


def test_the_newest_segment_alone_if_so_set(clipboard, desktop, speaker):
    sink, anna = ClipboardSink(clipboard, "segment"), speaker()
    tell(sink, *anna.tells("one", "two"))
    assert paste(desktop) == "Two."
    tell(sink, anna.strikes())
    assert paste(desktop) == "One."


def test_the_clipboard_is_left_alone_if_so_set(clipboard, desktop, speaker):
    anna = speaker()
    tell(ClipboardSink(clipboard, "off"), *anna.tells("one"), anna.strikes(), anna.cancels())
    assert paste(desktop) == "from before"


def test_a_mark_alone_leaves_what_somebody_copied_meanwhile(clipboard, desktop, speaker):
    sink, anna = ClipboardSink(clipboard), speaker()
    tell(sink, anna.begins(), anna.says("dear Anna"))
    copy(desktop, b"theirs")
    tell(sink, anna.settles(","))
    assert paste(desktop) == "theirs"
    tell(sink, anna.says("thank you"))
    assert paste(desktop) == "Dear Anna, thank you."


def test_a_late_mark_does_not_bring_the_session_before_back(clipboard, desktop, speaker):
    sink, anna, bert = ClipboardSink(clipboard), speaker(), speaker(session="second")
    tell(sink, anna.begins(), anna.says("one"), bert.begins(), bert.says("two"), anna.settles("!"), anna.ends())
    assert paste(desktop) == "Two."


def test_a_strike_takes_the_segment_from_the_clipboard(clipboard, desktop, speaker):
    sink, anna = ClipboardSink(clipboard), speaker()
    tell(sink, *anna.tells("one", "two"), anna.strikes())
    assert paste(desktop) == "One."


def test_a_strike_leaves_what_somebody_copied_meanwhile(clipboard, desktop, speaker):
    sink, anna = ClipboardSink(clipboard), speaker()
    tell(sink, *anna.tells("one", "two"))
    copy(desktop, b"theirs")
    tell(sink, anna.strikes())
    assert paste(desktop) == "theirs"


def test_what_is_restored_is_on_the_clipboard_whatever_was_there(clipboard, desktop, speaker):
    sink, anna = ClipboardSink(clipboard), speaker()
    tell(sink, *anna.tells("one", "two"), anna.strikes())
    copy(desktop, b"theirs")
    tell(sink, anna.restores(1))
    assert paste(desktop) == "One. Two."


def test_cancel_brings_back_what_was_there_before(clipboard, desktop, speaker):
    sink, anna = ClipboardSink(clipboard), speaker()
    tell(sink, anna.begins(), anna.says("one"), anna.settles(), anna.says("two"), anna.cancels())
    assert paste(desktop) == "from before"


def test_cancel_leaves_what_somebody_copied_meanwhile(clipboard, desktop, speaker):
    sink, anna = ClipboardSink(clipboard), speaker()
    tell(sink, anna.begins(), anna.says("one"))
    copy(desktop, b"theirs")
    tell(sink, anna.cancels())
    assert paste(desktop) == "theirs"


def test_cancel_before_the_first_word_leaves_the_clipboard_alone(clipboard, desktop, speaker):
    sink, anna = ClipboardSink(clipboard), speaker()
    copy(desktop, PNG, "image/png")
    tell(sink, anna.begins(), anna.cancels())
    assert clipboard.paste() == ""
    command = ["xclip", "-selection", "clipboard", "-out", "-target", "image/png"]
    assert subprocess.run(command, env=desktop, capture_output=True, timeout=10).stdout == PNG


def test_cancelled_words_do_not_stay_where_a_picture_was(clipboard, desktop, speaker):
    sink, anna = ClipboardSink(clipboard), speaker()
    copy(desktop, PNG, "image/png")
    tell(sink, anna.begins(), anna.says("one"), anna.cancels())
    assert paste(desktop) == ""


def test_cancel_leaves_the_clipboard_alone_if_the_session_began_before_it_was_written_to(clipboard, desktop, speaker):
    sink, anna = ClipboardSink(clipboard), speaker()
    anna.begins()
    tell(sink, anna.says("one"), anna.cancels())
    assert paste(desktop) == "One."


def test_cancel_after_the_end_leaves_the_clipboard_alone(clipboard, desktop, speaker):
    sink, anna = ClipboardSink(clipboard), speaker()
    tell(sink, *anna.tells("one"), anna.cancels())
    assert paste(desktop) == "One."


def test_cancel_leaves_the_clipboard_alone_if_it_could_not_be_read_at_the_start(desktop, tmp_path, speaker):
    anna, sink = speaker(), ClipboardSink(find_clipboard(desktop | {"PATH": f"{tmp_path}:{desktop['PATH']}"}))
    tool(tmp_path, "xclip", "exec sleep 60")
    sink.write(anna.begins())
    (tmp_path / "xclip").unlink()
    tell(sink, anna.says("one"), anna.cancels())
    assert paste(desktop) == "One."


def test_a_clipboard_that_hangs_does_not_spoil_the_start_of_a_session(desktop, tmp_path, speaker):
    tool(tmp_path, "xclip", "exec sleep 60")
    sink = ClipboardSink(find_clipboard(desktop | {"PATH": f"{tmp_path}:{desktop['PATH']}"}))
    sink.write(speaker().begins())
    with pytest.raises(SinkError):
        sink.write(speaker().says("one"))


def test_words_that_the_clipboard_refused_come_with_their_mark(desktop, tmp_path, speaker):
    tool(tmp_path, "xclip", "exit 1")
    anna, sink = speaker(), ClipboardSink(find_clipboard(desktop | {"PATH": f"{tmp_path}:{desktop['PATH']}"}))
    sink.write(anna.begins())
    with pytest.raises(SinkError):
        sink.write(anna.says("dear Anna"))
    (tmp_path / "xclip").unlink()
    sink.write(anna.settles(","))
    assert paste(desktop) == "Dear Anna,"


def test_cancel_takes_back_what_came_before_the_clipboard_failed(desktop, tmp_path, speaker):
    copy(desktop, b"from before")
    path = f"{tmp_path}:{desktop['PATH']}"
    anna, sink = speaker(), ClipboardSink(find_clipboard(desktop | {"PATH": path}))
    tell(sink, anna.begins(), anna.says("one"))
    tool(tmp_path, "xclip", "exit 1")
    with pytest.raises(SinkError):
        tell(sink, anna.settles(), anna.says("two"))
    (tmp_path / "xclip").unlink()
    sink.write(anna.cancels())
    assert paste(desktop) == "from before"


def test_the_oldest_words_go_when_the_text_grows_too_long(clipboard, desktop, speaker):
    sink, anna = ClipboardSink(clipboard, limit=12), speaker()
    tell(sink, anna.begins(), anna.says("one"), anna.settles(), anna.says("two"), anna.settles(), anna.says("three"))
    assert paste(desktop) == "Two. Three."
    tell(sink, anna.settles("!"))
    assert paste(desktop) == "Two. Three!"


@pytest.mark.parametrize(
    ("text", "limit", "rest"),
    [
        ("one two", 7, "one two"),
        ("one two", 6, "two"),
        ("one two", 3, "two"),
        ("one two", 4, "two"),
        ("onetwo", 3, "two"),
    ],
)
def test_text_is_cut_at_a_word(text, limit, rest):
    assert newest(text, limit) == rest
