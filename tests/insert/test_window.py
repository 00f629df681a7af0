"""Which window gets the words."""

from __future__ import annotations

import os
import time
from contextlib import closing
from threading import Event

import pytest
from Xlib import X, Xatom
from Xlib.display import Display

from tests.desktop.virtual import wait_for
from tests.insert.conftest import PATIENCE, becomes, bring_forward
from tests.insert.server import AS_ANOTHER_USER
from tray.core.failures import SinkError
from tray.core.keys import KeyEvent
from tray.desktop.hotkeys_x11 import X11Hotkeys
from tray.sinks.insert import InsertSink
from tray.system.windows_x11 import Window, focused
from tray.system.wire_x11 import Wire, XThread

FIELD = "field of test_window"


def named(*names: str) -> Window:
    return Window(1, frozenset(names))


@pytest.mark.parametrize("name", ["xterm", "urxvt", "st-256color"])
def test_terminals_of_the_old_school_paste_with_shift_and_insert(name):
    assert named(name).terminal
    assert named(name).wants_shift_insert


@pytest.mark.parametrize("name", ["konsole", "gnome-terminal-server", "kitty", "org.wezfurlong.wezterm", "guake"])
def test_other_terminals_paste_with_ctrl_shift_and_v(name):
    assert named(name, "other").terminal
    assert not named(name, "other").wants_shift_insert


@pytest.mark.parametrize("name", ["firefox", "mousepad", "gnome-clocks", "keepassxc"])
def test_other_programs_are_neither_terminals_nor_prompts(name):
    assert not named(name).terminal
    assert not named(name).secret


@pytest.mark.parametrize(
    "name",
    ["pinentry-gtk-2", "ssh-askpass", "ksshaskpass", "gcr-prompter", "polkit-gnome-authentication-agent-1", "i3lock"],
)
def test_prompts_for_passwords_are_known_by_their_names(name):
    assert named(name).secret


def test_a_password_prompt_gets_nothing_and_the_words_come_out_behind_it(desktop, editor, sink, speaker, plain_window):
    anna = speaker()
    sink.write(anna.begins())
    with plain_window("pinentry-x11"), pytest.raises(SinkError, match="password"):
        sink.write(anna.says("secret"))
    bring_forward(desktop, FIELD)
    sink.write(anna.ends())
    becomes(editor, "Secret.")


@pytest.fixture
def strange_terminal(desktop):
    """A terminal in front that another user has started."""
    program = desktop.launch(*AS_ANOTHER_USER, "xterm", "-title", "of another user")
    bring_forward(desktop, "of another user")
    yield program
    program.end()


def test_a_program_of_another_user_gets_nothing_and_the_words_come_out_behind_it(
    desktop, editor, sink, speaker, strange_terminal
):
    anna = speaker()
    sink.write(anna.begins())
    with pytest.raises(SinkError, match="another user"):
        sink.write(anna.says("one"))
    strange_terminal.end()
    bring_forward(desktop, FIELD)
    sink.write(anna.ends())
    becomes(editor, "One.")


@pytest.mark.usefixtures("strange_terminal")
def test_a_screen_that_counts_other_processes_than_ours_tells_nothing_of_users(desktop):
    """As from a container, or from another machine: here by a child that uses the connection of its parent."""
    with closing(Display(desktop.env["DISPLAY"])) as display:
        assert focused(display).foreign
        child = os.fork()
        if not child:
            os._exit(focused(display).foreign)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_words_follow_the_person_into_another_window(editor, other_editor, sink, speaker):
    anna = speaker()
    sink.write(anna.begins())
    sink.write(anna.says("one", ""))
    other = other_editor()
    sink.write(anna.says("two", ""))
    sink.write(anna.ends())
    becomes(other, " two")
    becomes(editor, "One")


def test_if_asked_to_the_words_are_held_back_from_another_window_and_that_stays_told(
    desktop, editor, other_editor, hand, speaker
):
    anna, sink = speaker(), InsertSink(hand, focus="hold")
    sink.write(anna.begins())
    sink.write(anna.says("one", ""))
    other = other_editor()
    with pytest.raises(SinkError, match="window has changed") as failure:
        sink.write(anna.says("two", ""))
    assert "transcript" in failure.value.remedy
    bring_forward(desktop, FIELD)
    for change in (anna.says("three", ""), anna.ends()):
        with pytest.raises(SinkError, match="window has changed"):
            sink.write(change)
    bert = speaker("second")
    for change in (bert.begins(), bert.says("four"), bert.ends()):
        sink.write(change)
    becomes(editor, "OneFour.")
    assert other.text == ""


def test_while_a_hotkey_is_held_the_words_wait_and_the_hold_goes_on(desktop, editor, sink, speaker):
    anna, heard = speaker(), list[KeyEvent]()
    with closing(X11Hotkeys(desktop.env["DISPLAY"])) as hotkeys:
        hotkeys.bind("ctrl+alt+space", "", heard.append)
        desktop.keys("keydown", "37", "keydown", "64", "keydown", "65")
        wait_for(lambda: [one.down for one in heard] == [True], PATIENCE, "the press")
        for change in (anna.begins(), anna.says("one"), anna.settles(), anna.says("two")):
            sink.write(change)
        assert [one.down for one in heard] == [True]
        assert editor.text == ""
        desktop.keys("keyup", "65", "keyup", "64", "keyup", "37")
        sink.write(anna.ends())
    becomes(editor, "One. Two.")


def test_a_hotkey_that_is_never_let_go_is_told(desktop, sink, speaker):
    anna = speaker()
    with closing(X11Hotkeys(desktop.env["DISPLAY"])) as hotkeys:
        hotkeys.bind("ctrl+alt+space", "", lambda _: None)
        desktop.keys("keydown", "37", "keydown", "64", "keydown", "65")
        sink.write(anna.begins())
        sink.write(anna.says("one"))
        begun = time.monotonic()
        with pytest.raises(SinkError, match="held too long"):
            sink.write(anna.ends())
        assert time.monotonic() - begun < 1.5
        desktop.keys("keyup", "65", "keyup", "64", "keyup", "37")


def test_what_arrives_with_an_awaited_answer_is_dealt_with_at_once(desktop):
    """A program that asks for our text at that moment would wait for an answer until something else happens."""
    heard = Event()

    def build(wire: Wire) -> Wire:
        wire.listeners.append(lambda happened: heard.set() if happened.type == X.PropertyNotify else None)
        return wire

    owed: list[bytes] = []

    def idle(wire: Wire) -> None:
        wire.drain()
        while owed:
            wire.window.change_property(wire.atom("_TEST"), Xatom.STRING, 8, owed.pop())
            wire.display.sync()  # reads the event along with its answer

    with closing(XThread(desktop.env["DISPLAY"], build, idle)) as thread:
        thread.ask(lambda _: owed.append(b"asked"))
        assert heard.wait(PATIENCE)
