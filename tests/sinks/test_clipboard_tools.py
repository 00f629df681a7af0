"""The clipboard of a real X server, by whichever tool this desktop has."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.sinks.other_programs import PNG, copy, paste, tool
from tray.core.failures import SinkError
from tray.system.clipboard import find_clipboard


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
