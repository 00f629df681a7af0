"""The window in front of an X server, written into by its clipboard and keys."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Event

from tray.core.failures import ScribeletError, SinkError
from tray.sinks.insert import REMEDY
from tray.system.keyboard_x11 import Turn, X11Keyboard
from tray.system.processes import feed
from tray.system.selection_x11 import Selections
from tray.system.windows_x11 import Window, focused
from tray.system.wire_x11 import Wire, XThread

_RELEASE = 0.3
"""Seconds for a person to let go of modifiers."""
_FETCH = 1.0
"""Seconds for the program in front to fetch what it was told to paste."""
_TYPING = 1.2
"""Seconds after which typing pauses, to be asked again: less than anybody waits for it, more than one wait for keys."""
_READING = 0.3
"""Seconds for reading what others have copied, before our text takes its place."""
_IDLE = 5.0
"""Seconds without typing after which borrowed keys are given back; each change makes every program look at all keys."""


class X11Hand:
    """Writes into the window in front of an X server; a thread of its own owns the connection."""

    def __init__(self, display_name: str | None = None) -> None:
        """What is pasted leaves the clipboard again, and what was there before comes back."""
        self._display_name = display_name
        self._closing = Event()
        self._thread = XThread(display_name, _build, _Desk.idle)

    def window(self) -> Window:
        """The window that has the keyboard. Raises SinkError."""
        return self._thread.ask(lambda desk: desk.window())

    def remember(self) -> None:
        """Have a look at the clipboard; returns at once."""
        self._thread.post(lambda desk: desk.remember())

    def free(self, patience: float) -> bool:
        """Whether keys reach the window now, or within these seconds. Raises SinkError."""
        return self._thread.ask(lambda desk: desk.keyboard.free(patience))

    def paste(self, text: str, window: Window, /) -> int:
        """Paste a text into this window; its length. Raises SinkError if no program fetched it within a second."""
        return self._thread.ask(lambda desk: desk.paste(text, window))

    def type(self, text: str, _window: Window, /) -> int:
        """Type a text; how many of its characters went out within 1.2 s. Raises SinkError if that is none."""
        turn = Turn(_TYPING, self._closing)
        try:
            self._thread.ask(lambda desk: desk.type(text, turn))
        except SinkError:
            # what went out before the failure would be typed twice if it were not told
            if sent := turn.end():
                return sent
            raise
        return turn.end()

    def close(self) -> None:
        """Leave the clipboard and the keys as they were; a copied text or picture outlives us. Idempotent."""
        self._closing.set()
        # a server that has gone has no clipboard, and without the tool it goes with us
        with contextlib.suppress(ScribeletError):
            if self._thread.alive and (remains := self._thread.ask(lambda desk: desk.leave())):
                self._bequeath(*remains)
        self._thread.close()

    def _bequeath(self, target: str, content: bytes) -> None:
        where = ("-display", self._display_name) if self._display_name else ()
        feed(("xclip", *where, "-selection", "clipboard", "-in", "-target", target), content)


@dataclass(frozen=True, slots=True)
class _Desk:
    """What the hand uses, on the thread that owns the connection."""

    wire: Wire
    keyboard: X11Keyboard
    selections: Selections

    def idle(self) -> float | None:
        """Give back what is due; seconds until more is."""
        due = (self.selections.listen(), self.keyboard.idle(_IDLE))
        return min((one for one in due if one is not None), default=None)

    def window(self) -> Window:
        """The window that has the keyboard."""
        return focused(self.wire.display)

    def remember(self) -> None:
        """Read what will have to be restored."""
        self.selections.remember(_lent(self._chord(self.window())), _READING)

    def paste(self, text: str, window: Window) -> int:
        """Lend the text to the clipboard, and have it pasted."""
        begun = time.monotonic()
        chord = self._chord(window)
        self.keyboard.let_go(_RELEASE)
        self.selections.remember(_lent(chord), _READING)
        self.selections.lend(text, _lent(chord))
        self.keyboard.chord(*chord)
        if not self.selections.fetched(window.id, min(_FETCH, begun + 1.4 - time.monotonic())):
            self.selections.give_back()
            raise SinkError("The window in front did not take the text.", f"Click into a text field. {REMEDY}")
        return len(text)

    def type(self, text: str, turn: Turn) -> None:
        """Type until the turn is over."""
        self.keyboard.let_go(_RELEASE)
        self.keyboard.type(text, turn)

    def leave(self) -> tuple[str, bytes] | None:
        """Give everything back; what the clipboard would lose with us, as target and content."""
        self.keyboard.give_back()
        self.selections.give_back()
        return self.selections.remains()

    def _chord(self, window: Window) -> Sequence[str]:
        if window.wants_shift_insert or not self.keyboard.has("v"):
            return ("shift", "insert")
        return ("ctrl", "shift", "v") if window.terminal else ("ctrl", "v")


def _lent(chord: Sequence[str]) -> Sequence[str]:
    """The selections that this chord pastes; the primary one is spared, since losing it unselects what is selected."""
    return ("CLIPBOARD", "PRIMARY") if chord[-1] == "insert" else ("CLIPBOARD",)


def _build(wire: Wire) -> _Desk:
    return _Desk(wire, X11Keyboard(wire.display), Selections(wire))
