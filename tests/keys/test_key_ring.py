"""What icon and status say of the keys: whether they reach Scribelet, now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tray.core.failures import HotkeyError
from tray.core.keys import KeyEvent
from tray.core.news import Trouble
from tray.core.settings import Settings
from tray.wiring import KeyRing

TAKEN = HotkeyError("Another program has taken it.", "Choose another")


class Keyboard:
    """Hotkeys of which some belong to another program."""

    def __init__(self) -> None:
        self.taken_elsewhere: set[str] = set()
        self.bound: list[tuple[str, str]] = []

    def bind(self, toggle: str, cancel: str, report: Callable[[KeyEvent], None]) -> None:  # noqa: ARG002
        """Nobody presses anything."""
        self.bound.append((toggle, cancel))
        if self.taken_elsewhere & {toggle, cancel}:
            raise TAKEN

    def close(self) -> None:
        """There is nothing to give back."""


@pytest.fixture
def keyboard() -> Keyboard:
    return Keyboard()


@pytest.fixture
def ring(keyboard: Keyboard) -> KeyRing:
    return KeyRing(keyboard, lambda _: None)


def keys(toggle: str, cancel: str = "") -> Settings:
    settings = Settings()
    return replace(settings, hotkey=replace(settings.hotkey, toggle=toggle, cancel=cancel))


@pytest.mark.parametrize(
    ("taken", "held", "told"),
    [(set(), True, None), ({"f9"}, False, TAKEN), ({"f8"}, True, TAKEN), ({"f8", "f9"}, False, TAKEN)],
)
def test_the_toggle_key_is_promised_only_where_it_works_and_any_refusal_is_told(
    keyboard: Keyboard, ring: KeyRing, taken: set[str], held: bool, told: HotkeyError | None
) -> None:
    keyboard.taken_elsewhere = taken
    troubles: list[Trouble] = []
    ring.take(keys("f9", "f8"), troubles.append)
    assert (ring.held, troubles) == (held, [Trouble("hotkey", told)])


def test_keys_that_stay_the_same_are_not_taken_again(keyboard: Keyboard, ring: KeyRing) -> None:
    troubles: list[Trouble] = []
    ring.take(keys("f9"), troubles.append)
    ring.take(keys("f9"), troubles.append)
    assert keyboard.bound == [("f9", "")]
    assert len(troubles) == 1


def test_keys_that_are_lost_are_not_promised_until_they_are_back(ring: KeyRing) -> None:
    ring.take(keys("f9"), lambda _: None)
    ring.change(TAKEN)
    assert not ring.held
    ring.change(None)
    assert ring.held


def test_where_programs_take_no_keys_none_is_promised() -> None:
    nobody = KeyRing(None, lambda _: None)
    nobody.take(keys("f9"), lambda _: None)
    assert not nobody.held
