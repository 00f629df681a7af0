"""What a toast says, when it changes, and what happens to it when its daemon comes and goes."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from queue import SimpleQueue
from typing import Annotated, Any

import pytest
from dbus_fast.annotations import DBusDict, DBusInt32, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method, dbus_signal

from tests.tray.desk import Desktop, until
from tray.core.failures import ScribeletError, SinkError
from tray.core.prose import Act, Change, Passage
from tray.core.speech import RATE, Segment, Span, Word
from tray.sinks.toast import ToastSink, ending
from tray.system.notifications import Notifications, PlainToasts, fit
from tray.system.session_bus import DAEMON as BUS
from tray.system.session_bus import SessionBus

NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
Words = Annotated[list[str], DBusSignature("as")]
TwoNumbers = Annotated[tuple[int, int], DBusSignature("uu")]
Pressed = Annotated[tuple[int, str], DBusSignature("us")]
Nothing = Annotated[None, DBusSignature("")]


class Daemon(ServiceInterface):
    """A notification daemon that writes down what it is asked for."""

    def __init__(self, *features: str) -> None:
        super().__init__(NAME)
        self.features = list(features)
        self.shown: list[dict[str, Any]] = []
        self.asked = 0

    @dbus_method("GetCapabilities")
    def get_capabilities(self) -> Words:
        self.asked += 1
        return self.features

    @dbus_method("Notify")
    def notify(
        self,
        app: DBusStr,
        replaces: DBusUInt32,
        icon: DBusStr,
        summary: DBusStr,
        body: DBusStr,
        actions: Words,
        hints: DBusDict,
        stays: DBusInt32,
    ) -> DBusUInt32:
        number = replaces or 40 + len(self.shown)
        plain = {name: hint.value for name, hint in hints.items()}
        said = {"app": app, "summary": summary, "body": body, "actions": actions, "icon": icon, "stays": stays}
        self.shown.append({"number": number, "replaces": replaces, **plain, **said})
        return number

    @dbus_method("CloseNotification")
    def close_notification(self, number: DBusUInt32) -> Nothing:
        self.shown.append({"closed": number})
        self.notification_closed(number)

    @dbus_signal("ActionInvoked")
    def action_invoked(self, number: int, action: str) -> Pressed:
        return number, action

    @dbus_signal("NotificationClosed")
    def notification_closed(self, number: int) -> TwoNumbers:
        return number, 2


class Screen:
    """The other side: starts daemons and lets them act."""

    def __init__(self) -> None:
        self.bus: SessionBus | None = None

    def begin(self, *features: str) -> Daemon:
        """A daemon takes over."""
        self.end()
        daemon, self.bus = Daemon(*features), SessionBus()
        self.bus.export(PATH, daemon)
        self.bus.request_name(NAME)
        return daemon

    def let(self, act: Callable[[], object]) -> None:
        """Something happens on the screen."""

        async def do() -> None:
            act()

        assert self.bus
        self.bus.run(do())

    def end(self) -> None:
        if self.bus:
            self.bus.close()


@pytest.fixture
def screen(lone_bus: subprocess.Popen[str]) -> Iterator[Screen]:  # noqa: ARG001 it must be there first
    other_side = Screen()
    yield other_side
    other_side.end()


@pytest.fixture
def actions() -> SimpleQueue[str]:
    return SimpleQueue()


@pytest.fixture
def toasts(bus: SessionBus) -> Notifications:
    return Notifications(bus)


@pytest.fixture
def sink(toasts: Notifications, actions: SimpleQueue[str]) -> ToastSink:
    return ToastSink(toasts, "each", actions.put)


def said(*texts: str) -> Passage:
    passage = Passage("s1", datetime(2026, 11, 23, 9, 14, tzinfo=UTC))
    for number, text in enumerate(texts):
        words = tuple(Word(word, 0, 0, None, "estimated") for word in text.split())
        passage = passage.add(Segment(number, words, Span(0, RATE, RATE), "."))
    return passage


def segment(*texts: str) -> Change:
    passage = said(*texts)
    return Change(Act.SEGMENT, passage, passage.last())


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


def test_a_settled_mark_changes_a_toast_but_brings_none_back(
    sink: ToastSink, toasts: Notifications, screen: Screen
) -> None:
    daemon = screen.begin("body")
    passage = said("is it")
    sink.write(Change(Act.SEGMENT, passage, passage.last()))
    question = passage.settle(0, "?")
    settled = Change(Act.MARK, question, question.last())
    sink.write(settled)
    assert daemon.shown[-1]["body"] == "Is it?"
    screen.let(lambda: daemon.notification_closed(daemon.shown[0]["number"]))
    until(lambda: not toasts.showing("s1"), "the toast is known to be closed")
    sink.write(settled)
    assert len(daemon.shown) == 2


def test_a_dismissed_toast_comes_back_with_the_next_words(
    sink: ToastSink, toasts: Notifications, screen: Screen
) -> None:
    daemon = screen.begin("body")
    sink.write(segment("one"))
    screen.let(lambda: daemon.notification_closed(daemon.shown[0]["number"]))
    until(lambda: not toasts.showing("s1"), "the toast is known to be closed")
    sink.write(segment("one", "two"))
    assert (daemon.shown[1]["body"], daemon.shown[1]["replaces"]) == ("One. Two.", 0)


def test_struck_words_leave_the_toast_and_the_last_ones_take_it_away(sink: ToastSink, screen: Screen) -> None:
    daemon = screen.begin("body")
    passage = said("one", "two")
    sink.write(Change(Act.SEGMENT, passage))
    sink.write(Change(Act.STRIKE, passage.strike(1)))
    assert daemon.shown[-1]["body"] == "One."
    sink.write(Change(Act.STRIKE, passage.strike(1).strike(0)))
    assert daemon.shown[-1] == {"closed": daemon.shown[0]["number"]}


def test_a_cancelled_session_takes_its_toast_along(sink: ToastSink, screen: Screen) -> None:
    daemon = screen.begin("body")
    sink.write(segment("one"))
    sink.write(Change(Act.CANCELLED, said("one").strike(0)))
    assert daemon.shown[-1] == {"closed": daemon.shown[0]["number"]}


def test_beginning_and_ending_a_session_show_nothing(sink: ToastSink, screen: Screen) -> None:
    daemon = screen.begin("body")
    sink.write(Change(Act.BEGAN, said()))
    sink.write(Change(Act.ENDED, said("one")))
    sink.close()
    sink.close()
    assert daemon.shown == []


def test_without_a_daemon_the_error_says_what_to_do_and_a_daemon_that_comes_is_used(
    sink: ToastSink, screen: Screen
) -> None:
    with pytest.raises(SinkError) as caught:
        sink.write(segment("one"))
    assert "toast.show" in caught.value.remedy
    daemon = screen.begin("body")
    sink.write(segment("one", "two"))
    assert daemon.shown[0]["body"] == "One. Two."


def test_a_daemon_that_restarts_gets_a_new_toast_and_is_asked_again(
    sink: ToastSink, toasts: Notifications, screen: Screen
) -> None:
    screen.begin("body", "body-markup")
    sink.write(segment("one"))
    daemon = screen.begin("body", "actions")
    until(lambda: not toasts.showing("s1"), "the old daemon is forgotten")
    sink.write(segment("one", "R&D"))
    assert (daemon.shown[0]["body"], daemon.shown[0]["replaces"], daemon.asked) == ("One. R&D.", 0, 1)


@pytest.mark.parametrize(("mode", "expected"), [("each", ["Written", "Oh"]), ("errors", ["Oh"]), ("off", [])])
def test_the_setting_says_which_toasts_are_shown(
    toasts: Notifications, screen: Screen, mode: Any, expected: list[str]
) -> None:
    daemon = screen.begin("body")
    sink = ToastSink(toasts, mode, lambda _: None)
    sink.write(segment("one"))
    sink.tell("Oh", "dear")
    assert [toast["summary"] for toast in daemon.shown] == expected


def test_where_only_plain_toasts_are_known_they_show_the_same_words() -> None:
    shown: list[tuple[str, str]] = []
    sink = ToastSink(PlainToasts(lambda summary, body: shown.append((summary, body))), "each", lambda _: None)
    sink.write(segment("a\x07 <b>"))
    sink.write(Change(Act.MARK, said("a").settle(0, "?")))
    sink.write(Change(Act.CANCELLED, said()))
    assert shown == [("Written", "A  <b>.")]


def test_a_plain_toast_that_fails_is_a_failure_of_this_sink() -> None:
    def refuse(_summary: str, _body: str) -> None:
        raise ScribeletError("This tray shows no toasts.", "Look elsewhere.")

    with pytest.raises(SinkError, match="shows no toasts"):
        ToastSink(PlainToasts(refuse), "each", lambda _: None).write(segment("one"))


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
