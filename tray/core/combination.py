"""Key combinations as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_lowercase, digits

from tray.core.failures import HotkeyError
from tray.core.keys import Key

MODIFIERS = ("ctrl", "alt", "shift", "super")
"""In the order in which they are written."""
FUNCTION_KEYS = tuple(f"f{number}" for number in range(1, 25))
EDITING_KEYS = (
    *("space", "tab", "enter", "escape", "backspace", "delete"),
    *("home", "end", "page_up", "page_down", "up", "down", "left", "right"),
)
SPARE_KEYS = (
    *("pause", "scroll_lock", "print_screen", "insert", "menu"),
    *("media_play", "media_stop", "media_next", "media_previous"),
    *("volume_up", "volume_down", "volume_mute", "microphone_mute"),
)
PUNCTUATION = {
    "comma": ",",
    "period": ".",
    "slash": "/",
    "semicolon": ";",
    "apostrophe": "'",
    "grave": "`",
    "minus": "-",
    "equal": "=",
    "backslash": "\\",
    "left_bracket": "[",
    "right_bracket": "]",
    "less": "<",
}
"""Names of the keys that write marks, and what they write on a US keyboard."""
KEYS = frozenset((*ascii_lowercase, *digits, *FUNCTION_KEYS, *EDITING_KEYS, *SPARE_KEYS, *PUNCTUATION))
"""Every key a combination may end with."""

_ALIASES = {
    **{"control": "ctrl", "option": "alt", "opt": "alt"},
    **dict.fromkeys(("win", "windows", "meta", "cmd", "command"), "super"),
    **{"return": "enter", "esc": "escape", "del": "delete", "ins": "insert", "break": "pause", "print": "print_screen"},
    **{"pgup": "page_up", "pageup": "page_up", "pgdn": "page_down", "pagedown": "page_down", "dot": "period"},
    **{"scrolllock": "scroll_lock", "printscreen": "print_screen"},
    **{mark: name for name, mark in PUNCTUATION.items()},
}
_EXAMPLES = "Write it like ctrl+alt+space, super+d, f9 or pause."


@dataclass(frozen=True, slots=True)
class Combination:
    """A main key and the modifiers that are held with it."""

    modifiers: frozenset[str]
    """Some of `MODIFIERS`."""
    key: str
    """One of `KEYS`."""

    def __str__(self) -> str:
        """The one way to write it, which `parse` reads back."""
        return "+".join((*(name for name in MODIFIERS if name in self.modifiers), self.key))


def parse(text: str) -> Combination:
    """Read a combination such as `ctrl+alt+space`, in any case and order. Raises HotkeyError."""
    names = [_name(part, text) for part in text.split("+")]
    modifiers = frozenset(name for name in names if name in MODIFIERS)
    keys = [name for name in names if name not in MODIFIERS]
    if len(keys) != 1:
        what = "has no key besides its modifiers" if not keys else f"has {len(keys)} main keys instead of one"
        raise HotkeyError(f"The combination “{text}” {what}.", _EXAMPLES)
    combination = Combination(modifiers, keys[0])
    _check_spare(combination)
    return combination


def parse_both(toggle: str, cancel: str) -> tuple[dict[Key, Combination], list[HotkeyError]]:
    """The combinations of both keys ("" = none) as far as they can be understood, and what is wrong with the rest."""
    wanted: dict[Key, Combination] = {}
    errors: list[HotkeyError] = []
    for key, text in ((Key.TOGGLE, toggle), (Key.CANCEL, cancel)):
        try:
            if text:
                wanted[key] = _unlike(parse(text), wanted)
        except HotkeyError as error:
            errors.append(error)
    return wanted, errors


def one_error(errors: list[HotkeyError]) -> HotkeyError:
    """Several failures told as one, with the first one's remedy."""
    return HotkeyError(" ".join(str(error) for error in errors), errors[0].remedy)


def _name(part: str, text: str) -> str:
    written = part.strip().lower()
    name = _ALIASES.get(written, written)
    if name in KEYS or name in MODIFIERS:
        return name
    what = f"“{written}” in “{text}” is not the name of a key." if written else f"“{text}” lacks a key beside a “+”."
    raise HotkeyError(what, f"{_EXAMPLES} {valid_names()}")


def valid_names() -> str:
    """All names a combination may be made of, in two sentences."""
    named = ", ".join((*EDITING_KEYS, *SPARE_KEYS, *PUNCTUATION))
    return f"Modifiers are {', '.join(MODIFIERS)}. Keys are a–z, 0–9, f1–f24, {named}."


def _check_spare(combination: Combination) -> None:
    if combination.key in FUNCTION_KEYS or combination.key in SPARE_KEYS or combination.modifiers - {"shift"}:
        return
    raise HotkeyError(
        f"“{combination}” would be taken away from every other program.",
        "Hold ctrl, alt or super with it, or choose a spare key such as f9 or pause.",
    )


def _unlike(combination: Combination, others: Mapping[Key, Combination]) -> Combination:
    if combination in others.values():
        raise HotkeyError(
            f"The toggle key and the cancel key are both “{combination}”.",
            "Choose another one with: scribelet config set hotkey.cancel …",
        )
    return combination
