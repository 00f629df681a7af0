"""Which keys the desktop itself listens to, read from its own settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import assert_never

from tray.control.bindings import Desktop, desktop_of, symbol
from tray.control.doctor import in_time
from tray.core.combination import KEYS, Combination, parse
from tray.core.face import written
from tray.core.failures import HotkeyError, ScribeletError
from tray.system.processes import run

ANSWER_WITHIN = 5.0
"""Seconds that a look at all of them may take."""
SIZE, FILES = 200_000, 50
"""Bytes that are read of a file, and files or custom keys that are looked at: more is no keyboard's worth."""
_HELD = {
    **dict.fromkeys(("ctrl", "control", "primary"), "ctrl"),
    **dict.fromkeys(("alt", "mod1"), "alt"),
    **dict.fromkeys(("super", "mod4", "meta", "win", "logo"), "super"),
    "shift": "shift",
}
"""What desktops call the modifiers, in small letters."""
_NAMES = {symbol(key).casefold(): key for key in KEYS}
_SCHEMAS = {
    Desktop.GNOME: r"org\.gnome\.((desktop\.wm|shell|mutter(\.wayland)?)\.keybindings"
    r"|settings-daemon\.plugins\.media-keys)",
    Desktop.CINNAMON: r"org\.cinnamon(\.desktop|\.muffin)?\.keybindings(\.[\w-]+)?",
    Desktop.MATE: r"org\.mate\.(Marco\.(global|window)-keybindings|SettingsDaemon\.plugins\.media-keys)",
}
_CUSTOM = {
    "custom-keybindings": "org.gnome.settings-daemon.plugins.media-keys.custom-keybinding:{}",
    "custom-list": "org.cinnamon.desktop.keybindings.custom-keybinding:"
    "/org/cinnamon/desktop/keybindings/custom-keybindings/{}/",
}
"""The list of the keys that people added, and where each of them is."""
_INCLUDE = re.compile(r"^\s*(?:include|source\s*=)\s*(\S+)", re.MULTILINE)
_VARIABLE = re.compile(r"(?:set\s+)?(\$[\w-]+)[\s=]+(.+)")
_LINES = (
    re.compile(r"bindsym\s+(?:--\S+\s+)*(\S+)\s+(.+)"),
    re.compile(r"bind[a-z]*\s*=\s*([^,]*,[^,]+),\s*(.+)"),
    re.compile(r"hl\.bind\(\s*\"([^\"]+)\"\s*,\s*(.+)\)"),
)
"""Keys and what they do, as sway and i3 write it, Hyprland, and Hyprland in Lua."""


def user_of(keys: Combination, environment: Mapping[str, str]) -> str:
    """A sentence about what the settings of this desktop use a combination for; empty where nothing is known."""
    desktop = desktop_of(environment)
    if desktop is None:
        return ""
    try:
        uses = in_time(lambda: [use for text, use in _bound(desktop, environment) if read(text) == keys], ANSWER_WITHIN)
    except TimeoutError:
        return ""
    # an empty use is a key that the desktop only keeps free
    use = next(filter(None, uses), "")
    return f"{desktop.value} uses {written(str(keys))} for “{use.strip()[:60]}”." if use else ""


def read(text: str) -> Combination | None:
    """A combination as some desktop writes it: `<Primary><Alt>t`, `Meta+PgUp`, `Mod4+Return`, `CTRL ALT, space`."""
    words = [word.casefold() for word in re.findall(r"[^<>+,\s]+", text)]
    rest = [word for word in words if word not in _HELD]
    key = _key(rest[0]) if len(rest) == 1 else ""
    return Combination(frozenset(_HELD[word] for word in words if word in _HELD), key) if key else None


def _key(word: str) -> str:
    try:
        return _NAMES.get(word) or parse(f"ctrl+{word}").key
    except HotkeyError:
        return ""


