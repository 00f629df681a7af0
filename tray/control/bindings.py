"""Which line or command lets the desktop run `scribelet toggle` when a key is pressed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tray.core.combination import MODIFIERS, PUNCTUATION, Combination
from tray.core.face import written


class Desktop(Enum):
    """The desktops that are told exactly how to bind a key; the value is what people call them."""

    GNOME = "GNOME"
    KDE = "KDE Plasma"
    XFCE = "Xfce"
    SWAY = "sway"
    HYPRLAND = "Hyprland"
    I3 = "i3"
    CINNAMON = "Cinnamon"
    MATE = "MATE"


_SOCKETS = {
    "HYPRLAND_INSTANCE_SIGNATURE": Desktop.HYPRLAND,
    "SWAYSOCK": Desktop.SWAY,
    "I3SOCK": Desktop.I3,
    "KDE_FULL_SESSION": Desktop.KDE,
}
"""Variables that these set themselves, also where nobody names the desktop."""
_SYMBOLS = {
    **{"enter": "Return", "backspace": "BackSpace", "print_screen": "Print"},
    **{"left_bracket": "bracketleft", "right_bracket": "bracketright"},
    **{"media_play": "XF86AudioPlay", "media_stop": "XF86AudioStop"},
    **{"media_next": "XF86AudioNext", "media_previous": "XF86AudioPrev"},
    **{"volume_up": "XF86AudioRaiseVolume", "volume_down": "XF86AudioLowerVolume", "volume_mute": "XF86AudioMute"},
    **{"microphone_mute": "XF86AudioMicMute"},
}
"""Keysyms that are not our own name with capitals."""
_QT = {
    **{"enter": "Return", "escape": "Esc", "delete": "Del", "insert": "Ins", "print_screen": "Print"},
    **{"page_up": "PgUp", "page_down": "PgDown", "scroll_lock": "ScrollLock"},
}
"""Key names of QKeySequence that are not the words people write."""
_MOD = {"ctrl": "Ctrl", "alt": "Mod1", "shift": "Shift", "super": "Mod4"}
_TOGGLE = "scribelet toggle"


@dataclass(frozen=True, slots=True)
class _CustomKeys:
    """Where a desktop that follows GNOME keeps the keys that people add."""

    schema: str
    names: str
    """The key of the schema that lists them."""
    ours: str
    """What stands in that list for our key."""
    folder: str
    """Where the settings of our key are."""


_GNOME_FOLDER = "/org/gnome/settings-daemon/plugins/media-keys/custom-keybindings/scribelet/"
_GNOME = _CustomKeys("org.gnome.settings-daemon.plugins.media-keys", "custom-keybindings", _GNOME_FOLDER, _GNOME_FOLDER)
_CINNAMON = _CustomKeys(
    "org.cinnamon.desktop.keybindings",
    "custom-list",
    "scribelet",
    "/org/cinnamon/desktop/keybindings/custom-keybindings/scribelet/",
)


def desktop_of(environment: Mapping[str, str]) -> Desktop | None:
    """The desktop that these environment variables describe; None for one that is not in the list."""
    # who is not registered puts an X- before the name (freedesktop.org, Desktop Entry Specification 1.5, OnlyShowIn)
    named = [name.removeprefix("x-") for name in environment.get("XDG_CURRENT_DESKTOP", "").casefold().split(":")]
    if any(named):
        return next((desktop for desktop in Desktop if desktop.name.casefold() in named), None)
    return next((desktop for name, desktop in _SOCKETS.items() if environment.get(name)), None)


def binding(desktop: Desktop | None, keys: Combination, config: Path) -> str:
    """How this desktop is told to run `scribelet toggle` on these keys; `config` is the folder with its settings."""
    match desktop:
        case Desktop.GNOME:
            return f"Run: {_custom_key(_GNOME, _accelerator(keys))}"
        case Desktop.CINNAMON:
            several = f"['{_accelerator(keys)}']"  # a key may have many there, GNOME's only one
            return f"Run: {_custom_key(_CINNAMON, several)}"
        case Desktop.MATE:
            return f"Run: {_mate(_accelerator(keys))}"
        case Desktop.KDE if keys.key not in PUNCTUATION:
            return f"Run: {_kde(keys)}\nIf the key does nothing then, log out and in again."
        case Desktop.XFCE:
            place = f"'/commands/custom/{_accelerator(keys, 'Primary')}'"
            return f"Run: xfconf-query -c xfce4-keyboard-shortcuts -p {place} -n -t string -s '{_TOGGLE}'"
        case Desktop.SWAY | Desktop.I3:
            held = "+".join((*(_MOD[name] for name in _held(keys)), symbol(keys.key)))
            reload = "swaymsg reload" if desktop is Desktop.SWAY else "i3-msg reload"
            line = f"bindsym {held} exec {_TOGGLE}"
            return f"Add this line to {config / desktop.value / 'config'}, then run: {reload}\n{line}"
        case Desktop.HYPRLAND:
            return _hyprland(keys, config / "hypr")
        case _:
            return f"In the keyboard settings of this desktop, let {written(str(keys))} run: {_TOGGLE}"


def symbol(key: str) -> str:
    """The name of the X keysym of a key of `tray.core.combination.KEYS`."""
    plain = key in PUNCTUATION or key == "space" or len(key) == 1
    return _SYMBOLS.get(key) or (key if plain else "_".join(word.capitalize() for word in key.split("_")))


def _held(keys: Combination) -> list[str]:
    return [name for name in MODIFIERS if name in keys.modifiers]


def _accelerator(keys: Combination, control: str = "Control") -> str:
    names = (control if name == "ctrl" else name.capitalize() for name in _held(keys))
    return "".join(f"<{name}>" for name in names) + symbol(keys.key)


def _custom_key(place: _CustomKeys, value: str) -> str:
    others = f"gsettings get {place.schema} {place.names}"
    listed = f"gsettings set {place.schema} {place.names}"
    set_ours = f"gsettings set {place.schema}.custom-keybinding:{place.folder}"
    # the list of all keys is one value: what is in it has to stay, and ours must not come twice
    without = f"s|^@as ||; s|, '{place.ours}'||; s|'{place.ours}', ||; s|'{place.ours}'||"
    appended = f"s|^@as ||; s|]$|, '{place.ours}']|; s|^\\[, |[|"
    return " && ".join(
        (
            # Cinnamon looks at the keys only when the list changes, so ours leaves it and comes back
            f'{listed} "$({others} | sed "{without}")"',
            f"{set_ours} name Scribelet",
            f"{set_ours} command '{_TOGGLE}'",
            f'{set_ours} binding "{value}"',
            f'{listed} "$({others} | sed "{appended}")"',
        )
    )


def _mate(accelerator: str) -> str:
    # its daemon takes every folder there for a key; there is no list
    set_ours = "gsettings set org.mate.control-center.keybinding:/org/mate/desktop/keybindings/scribelet/"
    values = (("name", "Scribelet"), ("action", f"'{_TOGGLE}'"), ("binding", f"'{accelerator}'"))
    return " && ".join(f"{set_ours} {name} {value}" for name, value in values)


def _kde(keys: Combination) -> str:
    held = ("Meta" if name == "super" else name.capitalize() for name in _held(keys))
    key = _QT.get(keys.key) or keys.key.replace("_", " ").title()
    lines = (
        *("[Desktop Entry]", "Type=Application", "Name=Scribelet: toggle", f"Exec={_TOGGLE}", "NoDisplay=true"),
        *("X-KDE-GlobalAccel-CommandShortcut=true", f"X-KDE-Shortcuts={'+'.join((*held, key))}"),
    )
    place = "~/.local/share/applications"
    quoted = " ".join(f"'{line}'" for line in lines)
    return f"mkdir -p {place} && printf '%s\\n' {quoted} > {place}/scribelet-toggle.desktop"


def _hyprland(keys: Combination, folder: Path) -> str:
    held, key = [name.upper() for name in _held(keys)], symbol(keys.key)
    if (folder / "hyprland.lua").exists():  # Hyprland 0.55 and later
        return f"Add this line to {folder / 'hyprland.lua'}:\n" + (
            f'hl.bind("{" + ".join((*held, key))}", hl.dsp.exec_cmd("{_TOGGLE}"))'
        )
    return f"Add this line to {folder / 'hyprland.conf'}:\nbind = {' '.join(held)}, {key}, exec, {_TOGGLE}"
