"""What the keys mean: from single keys to combinations, and from combinations to gestures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum


class Key(Enum):
    """Which of the two combinations."""

    TOGGLE = "toggle"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """A combination went down, is still down, or came up; auto-repeat is already one `down`."""

    key: Key
    down: bool
    """False from the moment any key of the combination is up."""
    at: float
    """Seconds of a monotonic clock."""


class Gesture(Enum):
    """What the person at the keyboard asks for."""

    START = "start"
    FINISH = "finish"
    FINISH_TAKE = "finish take"
    """Finish a push-to-talk take: the key was held from its first sample to its last."""
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Hold:
    """What has to be remembered between two key events."""

    down: frozenset[Key] = frozenset()
    """The combinations that are down."""
    started: float | None = None
    """When the press came that began the open session, in seconds as in `KeyEvent.at`; None if no press that still
    counts did."""


def press(hold: Hold, event: KeyEvent, *, recording: bool, hold_ms: int) -> tuple[Hold, Gesture | None]:
    """The gesture a key event amounts to, if any, and what to remember for the next one.

    `recording` says that a session is open (opening or listening, not draining). A toggle key held for `hold_ms`
    milliseconds or longer was push-to-talk; a shorter press was a tap.
    """
    if event.down == (event.key in hold.down):
        return hold, None  # auto-repeat, or a release of something that was pressed before we looked
    hold = replace(hold, down=hold.down ^ {event.key})
    match event.key, event.down:
        case Key.TOGGLE, True if recording:
            return forget(hold), Gesture.FINISH
        case Key.TOGGLE, True:
            return replace(hold, started=event.at), Gesture.START
        case Key.TOGGLE, False:
            spoken = recording and hold.started is not None and _milliseconds(hold.started, event.at) >= hold_ms
            return forget(hold), Gesture.FINISH_TAKE if spoken else None
        case Key.CANCEL, True:  # also while the text of the last session is still coming
            return forget(hold), Gesture.CANCEL
        case _:
            return hold, None


def forget(hold: Hold) -> Hold:
    """The session a press began has ended in another way: the release of that press will mean nothing."""
    return replace(hold, started=None)


def _milliseconds(start: float, end: float) -> int:
    # rounded: 100.35 - 100.0 is a little less than 0.35 in binary
    return round((end - start) * 1000)


class Grip:
    """Follows single keys, given by number, and says which combinations go down and come up.

    A combination goes down with its main key while exactly its modifiers are held. It comes up with the first of its
    keys that is released, and its main key has to come up before it can go down again.
    """

    def __init__(self) -> None:
        self._wanted: Mapping[tuple[int, frozenset[str]], Key] = {}
        self._modifiers: Mapping[str, frozenset[int]] = {}
        self._main: dict[int, tuple[Key, frozenset[str]]] = {}
        self._held: set[Key] = set()

    @property
    def busy(self) -> bool:
        """Something is down, so the keyboard should be looked at from time to time: a release can get lost."""
        return bool(self._main)

    def aim(self, wanted: Mapping[tuple[int, frozenset[str]], Key], modifiers: Mapping[str, frozenset[int]]) -> None:
        """Follow these combinations (main key, names of modifiers), where these keys are the modifiers' keys.

        What is down stays down.
        """
        self._wanted, self._modifiers = wanted, modifiers

    def press(self, code: int, modifiers: frozenset[str]) -> Key | None:
        """A key went down or repeats while these modifiers were held; the combination that goes down with it."""
        key = self._wanted.get((code, modifiers))
        if key is None or code in self._main:
            return None
        self._main[code] = key, modifiers
        if key in self._held:
            return None
        self._held.add(key)
        return key

    def release(self, code: int) -> tuple[Key, ...]:
        """A key came up; the combinations that come up with it."""
        ended = [key for main, (key, names) in self._main.items() if code in {main, *self._codes(names)}]
        self._main.pop(code, None)
        return self._end(ended)

    def look(self, down: frozenset[int]) -> tuple[Key, ...]:
        """These keys are down and no other; the combinations whose release went by unseen."""
        lost = [code for code in self._main if code not in down]
        ended = [key for code, (key, names) in self._main.items() if code in lost or not self._all_held(names, down)]
        for code in lost:
            del self._main[code]
        return self._end(ended)

    def let_go(self) -> tuple[Key, ...]:
        """Nobody follows the keys that are down any more; the combinations that end with that."""
        return self._end(list(self._held))

    def _codes(self, names: frozenset[str]) -> frozenset[int]:
        return frozenset(code for name in names for code in self._modifiers.get(name, ()))

    def _all_held(self, names: frozenset[str], down: frozenset[int]) -> bool:
        return all(self._modifiers.get(name, frozenset()) & down for name in names)

    def _end(self, keys: list[Key]) -> tuple[Key, ...]:
        ended = tuple(key for key in Key if key in keys and key in self._held)
        self._held.difference_update(ended)
        return ended
