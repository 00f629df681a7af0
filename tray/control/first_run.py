"""From the first start to the first dictation: what is missing is offered, fetched when asked for, and then ready."""

from __future__ import annotations

import logging
import queue
import textwrap
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import assert_never

from tray.core.face import written
from tray.core.failures import ModelError, ScribeletError, kind
from tray.core.menu import Item
from tray.store.catalogue import Model
from tray.store.progress import Progress, Report
from tray.store.shelf import Shelf
from tray.system.notifications import Note

GET = "get model"
"""The action of the menu's line and of the toast's button."""
STEP = 5
"""Per cent between two changes of what is shown: a menu that is redrawn all the time cannot be used."""
WIDTH = 96
"""Most characters of a line of the menu."""
FAREWELL = 3.0
"""Seconds that closing waits for a download to be cleared away; what is left then, the next one clears."""
LOG = logging.getLogger(__name__)
_MARK = "welcomed"
_QUIET = "Nothing that you say leaves this machine."


@dataclass(frozen=True, slots=True)
class NoModel:
    """Nothing can be recognized, and nobody has asked for a model yet."""


@dataclass(frozen=True, slots=True)
class Getting:
    """It is on its way."""

    stage: str = "downloading"
    percent: int | None = 0
    """Of this stage, a multiple of `STEP`; None where nobody can tell."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It could not be had."""

    error: ScribeletError


@dataclass(frozen=True, slots=True)
class Ready:
    """It is there."""


State = NoModel | Getting | Failed | Ready


class Event(Enum):
    """What happens besides progress and failures."""

    WANTED = "wanted"
    PRESENT = "present"
    ABSENT = "absent"
    GIVEN_UP = "given up"


