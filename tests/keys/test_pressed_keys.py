"""A combination pressed on the keyboard is heard as it will be written, and no program in front gets any of it."""

from __future__ import annotations

import gc
import queue
import threading
from contextlib import closing

import pytest
from Xlib import X

from tests.keys.conftest import PATIENCE, TOGGLE
from tray.core.failures import HotkeyError
from tray.desktop.hotkeys_x11 import X11Hotkeys
from tray.desktop.keypress_x11 import next_keys

A, D, ENTER = 38, 40, 36


class Listening:
    """Somebody asks for keys, and hears what is pressed."""

    def __init__(self, display: str, seconds: float = PATIENCE) -> None:
        self._ready = threading.Event()
        self._answers: queue.SimpleQueue[str | HotkeyError] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._listen, args=(display, seconds), daemon=True)
        self._thread.start()

    def begun(self) -> Listening:
        assert self._ready.wait(PATIENCE), "nobody ever asked for keys"
        return self

    @property
    def answer(self) -> str:
        told = self._answers.get(timeout=2 * PATIENCE)
        if isinstance(told, HotkeyError):
            raise told
        return told

    def _listen(self, display: str, seconds: float) -> None:
        try:
            self._answers.put(next_keys(seconds, self._ready.set, display_name=display))
        except HotkeyError as error:
            self._answers.put(error)


@pytest.mark.parametrize(
    ("pressed", "heard"),
    [
        ("ctrl+alt+d", "ctrl+alt+d"),
        ("super+shift+F5", "shift+super+f5"),
        ("Pause", "pause"),
        ("ctrl+Escape", "ctrl+escape"),
        ("Escape", ""),
        ("d", "d"),
        ("ctrl+alt", "ctrl+alt"),
        ("alt+comma", "alt+comma"),
        ("XF86AudioPlay", "media_play"),
    ],
)
def test_what_is_pressed_is_heard_as_it_is_written(desk, pressed: str, heard: str) -> None:
    listening = Listening(desk.display).begun()
    desk.tap(pressed)
    assert listening.answer == heard


@pytest.mark.parametrize(
    ("layout", "place", "heard"),
    [("fr", 24, "a"), ("ru", 24, "q"), ("de", 52, "y"), ("fr", 10, "1"), ("de", 59, "comma"), ("fr", 13, "apostrophe")],
)
def test_under_every_layout_the_name_is_the_one_that_will_be_taken_again(desk, layout, place, heard) -> None:
    desk.layout(layout)
    listening = Listening(desk.display).begun()
    desk.tap_place(place)
    keys = listening.answer
    assert keys == f"ctrl+alt+{heard}"
    taken = threading.Event()
    with closing(X11Hotkeys(desk.display)) as hotkeys:
        hotkeys.bind(keys, "", lambda _: taken.set())
        desk.tap_place(place)
        assert taken.wait(PATIENCE)


def test_caps_lock_and_num_lock_make_no_difference_to_what_is_heard(desk, locked) -> None:
    with locked("Caps_Lock", "Num_Lock"):
        listening = Listening(desk.display).begun()
        desk.tap("ctrl+alt+d")
        assert listening.answer == "ctrl+alt+d"


def test_the_enter_that_started_the_command_may_still_be_down_and_be_chosen_afterwards(desk) -> None:
    desk.keys("keydown", str(ENTER))
    listening = Listening(desk.display).begun()
    desk.keys("sleep", "1", "keyup", str(ENTER), "key", "ctrl+alt+Return")
    assert listening.answer == "ctrl+alt+enter"


def test_a_modifier_that_was_too_much_can_be_let_go(desk) -> None:
    listening = Listening(desk.display).begun()
    desk.keys("keydown", "ctrl", "keydown", "shift", "keyup", "shift", "key", "d", "keyup", "ctrl")
    assert listening.answer == "ctrl+d"


def test_keys_that_are_held_for_a_while_are_not_typed_into_the_terminal(desk, program) -> None:
    listening = Listening(desk.display).begun()
    desk.keys("keydown", "ctrl", "keydown", str(D), "sleep", "0.9", "keyup", str(D), "keyup", "ctrl")
    assert listening.answer == "ctrl+d"
    desk.keys("key", str(A))
    assert program.typed_until(A) == [A]


def test_the_terminal_with_the_focus_gets_nothing_of_it_and_everything_afterwards(desk, program) -> None:
    listening = Listening(desk.display).begun()
    desk.tap("ctrl+alt+d")
    assert listening.answer
    desk.keys("key", str(A))
    assert D not in program.typed_until(A)


@pytest.mark.usefixtures("hotkeys")
def test_the_present_hotkey_can_be_pressed_and_does_not_start_anything(desk, heard) -> None:
    listening = Listening(desk.display).begun()
    desk.tap(TOGGLE)
    assert listening.answer == TOGGLE
    heard.nothing_else(desk)


def test_where_nothing_is_pressed_it_is_given_up_and_the_keyboard_given_back(desk, other) -> None:
    with pytest.raises(HotkeyError, match=r"within 0\.2 seconds"):
        _ = Listening(desk.display, 0.2).answer
    root = other.screen().root
    assert root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime) == X.GrabSuccess
    other.ungrab_keyboard(X.CurrentTime)


def test_a_menu_that_is_just_closing_is_waited_for(desk, other) -> None:
    root = other.screen().root
    assert root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime) == X.GrabSuccess
    listening = Listening(desk.display)
    other.ungrab_keyboard(X.CurrentTime)
    other.sync()
    listening.begun()
    desk.tap("ctrl+alt+d")
    assert listening.answer == "ctrl+alt+d"


def test_a_program_that_keeps_the_keyboard_is_told(desk, other) -> None:
    root = other.screen().root
    assert root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime) == X.GrabSuccess
    with pytest.raises(HotkeyError, match="keeps the keyboard"):
        _ = Listening(desk.display).answer
    other.ungrab_keyboard(X.CurrentTime)
    other.sync()


def test_a_key_without_a_name_is_refused(desk) -> None:
    listening = Listening(desk.display).begun()
    desk.tap("KP_Multiply")
    with pytest.raises(HotkeyError, match="cannot be part of a hotkey"):
        _ = listening.answer


@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
def test_without_a_display_writing_the_keys_is_offered() -> None:
    # python-xlib leaves its socket to the garbage collector when it cannot connect, hence the filter
    assert "scribelet hotkey toggle" in remedy_without_display()
    gc.collect()


def remedy_without_display() -> str:
    """What to do where no key can be heard."""
    with pytest.raises(HotkeyError) as failure:
        next_keys(1, lambda: None, display_name=":4000")
    return failure.value.remedy
