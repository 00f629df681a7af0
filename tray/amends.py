"""The commands that bring back what was left behind, or taken away: beside the running program, or without it."""

from __future__ import annotations

import time
from collections.abc import Callable

from tray.belongings import books, settings, shelf
from tray.catching_up import CatchingUp
from tray.control.client import Request, ask
from tray.control.instance import AlreadyRunningError, Instance
from tray.control.recover import Deed, list_waiting, tell, tell_discarded
from tray.control.restore import Wish, list_undone, tell_nothing, tell_restored
from tray.core.failures import ModelError, ScribeletError, UsageError
from tray.core.news import Undone
from tray.core.settings import Settings
from tray.live import ear_command
from tray.recovery import discard, left_behind, take_back
from tray.system.folders import running_socket, state_folder
from tray.undoing import all_undone, described, newest_undone, restore_alone

PATIENCE = 5.0
"""Seconds that a running program has to bring words back."""


def recover(deed: Deed) -> int:
    """The command `recover`; its exit code."""
    return _do(lambda: _recover_beside(deed), lambda: _recover_alone(deed))


def restore(wish: Wish) -> int:
    """The command `restore`; its exit code."""
    if wish == "list":
        return list_undone(list(map(described, all_undone(books(settings())))))
    return _do(_restore_beside, _restore_alone)


def _do(beside: Callable[[], int], alone: Callable[[], int]) -> int:
    """While the program runs, sound and words are its own."""
    try:
        instance = Instance.claim(state_folder())
    except AlreadyRunningError:
        return beside()
    try:
        return alone()
    finally:
        instance.release()


def _recover_beside(deed: Deed) -> int:
    if deed == "discard":
        raise UsageError("Scribelet is running", "End it first: scribelet quit")
    if deed == "run":
        ask(running_socket(), Request("act", "recover all"))
    return list_waiting(left_behind(books(settings())), running=True)


def _recover_alone(deed: Deed) -> int:
    chosen = settings()
    if deed == "discard":
        return tell_discarded(discard(books(chosen)))
    if deed == "run" and left_behind(books(chosen)):
        shelf().find(chosen.engine.name)  # a missing model is better said before than after
        take_back(books(chosen))
        CatchingUp(books, ear_command, tell).run(chosen)
    return list_waiting(left_behind(books(chosen)), running=False)


def _restore_beside() -> int:
    where = books(settings())
    undone = newest_undone(where)
    if undone is None:
        return tell_nothing()
    ask(running_socket(), Request("act", "restore"))
    deadline = time.monotonic() + PATIENCE
    while _key(undone) in map(_key, all_undone(where)):
        if time.monotonic() > deadline:
            raise ScribeletError("It is not back yet", "See in a moment: scribelet restore --list")
        time.sleep(0.05)  # the books are the only ones to tell, and nobody notices so little
    return tell_restored(undone.text, undone.seconds)


def _restore_alone() -> int:
    chosen = settings()
    undone = newest_undone(books(chosen))
    if undone is None:
        return tell_nothing()
    restore_alone(undone, books(chosen))
    tell_restored(undone.text, undone.seconds)
    return _hear_now(chosen) if undone.sound else 0


def _hear_now(chosen: Settings) -> int:
    """Sound that is back is text as soon as somebody can hear it."""
    try:
        shelf().find(chosen.engine.name)
    except ModelError as error:
        tell(f"It waits until it can be recognized: {error}", error.remedy)
        return 0
    CatchingUp(books, ear_command, tell).run(chosen)
    return 0


def _key(undone: Undone) -> tuple[object, ...]:
    return undone.passage.session, undone.numbers, undone.sound