def step(state: State, event: Event | Progress | ScribeletError) -> State:
    """What follows; what means nothing in a state leaves it as it is."""
    match state, event:
        case NoModel() | Failed(), Event.WANTED:
            return Getting()
        case Getting(), Progress(stage, done):
            return Getting(stage, None if done is None else int(100 * done) // STEP * STEP)
        case Getting(), ScribeletError():
            return Failed(event)
        case Getting(), Event.GIVEN_UP:
            return NoModel()
        case _, Event.PRESENT:
            return Ready()
        case Ready(), Event.ABSENT:
            return NoModel()
        case _:
            return state


def lines(state: State, model: Model) -> tuple[Item, ...]:
    """What stands at the top of the menu."""
    match state:
        case NoModel():
            return (Item(_offer(model), GET),)
        case Getting():
            return (Item(_under_way(state), enabled=False),)
        case Failed(error):
            return (
                Item(textwrap.shorten(f"⚠ {error}", WIDTH, placeholder="…"), enabled=False),
                Item(f"Try again: {_offer(model)}", GET),
            )
        case Ready():
            return ()
        case _:
            assert_never(state)


def refusal(state: State, model: Model) -> ModelError | None:
    """Why dictation cannot start; None if it can."""
    match state:
        case NoModel():
            return ModelError("The speech model is not installed", f"Run: scribelet models install {model.name}")
        case Getting():
            return ModelError(_under_way(state), "Start again when it is there")
        case Failed(error):
            return ModelError(f"The speech model is not installed. {error}", error.remedy)
        case Ready():
            return None
        case _:
            assert_never(state)


def note(state: State, model: Model, ready: Note) -> Note | None:
    """The toast for a state just reached; None where the menu says enough. `ready` is the one for the end."""
    match state:
        case NoModel():
            told = "One thing is missing: the speech model. It is fetched once; you find this in the icon's menu, too."
            return Note("Welcome to Scribelet", told, ((GET, _offer(model)),), lasting=True)
        case Failed(error):
            # the store speaks to people at a terminal
            remedy = error.remedy.replace("run the same command again", "try again")
            told = f"{error} {remedy}".rstrip()
            return Note("The speech model could not be fetched", told, ((GET, "Try again"),), lasting=True)
        case Getting():
            return None
        case Ready():
            return ready
        case _:
            assert_never(state)


def reminder(state: State, model: Model) -> Note | None:
    """The toast for somebody who wants to dictate too early; None if it is not."""
    error = refusal(state, model)
    if error is None:
        return None
    if isinstance(state, Getting):
        return Note(str(error), "You can speak as soon as it is there.")
    again = "Try again" if isinstance(state, Failed) else _offer(model)
    return Note("The speech model is missing", "Nothing can be recognized without it.", ((GET, again),), lasting=True)


def greeting(summary: str, keys: str, folder: Path) -> Note:
    """What to do first; `keys` is a combination as in the settings, "" where none reaches us."""
    act = f"Press {written(keys)} and speak." if keys else "Click the icon and speak."
    return Note(summary, f"{act} Everything is written to {_homely(folder)}. {_QUIET}", lasting=True)


def first_time(folder: Path) -> bool:
    """Whether nobody was welcomed yet, kept in the state folder; whoever asks again is told no."""
    try:
        (folder / _MARK).touch(mode=0o600, exist_ok=False)
    except OSError:  # it is there, or cannot be kept: better no welcome than one at every start
        return False
    return True


def missing(shelf: Shelf, catalogue: Mapping[str, Model], name: str) -> Model | None:
    """The model of this name if it has to be fetched first; None if it is there, or is none of the catalogue's."""
    try:
        shelf.find(name)
    except ModelError:
        return catalogue.get(name)
    return None


class ModelErrand:
    """Fetches a model once somebody wants it; before that it touches no network. A thread of its own has the state."""

    def __init__(
        self, install: Callable[[Report], object], present: Callable[[], bool], changed: Callable[[State], None]
    ) -> None:
        """`install` raises ModelError, and whatever its report raises; `changed` is called on the errand's thread."""
        self._install, self._present, self._changed = install, present, changed
        self._orders: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._state: State = Ready()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)

    @property
    def state(self) -> State:
        """How far it is; a value, safe on any thread."""
        return self._state

    def start(self) -> None:
        """Begin with a look at whether the model is there."""
        self.look()
        self._thread.start()

    def look(self) -> None:
        """See whether the model has come, or gone, by other hands. Returns at once."""
        self._orders.put(Event.PRESENT)

    def want(self) -> None:
        """Fetch the model, unless it is there or on its way. Returns at once."""
        self._orders.put(Event.WANTED)

    def close(self) -> None:
        """Give up what is on its way, within `FAREWELL` seconds; nothing of it counts as installed. Idempotent."""
        self._ending.set()
        self._orders.put(Event.GIVEN_UP)
        if self._thread.ident:
            self._thread.join(FAREWELL)

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self._obey(self._orders.get())
            except _GivenUpError:
                self._move(Event.GIVEN_UP)
            except ScribeletError as error:
                self._fail(error)
            except Exception as error:  # the one catch-all of this thread
                LOG.exception("the model's errand failed")
                self._fail(ModelError(f"Something went wrong: {kind(error)}.", "Try again."))

    def _obey(self, order: Event) -> None:
        match order:
            case Event.WANTED if not isinstance(self._state, Ready):
                self._move(Event.WANTED)
                self._install(self._report)
                self._move(Event.PRESENT)
            case Event.PRESENT:
                self._move(Event.PRESENT if self._present() else Event.ABSENT)
            case _:
                pass  # it is there already, or the program ends

    def _fail(self, error: ScribeletError) -> None:
        # whoever clicked twice wanted one download
        while not self._orders.empty():
            self._orders.get()
        self._move(error)

    def _report(self, progress: Progress) -> None:
        if self._ending.is_set():
            raise _GivenUpError
        self._move(progress)

    def _move(self, event: Event | Progress | ScribeletError) -> None:
        before, self._state = self._state, step(self._state, event)
        # who quits wants no more toasts
        if self._state != before and not self._ending.is_set():
            self._changed(self._state)


class _GivenUpError(Exception):
    """The program ends in the middle of a download."""


def _offer(model: Model) -> str:
    return f"Get the speech model ({model.megabytes:.0f} MB)"


def _under_way(state: Getting) -> str:
    return f"Getting the speech model: {state.stage if state.percent is None else f'{state.percent} %'}"


def _homely(folder: Path) -> str:
    home = Path.home()
    return f"~/{folder.relative_to(home).as_posix()}" if folder.is_relative_to(home) else str(folder)
