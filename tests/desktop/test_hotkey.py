"""The hotkey: tapped, held, pressed again, and what becomes of it where somebody else has it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from Xlib import XK, X
from Xlib.display import Display

from tests.desktop.running import Scribelet, alike
from tests.desktop.virtual import Desktop

KEY = "ctrl+alt+space"
SETTINGS = '[hotkey]\ncancel = "ctrl+alt+c"\n'


@pytest.fixture(scope="module")
def scribelet(shared_desktop: Desktop) -> Iterator[Scribelet]:
    with Scribelet(shared_desktop, SETTINGS) as running:
        running.wait_until(lambda: running.silhouette == "idle", "the icon")
        yield running


def _tap(scribelet: Scribelet, key: str = KEY) -> None:
    scribelet.desktop.keys("key", key)


def _press(scribelet: Scribelet) -> None:
    scribelet.desktop.keys("keydown", "ctrl", "keydown", "alt", "keydown", "space")


def _release(scribelet: Scribelet) -> None:
    scribelet.desktop.keys("keyup", "space", "keyup", "alt", "keyup", "ctrl")


def test_after_a_tap_dictation_goes_on_until_the_next_one(scribelet: Scribelet) -> None:
    _tap(scribelet)
    scribelet.wait_for_state("listening")
    scribelet.say("sb11.wav")
    assert scribelet.state == "listening"
    _tap(scribelet)
    scribelet.wait_for_state("idle")
    assert alike(scribelet.texts()[-1], "sb11.wav")


def test_a_held_key_records_from_the_press_to_the_release(scribelet: Scribelet) -> None:
    # the keyboard of this desktop repeats a held key 25 times a second: that must not end anything
    _press(scribelet)
    scribelet.wait_for_state("listening")
    scribelet.say("sb12.wav")
    assert scribelet.state == "listening"
    _release(scribelet)
    scribelet.wait_for_state("idle")
    assert alike(scribelet.texts()[-1], "sb12.wav")


def test_the_first_key_that_comes_up_ends_the_hold(scribelet: Scribelet) -> None:
    _press(scribelet)
    scribelet.wait_for_state("listening")
    scribelet.say("sb13.wav")
    scribelet.desktop.keys("keyup", "ctrl")
    scribelet.wait_for_state("idle")
    _release(scribelet)
    assert alike(scribelet.texts()[-1], "sb13.wav")


def test_the_key_stays_out_of_the_text_field_and_all_others_reach_it(scribelet: Scribelet) -> None:
    editor = scribelet.desktop.editor()
    _press(scribelet)
    scribelet.wait_for_state("listening")
    scribelet.say("sb14.wav")
    _release(scribelet)
    scribelet.wait_for_state("idle")
    scribelet.desktop.keys("key", "--delay", "50", "a", "space", "b")
    scribelet.wait_until(lambda: editor.text == "a b", "the other keys")
    editor.program.end()


def test_pressed_while_the_text_before_is_still_coming_both_sessions_are_whole(scribelet: Scribelet) -> None:
    before = len(scribelet.texts())
    _tap(scribelet)
    scribelet.wait_for_state("listening")
    scribelet.say("sb15.wav")
    scribelet.desktop.keys("key", KEY, "key", KEY)
    scribelet.wait_for_state("listening")
    scribelet.say("sb11.wav")
    _tap(scribelet)
    scribelet.wait_for_state("idle")
    older, newer = scribelet.texts()[before:]
    assert alike(older, "sb15.wav")
    assert alike(newer, "sb11.wav")


def test_the_cancel_key_strikes_what_was_said_and_gives_the_clipboard_back(scribelet: Scribelet) -> None:
    scribelet.desktop.copy("what I had copied")
    _tap(scribelet)
    scribelet.wait_for_state("listening")
    scribelet.say("sb13.wav")
    scribelet.wait_until(lambda: alike(scribelet.desktop.clipboard(), "sb13.wav"), "the text")
    _tap(scribelet, "ctrl+alt+c")
    scribelet.wait_for_state("idle")
    assert scribelet.records("strike")[-1]["id"] == scribelet.records()[-1]["id"]
    assert "~~At that high level" in scribelet.desktop.transcript()
    scribelet.wait_until(lambda: scribelet.desktop.clipboard() == "what I had copied", "the clipboard of before")


def test_one_more_key_held_makes_it_another_combination(scribelet: Scribelet) -> None:
    _tap(scribelet, "ctrl+alt+shift+space")
    _tap(scribelet)
    scribelet.wait_for_state("listening")
    _tap(scribelet)
    scribelet.wait_for_state("idle")
    assert scribelet.status["segments"] == 0


def test_it_can_be_paused_and_taken_up_again_in_the_menu(scribelet: Scribelet) -> None:
    scribelet.desktop.tray.click("Pause hotkey")
    scribelet.wait_until(lambda: not scribelet.status["hotkey"], "the pause")
    editor = scribelet.desktop.editor()
    _tap(scribelet)
    scribelet.desktop.keys("key", "x")
    scribelet.wait_until(lambda: "x" in editor.text, "the key behind it")
    assert scribelet.state == "idle"
    editor.program.end()
    scribelet.desktop.tray.click("Resume hotkey")
    scribelet.wait_until(lambda: scribelet.status["hotkey"] == KEY, "the end of the pause")
    _tap(scribelet)
    scribelet.wait_for_state("listening")
    scribelet.command("cancel")
    scribelet.wait_for_state("idle")


def test_another_combination_chosen_in_a_terminal_works_at_once(scribelet: Scribelet) -> None:
    assert scribelet.command("config", "set", "hotkey.toggle", "super+f7").returncode == 0
    scribelet.wait_until(lambda: scribelet.status["hotkey"] == "super+f7", "the new combination")
    _tap(scribelet, "super+F7")
    scribelet.wait_for_state("listening")
    _tap(scribelet, "super+F7")
    scribelet.wait_for_state("idle")
    scribelet.command("config", "set", "hotkey.toggle", KEY)
    scribelet.wait_until(lambda: scribelet.status["hotkey"] == KEY, "the old combination")


def test_a_key_that_another_program_has_is_a_warning_and_the_rest_works(scribelet: Scribelet) -> None:
    other = Display(scribelet.desktop.env["DISPLAY"])
    taken = other.keysym_to_keycode(XK.string_to_keysym("F9"))
    other.screen().root.grab_key(taken, 0, True, X.GrabModeAsync, X.GrabModeAsync)
    other.sync()
    scribelet.command("config", "set", "hotkey.toggle", "f9")
    scribelet.wait_until(lambda: "f9" in scribelet.warnings, "the warning")
    assert any("f9" in line.label for line in scribelet.desktop.tray.menu().lines)
    assert scribelet.command("toggle").returncode == 0
    scribelet.wait_for_state("listening")
    scribelet.desktop.tray.activate()
    scribelet.wait_for_state("idle")
    other.close()
    scribelet.command("config", "set", "hotkey.toggle", KEY)
    scribelet.wait_until(lambda: not scribelet.warnings, "the end of the warning")
