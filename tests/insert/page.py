"""A window that a test can read, and the hand that writes into it."""

from __future__ import annotations

from tray.core.failures import SinkError
from tray.system.windows_x11 import Window


class Page:
    """A hand and the window it writes to."""

    def __init__(self, name: str = "mousepad") -> None:
        self.text = ""
        self.front = Window(7, frozenset({name}))
        self.refusing = False
        self.held = False
        self.at_once = 1_000_000

    def window(self) -> Window:
        return self.front

    def remember(self) -> None:
        pass

    def free(self, _patience: float) -> bool:
        return not self.held

    def paste(self, text: str, _window: Window, /) -> int:
        if self.refusing:
            raise SinkError("Not now.", "Later.")
        self.text += text[: self.at_once]
        return len(text[: self.at_once])

    def type(self, text: str, window: Window, /) -> int:
        return self.paste(text, window)

    def close(self) -> None:
        pass
