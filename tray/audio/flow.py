"""Sound on its way out of PortAudio's thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from ctypes import pythonapi

from tray.core.speech import RATE

AT_EASE = 4
"""Blocks that go on together while nobody speaks: threads that wake four times less often cost a third."""
_LOCKED = 0
"""PyGILState_LOCKED: nothing but the count changes."""


class Flow:
    """Sound on its way from PortAudio's thread to the listener; once over, nothing passes any more."""

    def __init__(self, deliver: Callable[[bytes, int], None], at_ease: Callable[[], bool]) -> None:
        self._deliver, self._at_ease = deliver, at_ease
        self._bunch: list[bytes] = []
        self.rate = RATE
        """Samples per second at which the device was last asked to open."""
        self._foothold = Foothold()
        self.ending = False
        """No more is wanted than what was spoken until now."""
        self._turn = threading.Lock()  # keeps a late block from following the empty one
        self.over = False
        self.latest = 0.0
        """When the newest block came, in seconds of the monotonic clock."""
        self.overflows = 0

    def hear(self, sound: bytes | None, _frames: int, _times: Mapping[str, float], status: int) -> tuple[None, int]:
        """PortAudio's callback."""
        from pyaudio import paContinue, paInputOverflow

        if self.ending:
            self._foothold.give_up()
        else:
            self._foothold.take()
        self.latest = time.monotonic()
        self.overflows += bool(status & paInputOverflow)
        with self._turn:
            if sound and not self.over:
                self._bunch.append(sound)
                if len(self._bunch) >= AT_EASE or not self._at_ease():
                    self._pass_on()
        return None, paContinue

    def die(self) -> None:
        """Say once that nothing more will come."""
        with self._turn:
            if not self.over:
                self.over = True
                self._pass_on()
                self._deliver(b"", self.rate)

    def press_on(self) -> None:
        """Deliver what waits for the rest of its bunch."""
        with self._turn:
            self._pass_on()

    def shut(self) -> None:
        """Deliver what has come, then let nothing more pass."""
        with self._turn:
            self.over = True
            self._pass_on()

    def _pass_on(self) -> None:
        if self._bunch:
            bunch, self._bunch = b"".join(self._bunch), []
            self._deliver(bunch, self.rate)


class Foothold:
    """Lets the interpreter know a foreign thread from call to call: meeting it anew each time costs a third more.

    Both methods are called on that thread.
    """

    def __init__(self) -> None:
        self._held = False

    def take(self) -> None:
        """From now on it is known. Idempotent."""
        if not self._held:
            self._held = True
            pythonapi.PyGILState_Ensure()

    def give_up(self) -> None:
        """Forget it, and with it what it keeps for itself, when this call is over. Idempotent."""
        if self._held:
            self._held = False
            pythonapi.PyGILState_Release(_LOCKED)
