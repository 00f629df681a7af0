"""The hotkeys on a real X server, pressed by XTEST like by a keyboard."""

import time
from contextlib import closing

import pytest
from Xlib import X, error
from Xlib.display import Display
from Xlib.protocol import rq

from tray.core.failures import HotkeyError
from tray.core.keys import Key
from tray.desktop.hotkeys_x11 import X11Hotkeys
from tray.system.xkb import KeyboardWatch

PATIENCE = 10.0
"""Seconds after which a test gives up."""
TOGGLE, MARKER = "ctrl+alt+space", "ctrl+alt+period"
SPACE, A, D, FRENCH_A = 65, 38, 40, 24
CTRL_ALT_DOWN = ("keydown", "37", "keydown", "64")
CTRL_ALT_UP = ("keyup", "64", "keyup", "37")


def can_take(display: Display, code: int, mask: int) -> bool:
    failure = error.CatchError(error.BadAccess)
    display.screen().root.grab_key(code, mask, False, X.GrabModeAsync, X.GrabModeAsync, onerror=failure)
    display.sync()
    return failure.get_error() is None


def tap_until_heard(desk, heard, code):
    """A change of layout reaches every program a moment later, so press again until it counts."""
    deadline = time.monotonic() + PATIENCE
    while heard.events.empty():
        assert time.monotonic() < deadline, "the key was never heard"
        desk.tap_place(code)
    heard.tap_of(Key.TOGGLE)


class LockGroup(rq.Request):
    """XkbLatchLockState: put another of the installed layouts in force, as a layout switcher in a panel does."""

    _request = rq.Struct(
        *(rq.Card8("opcode"), rq.Opcode(5), rq.RequestLength(), rq.Card16("device", 0x100), rq.Pad(2)),
        *(rq.Card8("lock", 1), rq.Card8("group"), rq.Pad(6)),
    )


def switch_to(desk, group):
    with closing(Display(desk.display)) as display:
        keyboards = KeyboardWatch(display)
        LockGroup(display=display.display, opcode=display.query_extension("XKEYBOARD").major_opcode, group=group)
        assert keyboards.read().group == group


@pytest.mark.usefixtures("hotkeys")
def test_a_tap_is_heard_once(desk, heard):
    desk.tap(TOGGLE)
    heard.tap_of(Key.TOGGLE)
    heard.nothing_else(desk)


@pytest.mark.usefixtures("hotkeys")
def test_a_long_hold_is_one_press_and_one_release_though_the_keyboard_repeats(desk, heard, program):
    desk.keys("keydown", str(A), "sleep", "1.2", "keyup", str(A), "key", str(D))
    assert program.typed_until(D).count(A) > 3, "this server does not repeat keys, so the test would prove nothing"
    desk.keys(*CTRL_ALT_DOWN, "keydown", "space", "sleep", "1.2", "keyup", "space", *CTRL_ALT_UP)
    down, up = heard.tap_of(Key.TOGGLE)
    assert 1.1 < up.at - down.at < 3
    heard.nothing_else(desk)


@pytest.mark.usefixtures("hotkeys")
def test_the_combination_never_reaches_the_program_in_front_and_other_keys_do(desk, heard, program):
    desk.tap(TOGGLE)
    heard.tap_of(Key.TOGGLE)
    desk.keys("key", str(SPACE), "key", str(A), "key", "ctrl+alt+d")
    typed = [code for code in program.typed_until(D) if code in (SPACE, A, D)]
    assert typed == [SPACE, A, D]


@pytest.mark.usefixtures("hotkeys")
def test_with_one_more_modifier_it_is_not_ours_and_the_program_gets_it(desk, heard, program):
    desk.tap("ctrl+alt+shift+space")
    desk.tap("ctrl+alt+super+space")
    desk.tap("ctrl+space")
    desk.keys("key", str(A))
    assert program.typed_until(A).count(SPACE) == 3
    heard.nothing_else(desk)


@pytest.mark.usefixtures("hotkeys")
@pytest.mark.parametrize("locks", [("Caps_Lock",), ("Num_Lock",), ("Caps_Lock", "Num_Lock")])
def test_caps_lock_and_num_lock_make_no_difference(desk, heard, locked, locks):
    with locked(*locks):
        desk.tap_place(SPACE)
        heard.tap_of(Key.TOGGLE)


@pytest.mark.parametrize(
    ("layout", "letter", "place"),
    [
        ("us", "d", D),
        ("de", "d", D),
        ("fr", "d", D),
        ("ru", "d", D),
        ("fr", "a", FRENCH_A),
        ("fr,us", "a", FRENCH_A),
        ("de", "y", 52),
        ("ru,fr", "a", FRENCH_A),
        ("fr", "1", 10),
        ("de", "less", 94),
    ],
)
def test_started_under_any_layout_the_key_with_the_letter_works(desk, heard, layout, letter, place):
    desk.layout(layout)
    with closing(X11Hotkeys(desk.display)) as hotkeys:
        hotkeys.bind(f"ctrl+alt+{letter}", "", heard.events.put)
        desk.tap_place(place)
        heard.tap_of(Key.TOGGLE)


def test_layouts_may_be_exchanged_while_it_runs(desk, hotkeys, heard):
    hotkeys.bind("ctrl+alt+a", "", heard.events.put)
    for layout, place in (("de", A), ("fr", FRENCH_A), ("ru", A), ("fr", FRENCH_A), ("us", A)):
        desk.layout(layout)
        tap_until_heard(desk, heard, place)


