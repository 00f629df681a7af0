"""When nobody is in front of the screen, dictation ends, nothing is shown, and the machine may sleep."""

from __future__ import annotations

from typing import cast

import pytest

from tray.conductor.absence import Absence
from tray.conductor.hands import Household
from tray.core.news import Moment
from tray.core.state import Desk, Draining, Finish, Idle, Listening, Quit


class Screen:
    """Hands that only note what is shown, and whether the machine may sleep."""

    def __init__(self) -> None:
        self.hushed = False
        self.asleep = 0

    def hush(self, *, wanted: bool) -> None:
        """As the conductor asks it."""
        self.hushed = wanted

    def let_sleep(self) -> None:
        """As the conductor asks it."""
        self.asleep += 1


@pytest.fixture
def screen() -> Screen:
    """Somebody sits in front of it."""
    return Screen()


@pytest.fixture
def absence(screen: Screen) -> Absence:
    """Of the person in front of that screen."""
    return Absence(cast(Household, screen))


@pytest.mark.parametrize(
    ("leaves", "comes"),
    [(Moment.ASLEEP, Moment.AWAKE), (Moment.LOCKED, Moment.UNLOCKED), (Moment.AWAY, Moment.BACK)],
)
def test_who_leaves_has_finished_and_until_they_are_back_nothing_is_shown(
    leaves: Moment, comes: Moment, absence: Absence, screen: Screen
) -> None:
    assert absence.happen(leaves) == Finish()
    absence.hush()
    assert screen.hushed
    assert absence.happen(comes) is None
    absence.hush()
    assert not screen.hushed


def test_a_machine_that_wakes_behind_a_lock_shows_nothing_yet(absence: Absence, screen: Screen) -> None:
    for moment in (Moment.LOCKED, Moment.ASLEEP, Moment.AWAKE):
        absence.happen(moment)
        absence.hush()
    assert screen.hushed
    absence.happen(Moment.UNLOCKED)
    absence.hush()
    assert not screen.hushed


def test_who_speaks_is_there_whatever_was_said_of_the_lock(absence: Absence, screen: Screen) -> None:
    absence.happen(Moment.LOCKED)
    absence.hush()
    absence.somebody_came()
    assert not screen.hushed
    assert absence.happen(Moment.UNLOCKED) is None


def test_a_machine_that_shuts_down_ends_the_program(absence: Absence) -> None:
    assert absence.happen(Moment.ENDING) == Quit()


def test_the_machine_sleeps_once_the_last_words_are_written(absence: Absence, screen: Screen) -> None:
    absence.let_sleep(Desk())
    absence.happen(Moment.ASLEEP)
    for desk in (Desk(Listening(1)), Desk(Draining(), owed=(1,)), Desk(Idle(), owed=(1,))):
        absence.let_sleep(desk)
    assert screen.asleep == 0
    absence.let_sleep(Desk(Idle()))
    absence.let_sleep(Desk(Idle()))
    assert screen.asleep == 1
