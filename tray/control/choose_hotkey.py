"""The hotkey chosen by pressing it, and who else has the keys that were pressed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import click

from tray.control.bindings import binding, desktop_of
from tray.control.desktop_keys import config_folder, user_of
from tray.control.doctor import in_time
from tray.control.settings_file import SettingsFile
from tray.core.combination import Combination, parse
from tray.core.face import written
from tray.core.failures import HotkeyError
from tray.core.keys import Key
from tray.core.settings import Hotkey

PRESS_WITHIN = 10.0
"""Seconds in which the keys have to be pressed."""
ANSWER_WITHIN = 5.0
"""Seconds that everything around a press may take."""
ASK = "Press the keys you want"
_KEPT = "This desktop gives keys to no program; it has to run Scribelet itself."
Listen = Callable[[float, Callable[[], None]], str]
"""What is pressed within so many seconds ("" = Esc); calls its second argument when keys count. Raises HotkeyError."""


@dataclass(frozen=True, slots=True)
class KeyAccess:
    """What can be done with keys on this desktop."""

    listen: Listen | None
    """None where no program hears what is pressed."""
    take: Callable[[str], None] | None
    """Take a combination for a moment. Raises HotkeyError where it cannot be had; None where no program has any."""
    ours: frozenset[str]
    """Combinations, as written in the settings, that the running Scribelet holds: they are not tried."""
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """A combination that can be had."""

    keys: Combination
    note: str
    """A sentence about who uses it, too; empty for nobody."""


def choose_hotkey(key: Key, typed: str | None, access: KeyAccess, file: SettingsFile) -> int:
    """Set a key to what is typed ("" = none), or ask for it where that is None. Raises HotkeyError, SettingsError."""
    hotkey = file.read().settings.hotkey
    if typed == "":
        file.set(f"hotkey.{key.value}", "")
        click.echo(f"There is no {key.value} key now.")
        return 0
    text = _asked(access) if typed is None else typed
    if not text:
        click.echo(f"The {key.value} key stays as it is.")
        return 0
    choice = weigh(text, key, hotkey, access)
    file.set(f"hotkey.{key.value}", str(choice.keys))
    click.echo(" ".join(filter(None, (_now(key, choice), choice.note))))
    if kept_by_desktop(access.environment):
        click.echo(f"{_KEPT}\n{line_for(key, choice.keys, access.environment)}")
    return 0


def choose_by_toast(
    key: Key, hotkey: Hotkey, access: KeyAccess, tell: Callable[[str, str], None], change: Callable[[str, str], None]
) -> None:
    """Ask with a toast, and give setting and value to `change`; takes up to `PRESS_WITHIN` + `ANSWER_WITHIN` seconds.

    `tell` shows a summary and a body at once. Whatever goes wrong is told, too.
    """
    if access.listen is None:
        tell(f"Choose the {key.value} key by writing it", f"Run: scribelet hotkey {key.value} ctrl+alt+d")
        return
    try:
        text = _heard(access.listen, lambda: tell(ASK, "Esc: leave it"))
        if not text:
            tell(ASK, f"The {key.value} key stays as it is.")
            return
        choice = weigh(text, key, hotkey, access)
        change(f"hotkey.{key.value}", str(choice.keys))
        tell(ASK, " ".join(filter(None, (_now(key, choice), choice.note))))
    except HotkeyError as error:
        tell(ASK, f"The {key.value} key stays as it is. {error} {error.remedy}".rstrip())


def weigh(text: str, key: Key, hotkey: Hotkey, access: KeyAccess) -> Choice:
    """The combination and who else uses it. Raises HotkeyError where it cannot be a hotkey, or is taken."""
    keys = parse(text)
    other, theirs = (Key.CANCEL, hotkey.cancel) if key is Key.TOGGLE else (Key.TOGGLE, hotkey.toggle)
    if theirs and parse(theirs) == keys:
        free = f"Choose another one, or free it with: scribelet hotkey {other.value} --none"
        raise HotkeyError(f"{written(text)} is the {other.value} key already.", free)
    if access.take and keys not in map(parse, filter(None, access.ours)):
        try:
            access.take(str(keys))
        except HotkeyError as error:
            raise blamed(error, keys, access.environment) from error
    return Choice(keys, user_of(keys, access.environment))


def blamed(error: HotkeyError, keys: Combination, environment: Mapping[str, str]) -> HotkeyError:
    """The same failure, saying also which part of the desktop has the keys, where that can be known."""
    user = user_of(keys, environment)
    return HotkeyError(f"{str(error).removesuffix('.')}. {user}", error.remedy) if user else error


def kept_by_desktop(environment: Mapping[str, str]) -> bool:
    """Whether keys are given to no program here, so that the desktop itself has to run a command."""
    return sys.platform == "darwin" or bool(environment.get("WAYLAND_DISPLAY"))


def line_for(key: Key, keys: Combination, environment: Mapping[str, str]) -> str:
    """How this desktop is told to run our command on a combination."""
    if key is Key.TOGGLE:
        return binding(desktop_of(environment), keys, config_folder(environment))
    return f"In the keyboard settings of this desktop, let {written(str(keys))} run: scribelet {key.value}"


def _now(key: Key, choice: Choice) -> str:
    return f"{written(str(choice.keys))} is the {key.value} key now."


def _asked(access: KeyAccess) -> str:
    if access.listen:
        return _heard(access.listen, lambda: click.echo(f"{ASK}, Esc to leave it."))
    click.echo(_KEPT if kept_by_desktop(access.environment) else "Keys that are pressed cannot be heard here.")
    return str(click.prompt("Write the keys you want, such as ctrl+alt+space", default="", show_default=False)).strip()


def _heard(listen: Listen, ready: Callable[[], None]) -> str:
    try:
        return in_time(lambda: listen(PRESS_WITHIN, ready), PRESS_WITHIN + ANSWER_WITHIN)
    except TimeoutError as error:
        raise HotkeyError("The desktop does not answer, so no key can be heard.", "Write the keys instead.") from error
