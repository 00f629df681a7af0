"""Who may take which keys: desktops with settings or without, and a display on which a combination is tried."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from tray.control.choose_hotkey import KeyAccess
from tray.desktop.hotkeys_x11 import X11Hotkeys


def nothing(_: str) -> None:
    """Everything can be had."""


def access(**changes: object) -> KeyAccess:
    """An X11 desktop without settings of its own, on which nothing is pressed."""
    return KeyAccess(**{"listen": None, "take": nothing, "ours": frozenset(), "environment": {}, **changes})


def attempt(display: str) -> Callable[[str], None]:
    """Takes a combination on this display for a moment."""

    def take(keys: str) -> None:
        with closing(X11Hotkeys(display)) as hotkeys:
            hotkeys.bind(keys, "", lambda _: None)

    return take
