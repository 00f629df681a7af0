"""Another microphone chosen in the middle of a session: each one's trouble stands for as long as that one is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from tests.desktop.session import wait_for
from tests.desktop.sound import Sound
from tray.core.news import Trouble
from tray.core.settings import Microphone, Settings
from tray.lines import Lines

DEADLINE = 15.0


class Standing:
    """The warnings that stand, as icon and status show them."""

    def __init__(self) -> None:
        self._by_part: dict[str, str] = {}

    def __call__(self, trouble: Trouble) -> None:
        if trouble.error is None:
            self._by_part.pop(trouble.part, None)
        else:
            self._by_part[trouble.part] = str(trouble.error)

    def tells_of(self, *names: str) -> bool:
        """Whether these microphones are told of, and no other one is."""
        told = list(self._by_part.values())
        return len(told) == len(names) and all(any(f"“{name}”" in one for one in told) for name in names)


@pytest.fixture
def standing() -> Standing:
    return Standing()


@pytest.fixture
def lines(in_a_room: Callable[..., Sound], standing: Standing) -> Iterator[Lines]:
    """Lines to the microphones of a desktop, which end before it does."""
    in_a_room()
    lines = Lines(standing, lambda: False)
    yield lines
    lines.end()


def wanted(name: str, *, ready: bool = False) -> Settings:
    return Settings(microphone=Microphone(device=name, ready=ready))


def test_the_end_of_a_session_takes_back_the_trouble_of_its_own_microphone_alone(
    lines: Lines, standing: Standing
) -> None:
    with closing(lines.choose(wanted("webcam"))) as before:
        before.open(lambda _block, _rate: None)
        wait_for(lambda: standing.tells_of("webcam"), DEADLINE, "the trouble of the first")
        lines.choose(wanted("headset", ready=True))
        wait_for(lambda: standing.tells_of("webcam", "headset"), DEADLINE, "the trouble of both")
    assert standing.tells_of("headset")
    lines.end()
    assert standing.tells_of()


def test_a_microphone_that_nobody_speaks_into_takes_its_trouble_along_when_another_one_is_chosen(
    lines: Lines, standing: Standing
) -> None:
    lines.choose(wanted("webcam", ready=True))
    wait_for(lambda: standing.tells_of("webcam"), DEADLINE, "the trouble of the first")
    lines.choose(wanted(""))
    assert standing.tells_of()
