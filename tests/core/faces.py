"""States worth looking at, and the menu as a person reads it."""

from __future__ import annotations

from tray.core.face import View, face
from tray.core.failures import MicrophoneError
from tray.core.menu import Item
from tray.core.state import Desk, Listening

UNPLUGGED = MicrophoneError("There is no microphone", "Plug one in.")
LISTENING = Desk(Listening(1))


def lines(view: View) -> dict[str, Item]:
    """The lines of the menu by their labels."""
    return {item.label: item for item in face(view).menu if item.label}


def labels(view: View) -> list[str]:
    return list(lines(view))


def marks(view: View, label: str) -> dict[str, bool | None]:
    """What folds out of a line: label and mark of each."""
    return {item.label: item.checked for item in lines(view)[label].children}


def clickable(view: View, action: str) -> list[bool]:
    """Whether the lines with this action can be clicked."""
    return [item.enabled for item in face(view).menu if item.action == action]
