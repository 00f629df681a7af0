"""A part of the desktop that has the keys already is named, whichever desktop it is."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from tests.keys.conftest import PATIENCE
from tray.control.bindings import symbol
from tray.control.choose_hotkey import ANSWER_WITHIN, blamed
from tray.control.desktop_keys import read, user_of
from tray.core.combination import KEYS, parse
from tray.core.failures import HotkeyError


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("<Primary><Alt>t", "ctrl+alt+t"),
        ("<Super>Page_Up", "super+page_up"),
        ("<Shift><Control>bracketleft", "ctrl+shift+left_bracket"),
        ("Meta+PgUp", "super+page_up"),
        ("Ctrl+Alt+Del", "ctrl+alt+delete"),
        ("Mod4+Shift+Return", "shift+super+enter"),
        ("CTRL ALT, SPACE", "ctrl+alt+space"),
        ("SUPER + F5", "super+f5"),
        ("XF86AudioMute", "volume_mute"),
        ("Print", "print_screen"),
    ],
)
def test_the_keys_of_every_desktop_are_understood(text: str, keys: str) -> None:
    assert read(text) == parse(keys)


@pytest.mark.parametrize("text", ["", "none", "disabled", "<Alt>", "Ctrl+Alt", "override", "a b", "code:38"])
def test_what_is_no_combination_is_nobodys(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_is_understood_as_gnome_writes_it(key: str) -> None:
    found = read(f"<Super>{symbol(key)}")
    assert found is not None
    assert found.key == key


def tool(folder: Path, name: str, answers: dict[str, str]) -> None:
    """A program that answers its arguments with what is written here."""
    program = folder / name
    program.write_text(f"#!{sys.executable}\nimport sys\nprint({answers!r}.get(' '.join(sys.argv[1:]), ''))\n")
    program.chmod(0o755)


def test_gnome_itself_is_asked_for_its_keys(home) -> None:
    gnome = {**home, "XDG_CURRENT_DESKTOP": "GNOME", "GSETTINGS_BACKEND": "memory"}
    assert user_of(parse("alt+f8"), gnome) == "GNOME uses Alt+F8 for “begin resize”."
    assert user_of(parse("ctrl+alt+super+f8"), gnome) == ""


MEDIA_KEYS = "org.gnome.settings-daemon.plugins.media-keys"
ADDED = "/org/gnome/settings-daemon/plugins/media-keys/custom-keybindings/custom0/"
CINNAMON = "org.cinnamon.desktop.keybindings"
CINNAMON_ADDED = f"{CINNAMON}.custom-keybinding:/org/cinnamon/desktop/keybindings/custom-keybindings/custom0/"
LISTINGS = {
    "ubuntu:GNOME": {
        "list-recursively": f"{MEDIA_KEYS} screenreader ['<Alt><Super>s']\n"
        "org.gnome.desktop.interface note '<Alt><Super>x'\n"
        f"{MEDIA_KEYS} custom-keybindings ['{ADDED}']",
        f"list-recursively {MEDIA_KEYS}.custom-keybinding:{ADDED}": f"{MEDIA_KEYS}.custom-keybinding name 'Notes'\n"
        f"{MEDIA_KEYS}.custom-keybinding command 'gnome-text-editor'\n"
        f"{MEDIA_KEYS}.custom-keybinding binding '<Control><Alt>n'",
    },
    "X-Cinnamon": {
        "list-recursively": f"{CINNAMON}.wm close ['<Alt>F4']\n{CINNAMON} custom-list ['__dummy__', 'custom0']",
        f"list-recursively {CINNAMON_ADDED}": f"{CINNAMON}.custom-keybinding command 'xed'\n"
        f"{CINNAMON}.custom-keybinding binding ['<Primary><Alt>n']",
    },
    "MATE": {"list-recursively": "org.mate.Marco.global-keybindings run-command-terminal '<Control><Alt>t'"},
}


@pytest.mark.parametrize(
    ("name", "keys", "says"),
    [
        ("ubuntu:GNOME", "alt+super+s", "GNOME uses Alt+Super+S for “screenreader”."),
        ("ubuntu:GNOME", "ctrl+alt+n", "GNOME uses Ctrl+Alt+N for “Notes”."),
        ("ubuntu:GNOME", "alt+super+x", ""),
        ("X-Cinnamon", "alt+f4", "Cinnamon uses Alt+F4 for “close”."),
        ("X-Cinnamon", "ctrl+alt+n", "Cinnamon uses Ctrl+Alt+N for “xed”."),
        ("MATE", "ctrl+alt+t", "MATE uses Ctrl+Alt+T for “run command terminal”."),
    ],
)
def test_keys_that_people_added_are_named_like_those_of_the_desktop(home, tmp_path, name, keys, says) -> None:
    tool(tmp_path, "gsettings", LISTINGS[name])
    assert user_of(parse(keys), {**home, "XDG_CURRENT_DESKTOP": name}) == says


XFCE = """/commands/custom/<Primary><Alt>t                 exo-open --launch TerminalEmulator
/commands/custom/<Primary><Alt>t/startup-notify  true
/commands/custom/override                        true
/commands/default/<Alt>F2                        xfce4-appfinder --collapsed
/xfwm4/custom/<Alt>F4                            close_window_key"""


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("ctrl+alt+t", "Xfce uses Ctrl+Alt+T for “exo-open --launch TerminalEmulator”."),
        ("alt+f4", "Xfce uses Alt+F4 for “close_window_key”."),
        ("alt+f2", ""),
    ],
)
def test_xfce_is_asked_for_the_keys_in_force(home, tmp_path, keys: str, says: str) -> None:
    tool(tmp_path, "xfconf-query", {"-c xfce4-keyboard-shortcuts -lv": XFCE})
    assert user_of(parse(keys), {**home, "XDG_CURRENT_DESKTOP": "XFCE"}) == says


FILES = {
    "KDE": (
        "kglobalshortcutsrc",
        "[kwin]\n_k_friendly_name=KWin\nWindow Close=Alt+F4,Alt+F4,Close Window\n"
        "Walk=Meta+Tab\\tAlt+Tab,none,Walk Through Windows\n"
        "[services][org.kde.konsole.desktop]\n_launch=Ctrl+Alt+T\n",
    ),
    "sway": (
        "sway/config",
        "# bindsym Mod4+x kill\nset $mod Mod4\nbindsym $mod+Return exec foot\n"
        "bindsym --locked $mod+Shift+q kill\ninclude more/*\n"
        'mode "resize" {\n    bindsym Ctrl+Left resize shrink\n}\nbindsym $mod+f fullscreen\n',
    ),
    "Hyprland": (
        "hypr/hyprland.conf",
        "$mainMod = SUPER\nbind = $mainMod, Q, exec, kitty\nbindel = ,XF86AudioMute, exec, wpctl\n"
        "bind = CTRL ALT, space, exec, wofi\n",
    ),
}


@pytest.mark.parametrize(
    ("name", "keys", "use"),
    [
        ("KDE", "alt+f4", "Close Window"),
        ("KDE", "alt+tab", "Walk Through Windows"),
        ("KDE", "super+tab", "Walk Through Windows"),
        ("KDE", "ctrl+alt+t", "_launch"),
        ("sway", "super+enter", "exec foot"),
        ("sway", "shift+super+q", "kill"),
        ("sway", "super+f", "fullscreen"),
        ("sway", "super+m", "exec mail"),
        ("sway", "super+x", ""),
        ("sway", "ctrl+left", ""),
        ("Hyprland", "super+q", "exec, kitty"),
        ("Hyprland", "ctrl+alt+space", "exec, wofi"),
        ("Hyprland", "volume_mute", "exec, wpctl"),
    ],
)
def test_the_settings_files_of_a_desktop_are_read(home, tmp_path, name: str, keys: str, use: str) -> None:
    place, text = FILES[name]
    file = tmp_path / ".config" / place
    (file.parent / "more").mkdir(parents=True)
    file.write_text(text)
    (file.parent / "more" / "mail").write_text("bindsym $mod+m exec mail\n")
    said = user_of(parse(keys), {**home, "XDG_CURRENT_DESKTOP": name})
    assert said.endswith(f"for “{use}”." if use else "")
    assert bool(said) == bool(use)


def test_a_hyprland_in_lua_is_read_too(home, tmp_path) -> None:
    file = tmp_path / ".config" / "hypr" / "hyprland.lua"
    file.parent.mkdir(parents=True)
    file.write_text('hl.bind("SUPER + D", hl.dsp.exec_cmd("wofi"))\n')
    assert "wofi" in user_of(parse("super+d"), {**home, "XDG_CURRENT_DESKTOP": "Hyprland"})


@pytest.mark.parametrize("name", ["GNOME", "KDE", "XFCE", "sway", "i3", "Hyprland", "MATE", "X-Cinnamon", "niri", ""])
def test_where_a_desktop_has_no_settings_nobody_is_accused(home, tmp_path, name: str) -> None:
    bare = {**home, "PATH": str(tmp_path), "XDG_CURRENT_DESKTOP": name}
    assert user_of(parse("ctrl+alt+space"), bare) == ""


def test_a_pipe_in_place_of_a_settings_file_holds_nobody_up(home, tmp_path) -> None:
    (tmp_path / ".config").mkdir()
    os.mkfifo(tmp_path / ".config" / "kglobalshortcutsrc")
    began = time.monotonic()
    assert user_of(parse("ctrl+alt+space"), {**home, "XDG_CURRENT_DESKTOP": "KDE"}) == ""
    assert time.monotonic() - began < ANSWER_WITHIN


def test_a_desktop_that_does_not_answer_accuses_nobody(home, tmp_path) -> None:
    program = tmp_path / "xfconf-query"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    began = time.monotonic()
    assert user_of(parse("ctrl+alt+space"), {**home, "XDG_CURRENT_DESKTOP": "XFCE"}) == ""
    assert time.monotonic() - began < PATIENCE


def test_a_refusal_names_the_part_of_the_desktop_that_has_the_keys(home) -> None:
    gnome = {**home, "XDG_CURRENT_DESKTOP": "GNOME", "GSETTINGS_BACKEND": "memory"}
    told = blamed(HotkeyError("Another program has taken “alt+f8”.", "Choose."), parse("alt+f8"), gnome)
    assert str(told) == "Another program has taken “alt+f8”. GNOME uses Alt+F8 for “begin resize”."
    assert told.remedy == "Choose."
