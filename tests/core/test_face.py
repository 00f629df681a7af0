"""What a person sees of the program without opening its menu: its icon, its tooltip and its status."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.faces import LISTENING, UNPLUGGED, labels
from tray.core.combination import KEYS
from tray.core.face import View, face, status, written
from tray.core.failures import ScribeletError
from tray.core.menu import Silhouette
from tray.core.settings import Hotkey, Microphone, Settings
from tray.core.state import Desk, Draining, Faulted, Idle, Listening, Opening, State


@pytest.mark.parametrize(
    ("state", "silhouette", "tooltip"),
    [
        (Idle(), Silhouette.IDLE, "Scribelet: press Ctrl+Alt+Space to speak"),
        (Opening(1), Silhouette.WORKING, "Scribelet: opening the microphone"),
        (Listening(1), Silhouette.LISTENING, "Scribelet: listening, press Ctrl+Alt+Space to stop"),
        (Draining(), Silhouette.WORKING, "Scribelet: writing the rest"),
        (Faulted(UNPLUGGED), Silhouette.FAULTED, "Scribelet: There is no microphone. Plug one in."),
        (Faulted(ScribeletError("What now?")), Silhouette.FAULTED, "Scribelet: What now?"),
        (Faulted(ScribeletError("It ended.", "Try again")), Silhouette.FAULTED, "Scribelet: It ended. Try again."),
    ],
)
def test_icon_and_tooltip_say_what_is_going_on(state: State, silhouette: Silhouette, tooltip: str) -> None:
    shown = face(View(Desk(state)))
    assert (shown.silhouette, shown.tooltip) == (silhouette, tooltip)


@pytest.mark.parametrize(
    "view",
    [
        View(hotkey_paused=True),
        View(hotkey_held=False),
        View(settings=Settings(hotkey=Hotkey(toggle=""))),
    ],
    ids=["paused", "kept by the desktop", "not set"],
)
def test_nobody_is_told_to_press_keys_that_do_nothing(view: View) -> None:
    assert face(view).tooltip == "Scribelet: click to speak"
    assert face(replace(view, desk=LISTENING)).tooltip == "Scribelet: listening, click to stop"
    assert labels(view)[0] == "Start"
    assert status(view, 7)["hotkey"] == ""


def test_the_tooltip_has_a_line_for_each_thing_that_does_not_work() -> None:
    view = View(warnings=("There is no clipboard.", "There are no toasts."))
    assert face(view).tooltip.splitlines()[1:] == ["There is no clipboard.", "There are no toasts."]


@pytest.mark.parametrize(
    ("combination", "keys"),
    [
        ("ctrl+alt+space", "Ctrl+Alt+Space"),
        ("ALT+Control+d", "Ctrl+Alt+D"),
        ("super+page_up", "Super+Page Up"),
        ("f9", "F9"),
        ("ctrl+comma", "Ctrl+,"),
        ("media_play", "Media Play"),
    ],
)
def test_keys_are_written_as_they_stand_on_the_keyboard(combination: str, keys: str) -> None:
    assert written(combination) == keys


def test_every_key_has_a_name_of_its_own() -> None:
    assert len({written(f"ctrl+{key}") for key in KEYS}) == len(KEYS)


def test_status_tells_what_there_is() -> None:
    view = View(LISTENING, warnings=("There are no toasts.",), session_seconds=2.5, segments=3)
    assert status(view, 7) == {
        "state": "listening",
        "pid": 7,
        "session_seconds": 2.5,
        "segments": 3,
        "words": 0,
        "behind_s": 0,
        "left_s": 0,
        "farewell": "",
        "microphone_ready": False,
        "hypothesis": "",
        "warnings": ["There are no toasts."],
        "microphone": "system default",
        "engine": "moonshine-base-en",
        "hotkey": "ctrl+alt+space",
    }


def test_status_puts_the_fault_before_the_warnings() -> None:
    told = status(View(Desk(Faulted(UNPLUGGED)), warnings=("There are no toasts.",)), 7)
    assert (told["state"], told["warnings"]) == ("faulted", ["There is no microphone", "There are no toasts."])


def test_status_names_the_microphone_that_is_set() -> None:
    assert status(View(settings=Settings(microphone=Microphone("Blue Yeti"))), 7)["microphone"] == "Blue Yeti"


@pytest.mark.parametrize(
    ("seconds", "words", "said"),
    [
        (3.0, 0, "listening, press"),
        (3.0, 1, "listening, 1 word, press"),
        (59.9, 12, "listening, 12 words, press"),
        (130.0, 45, "listening for 2 min, 45 words, press"),
    ],
)
def test_while_it_listens_the_tooltip_says_for_how_long_and_how_many_words(
    seconds: float, words: int, said: str
) -> None:
    shown = face(View(LISTENING, session_seconds=seconds, words=words))
    assert shown.tooltip.startswith(f"Scribelet: {said}")
