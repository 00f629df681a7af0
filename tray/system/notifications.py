"""Toasts of the desktop: org.freedesktop.Notifications, and what there is where that is not spoken."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Any, Protocol

from tray.core.failures import ScribeletError
from tray.system.assets import asset_folder
from tray.system.session_bus import Remote, SessionBus

APP = "Scribelet"
DESKTOP_ENTRY = "scribelet"
DAEMON = Remote("org.freedesktop.Notifications", "/org/freedesktop/Notifications", "org.freedesktop.Notifications")
LOW, NORMAL = 0, 1
"""Urgencies of the Desktop Notifications Specification 1.2."""
DAEMON_DECIDES = -1
"""How long a toast stays: as the desktop likes it."""
# control characters, marks that turn the direction of all that follows, and halves of characters
_UNFIT = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff]+")


@dataclass(frozen=True, slots=True)
class Note:
    """What a toast says."""

    summary: str
    body: str
    buttons: tuple[tuple[str, str], ...] = ()
    """Action and label of each; left out where the desktop has no buttons."""
    lasting: bool = False
    """It may stay in the desktop's list of what was missed. Never for words that were said."""


class Toasts(Protocol):
    """Where toasts are shown, one for each key."""

    def listen(self, act: Callable[[str], None]) -> None:
        """Let `act` have the action of every button pressed; it is called on another thread and must only enqueue."""
        ...

    def show(self, key: str, note: Note) -> None:
        """Show a toast in the place of the one with the same key. Raises ScribeletError."""
        ...

    def showing(self, key: str) -> bool:
        """Whether the toast with this key is still to be seen."""
        ...

    def close(self, key: str) -> None:
        """Take a toast away, if it is still there. Raises ScribeletError."""
        ...


class Notifications:
    """Toasts of a Linux desktop, through whatever daemon has the name at the moment."""

    def __init__(self, bus: SessionBus) -> None:
        """Listen to the daemon; it need not be there yet. Raises BusError."""
        self._bus = bus
        self._act: Callable[[str], None] = lambda _: None
        self._features: frozenset[str] | None = None
        self._shown: dict[str, int] = {}
        self._icon = _icon()
        bus.watch_name(DAEMON.program, self._begin_again)
        bus.subscribe(DAEMON, "ActionInvoked", self._pressed)
        bus.subscribe(DAEMON, "NotificationClosed", self._gone)

    def listen(self, act: Callable[[str], None]) -> None:
        """Let `act` have the action of every button pressed; called on the bus's thread, it must only enqueue."""
        self._act = act

    def show(self, key: str, note: Note) -> None:
        """Show a toast in the place of the one with the same key. Raises BusError."""
        self._bus.run(self._show(key, note))

    def showing(self, key: str) -> bool:
        """Whether the toast with this key is still to be seen."""
        return key in self._shown

    def close(self, key: str) -> None:
        """Take a toast away, if it is still there. Raises BusError."""
        if (number := self._shown.get(key)) is not None:
            self._bus.call(DAEMON, "CloseNotification", "u", [number])

    async def _show(self, key: str, note: Note) -> None:
        features = await self._ask_features()
        body = fit(note.body)
        answer = await self._bus.ask(
            DAEMON,
            "Notify",
            "susssasa{sv}i",
            [
                APP,
                self._shown.get(key, 0),
                self._icon,
                fit(note.summary),
                escape(body, quote=False) if "body-markup" in features else body,
                [word for button in note.buttons for word in button] if "actions" in features else [],
                _hints(note),
                DAEMON_DECIDES,
            ],
        )
        match answer:
            case [int(number), *_]:
                self._shown[key] = number
            case _:
                self._shown.pop(key, None)  # nobody knows which one it is, so none can be replaced

    async def _ask_features(self) -> frozenset[str]:
        if self._features is None:
            match await self._bus.ask(DAEMON, "GetCapabilities"):
                case [[*names], *_]:
                    self._features = frozenset(map(str, names))
                case _:
                    self._features = frozenset()  # a daemon that talks nonsense may still show a plain toast
        return self._features

    def _begin_again(self, _owned: bool) -> None:  # noqa: FBT001 the shape is that of watch_name
        # another daemon has other features and has never heard of our toasts
        self._features = None
        self._shown.clear()

    def _pressed(self, body: list[Any]) -> None:
        match body:
            # every program hears of every button, and may send what it likes under this name
            case [int(number), str(action)] if number in self._shown.values():
                self._act(action)
            case _:
                pass  # it is not ours

    def _gone(self, body: list[Any]) -> None:
        self._shown = {key: number for key, number in self._shown.items() if [number] != body[:1]}


class PlainToasts:
    """Toasts of Windows and macOS through the tray icon: no buttons, and none is ever replaced or taken away."""

    def __init__(self, notify: Callable[[str, str], None]) -> None:
        """Show them with `notify(summary, body)`, which may raise ScribeletError."""
        self._notify = notify

    def listen(self, act: Callable[[str], None]) -> None:
        """There is no button to press."""

    def show(self, key: str, note: Note) -> None:  # noqa: ARG002 nothing can be replaced here
        """Show a toast. Raises ScribeletError."""
        self._notify(fit(note.summary), fit(note.body))

    def showing(self, key: str) -> bool:  # noqa: ARG002 the system does not tell
        """Never known, so never true."""
        return False

    def close(self, key: str) -> None:
        """It goes by itself."""


def fit(text: str) -> str:
    """The text without characters that a screen cannot show or that would garble what stands beside them."""
    return _UNFIT.sub(" ", text).strip()


def _hints(note: Note) -> dict[str, Any]:
    # Windows and macOS, which have no D-Bus library, need the rest of this module
    from dbus_fast import Variant

    return {
        "urgency": Variant("y", NORMAL if note.lasting else LOW),
        "transient": Variant("b", not note.lasting),
        "desktop-entry": Variant("s", DESKTOP_ENTRY),
    }


def _icon() -> str:
    try:
        return (asset_folder("icons") / "png" / "scribelet-64.png").as_uri()
    except ScribeletError:
        # a toast without a picture says as much; the tray reports the missing folder
        return ""