def _bound(desktop: Desktop, environment: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Keys and what they do, both in the desktop's own words."""
    config, home = config_folder(environment), _home(environment)
    match desktop:
        case Desktop.GNOME | Desktop.CINNAMON | Desktop.MATE:
            return _in_gsettings(re.compile(_SCHEMAS[desktop]), environment)
        case Desktop.KDE:
            return _in_kde(_text(config / "kglobalshortcutsrc"))
        case Desktop.XFCE:
            listed = _output(("xfconf-query", "-c", "xfce4-keyboard-shortcuts", "-lv"), environment)
            return re.findall(r"^/(?:commands|xfwm4)/custom/(\S+)\s+(.+)$", listed, re.MULTILINE)
        case Desktop.SWAY | Desktop.I3:
            name = desktop.value
            places = (config / name, home / f".{name}", Path("/etc") / name)
            return _in_lines(next((place / "config" for place in places if (place / "config").is_file()), config))
        case Desktop.HYPRLAND:
            lua = config / "hypr" / "hyprland.lua"
            return _in_lines(lua if lua.is_file() else lua.with_suffix(".conf"))
        case _:
            assert_never(desktop)


def _in_gsettings(schemas: re.Pattern[str], environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for line in _output(("gsettings", "list-recursively"), environment).splitlines():
        schema, _, rest = line.partition(" ")
        name, _, value = rest.partition(" ")
        if not schemas.fullmatch(schema):
            continue
        texts = re.findall(r"'([^']*)'", value)
        if place := _CUSTOM.get(name):
            yield from (_custom(place.format(text), environment) for text in texts[:FILES])
        yield from ((text, name.replace("-", " ")) for text in texts)


def _custom(place: str, environment: Mapping[str, str]) -> tuple[str, str]:
    listed = _output(("gsettings", "list-recursively", place), environment)
    told = dict(re.findall(r"^\S+ (name|command|binding) \[?'([^']*)'", listed, re.MULTILINE))
    return told.get("binding", ""), told.get("name") or told.get("command", "")


def _in_kde(text: str) -> Iterator[tuple[str, str]]:
    """Each line is an action with its keys, the keys it came with, and its title."""
    for line in text.splitlines():
        name, _, value = line.partition("=")
        keys, _, rest = value.partition(",")
        yield from ((one, rest.partition(",")[2] or name) for one in keys.split("\\t"))


def _in_lines(file: Path) -> Iterator[tuple[str, str]]:
    text = _text(file)
    parts = (text, *(_text(one) for name in _INCLUDE.findall(text)[:FILES] for one in _included(file.parent, name)))
    lines = [line.strip() for part in parts for line in part.splitlines()]
    variables = {found[1]: found[2].strip() for line in lines if (found := _VARIABLE.fullmatch(line))}
    elsewhere = False
    for line in lines:
        # keys of another mode count only while somebody is in it
        elsewhere = line != "}" and (elsewhere or line.startswith("mode "))
        plain = re.sub(r"\$[\w-]+", lambda found: variables.get(found[0], found[0]), line)
        for found in () if elsewhere else filter(None, (form.fullmatch(plain) for form in _LINES)):
            yield found[1], found[2]


def _included(folder: Path, name: str) -> Iterable[Path]:
    path = Path(name).expanduser()
    base = Path(path.anchor) if path.is_absolute() else folder
    return islice(base.glob(str(path.relative_to(base) if path.is_absolute() else path)), FILES)


def _text(file: Path) -> str:
    """The beginning of a file; empty where there is none that can be read."""
    try:
        if not file.is_file():  # a pipe would be waited for
            return ""
        with file.open("rb") as opened:
            return opened.read(SIZE).decode(errors="replace")
    except OSError:
        return ""


def _output(command: tuple[str, ...], environment: Mapping[str, str]) -> str:
    try:
        return run(command, environment=environment).output[: 5 * SIZE].decode(errors="replace")
    except ScribeletError:
        return ""


def config_folder(environment: Mapping[str, str]) -> Path:
    """Where programs keep their settings."""
    return Path(environment.get("XDG_CONFIG_HOME") or _home(environment) / ".config")


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HOME") or Path.home())
