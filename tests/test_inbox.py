"""What everybody tells the conductor, and what it is woken for."""

from __future__ import annotations

import queue
import threading

import pytest

from tray.conductor.inbox import Inbox, Letter
from tray.core.news import Asked, Captured
from tray.core.speech import RATE, Span

SOUND = Captured(1, Span(0, 512, RATE))
TOGGLE = Asked("toggle")
PATIENCE = 10.0


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def test_an_empty_inbox_is_waited_for_only_so_long(inbox: Inbox) -> None:
    with pytest.raises(queue.Empty):
        inbox.get(0.01)


def test_sound_comes_out_in_its_place_before_whatever_happens_to_it(inbox: Inbox) -> None:
    for letter in (SOUND, TOGGLE, SOUND):
        inbox.put(letter)
    assert [inbox.get(0) for _ in range(3)] == [SOUND, TOGGLE, SOUND]


def test_who_waits_is_woken_by_what_somebody_asks_for(inbox: Inbox) -> None:
    found: list[Letter] = []
    waiting = threading.Thread(target=lambda: found.append(inbox.get(10 * PATIENCE)), daemon=True)
    waiting.start()
    inbox.put(TOGGLE)
    waiting.join(PATIENCE)
    assert found == [TOGGLE]


def test_sound_alone_is_found_when_the_time_is_over(inbox: Inbox) -> None:
    found: list[Letter] = []
    waiting = threading.Thread(target=lambda: found.append(inbox.get(0.3)), daemon=True)
    waiting.start()
    inbox.put(SOUND)
    waiting.join(PATIENCE)
    assert found == [SOUND]
