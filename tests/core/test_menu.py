"""What the menu offers, what it marks, and why a line cannot be clicked."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.core.faces import LISTENING, UNPLUGGED, clickable, labels, lines, marks
from tray.core.book import Recent
from tray.core.face import LABEL, View, face
from tray.core.menu import Item
from tray.core.news import Found
from tray.core.settings import Clipboard, Engine, Hotkey, Microphone, Settings, Toast
from tray.core.state import Desk, Draining, Faulted, Idle, Listening, Opening


@pytest.mark.parametrize(
    ("desk", "first_two"),
    [
        (Desk(), ["Start  (Ctrl+Alt+Space)", "Cancel (nothing is being dictated)"]),
        (Desk(Opening(1)), ["Stop  (Ctrl+Alt+Space)", "Cancel"]),
        (LISTENING, ["Stop  (Ctrl+Alt+Space)", "Cancel"]),
        (Desk(Draining(), owed=(1,)), ["Start  (Ctrl+Alt+Space)", "Cancel"]),
        (Desk(Faulted(UNPLUGGED)), ["Start  (Ctrl+Alt+Space)", "Cancel (nothing is being dictated)"]),
        (Desk(Draining(), owed=(1,), quitting=True), ["Start (Scribelet is ending)", "Cancel"]),
    ],
)
def test_the_menu_offers_what_can_be_done_now_and_says_why_the_rest_cannot(desk: Desk, first_two: list[str]) -> None:
    view = View(desk)
    assert labels(view)[:2] == first_two
    assert clickable(view, "toggle") == ["(" not in first_two[0] or "Ctrl" in first_two[0]]
    assert clickable(view, "cancel") == ["(" not in first_two[1]]


def test_the_cancel_key_stands_beside_cancel() -> None:
    view = View(LISTENING, Settings(hotkey=Hotkey(cancel="ctrl+alt+escape")))
    assert labels(view)[1] == "Cancel  (Ctrl+Alt+Escape)"


def test_the_menu_can_always_be_left_and_the_transcript_always_be_opened() -> None:
    for state in (Idle(), Opening(1), Listening(1), Draining(), Faulted(UNPLUGGED)):
        view = View(Desk(state))
        assert clickable(view, "quit") == clickable(view, "open transcript") == [True]


@pytest.mark.parametrize(
    ("view", "label", "action"),
    [
        (View(), "Pause hotkey", "pause hotkey"),
        (View(hotkey_paused=True), "Resume hotkey", "pause hotkey"),
        (View(hotkey_paused=True, hotkey_held=False), "Resume hotkey", "pause hotkey"),
        (View(settings=Settings(hotkey=Hotkey(toggle=""))), "Pause hotkey (none is set)", ""),
        (View(hotkey_held=False), "Pause hotkey (it does not reach Scribelet)", ""),
    ],
)
def test_the_hotkey_can_be_paused_where_there_is_one(view: View, label: str, action: str) -> None:
    assert (lines(view)[label].action, lines(view)[label].enabled) == (action, bool(action))


def test_five_recent_segments_can_be_copied_again_the_newest_first() -> None:
    said = tuple(Recent(f"session/{number}", f"Segment {number}.") for number in range(9, 4, -1))
    shown = [(item.label, item.action) for item in face(View(recent=said)).menu if item.action.startswith("copy")]
    assert shown == [(f"Segment {number}.", f"copy segment session/{number}") for number in range(9, 4, -1)]


def test_where_nothing_was_dictated_there_is_nothing_to_copy_and_the_menu_says_so() -> None:
    assert not lines(View())["Copy again (nothing was dictated yet)"].enabled


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("x" * LABEL, "x" * LABEL),
        ("x" * (LABEL + 1), "x" * (LABEL - 1) + "…"),
        (
            "I will be in London on Monday, so can we meet on Tuesday instead?",
            "I will be in London on Monday, so can we meet…",
        ),
        (
            "It ends with a comma right where the menu cuts, and goes on.",
            "It ends with a comma right where the menu cuts…",
        ),
        ("One\nline\t only.", "One line only."),
    ],
)
def test_a_long_segment_is_cut_between_words(text: str, label: str) -> None:
    menu = face(View(recent=(Recent("s/0", text),))).menu
    (shown,) = [item.label for item in menu if item.action == "copy segment s/0"]
    assert shown == label
    assert len(shown) <= LABEL


PLUGGED = ("Built-in", "USB Audio", "USB Audio Pro")


@pytest.mark.parametrize(
    ("chosen", "used"),
    [
        ("", "System default"),
        ("usb audio pro", "USB Audio Pro"),
        ("USB Audio", "USB Audio"),
        ("usb", "USB Audio"),
        ("Built", "Built-in"),
    ],
)
def test_one_microphone_has_the_mark_the_one_that_is_opened(chosen: str, used: str) -> None:
    view = View(settings=Settings(microphone=Microphone(chosen)), found=Found(PLUGGED))
    assert [label for label, checked in marks(view, "Microphone").items() if checked] == [used]
    assert list(marks(view, "Microphone")) == ["System default", *PLUGGED]


def test_a_microphone_that_is_set_but_unplugged_stays_visible() -> None:
    view = View(settings=Settings(microphone=Microphone("Blue Yeti")), found=Found(PLUGGED))
    unplugged = lines(view)["Microphone"].children[-1]
    assert unplugged == Item("Blue Yeti (not plugged in)", enabled=False, checked=True)
    assert list(marks(view, "Microphone").values()).count(True) == 1


def test_a_click_on_a_microphone_chooses_it() -> None:
    actions = [item.action for item in lines(View(found=Found(("USB Audio",))))["Microphone"].children]
    assert actions == ["set microphone.device ", "set microphone.device USB Audio"]


def test_the_model_in_use_has_the_mark() -> None:
    view = View(settings=Settings(engine=Engine("vosk-en")), found=Found(engines=("moonshine-base-en", "vosk-en")))
    assert marks(view, "Engine") == {"moonshine-base-en": False, "vosk-en": True}
    assert lines(view)["Engine"].children[0].action == "set engine.name moonshine-base-en"


def test_a_model_that_is_set_but_not_installed_says_so() -> None:
    missing = lines(View(found=Found(engines=("vosk-en",))))["Engine"].children[-1]
    assert missing == Item("moonshine-base-en (not installed)", enabled=False, checked=True)


@pytest.mark.parametrize(
    ("settings", "label", "marked"),
    [
        (Settings(), "Clipboard", "Whole session"),
        (Settings(clipboard=Clipboard(mode="segment")), "Clipboard", "Newest segment"),
        (Settings(clipboard=Clipboard(mode="off")), "Clipboard", "Off"),
        (Settings(), "Toasts", "Every segment"),
        (Settings(toast=Toast("errors")), "Toasts", "Problems only"),
        (Settings(toast=Toast("off")), "Toasts", "Off"),
    ],
)
def test_each_choice_has_one_mark(settings: Settings, label: str, marked: str) -> None:
    assert [name for name, checked in marks(View(settings=settings), label).items() if checked] == [marked]


def test_problems_stand_in_the_menu_too_because_some_panels_show_no_tooltip() -> None:
    view = View(Desk(Faulted(UNPLUGGED)), warnings=("There is no clipboard.", "word " * 60))
    fault, warning, long = [item for item in face(view).menu if item.label.startswith("⚠")]
    assert (fault.label, warning.label) == ("⚠ There is no microphone. Plug one in.", "⚠ There is no clipboard.")
    assert len(long.label) <= 96
    assert not any(item.enabled for item in (fault, warning, long))


def test_where_all_is_well_the_menu_speaks_of_no_problems() -> None:
    assert not [label for label in labels(View()) if "⚠" in label]


def test_no_two_separators_meet() -> None:
    for view in (View(), View(warnings=("Something.",)), View(recent=(Recent("s/0", "Said."),))):
        shown = [item.label for item in face(view).menu]
        assert ("", "") not in pairwise(shown)


@pytest.mark.parametrize(
    ("found", "label"),
    [(Found(clipboard=False), "Clipboard (none was found)"), (Found(toasts=False), "Toasts (none was found)")],
)
def test_a_place_that_is_not_there_can_only_be_switched_off(found: Found, label: str) -> None:
    clickable = {item.label: item.enabled for item in lines(View(found=found))[label].children}
    assert clickable.pop("Off")
    assert clickable
    assert not any(clickable.values())


def test_without_a_clipboard_nothing_can_be_copied_again_and_the_menu_says_why() -> None:
    view = View(recent=(Recent("1/0", "Dear Anna."),), found=Found(clipboard=False))
    assert "Copy again (no clipboard was found)" in labels(view)
    assert clickable(view, "copy segment 1/0") == [False]


@pytest.mark.parametrize(("on", "action"), [(True, "autostart off"), (False, "autostart on")])
def test_starting_at_login_is_a_tick(on: bool, action: str) -> None:
    item = lines(View(found=Found(autostart=on)))["Start at login"]
    assert (item.checked, item.action) == (on, action)


def test_where_starting_at_login_cannot_be_arranged_the_menu_says_so() -> None:
    assert not lines(View())["Start at login (not possible here)"].enabled
