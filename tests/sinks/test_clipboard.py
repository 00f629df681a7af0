"""The clipboard of a real X server, as the person who pastes finds it."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import pytest

from tray.core.failures import SinkError
from tray.sinks.clipboard import ClipboardSink, newest
from tray.system.clipboard import Clipboard, find_clipboard

PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489")


def tool(folder: Path, name: str, script: str) -> None:
    """Put a program on a path."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def paste(desktop) -> str:
    """What another program gets."""
    command = ["xclip", "-selection", "clipboard", "-out", "-target", "UTF8_STRING"]
    return subprocess.run(command, env=desktop, capture_output=True, check=True, timeout=10).stdout.decode()


def copy(desktop, content: bytes, target: str = "UTF8_STRING") -> None:
    """Somebody copies something in another program, and it has arrived."""
    command = ["xclip", "-selection", "clipboard", "-target", target]
    nowhere = subprocess.DEVNULL
    subprocess.run(
        [*command, "-in"], env=desktop, input=content, stdout=nowhere, stderr=nowhere, check=True, timeout=10
    )
    deadline = time.monotonic() + 10
    while subprocess.run([*command, "-out"], env=desktop, capture_output=True, timeout=10).stdout != content:
        assert time.monotonic() < deadline, "the X server does not know of the new owner"


@pytest.fixture
def clipboard(desktop) -> Clipboard:
    copy(desktop, b"from before")
    return find_clipboard(desktop)


def tell(sink, *changes) -> None:
    for change in changes:
        sink.write(change)


def board(folder: Path, *names: str) -> None:
    """Tools that keep the clipboard in a file named after the one that wrote it."""
    for name in names:
        tool(folder, name, 'case "$*" in *-out*) cat "$0.got";; *) cat >"$0.got";; esac')
    tool(folder, "wl-paste", f'cat "{folder}/wl-copy.got"')


# the clipboard


@pytest.mark.parametrize("text", ["plain", "Grüße, 漢字 👩\u200d👩\u200d👧", "two\nlines\n", "", "x" * 1_000_000])
def test_what_is_copied_can_be_pasted(clipboard, desktop, text):
    clipboard.copy(text)
    assert paste(desktop) == text
    assert clipboard.paste() == text
    assert clipboard.ours()


def test_the_clipboard_is_not_ours_before_we_copied_anything(clipboard):
    assert not clipboard.ours()


def test_the_clipboard_is_not_ours_once_somebody_else_copied(clipboard, desktop):
    clipboard.copy("mine")
    copy(desktop, b"theirs")
    assert not clipboard.ours()


def test_the_text_can_be_pasted_at_once_however_busy_the_machine_is(clipboard, desktop):
    for number in range(60):
        clipboard.copy(f"text {number}")
        assert paste(desktop) == f"text {number}"


def test_half_a_letter_is_copied_as_a_question_mark(clipboard, desktop):
    clipboard.copy("a\ud83db")
    assert paste(desktop) == "a?b"
    assert clipboard.ours()


def test_a_picture_on_the_clipboard_is_no_text(clipboard, desktop):
    clipboard.copy("mine")
    copy(desktop, PNG, "image/png")
    assert clipboard.paste() == ""
    assert not clipboard.ours()


def test_text_stays_on_the_clipboard_when_nobody_of_us_is_left(clipboard, desktop):
    """What serves it belongs to no process of ours and holds none of our files."""
    clipboard.copy("mine")
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    names = [Path(f"/proc/{pid}/comm").read_text().strip() for pid in children]
    assert "xclip" not in names
    assert paste(desktop) == "mine"


@pytest.mark.parametrize("act", [lambda one: one.copy("text"), lambda one: one.paste()])
def test_a_tool_that_hangs_is_given_up_after_two_seconds(desktop, tmp_path, act):
    tool(tmp_path, "xclip", "exec sleep 60")
    hung = find_clipboard(desktop | {"PATH": f"{tmp_path}:{desktop['PATH']}"})
    started = time.monotonic()
    with pytest.raises(SinkError, match="does not answer") as failure:
        act(hung)
    assert 1.9 < time.monotonic() - started < 8
    assert failure.value.remedy


def test_a_desktop_that_is_gone_is_told(desktop):
    closed = find_clipboard(desktop | {"DISPLAY": ":987"})
    with pytest.raises(SinkError, match="did not take"):
        closed.copy("text")
    assert closed.paste() == ""
    assert not closed.ours()


# which tool


@pytest.mark.parametrize(
    ("variables", "chosen"),
    [
        ({"DISPLAY": ":0"}, "xclip"),
        ({"WAYLAND_DISPLAY": "w"}, "wl-copy"),
        ({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}, "wl-copy"),
        ({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0", "XDG_CURRENT_DESKTOP": "KDE"}, "wl-copy"),
        ({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0", "XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}, "xclip"),
        ({"WAYLAND_DISPLAY": "w", "XDG_CURRENT_DESKTOP": "GNOME"}, "wl-copy"),
    ],
)
def test_the_tool_that_fits_the_desktop_is_used(tmp_path, variables, chosen):
    board(tmp_path, "xclip", "wl-copy", "xsel")
    found = find_clipboard(variables | {"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    found.copy("text")
    assert [path.name for path in tmp_path.glob("*.got")] == [f"{chosen}.got"]
    assert found.paste() == "text"
    assert found.ours()


def test_wayland_without_its_own_tool_uses_the_other_one(tmp_path):
    board(tmp_path, "xclip")
    path = f"{tmp_path}:{os.environ['PATH']}"
    find_clipboard({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0", "PATH": path}).copy("text")
    assert (tmp_path / "xclip.got").read_text() == "text"


@pytest.mark.parametrize(
    ("variables", "remedy"),
    [
        ({"DISPLAY": ":0"}, "Run: sudo apt install xclip"),
        ({"WAYLAND_DISPLAY": "w"}, "Run: sudo apt install wl-clipboard"),
        ({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0", "XDG_CURRENT_DESKTOP": "GNOME"}, "Run: sudo apt install xclip"),
    ],
)
def test_a_missing_tool_is_told_with_the_command_that_installs_it(tmp_path, variables, remedy):
    tool(tmp_path, "xsel", "exit 0")
    with pytest.raises(SinkError) as failure:
        find_clipboard(variables | {"PATH": str(tmp_path)})
    assert failure.value.remedy == remedy


def test_without_a_desktop_there_is_no_clipboard():
    with pytest.raises(SinkError, match="no desktop"):
        find_clipboard({"PATH": os.environ["PATH"]})


def test_a_tool_that_is_removed_while_we_run_is_told_with_its_remedy(tmp_path):
    tool(tmp_path, "xclip", "cat")
    found = find_clipboard({"DISPLAY": ":0", "PATH": str(tmp_path)})
    (tmp_path / "xclip").unlink()
    with pytest.raises(SinkError) as failure:
        found.copy("text")
    assert failure.value.remedy == "Run: sudo apt install xclip"


# what was said


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
