"""What other programs say on the session bus: any value in any place."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from random import Random
from typing import Any, cast

from tests.fuzz.worker import Parse
from tray.system.notifications import Note, Notifications
from tray.system.session_bus import Remote, SessionBus

_NOTE = Note("Written", "dear <b>Anna</b>", (("undo first", "Undo"),))
_WORDS = ("actions", "body-markup", "undo first", "copy first", "", "\u202e")


class _Bus:
    """A bus on which programs answer with what stands in some bytes."""

    def __init__(self) -> None:
        self.heard: dict[str, Callable[[list[Any]], None]] = {}
        self.chance = Random(0)

    def watch_name(self, _name: str, callback: Callable[[bool], None]) -> None:
        self.heard["NameOwnerChanged"] = lambda body: callback(bool(body))

    def subscribe(self, _remote: Remote, member: str, callback: Callable[[list[Any]], None]) -> None:
        self.heard[member] = callback

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            work.send(None)
        except StopIteration:
            return

    def call(self, *_request: object) -> list[Any]:
        return self.body()

    async def ask(self, _remote: Remote, member: str, _signature: str = "", _body: Sequence[Any] = ()) -> list[Any]:
        right = {"GetCapabilities": [["actions", "body-markup"]], "Notify": [7]}
        return right[member] if self.chance.random() < 0.5 else self.body()

    def body(self) -> list[Any]:
        """What a message may carry."""
        return [self._value(3) for _ in range(self.chance.choice((0, 1, 1, 2, 2, 3)))]

    def _value(self, depth: int) -> object:
        chance = self.chance
        match chance.randrange(9 if depth else 6):
            case 0 | 1:
                return chance.choice(_WORDS)
            case 2:
                return chance.choice((0, 7, 8, 2**32 - 1, -1))
            case 3:
                return chance.random() < 0.5
            case 4:
                return chance.random()
            case 5:
                return chance.randbytes(3)
            case 6:
                return {chance.choice(_WORDS): self._value(depth - 1)}
            case _:
                return [self._value(depth - 1) for _ in range(chance.randrange(4))]


def valid() -> list[bytes]:
    return [bytes([number]) for number in range(8)]


def toasts(_folder: Path) -> Parse:
    """A notification daemon, and whoever else sends its signals."""
    bus = _Bus()
    acts: list[str] = []
    toasts = Notifications(cast("SessionBus", bus))
    toasts.listen(acts.append)

    def parse(content: bytes) -> None:
        bus.chance = Random(content)
        acts.clear()
        for member in ("NameOwnerChanged", "ActionInvoked", "NotificationClosed", "ActionInvoked"):
            toasts.show("first", _NOTE)
            bus.heard[member](bus.body())
        toasts.close("first")
        assert all(isinstance(act, str) for act in acts)

    return parse