@pytest.mark.usefixtures("hotkeys")
def test_a_tap_while_the_keyboard_is_being_looked_at_counts(desk, heard, monkeypatch):
    looked, read = [], KeyboardWatch.read

    def look_slowly(watch):
        looked.append(True)
        desk.keys(*CTRL_ALT_DOWN, "key", str(SPACE), *CTRL_ALT_UP)
        return read(watch)

    monkeypatch.setattr(KeyboardWatch, "read", look_slowly)
    desk.layout("de")
    heard.tap_of(Key.TOGGLE)
    for _ in looked[1:]:
        heard.tap_of(Key.TOGGLE)


def test_the_person_may_switch_between_installed_layouts_while_it_runs(desk, hotkeys, heard):
    desk.layout("us,ru,fr")
    hotkeys.bind("ctrl+alt+a", "", heard.events.put)
    for group, place in ((1, A), (2, FRENCH_A), (0, A)):
        switch_to(desk, group)
        tap_until_heard(desk, heard, place)


@pytest.mark.usefixtures("hotkeys")
def test_a_modifier_released_first_ends_the_hold_and_the_key_alone_does_not_begin_another(desk, heard):
    desk.keys(*CTRL_ALT_DOWN, "keydown", "space", "sleep", "0.1", "keyup", "37")
    heard.tap_of(Key.TOGGLE)
    desk.keys("keydown", "37", "sleep", "0.9", "keyup", "space", *CTRL_ALT_UP)
    heard.nothing_else(desk)
    desk.tap(TOGGLE)
    heard.tap_of(Key.TOGGLE)


@pytest.mark.usefixtures("hotkeys")
def test_the_cancel_key_is_heard_while_the_toggle_key_is_held(desk, heard):
    desk.keys(*CTRL_ALT_DOWN, "keydown", "space", "key", "period", "keyup", "space", *CTRL_ALT_UP)
    events = [heard.next() for _ in range(4)]
    assert [(event.key, event.down) for event in events] == [
        (Key.TOGGLE, True),
        (Key.CANCEL, True),
        (Key.CANCEL, False),
        (Key.TOGGLE, False),
    ]


def test_a_release_that_got_lost_is_noticed_and_the_next_press_works(desk, heard, wire):
    with closing(X11Hotkeys(wire.display)) as hotkeys:
        hotkeys.bind(TOGGLE, MARKER, heard.events.put)
        desk.keys(*CTRL_ALT_DOWN, "keydown", "space")
        assert heard.next().down
        wire.losing = True
        desk.keys("keyup", "space", *CTRL_ALT_UP)
        released = time.monotonic()
        up = heard.next()
        assert (up.key, up.down) == (Key.TOGGLE, False)
        assert up.at - released < 1
        wire.losing = False
        desk.tap(TOGGLE)
        heard.tap_of(Key.TOGGLE)
        heard.nothing_else(desk)


def test_a_taken_combination_is_told_and_nothing_of_it_stays_taken(desk, heard, other):
    assert can_take(other, SPACE, X.ControlMask | X.Mod1Mask | X.LockMask)
    with closing(X11Hotkeys(desk.display)) as hotkeys:
        with pytest.raises(HotkeyError, match=r"ctrl\+alt\+space") as failure:
            hotkeys.bind(TOGGLE, MARKER, heard.events.put)
        assert "scribelet config set hotkey.toggle" in failure.value.remedy
        assert "scribelet toggle" in failure.value.remedy
        assert can_take(other, SPACE, X.ControlMask | X.Mod1Mask)
        assert can_take(other, SPACE, X.ControlMask | X.Mod1Mask | X.Mod2Mask)
        heard.nothing_else(desk)


@pytest.mark.parametrize(("combination", "complaint"), [("ctrl+alt+f1", "console"), ("f24", "This keyboard has no")])
def test_a_combination_that_this_server_never_delivers_is_refused(desk, heard, combination, complaint):
    with closing(X11Hotkeys(desk.display)) as hotkeys, pytest.raises(HotkeyError, match=complaint):
        hotkeys.bind(combination, "", heard.events.put)


def test_one_misspelt_combination_leaves_the_other_one_working(desk, heard):
    with closing(X11Hotkeys(desk.display)) as hotkeys:
        with pytest.raises(HotkeyError, match="spaec"):
            hotkeys.bind("ctrl+alt+spaec", MARKER, heard.events.put)
        heard.nothing_else(desk)


def test_another_combination_replaces_the_earlier_one(desk, hotkeys, heard, other):
    hotkeys.bind("ctrl+alt+d", MARKER, heard.events.put)
    desk.tap(TOGGLE)
    desk.tap("ctrl+alt+d")
    heard.tap_of(Key.TOGGLE)
    heard.nothing_else(desk)
    assert can_take(other, SPACE, X.ControlMask | X.Mod1Mask)
    assert not can_take(other, D, X.ControlMask | X.Mod1Mask)


def test_a_combination_exchanged_while_it_is_held_is_reported_as_released_once(desk, hotkeys, heard):
    desk.keys(*CTRL_ALT_DOWN, "keydown", "space")
    assert heard.next().down
    hotkeys.bind(TOGGLE, MARKER, heard.events.put)
    assert not heard.next().down
    desk.keys("sleep", "0.8", "keyup", "space", *CTRL_ALT_UP)
    heard.nothing_else(desk)


def test_closed_it_gives_every_combination_back(hotkeys, other):
    assert not can_take(other, SPACE, X.ControlMask | X.Mod1Mask)
    hotkeys.close()
    hotkeys.close()
    assert can_take(other, SPACE, X.ControlMask | X.Mod1Mask)


@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
def test_without_a_display_the_person_is_told_what_still_works(heard):
    # python-xlib leaves its socket to the garbage collector when it cannot connect, hence the filter
    with closing(X11Hotkeys(":4000")) as hotkeys, pytest.raises(HotkeyError, match="No X display") as failure:
        hotkeys.bind(TOGGLE, "", heard.events.put)
    assert "scribelet toggle" in failure.value.remedy
