"""A notification daemon that writes down what it is asked for, and words to show in its toasts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from dbus_fast.annotations import DBusDict, DBusInt32, DBusSignature, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method, dbus_signal

from tray.core.prose import Act, Change, Passage
from tray.core.speech import RATE, Segment, Span, Word
from tray.system.session_bus import SessionBus

NAME, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
Words = Annotated[list[str], DBusSignature("as")]
TwoNumbers = Annotated[tuple[int, int], DBusSignature("uu")]
Pressed = Annotated[tuple[int, str], DBusSignature("us")]
Nothing = Annotated[None, DBusSignature("")]


class Daemon(ServiceInterface):
    """A notification daemon that writes down what it is asked for."""

    def __init__(self, *features: str) -> None:
        super().__init__(NAME)
        self.features = list(features)
        self.shown: list[dict[str, Any]] = []
        self.asked = 0

    @dbus_method("GetCapabilities")
    def get_capabilities(self) -> Words:
        self.asked += 1
        return self.features

    @dbus_method("Notify")
    def notify(
        self,
        app: DBusStr,
        replaces: DBusUInt32,
        icon: DBusStr,
        summary: DBusStr,
        body: DBusStr,
        actions: Words,
        hints: DBusDict,
        stays: DBusInt32,
    ) -> DBusUInt32:
        number = replaces or 40 + len(self.shown)
        plain = {name: hint.value for name, hint in hints.items()}
        said = {"app": app, "summary": summary, "body": body, "actions": actions, "icon": icon, "stays": stays}
        self.shown.append({"number": number, "replaces": replaces, **plain, **said})
        return number

    @dbus_method("CloseNotification")
    def close_notification(self, number: DBusUInt32) -> Nothing:
        self.shown.append({"closed": number})
        self.notification_closed(number)

    @dbus_signal("ActionInvoked")
    def action_invoked(self, number: int, action: str) -> Pressed:
        return number, action

    @dbus_signal("NotificationClosed")
    def notification_closed(self, number: int) -> TwoNumbers:
        return number, 2


class Screen:
    """The other side: starts daemons and lets them act."""

    def __init__(self) -> None:
        self.bus: SessionBus | None = None

    def begin(self, *features: str) -> Daemon:
        """A daemon takes over."""
        self.end()
        daemon, self.bus = Daemon(*features), SessionBus()
        self.bus.export(PATH, daemon)
        self.bus.request_name(NAME)
        return daemon

    def let(self, act: Callable[[], object]) -> None:
        """Something happens on the screen."""

        async def do() -> None:
            act()

        assert self.bus
        self.bus.run(do())

    def end(self) -> None:
        if self.bus:
            self.bus.close()


def said(*texts: str) -> Passage:
    passage = Passage("s1", datetime(2026, 11, 23, 9, 14, tzinfo=UTC))
    for number, text in enumerate(texts):
        words = tuple(Word(word, 0, 0, None, "estimated") for word in text.split())
        passage = passage.add(Segment(number, words, Span(0, RATE, RATE), "."))
    return passage


def segment(*texts: str) -> Change:
    passage = said(*texts)
    return Change(Act.SEGMENT, passage, passage.last())
