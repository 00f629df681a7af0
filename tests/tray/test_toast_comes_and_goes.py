"""When a toast changes, comes back and goes away, and what becomes of it when its daemon comes and goes."""

from __future__ import annotations

import pytest

from tests.patience import until
from tests.tray.toasts import Screen, said, segment
from tray.core.failures import ScribeletError, SinkError
from tray.core.prose import Act, Change
from tray.sinks.toast import ToastSink
from tray.system.notifications import Notifications, PlainToasts


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
