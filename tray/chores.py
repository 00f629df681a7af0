"""What is done for a person beside dictation: copying, opening, looking around, choosing keys."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Literal, TypeVar

import click

from tray.beginning import Beginning
from tray.belongings import shelf
from tray.core.errands import (
    AddUp,
    ChooseKey,
    Copy,
    Errand,
    GetModel,
    LookAround,
    Open,
    Recover,
    RemindOfModel,
    Restore,
    StartAtLogin,
)
from tray.core.failures import ScribeletError, SinkError
from tray.core.keys import Key
from tray.core.news import Asked, Found
from tray.core.settings import Settings
from tray.equipment import Equipment
from tray.keyboard import key_access
from tray.system.folders import transcript_folder

T = TypeVar("T")

OPENING = 2.0
"""Seconds within which it shows whether a file can be opened."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the chores are done."""

    equipment: Equipment
    settings_file: Path
    settings: Callable[[], Settings]
    """Those in force."""
    beginning: Beginning
    tell: Callable[[str, str], None]
    """Show a summary and a body."""
    post: Callable[[Asked], None]


class Chores:
    """Does one after the other, on the thread that asks; each may take seconds and raises ScribeletError."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def run(self, errand: Errand) -> Found | None:
        """What came of it, if there is something to tell."""
        match errand:
            case Copy(text):
                self._copy(text)
            case Open(what):
                _open_outside(self._path(what))
            case LookAround():
                return self._look_around()
            case ChooseKey(key):
                # up to a quarter of a minute passes, and other chores shall not wait for it
                Thread(target=self._choose_key, args=(key,), name="choosing", daemon=True).start()
            case GetModel():
                self._place.beginning.get()
            case RemindOfModel():
                self._place.beginning.remind()
            case StartAtLogin(wanted):
                return self._start_at_login(wanted=wanted)
            case Recover() | Restore() | AddUp():
                pass  # that is done where the sound is
        return None

    def _copy(self, text: str) -> None:
        clipboard = self._place.equipment.clipboard
        if clipboard is None:
            raise SinkError("There is no clipboard to copy to", "Look at: scribelet doctor")
        clipboard.copy(text)

    def _look_around(self) -> Found:
        from tray.audio.microphone import list_microphones
        from tray.desktop.autostart import autostart_state

        equipment = self._place.equipment
        return Found(
            _or_none(lambda: tuple(list_microphones())) or (),
            tuple(model.name for model in shelf().installed()),
            clipboard=equipment.clipboard is not None,
            toasts=equipment.toasts is not None,
            autostart=_or_none(autostart_state),
        )

    def _start_at_login(self, *, wanted: bool) -> Found:
        from tray.desktop.autostart import set_autostart

        set_autostart(on=wanted)
        return self._look_around()

    def _choose_key(self, key: Key) -> None:
        from tray.control.choose_hotkey import choose_by_toast

        place, hotkey = self._place, self._place.settings().hotkey
        access = key_access(frozenset({hotkey.toggle, hotkey.cancel}))
        choose_by_toast(key, hotkey, access, place.tell, lambda name, value: place.post(Asked(f"set {name} {value}")))

    def _path(self, what: Literal["transcript", "settings"]) -> Path:
        """The file that a person means."""
        if what == "settings":
            return self._place.settings_file
        pages = sorted(transcript_folder(self._place.settings().transcript.folder).glob("????-??-??.md"))
        if not pages:
            raise ScribeletError("There is no transcript yet", "Dictate something first")
        return pages[-1]


def _or_none(look: Callable[[], T]) -> T | None:
    """One look that fails shall not hide what the others find; the doctor says more."""
    try:
        return look()
    except ScribeletError:
        return None


def _open_outside(path: Path) -> None:
    """Let the desktop open a file with the program that is meant for it. Raises ScribeletError."""
    code = _ask_opener(path) if sys.platform == "linux" else click.launch(str(path))
    if code:
        raise ScribeletError(f"{path} cannot be opened", "Install xdg-utils, or open it by hand")


def _ask_opener(path: Path) -> int:
    """The exit code of the desktop's opener; 0 if it is still busy, for some wait for the program they have opened."""
    quiet = subprocess.DEVNULL
    try:
        opener = subprocess.Popen(["xdg-open", path], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
        return opener.wait(OPENING)
    except FileNotFoundError:
        return 1
    except subprocess.TimeoutExpired:
        return 0
