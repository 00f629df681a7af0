"""A hotkey that would take a letter away, is ours already or is another program's: refused, with the reason."""

from __future__ import annotations

import pytest
from Xlib import X

from tests.keys.access import access, attempt
from tests.keys.conftest import TOGGLE
from tray.control.choose_hotkey import weigh
from tray.core.combination import parse
from tray.core.failures import HotkeyError
from tray.core.keys import Key
from tray.core.settings import Hotkey

D = 40


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("d", "taken away from every other program"),
        ("ctrl+alt", "no key besides its modifiers"),
        ("spaec", "not the name"),
    ],
)
def test_what_cannot_be_a_hotkey_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(HotkeyError, match=why):
        weigh(text, Key.TOGGLE, Hotkey(), access())


@pytest.mark.parametrize(
    ("key", "text", "whose"), [(Key.TOGGLE, "control+alt+c", "cancel"), (Key.CANCEL, "alt+ctrl+space", "toggle")]
)
def test_our_other_key_is_no_second_time_to_be_had(key: Key, text: str, whose: str) -> None:
    with pytest.raises(HotkeyError, match=f"is the {whose} key already") as failure:
        weigh(text, key, Hotkey(cancel="ctrl+alt+c"), access())
    assert failure.value.remedy.endswith(f"scribelet hotkey {whose} --none")


def test_a_combination_of_another_program_is_refused_until_that_gives_it_back(desk, other) -> None:
    other.screen().root.grab_key(D, X.ControlMask | X.Mod1Mask, False, X.GrabModeAsync, X.GrabModeAsync)
    other.sync()
    with pytest.raises(HotkeyError, match=r"taken “ctrl\+alt\+d”"):
        weigh("ctrl+alt+d", Key.TOGGLE, Hotkey(), access(take=attempt(desk.display)))
    other.screen().root.ungrab_key(D, X.ControlMask | X.Mod1Mask)
    other.sync()
    assert weigh("ctrl+alt+d", Key.TOGGLE, Hotkey(), access(take=attempt(desk.display))).keys == parse("ctrl+alt+d")


@pytest.mark.usefixtures("hotkeys")
def test_the_grab_of_the_running_program_is_no_conflict(desk) -> None:
    ours = access(take=attempt(desk.display), ours=frozenset({TOGGLE, ""}))
    assert weigh("alt+ctrl+space", Key.TOGGLE, Hotkey(), ours).keys == parse(TOGGLE)
    with pytest.raises(HotkeyError, match="Another program"):
        weigh(TOGGLE, Key.TOGGLE, Hotkey(), access(take=attempt(desk.display)))
