"""A desktop with microphones to sit down at."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import pytest

from tests.desktop.sound import Sound


@pytest.fixture
def in_a_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Sound]]:
    """Sits down at a new desktop without the parts named; its microphones hear the faint noise of a room."""
    with ExitStack() as leaving:

        def sit_down(*absent: str) -> Sound:
            desktop = leaving.enter_context(Sound(absent=("tray", "toasts", *absent)))
            for name, value in desktop.env.items():
                monkeypatch.setenv(name, value)
            return desktop

        yield sit_down


@pytest.fixture
def at(in_a_room: Callable[..., Sound]) -> Callable[..., Sound]:
    """Sits down at a new desktop without the parts named; its microphones hear nothing but what is played to them."""
    return partial(in_a_room, "noise")
