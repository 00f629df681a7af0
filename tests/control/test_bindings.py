"""How a desktop that keeps its keys to itself is told to run `scribelet toggle`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from Xlib import XK

from tests.desktop.virtual import Desktop
from tray.control.bindings import Desktop as Kind
from tray.control.bindings import binding, desktop_of, symbol
from tray.core.combination import KEYS, parse
from tray.system.xkb import symbol as keysym

KEYS_TO_BIND = parse("ctrl+alt+space")


@pytest.mark.parametrize(
    ("environment", "desktop"),
    [
        ({"XDG_CURRENT_DESKTOP": "GNOME"}, Kind.GNOME),
        ({"XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}, Kind.GNOME),
        ({"XDG_CURRENT_DESKTOP": "GNOME-Classic:GNOME"}, Kind.GNOME),
        ({"XDG_CURRENT_DESKTOP": "KDE"}, Kind.KDE),
        ({"KDE_FULL_SESSION": "true"}, Kind.KDE),
        ({"XDG_CURRENT_DESKTOP": "XFCE"}, Kind.XFCE),
        ({"XDG_CURRENT_DESKTOP": "sway:wlroots"}, Kind.SWAY),
        ({"SWAYSOCK": "/run/user/1000/sway-ipc.sock"}, Kind.SWAY),
        ({"XDG_CURRENT_DESKTOP": "Hyprland"}, Kind.HYPRLAND),
        ({"HYPRLAND_INSTANCE_SIGNATURE": "abc"}, Kind.HYPRLAND),
        ({"XDG_CURRENT_DESKTOP": "i3"}, Kind.I3),
        ({"I3SOCK": "/run/user/1000/i3/ipc"}, Kind.I3),
        ({"XDG_CURRENT_DESKTOP": "X-Cinnamon"}, Kind.CINNAMON),
        ({"XDG_CURRENT_DESKTOP": "MATE"}, Kind.MATE),
        ({"XDG_CURRENT_DESKTOP": "LXQt"}, None),
        ({"XDG_CURRENT_DESKTOP": "niri", "SWAYSOCK": "/left/over"}, None),
        ({}, None),
    ],
)
def test_the_desktop_is_known_by_what_it_sets(environment: Mapping[str, str], desktop: Kind | None) -> None:
    assert desktop_of(environment) is desktop


@pytest.mark.parametrize(
    ("desktop", "combination", "line"),
    [
        (Kind.SWAY, "ctrl+alt+space", "bindsym Ctrl+Mod1+space exec scribelet toggle"),
        (Kind.SWAY, "super+page_up", "bindsym Mod4+Page_Up exec scribelet toggle"),
        (Kind.I3, "ctrl+shift+d", "bindsym Ctrl+Shift+d exec scribelet toggle"),
        (Kind.I3, "f9", "bindsym F9 exec scribelet toggle"),
        (Kind.HYPRLAND, "ctrl+alt+space", "bind = CTRL ALT, space, exec, scribelet toggle"),
        (Kind.HYPRLAND, "pause", "bind = , Pause, exec, scribelet toggle"),
        (
            Kind.XFCE,
            "super+enter",
            "Run: xfconf-query -c xfce4-keyboard-shortcuts -p '/commands/custom/<Super>Return' -n -t string"
            " -s 'scribelet toggle'",
        ),
        (None, "ctrl+alt+space", "In the keyboard settings of this desktop, let Ctrl+Alt+Space run: scribelet toggle"),
        (Kind.KDE, "ctrl+comma", "In the keyboard settings of this desktop, let Ctrl+, run: scribelet toggle"),
    ],
)
def test_the_line_that_binds_the_toggle(desktop: Kind | None, combination: str, line: str, tmp_path: Path) -> None:
    assert binding(desktop, parse(combination), tmp_path).splitlines()[-1] == line


@pytest.mark.parametrize(
    ("desktop", "advice"),
    [
        (Kind.SWAY, "Add this line to /etc/xdg/sway/config, then run: swaymsg reload"),
        (Kind.I3, "Add this line to /etc/xdg/i3/config, then run: i3-msg reload"),
        (Kind.HYPRLAND, "Add this line to /etc/xdg/hypr/hyprland.conf:"),
    ],
)
def test_the_file_for_the_line_is_named(desktop: Kind, advice: str) -> None:
    assert binding(desktop, KEYS_TO_BIND, Path("/etc/xdg")).splitlines()[0] == advice


def test_a_hyprland_that_is_set_up_in_lua_gets_its_line_in_lua(tmp_path: Path) -> None:
    (tmp_path / "hypr").mkdir()
    (tmp_path / "hypr" / "hyprland.lua").touch()
    advice, line = binding(Kind.HYPRLAND, KEYS_TO_BIND, tmp_path).splitlines()
    assert advice.endswith("hyprland.lua:")
    assert line == 'hl.bind("CTRL + ALT + space", hl.dsp.exec_cmd("scribelet toggle"))'


def test_every_key_has_the_name_that_x_knows() -> None:
    XK.load_keysym_group("xf86")
    names = {key: symbol(key) for key in KEYS}
    assert {key: XK.string_to_keysym(name.replace("XF86", "XF86_", 1)) for key, name in names.items()} == {
        key: keysym(key) for key in KEYS
    }


GSETTINGS = """#!{python}
import json, sys
from pathlib import Path
kept = Path({file!r})
changes = json.loads(kept.read_text())
act, schema, key, *value = sys.argv[1:]
if act == "get":
    print(dict(changes)[f"{{schema}} {{key}}"])
