"""Words are typed into the window in front, key by key."""

from __future__ import annotations

import subprocess
import time
from contextlib import closing
from threading import Event

import pytest
from Xlib.display import Display

from tests.desktop.virtual import wait_for
from tests.insert.conftest import PATIENCE, becomes
from tests.insert.server import Listener
from tray.sinks.insert import InsertSink
from tray.sinks.insert_x11 import X11Hand
from tray.system.keyboard_x11 import Turn
from tray.system.xkb import KeyboardWatch

ASCII = "".join(map(chr, range(0x20, 0x7F)))
SCRIPTS = "Grüße, où ça? Привет! Ελληνικά 漢字 עברית €5 – “so” 😀 👩\u200d👩\u200d👧"
FOREIGN = "".join(chr(first + at) for first in (0x4E00, 0xA000, 0x1200, 0x1401) for at in range(100))
"""Letters of four scripts, Chinese to Cree."""
STREWN = "keyboard".join(FOREIGN[:120])
"""So many keys between new letters that programs get all the time there is to read them."""
LAYOUTS = ["us", "de", "fr", "ru", "us(dvorak)", "de(neo)"]


def type_all(hand, text) -> None:
    """As the sink does: what did not go out in one go goes out in the next."""
    while text:
        text = text[hand.type(text, hand.window()) :]


def keys(desktop):
    with closing(Display(desktop.env["DISPLAY"])) as display:
        return KeyboardWatch(display).read().keys


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_character_of_a_keyboard_comes_out_under_every_layout(editor, hand, layout, name):
    layout(name)
    type_all(hand, ASCII)
    becomes(editor, ASCII)


@pytest.mark.parametrize("name", LAYOUTS)
def test_other_scripts_and_emoji_come_out_under_every_layout(editor, hand, layout, name):
    layout(name)
    type_all(hand, SCRIPTS)
    becomes(editor, SCRIPTS)


def test_the_alphabet_of_a_layout_that_was_chosen_comes_out(editor, hand, layout, choose_group):
    layout("us,ru")
    choose_group(1)
    type_all(hand, "Hello, мир! 😀")
    becomes(editor, "Hello, мир! 😀")


def test_many_lines_come_out(editor, hand):
    text = "".join(f"line {number}:\tof many, with an é\n" for number in range(40))
    type_all(hand, text)
    becomes(editor, text)


def test_more_new_characters_than_there_are_keys_to_spare_come_out(editor, hand):
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 60)))
    type_all(hand, text)
    becomes(editor, text)


def test_hundreds_of_letters_that_no_keyboard_has_come_out(server, bare_editor, speaker):
    anna = speaker()
    with closing(X11Hand(server.display)) as hand:
        sink = InsertSink(hand, "type")
        for change in (anna.begins(), anna.says(FOREIGN, ""), anna.ends()):
            sink.write(change)
        becomes(bare_editor, FOREIGN)


def test_letters_that_wait_for_programs_to_read_the_others_are_typed_once(server, speaker):
    anna = speaker()
    with closing(Display(server.display)) as display, closing(X11Hand(server.display)) as hand:
        listener, sink = Listener(display), InsertSink(hand, "type")
        for change in (anna.begins(), anna.says(STREWN, ""), anna.ends()):
            sink.write(change)
        hand.type("z", hand.window())
        assert listener.keys_until("z") == len(STREWN)


def test_a_terminal_gets_it_too_and_a_line_end_runs_no_command(terminal, desktop, hand, speaker):
    anna, sink = speaker(), InsertSink(hand, "type")
    for change in (anna.begins(), anna.says("rm\n-rf / Grüße 漢字", "!"), anna.ends()):
        sink.write(change)
    desktop.keys("key", "Return")
    becomes(terminal, "Rm -rf / Grüße 漢字!\n")


def test_under_caps_lock_letters_are_as_they_were_said_and_it_stays_on(editor, desktop, hand):
    desktop.keys("key", "Caps_Lock")
    try:
        type_all(hand, "aBc éÉ")
        becomes(editor, "aBc éÉ")
        desktop.keys("key", "d")
        becomes(editor, "aBc éÉD")
    finally:
        desktop.keys("key", "Caps_Lock")


def test_modifiers_that_are_still_held_do_not_turn_it_into_shortcuts(editor, desktop, hand):
    desktop.keys("keydown", "37", "keydown", "64")
    try:
        type_all(hand, "save quit")
        becomes(editor, "save quit")
    finally:
        desktop.keys("keyup", "64", "keyup", "37")


@pytest.mark.parametrize("closed", [False, True], ids=["after a moment", "when it is closed"])
def test_the_keyboard_is_left_as_it_was(desktop, editor, closed):
    before = keys(desktop)
    hand = X11Hand(desktop.env["DISPLAY"])
    type_all(hand, SCRIPTS)
    assert keys(desktop) != before
    if closed:
        hand.close()
    wait_for(lambda: keys(desktop) == before, PATIENCE, "the keys of before")
    becomes(editor, SCRIPTS)
    hand.close()


def test_a_layout_that_was_chosen_meanwhile_is_left_alone(desktop, editor, hand, layout):
    type_all(hand, "漢字")
    becomes(editor, "漢字")
    layout("fr")
    chosen = keys(desktop)
    type_all(hand, "漢字")
    becomes(editor, "漢字漢字")
    hand.close()
    assert keys(desktop) == chosen
    assert subprocess.run(["setxkbmap", "-query"], env=desktop.env, capture_output=True, check=True).stdout


@pytest.mark.parametrize("text", ["words and more of them, " * 100, STREWN], ids=["plain", "rare"])
def test_a_long_text_is_typed_in_parts_none_of_which_takes_long(server, text):
    rest = text
    with closing(Display(server.display)) as display, closing(X11Hand(server.display)) as hand:
        listener = Listener(display)
        while rest:
            begun = time.monotonic()
            rest = rest[hand.type(rest, hand.window()) :]
            assert time.monotonic() - begun < 1.5
        hand.type("z", hand.window())
        assert listener.keys_until("z") == len(text)


def test_when_nobody_waits_any_more_nothing_more_is_sent():
    turn = Turn(PATIENCE, Event())
    assert turn.claim(3)
    assert turn.claim(4)
    assert turn.end() == 7
    assert not turn.claim(1)


def test_when_it_is_closed_nothing_more_is_sent():
    closed = Event()
    turn = Turn(PATIENCE, closed)
    closed.set()
    assert not turn.claim(1)
    assert turn.end() == 0
