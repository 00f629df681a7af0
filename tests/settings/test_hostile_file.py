"""A settings file that was made to do harm is refused, or read, at once."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest

from tray.control.settings_file import SettingsFile
from tray.core.failures import SettingsError
from tray.core.settings_rules import shown


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "config.toml")


@pytest.mark.parametrize("text", ["a" + ".a" * 50_000 + " = 1\n", "[hotkey]\n\ntoggle" + ".a" * 5000 + " = 1\n"])
def test_a_key_of_countless_parts_is_refused_before_it_fills_the_memory(file: SettingsFile, text: str):
    file.path.write_text(text)
    with pytest.raises(SettingsError, match=f"line {text.count(chr(10))}: too many dots"):
        file.read()


def test_a_line_of_dots_may_be_drawn_in_a_comment(file: SettingsFile):
    file.path.write_text("  # " + "." * 500 + '\nlog.level = "debug"\n')
    assert file.read().settings.log.level == "debug"


@pytest.mark.parametrize("line", ["[" + " " * 40_000, " " * 40_000 + "[", "a" * 60_000, "a " * 30_000, "'\"" * 20_000])
def test_the_place_of_a_mistake_is_found_beside_a_line_of_any_form(file: SettingsFile, line: str):
    file.path.write_text(f'x = """\n{line}\n"""\n[toast]\nshow = 1\n')
    begun = process_time()
    with pytest.raises(SettingsError, match=r"toast\.show, line 5"):
        file.read()
    assert process_time() - begun < 1


def test_a_value_in_more_brackets_than_can_be_shown_is_told_without_it():
    value: list[object] = []
    for _ in range(5000):
        value = [value]
    assert shown(value) == "something in too many brackets"


def test_a_setting_in_a_file_too_deep_to_be_changed_says_so(file: SettingsFile):
    file.path.write_text("x = " + "[" * 250 + "]" * 250 + "\n")
    with pytest.raises(SettingsError, match="cannot be changed"):
        file.set("toast.show", "off")