else:
    kept.write_text(json.dumps([*changes, (f"{{schema}} {{key}}", value[0])]))
"""
MEDIA_KEYS = "org.gnome.settings-daemon.plugins.media-keys"
OURS = "/org/gnome/settings-daemon/plugins/media-keys/custom-keybindings/scribelet/"
CINNAMON = "org.cinnamon.desktop.keybindings"
CINNAMON_FOLDER = "/org/cinnamon/desktop/keybindings/custom-keybindings/scribelet/"


class Settings:
    """The settings of a desktop, kept by a `gsettings` that notes every change."""

    def __init__(self, folder: Path, **values: str) -> None:
        """`values` are what is set before, by schema and key with a blank between them."""
        self._kept = folder / "kept.json"
        self._kept.write_text(json.dumps(list(values.items())))
        self._folder = folder
        program = folder / "gsettings"
        program.write_text(GSETTINGS.format(python=sys.executable, file=str(self._kept)))
        program.chmod(0o755)

    def type(self, desktop: Kind) -> None:
        """Type into a terminal what this desktop is told."""
        typed(binding(desktop, KEYS_TO_BIND, self._folder), PATH=f"{self._folder}:{os.environ['PATH']}")

    def changes(self) -> list[tuple[str, str]]:
        """What was set, the oldest first, those values among them that were there before."""
        return [(name, value) for name, value in json.loads(self._kept.read_text())]

    def values(self) -> dict[str, str]:
        """What is set now."""
        return dict(self.changes())


def typed(remedy: str, **environment: str) -> None:
    """Type the command of a remedy into a shell."""
    command = remedy.splitlines()[0].removeprefix("Run: ")
    subprocess.run(["sh", "-c", command], env={**os.environ, **environment}, check=True, timeout=20)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("@as []", f"['{OURS}']"),
        ("['/a/', '/b/']", f"['/a/', '/b/', '{OURS}']"),
        (f"['{OURS}']", f"['{OURS}']"),
        (f"['{OURS}', '/b/']", f"['/b/', '{OURS}']"),
        (f"['/a/', '{OURS}', '/b/']", f"['/a/', '/b/', '{OURS}']"),
    ],
)
def test_the_command_for_gnome_adds_our_key_and_keeps_the_others(before: str, after: str, tmp_path: Path) -> None:
    settings = Settings(tmp_path, **{f"{MEDIA_KEYS} custom-keybindings": before})
    settings.type(Kind.GNOME)
    ours = f"{MEDIA_KEYS}.custom-keybinding:{OURS}"
    assert settings.values() == {
        f"{MEDIA_KEYS} custom-keybindings": after,
        f"{ours} name": "Scribelet",
        f"{ours} command": "scribelet toggle",
        f"{ours} binding": "<Control><Alt>space",
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("@as []", "['scribelet']"),
        ("['__dummy__', 'custom0']", "['__dummy__', 'custom0', 'scribelet']"),
        ("['scribelet']", "['scribelet']"),
        ("['scribelet', 'custom0']", "['custom0', 'scribelet']"),
        ("['custom0', 'scribelet', 'custom1']", "['custom0', 'custom1', 'scribelet']"),
    ],
)
def test_the_command_for_cinnamon_adds_our_key_and_keeps_the_others(before: str, after: str, tmp_path: Path) -> None:
    settings = Settings(tmp_path, **{f"{CINNAMON} custom-list": before})
    settings.type(Kind.CINNAMON)
    ours = f"{CINNAMON}.custom-keybinding:{CINNAMON_FOLDER}"
    assert settings.values() == {
        f"{CINNAMON} custom-list": after,
        f"{ours} name": "Scribelet",
        f"{ours} command": "scribelet toggle",
        f"{ours} binding": "['<Control><Alt>space']",
    }


def test_cinnamon_is_shown_a_new_key_also_where_ours_is_listed_already(tmp_path: Path) -> None:
    settings = Settings(tmp_path, **{f"{CINNAMON} custom-list": "['custom0', 'scribelet']"})
    settings.type(Kind.CINNAMON)
    names = [name.rpartition(" ")[2] for name, _ in settings.changes()]
    lists = [value for name, value in settings.changes() if name.endswith(" custom-list")]
    assert lists == ["['custom0', 'scribelet']", "['custom0']", "['custom0', 'scribelet']"]
    assert names[-1] == "custom-list"  # Cinnamon reads the key at this moment


def test_the_command_for_mate_adds_our_key(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    settings.type(Kind.MATE)
    ours = "org.mate.control-center.keybinding:/org/mate/desktop/keybindings/scribelet/"
    assert settings.values() == {
        f"{ours} name": "Scribelet",
        f"{ours} action": "scribelet toggle",
        f"{ours} binding": "<Control><Alt>space",
    }


@pytest.mark.parametrize(
    ("combination", "keys"), [("ctrl+alt+space", "Ctrl+Alt+Space"), ("super+page_down", "Meta+PgDown")]
)
def test_the_command_for_plasma_writes_an_entry_with_our_key(combination: str, keys: str, tmp_path: Path) -> None:
    typed(binding(Kind.KDE, parse(combination), tmp_path), HOME=str(tmp_path))
    entry = (tmp_path / ".local/share/applications/scribelet-toggle.desktop").read_text().splitlines()
    assert entry[0] == "[Desktop Entry]"
    assert {"Type=Application", "Exec=scribelet toggle", f"X-KDE-Shortcuts={keys}"} <= set(entry)


def test_the_command_for_xfce_binds_the_key() -> None:
    with Desktop(absent=("tray", "toasts", "server")) as desktop:
        typed(binding(Kind.XFCE, KEYS_TO_BIND, Path()), **desktop.env)
        place = "/commands/custom/<Primary><Alt>space"
        query = ["xfconf-query", "-c", "xfce4-keyboard-shortcuts", "-p", place]
        asked = subprocess.run(query, env=desktop.env, capture_output=True, text=True, timeout=20, check=True)
        assert asked.stdout.strip() == "scribelet toggle"
