"""The hotkey chosen in a terminal or from the menu: what is asked and answered, and what the settings hold then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from tests.keys.access import access, attempt
from tests.keys.conftest import TOGGLE
from tray.control.choose_hotkey import KeyAccess, choose_by_toast, choose_hotkey
from tray.control.settings_file import SettingsFile
from tray.core.failures import HotkeyError
from tray.core.keys import Key
from tray.core.settings import Hotkey
from tray.desktop.keypress_x11 import next_keys


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "config.toml")


@pytest.fixture
def command(file: SettingsFile) -> Callable[..., Result]:
    """Runs the command with what is typed behind it (None = nothing) and, at its question, below it."""

    def call(typed: str | None, where: KeyAccess, key: Key = Key.TOGGLE, answer: str = "") -> Result:
        line = click.Command("hotkey", callback=lambda: choose_hotkey(key, typed, where, file))
        return CliRunner().invoke(line, input=answer)

    return call


def toggle(file: SettingsFile) -> str:
    return file.read().settings.hotkey.toggle


def test_pressed_keys_are_shown_as_they_stand_on_the_keyboard_and_written_to_the_settings(desk, command, file) -> None:
    def listen(seconds: float, ready: Callable[[], None]) -> str:
        def asked() -> None:
            ready()
            desk.tap("ctrl+alt+d")

        return next_keys(seconds, asked, display_name=desk.display)

    result = command(None, access(listen=listen, take=attempt(desk.display)))
    assert result.output.splitlines() == [
        "Press the keys you want, Esc to leave it.",
        "Ctrl+Alt+D is the toggle key now.",
    ]
    assert toggle(file) == "ctrl+alt+d"


def test_escape_leaves_everything_as_it_is(command, file) -> None:
    result = command(None, access(listen=lambda _seconds, _ready: ""))
    assert result.output == "The toggle key stays as it is.\n"
    assert toggle(file) == TOGGLE


def test_what_is_refused_is_not_written(command, file) -> None:
    result = command(None, access(listen=lambda _seconds, _ready: "d"))
    assert isinstance(result.exception, HotkeyError)
    assert toggle(file) == TOGGLE


def test_a_key_can_be_taken_away(command, file) -> None:
    assert command("", access()).output == "There is no toggle key now.\n"
    assert toggle(file) == ""


def test_the_cancel_key_is_set_the_same_way(command, file) -> None:
    assert command("ctrl+alt+c", access(), Key.CANCEL).output == "Ctrl+Alt+C is the cancel key now.\n"
    assert file.read().settings.hotkey.cancel == "ctrl+alt+c"


def test_on_wayland_the_keys_are_typed_and_the_line_for_this_desktop_is_printed(command, file) -> None:
    sway = {"WAYLAND_DISPLAY": "wayland-1", "XDG_CURRENT_DESKTOP": "sway", "XDG_CONFIG_HOME": "/nowhere"}
    result = command(None, access(take=None, environment=sway), answer="super+d\n")
    assert "gives keys to no program" in result.output
    assert result.output.splitlines()[-1] == "bindsym Mod4+d exec scribelet toggle"
    assert toggle(file) == "super+d"


def test_on_wayland_keys_that_the_desktop_uses_are_named(command, home, tmp_path) -> None:
    (tmp_path / ".config" / "sway").mkdir(parents=True)
    (tmp_path / ".config" / "sway" / "config").write_text("bindsym Mod4+d exec wofi\n")
    sway = {**home, "WAYLAND_DISPLAY": "wayland-1", "XDG_CURRENT_DESKTOP": "sway"}
    result = command("super+d", access(take=None, environment=sway))
    assert "Super+D is the toggle key now. sway uses Super+D for “exec wofi”." in result.output


def test_without_a_display_the_keys_are_typed(command, file) -> None:
    result = command(None, access(take=None), answer="f9\n")
    assert result.output.endswith("F9 is the toggle key now.\n")
    assert toggle(file) == "f9"


class Menu:
    """What “Choose hotkey…” shows and changes."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.changes: list[tuple[str, str]] = []

    def choose(self, where: KeyAccess, hotkey: Hotkey | None = None) -> None:
        choose_by_toast(
            Key.TOGGLE,
            hotkey or Hotkey(),
            where,
            lambda *told: self.told.append(told),
            lambda *change: self.changes.append(change),
        )


def pressing(keys: str) -> KeyAccess:
    """A desktop on which these keys are pressed as soon as they are asked for."""

    def listen(_seconds: float, ready: Callable[[], None]) -> str:
        ready()
        return keys

    return access(listen=listen)


def test_the_menu_asks_with_a_toast_and_answers_with_another() -> None:
    menu = Menu()
    menu.choose(pressing("ctrl+alt+d"))
    assert menu.told[0] == ("Press the keys you want", "Esc: leave it")
    assert menu.told[-1][1] == "Ctrl+Alt+D is the toggle key now."
    assert menu.changes == [("hotkey.toggle", "ctrl+alt+d")]


@pytest.mark.parametrize(
    ("keys", "says"), [("", "stays as it is."), ("d", "taken away from every other"), ("ctrl+alt", "no key besides")]
)
def test_the_menu_says_why_nothing_was_changed(keys: str, says: str) -> None:
    menu = Menu()
    menu.choose(pressing(keys))
    assert says in menu.told[-1][1]
    assert menu.changes == []


def test_where_no_program_hears_keys_the_menu_names_the_command() -> None:
    menu = Menu()
    menu.choose(access())
    assert menu.told[-1][1] == "Run: scribelet hotkey toggle ctrl+alt+d"
