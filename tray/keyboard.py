"""What can be done with the keys of this desktop.

What a function needs is imported in it: the program runs for days, and keys are chosen once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tray.control.choose_hotkey import KeyAccess
    from tray.ports import Hotkeys


def key_access(ours: frozenset[str]) -> KeyAccess:
    """What can be done with keys here, where the running Scribelet holds these combinations."""
    from tray.control.choose_hotkey import KeyAccess

    if sys.platform == "win32":
        from tray.desktop.hotkeys_windows import WindowsHotkeys

        return KeyAccess(None, partial(_try_keys, WindowsHotkeys), ours, os.environ)
    if sys.platform != "linux" or os.environ.get("WAYLAND_DISPLAY") or not os.environ.get("DISPLAY"):
        return KeyAccess(None, None, ours, os.environ)
    from tray.desktop.hotkeys_x11 import X11Hotkeys
    from tray.desktop.keypress_x11 import next_keys

    return KeyAccess(next_keys, partial(_try_keys, X11Hotkeys), ours, os.environ)


def _try_keys(kind: Callable[[], Hotkeys], keys: str) -> None:
    with closing(kind()) as hotkeys:
        hotkeys.bind(keys, "", lambda _: None)
