"""What each setting may be, and what is said about a wrong one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray.core.failures import SettingsError
from tray.core.settings import Settings
from tray.core.settings_keys import KEYS, RENAMED, check, find

DEFAULTS = {
    "hotkey.toggle": "ctrl+alt+space",
    "hotkey.cancel": "",
    "hotkey.hold_ms": 350,
    "microphone.device": "",
    "microphone.ready": False,
    "engine.name": "moonshine-base-en",
    "engine.idle_minutes": 10,
    "session.endpoint_s": 0.5,
    "session.silence_minutes": 5,
    "session.hold_minutes": 10,
    "transcript.folder": "",
    "clipboard.mode": "session",
    "clipboard.limit": 100_000,
    "insert.mode": "off",
    "insert.focus": "follow",
    "toast.show": "each",
    "cues.play": "off",
    "audio.keep": False,
    "log.level": "info",
}

GOOD = [
    ("hotkey.toggle", "super+d"),
    ("hotkey.toggle", ""),
    ("hotkey.cancel", "f9"),
    ("hotkey.hold_ms", 100),
    ("hotkey.hold_ms", 3000),
    ("microphone.device", "Blue Yeti, “Straße” 麦克风"),
    ("microphone.ready", True),
    ("audio.keep", True),
    ("engine.name", "vosk-small-en"),
    ("engine.idle_minutes", 1),
    ("engine.idle_minutes", 0.5),
    ("session.endpoint_s", 0.2),
    ("session.endpoint_s", 5),
    ("session.silence_minutes", 0.05),
    ("session.hold_minutes", 120),
    ("transcript.folder", "/srv/notes"),
    ("transcript.folder", "~/notes"),
    ("transcript.folder", "~"),
    ("clipboard.mode", "segment"),
    ("clipboard.mode", "off"),
    ("clipboard.limit", 100),
    ("insert.mode", "paste"),
    ("insert.mode", "type"),
    ("insert.focus", "hold"),
    ("toast.show", "live"),
    ("toast.show", "errors"),
    ("cues.play", "quiet"),
    ("log.level", "debug"),
]

BAD = [
    ("hotkey.toggle", "ctrl+alt+nonsense", "nonsense"),
    ("hotkey.toggle", "a", "“a”"),
    ("hotkey.toggle", 3, "text in quotes, not 3"),
    ("hotkey.cancel", "ctrl+", "cannot be used"),
    ("hotkey.cancel", "alt+ctrl+space", "another combination than hotkey.toggle"),
    ("hotkey.hold_ms", 99, "whole number from 100 to 3000, not 99"),
    ("hotkey.hold_ms", 350.5, "whole number"),
    ("hotkey.hold_ms", "350", 'not "350"'),
    ("hotkey.hold_ms", True, "not true"),
    ("microphone.device", "two\nlines", "one line"),
    ("microphone.device", "\udc80", "one line"),
    ("microphone.device", ["x"], "text in quotes"),
    ("microphone.ready", 1, "must be true or false, not 1"),
    ("microphone.ready", "true", 'must be true or false, not "true"'),
    ("engine.name", "", "must not be empty"),
    ("engine.idle_minutes", 0, "number from 0.01 to 1440, not 0"),
    ("engine.idle_minutes", float("nan"), "not NaN"),
    ("session.endpoint_s", 0.1, "number from 0.2 to 5, not 0.1"),
    ("session.endpoint_s", False, "not false"),
    ("session.silence_minutes", "5", "a number from 0.05 to 1440"),
    ("session.hold_minutes", float("inf"), "not Infinity"),
    ("transcript.folder", "notes", 'must begin with / or ~/, not "notes"'),
    ("transcript.folder", "~nobody/x", 'must begin with / or ~/, not "~nobody/x"'),
    ("clipboard.mode", "all", 'must be session, segment or off, not "all"'),
    ("clipboard.mode", "Session", "must be session, segment or off"),
    ("clipboard.limit", 10**12, "whole number from 100 to 10000000"),
    ("insert.mode", True, "must be off, paste or type, not true"),
    ("insert.focus", "keep", "must be follow or hold"),
    ("audio.keep", "yes", 'must be true or false, not "yes"'),
    ("cues.play", "loud", "must be off or quiet"),
    ("toast.show", {"deep": 1}, "must be live, each, errors or off"),
    ("log.level", "verbose" * 20, "…"),
]


def _tables(name: str, value: object) -> dict[str, object]:
    group, field = name.split(".")
    return {group: {field: value}}


def test_without_a_word_in_the_file_every_setting_has_its_documented_default():
    checked = check({})
    assert {name: key.of(checked.settings) for name, key in KEYS.items()} == DEFAULTS
    assert checked.settings == Settings()
    assert (checked.wrong, checked.unknown) == ((), ())


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_a_good_value_is_in_force(name: str, value: object):
    checked = check(_tables(name, value))
    assert find(name).of(checked.settings) == value
    assert checked.wrong == ()


@pytest.mark.parametrize(("name", "value", "reason"), BAD)
def test_a_wrong_value_is_named_with_its_reason_and_the_default_stands_in(name: str, value: object, reason: str):
    checked = check(_tables(name, value))
    assert [problem.key for problem in checked.wrong] == [name]
    assert reason in checked.wrong[0].reason
    assert find(name).of(checked.settings) == DEFAULTS[name]


def test_the_tables_above_try_every_setting():
    assert {name for name, _ in GOOD} == {name for name, _, _ in BAD} == set(KEYS)


@pytest.mark.parametrize(
    ("values", "key", "hint"),
    [
        ({"hotkey": {"togle": "f9"}}, "hotkey.togle", "is hotkey.toggle meant?"),
        ({"weather": {"rain": True}}, "weather.rain", "is not a setting"),
        ({"hotkey": "f9"}, "hotkey", "is not a setting"),
        ({"log": {"level": "info", "deep": {"deeper": 1}}}, "log.deep", "is not a setting"),
    ],
)
def test_an_unknown_key_is_a_warning_and_changes_nothing(values: dict[str, object], key: str, hint: str):
    checked = check(values)
    assert [problem.key for problem in checked.unknown] == [key]
    assert hint in checked.unknown[0].reason
    assert (checked.wrong, checked.settings) == ((), Settings())


def test_several_wrong_values_are_all_named():
    checked = check({"hotkey": {"hold_ms": 1}, "clipboard": {"mode": "x", "limit": 500}})
    assert {problem.key for problem in checked.wrong} == {"hotkey.hold_ms", "clipboard.mode"}
    assert checked.settings.clipboard.limit == 500


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("hotkey.hold_ms", "200", 200),
        ("engine.idle_minutes", "2.5", 2.5),
        ("engine.idle_minutes", "3", 3),
        ("microphone.device", "7", "7"),
        ("hotkey.cancel", "", ""),
    ],
)
def test_what_a_person_types_is_read_as_the_kind_of_its_setting(name: str, typed: str, value: object):
    read = find(name).read(typed)
    assert read == value
    assert type(read) is type(find(name).default)


@pytest.mark.parametrize("typed", ["abc", "", "nan", "inf", "-1", "1e400"])
def test_a_typed_figure_that_is_none_is_refused_by_name(typed: str):
    with pytest.raises(SettingsError, match=r"session\.endpoint_s must be a number"):
        find("session.endpoint_s").read(typed)


def test_a_setting_that_does_not_exist_is_answered_with_those_that_do():
    with pytest.raises(SettingsError) as caught:
        find("hotkey.togle")
    assert all(name in caught.value.remedy for name in KEYS)


EARLIER = {"note.shown": "toast.show", "hotkey.held_ms": "hotkey.hold_ms"}
"""Names that settings might have had in an earlier version."""


@pytest.mark.parametrize(
    ("values", "name", "value", "said"),
    [
        ({"note": {"shown": "off"}}, "toast.show", "off", "is called toast.show now"),
        ({"hotkey": {"held_ms": 500}}, "hotkey.hold_ms", 500, "is called hotkey.hold_ms now"),
        ({"note": {"shown": "off"}, "toast": {"show": "live"}}, "toast.show", "live", "does nothing beside toast.show"),
        ({"toast": {"show": "live"}, "note": {"shown": "off"}}, "toast.show", "live", "does nothing beside toast.show"),
        ({"note": {"shown": "loud"}, "toast": {"show": "live"}}, "toast.show", "live", "does nothing beside"),
    ],
)
def test_a_setting_under_its_old_name_counts_unless_the_new_one_is_there_and_the_new_name_is_told(
    values: dict[str, object], name: str, value: object, said: str
):
    checked = check(values, EARLIER)
    assert find(name).of(checked.settings) == value
    assert [said in problem.reason for problem in checked.renamed] == [True]
    assert EARLIER[checked.renamed[0].key] == name
    assert (checked.wrong, checked.unknown) == ((), ())


def test_a_wrong_value_under_an_old_name_is_told_under_the_name_that_stands_in_the_file():
    checked = check({"hotkey": {"held_ms": 1}}, EARLIER)
    assert [problem.key for problem in checked.wrong] == ["hotkey.held_ms"]
    assert checked.settings == Settings()


def test_a_wrong_value_under_the_new_name_is_not_mended_by_the_old_one():
    checked = check({"hotkey": {"hold_ms": 1, "held_ms": 500}}, EARLIER)
    assert [problem.key for problem in checked.wrong] == ["hotkey.hold_ms"]
    assert checked.settings == Settings()


def test_whoever_asks_for_an_old_name_is_told_the_new_one():
    with pytest.raises(SettingsError, match=r"note\.shown is called toast\.show now") as caught:
        find("note.shown", EARLIER)
    assert "scribelet config set toast.show" in caught.value.remedy


def test_every_renamed_setting_leads_to_one_that_is_there_and_none_hides_one():
    assert set(RENAMED.values()) <= set(KEYS)
    assert not set(RENAMED) & set(KEYS)
    assert all(name.count(".") == 1 for name in RENAMED)


_JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([name.split(".")[0] for name in KEYS]) | st.text(), _JUNK))
def test_no_content_of_a_file_breaks_the_check(values: dict[str, object]):
    assert isinstance(check(values).settings, Settings)
    assert isinstance(check(values, EARLIER).settings, Settings)


@given(st.sampled_from(list(KEYS)), _JUNK)
def test_whatever_is_accepted_is_accepted_again_unchanged(name: str, value: object):
    once = check(_tables(name, value)).settings
    assert check(_tables(name, find(name).of(once))).settings == once
