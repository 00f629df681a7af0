"""Says how each part of this machine is, and what mends it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from threading import Thread
from typing import TypeVar

import click

from tray.control.bindings import desktop_of
from tray.core.failures import ScribeletError
from tray.store.shelf import Shelf

T = TypeVar("T")

LIMIT = 20.0
"""Seconds that one look may take. What is only slow, as on a busy machine, must not be told as broken."""
READING = 4.0
"""Seconds in which every byte of a model is compared; then its sizes have to do."""
SPARE = 100
"""Millions of bytes that should be free where text and sound go."""
_MARKS = {True: ("✓", "+", "green"), False: ("✗", "x", "red"), None: ("–", "-", "yellow")}
"""Mark, the same in ASCII, and colour."""
_PLAIN = str.maketrans({"“": '"', "”": '"', "’": "'", "–": "-", "…": "...", "✓": "+", "✗": "x", "·": "-"})
_INSTALLERS = {
    "apt": "sudo apt install",
    "dnf": "sudo dnf install",
    "zypper": "sudo zypper install",
    "pacman": "sudo pacman -S",
    "apk": "sudo apk add",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """How one part is."""

    good: bool | None
    """None where it works, but a person may want to know more."""
    says: str
    remedy: str = ""
    """What mends it, as lines to be read or typed."""


@dataclass(frozen=True, slots=True)
class Check:
    """One part to look at."""

    name: str
    look: Callable[[], Finding]
    """May raise ScribeletError instead of saying the same in a bad finding."""
    exit_code: int = 0
    """Of the command where it is bad; 0 where dictation works without this part."""


def examine(checks: Sequence[Check], limit: float = LIMIT) -> int:
    """Print what every look finds within `limit` seconds.

    The exit code of the first part without which dictation does not work, else 0.
    """
    width = max((len(check.name) for check in checks), default=0)
    bad: list[Check] = []
    for check in checks:
        finding = _find(check, limit)
        _print(check.name.ljust(width), finding)
        bad += [check] if finding.good is False else []
    vital = [check for check in bad if check.exit_code]
    _say("\n" + _verdict(vital, bad))
    return vital[0].exit_code if vital else 0


def in_time(work: Callable[[], T], seconds: float) -> T:
    """What the work returns or raises; TimeoutError when it takes longer, and then nobody waits for it any more."""
    result: Future[T] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except Exception as error:  # noqa: BLE001 the thread's one catch-all: whoever waits gets it
            result.set_exception(error)

    Thread(target=run, name="look", daemon=True).start()
    return result.result(seconds)


def _find(check: Check, limit: float) -> Finding:
    try:
        return in_time(check.look, limit)
    except ScribeletError as error:
        return Finding(False, str(error), error.remedy)
    except TimeoutError:
        return Finding(False, f"no answer within {limit:g} s", "Log out and in again, then run: scribelet doctor")
    except Exception as error:  # noqa: BLE001 one look that fails shall not hide what the others find
        return Finding(False, f"this could not be looked at: {type(error).__name__}: {error}")


def _verdict(vital: Sequence[Check], bad: Sequence[Check]) -> str:
    if vital:
        return f"Dictation does not work yet. Mend first: {', '.join(check.name for check in vital)}."
    if bad:
        return f"Dictation works, but not everything beside it: {', '.join(check.name for check in bad)}."
    return "Dictation works."


def _print(name: str, finding: Finding) -> None:
    mark, ascii_mark, colour = _MARKS[finding.good]
    sign = mark if _encodable(mark) else ascii_mark
    _say(f"{click.style(sign, fg=colour)} {name}  {' '.join(finding.says.split()).removesuffix('.')}")
    for line in for_this_machine(finding.remedy).splitlines():
        _say(f"  {' ' * len(name)}  {line}")


def _say(text: str) -> None:
    if not _encodable(text):
        encoding = sys.stdout.encoding
        text = text.translate(_PLAIN).encode(encoding, "replace").decode(encoding)
    click.echo(text)


def _encodable(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def for_this_machine(remedy: str, search: str | None = None) -> str:
    """The remedy with the package manager that is there; `search` is the PATH to look for it in."""
    command = next((line for name, line in _INSTALLERS.items() if shutil.which(name, path=search)), "")
    return remedy.replace(_INSTALLERS["apt"], command) if command else remedy


def look_at_folder(folder: Path, remedy: str, spare: int = SPARE) -> Finding:
    """Whether files can be written there, or where it will be made, and how much room there is."""
    place = next(one for one in (folder, *folder.parents) if os.path.exists(one))  # noqa: PTH110 Path.exists raises where nobody may look
    try:
        with TemporaryFile(dir=place):
            free = shutil.disk_usage(place).free // 1_000_000
    except OSError as error:
        return Finding(False, f"nothing can be written to {folder}: {error.strerror}", remedy)
    if free < spare:
        return Finding(None, f"{folder}, only {free} MB free", "Free some space on this disk")
    return Finding(True, f"{folder}, {free / 1000:.1f} GB free")


def look_at_model(shelf: Shelf, name: str, reading: float = READING) -> Finding:
    """Whether a model is installed and, as far as `reading` seconds suffice, whole. Raises ModelError."""
    shelf.find(name)
    try:
        in_time(lambda: shelf.verify(name), reading)
    except TimeoutError:
        return Finding(True, f"{name}, every file of the right size; there was no time to compare every byte")
    return Finding(True, f"{name}, whole")


def look_at_session(environment: Mapping[str, str]) -> Finding:
    """Which desktop these environment variables describe."""
    wayland, x11 = environment.get("WAYLAND_DISPLAY"), environment.get("DISPLAY")
    if not (wayland or x11):
        return Finding(
            False,
            "there is no desktop here: neither DISPLAY nor WAYLAND_DISPLAY is set",
            "Log in to a desktop, and run this in a terminal there",
        )
    found = desktop_of(environment)
    title = found.value if found else environment.get("XDG_CURRENT_DESKTOP") or "An unknown desktop"
    return Finding(True, f"{title} on {f'Wayland, display {wayland}' if wayland else f'X11, display {x11}'}")
