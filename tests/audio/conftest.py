"""A desktop with microphones to sit down at."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.desktop.sound import Sound


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Sound]]:
    """Sits down at a new desktop without the parts named; its microphones are in a room where nothing is heard."""
    with ExitStack() as leaving:

        def sit_down(*absent: str) -> Sound:
            desktop = leaving.enter_context(Sound(absent=("tray", "toasts", "noise", *absent)))
            for name, value in desktop.env.items():
                monkeypatch.setenv(name, value)
            return desktop

        yield sit_down
