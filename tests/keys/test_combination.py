"""How a combination is written."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tray.core.combination import KEYS, MODIFIERS, Combination, parse, parse_both
from tray.core.failures import HotkeyError
from tray.core.keys import Key
from tray.desktop.hotkeys_windows import virtual_code
from tray.system.xkb import symbol


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("ctrl+alt+space", "ctrl+alt+space"),
        ("Space + Alt + Control", "ctrl+alt+space"),
        ("win+D", "super+d"),
        ("cmd+d", "super+d"),
        ("meta+shift+d", "shift+super+d"),
        ("option+F12", "alt+f12"),
        ("f9", "f9"),
        ("Pause", "pause"),
        ("ScrollLock", "scroll_lock"),
        ("shift+ins", "shift+insert"),
        ("menu", "menu"),
        ("media_play", "media_play"),
        ("ctrl+.", "ctrl+period"),
        ("ctrl+-", "ctrl+minus"),
        ("alt+esc", "alt+escape"),
        ("alt+PgUp", "alt+page_up"),
    ],
)
def test_a_combination_is_read_and_written_back_in_one_way(written, canonical):
    assert str(parse(written)) == canonical
    assert parse(canonical) == parse(written)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("", "lacks a key"),
        ("ctrl+", "lacks a key"),
        ("ctrl++", "lacks a key"),
        ("ctrl+alt", "no key besides"),
        ("ctrl+a+b", "2 main keys"),
        ("ctrl+spaec", "“spaec” in “ctrl\\+spaec” is not the name"),
        ("f25", "not the name"),
        ("hyper+a", "not the name"),
        ("d", "taken away"),
        ("7", "taken away"),
        ("space", "taken away"),
        ("escape", "taken away"),
        ("shift+d", "taken away"),
        ("shift+comma", "taken away"),
    ],
)
def test_what_is_no_combination_is_refused_with_the_reason_and_a_remedy(written, complaint):
    with pytest.raises(HotkeyError, match=complaint) as failure:
        parse(written)
    assert failure.value.remedy


def test_a_misspelt_key_is_answered_with_the_names_there_are():
    with pytest.raises(HotkeyError) as failure:
        parse("ctrl+spaec")
    assert all(name in failure.value.remedy for name in (*MODIFIERS, "f1–f24", "space", "scroll_lock", "comma"))


@settings(database=None, deadline=None)
@given(some.frozensets(some.sampled_from(MODIFIERS)), some.sampled_from(sorted(KEYS)))
def test_every_combination_survives_being_written_and_read(modifiers, key):
    combination = Combination(modifiers | {"ctrl"}, key)
    assert parse(str(combination)) == combination


@settings(database=None, deadline=None)
@given(some.text(alphabet="acltrsuperf1 +.é", max_size=12))
def test_any_other_text_is_refused_and_never_crashes(text):
    wanted, errors = parse_both(text, "")
    assert all(parse(str(combination)) == combination for combination in wanted.values())
    assert len(wanted) + len(errors) == bool(text)


def test_the_same_combination_twice_is_refused_for_the_cancel_key():
    wanted, errors = parse_both("ctrl+alt+space", "alt+control+space")
    assert wanted == {Key.TOGGLE: parse("ctrl+alt+space")}
    assert "both" in str(errors[0])


def test_an_empty_text_means_no_key():
    assert parse_both("", "") == ({}, [])


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_that_can_be_written_is_known_on_x11_and_on_windows(key):
    assert symbol(key)
    assert virtual_code(key) or key == "microphone_mute"  # Windows has no code for that one
