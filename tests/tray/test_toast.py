"""What a toast says of the words, and which buttons it has."""

from __future__ import annotations

from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

from tests.patience import until
from tests.tray.desk import Desktop
from tests.tray.toasts import NAME, Screen, segment
from tray.sinks.toast import ToastSink, ending
from tray.system.notifications import Notifications, fit
from tray.system.session_bus import DAEMON as BUS
from tray.system.session_bus import SessionBus


def test_each_segment_is_shown_in_the_same_toast(sink: ToastSink, screen: Screen) -> None:
    daemon = screen.begin("body", "actions", "body-markup")
    sink.write(segment("hello there"))
    sink.write(segment("hello there", "call Anna"))
    assert [toast["body"] for toast in daemon.shown] == ["Hello there.", "Hello there. Call Anna."]
    assert daemon.shown[1]["replaces"] == daemon.shown[0]["number"]
    assert {toast["app"] for toast in daemon.shown} == {"Scribelet"}
    assert daemon.asked == 1


def test_words_do_not_stay_in_the_list_of_missed_toasts_but_a_failure_does(sink: ToastSink, screen: Screen) -> None:
    daemon = screen.begin("body")
    sink.write(segment("hello"))
    sink.tell("No microphone", "Plug one in.")
    text, failure = daemon.shown
    assert (text["transient"], text["urgency"], text["desktop-entry"]) == (True, 0, "scribelet")
    assert (failure["transient"], failure["urgency"], failure["summary"]) == (False, 1, "No microphone")


def test_copy_and_undo_are_offered_where_the_daemon_has_buttons(
    sink: ToastSink, toasts: Notifications, screen: Screen
) -> None:
    daemon = screen.begin("body", "actions")
    sink.write(segment("hello"))
    assert daemon.shown[0]["actions"] == ["copy s1", "Copy", "undo s1", "Undo"]
    daemon = screen.begin("body")
    until(lambda: not toasts.showing("s1"), "the old daemon is forgotten")
    sink.write(segment("hello", "again"))
    assert daemon.shown[0]["actions"] == []


def test_a_button_of_ours_acts_and_one_of_another_program_does_not(
    sink: ToastSink, screen: Screen, actions: SimpleQueue[str]
) -> None:
    daemon = screen.begin("actions")
    sink.write(segment("hello"))
    screen.let(lambda: daemon.action_invoked(7, "undo everything"))
    screen.let(lambda: daemon.action_invoked(daemon.shown[0]["number"], "undo s1"))
    assert actions.get(timeout=5) == "undo s1"
    assert actions.empty()


def test_markup_is_shown_as_it_was_said(sink: ToastSink, screen: Screen) -> None:
    daemon = screen.begin("body", "body-markup")
    sink.write(segment("a <b>bold</b> R&D"))
    assert daemon.shown[0]["body"] == "A &lt;b&gt;bold&lt;/b&gt; R&amp;D."


def test_a_daemon_without_markup_gets_the_words_as_they_are(sink: ToastSink, screen: Screen) -> None:
    daemon = screen.begin("body")
    sink.write(segment("R&D"))
    assert daemon.shown[0]["body"] == "R&D."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bell\x07and\x1b[31mred", "bell and [31mred"),
        ("nul\x00", "nul"),
        ("two\nlines", "two\nlines"),
        ("turned \u202eround", "turned  round"),
        ("half \ud83d a face", "half   a face"),
        ("👩‍🔬 naïve 漢字", "👩‍🔬 naïve 漢字"),
    ],
)
def test_what_a_screen_cannot_show_is_left_out(text: str, expected: str) -> None:
    assert fit(text) == expected


@pytest.mark.parametrize(
    ("text", "length", "expected"),
    [
        ("short", 10, "short"),
        ("ten letter", 10, "ten letter"),
        ("one two three", 10, "… three"),
        ("one two six", 9, "… two six"),
        ("one two six", 10, "… two six"),
        ("x" * 20, 10, "… xxxxxxxx"),
    ],
)
def test_of_a_long_text_the_end_is_shown_from_a_whole_word_on(text: str, length: int, expected: str) -> None:
    assert ending(text, length) == expected
    assert len(ending(text, length)) <= length


@pytest.mark.parametrize(("mode", "expected"), [("each", ["Written", "Oh"]), ("errors", ["Oh"]), ("off", [])])
def test_the_setting_says_which_toasts_are_shown(
    toasts: Notifications, screen: Screen, mode: Any, expected: list[str]
) -> None:
    daemon = screen.begin("body")
    sink = ToastSink(toasts, mode, lambda _: None)
    sink.write(segment("one"))
    sink.tell("Oh", "dear")
    assert [toast["summary"] for toast in daemon.shown] == expected


def test_on_a_real_desktop_one_toast_is_seen_and_its_undo_button_acts(
    desktop: Desktop, desktop_bus: SessionBus, actions: SimpleQueue[str], tmp_path: Path
) -> None:
    # dunst offers buttons in a menu of another program: this one picks Undo
    pick = tmp_path / "pick"
    pick.write_text("#!/bin/sh\ngrep Undo\n")
    pick.chmod(0o755)
    settings = tmp_path / "dunstrc"
    settings.write_text(f"[global]\n    dmenu = {pick}\n    markup = full\n    follow = none\n")
    desktop.kill("dunst")
    desktop.start(f"dunst -conf {settings}")
    sink = ToastSink(Notifications(desktop_bus), "each", actions.put)
    until(lambda: desktop_bus.call(BUS, "NameHasOwner", "s", [NAME])[0], "dunst")
    before = desktop.screen()
    sink.write(segment("hello there"))
    sink.write(segment("hello there", "call Anna"))
    until(lambda: desktop.screen() != before, "something on the screen")
    assert desktop.run("dunstctl count displayed").strip() == "1"
    desktop.run("dunstctl context")
    assert actions.get(timeout=10) == "undo s1"
