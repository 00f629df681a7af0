"""What somebody meets who has just installed Scribelet: a welcome, and the speech model on its way."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tray.belongings import shelf
from tray.control.first_run import (
    ModelErrand,
    Ready,
    State,
    first_time,
    greeting,
    lines,
    missing,
    note,
    refusal,
    reminder,
)
from tray.core.failures import ScribeletError
from tray.core.news import Lacking, Trouble
from tray.desktop.autostart import renew_autostart
from tray.store.catalogue import read_catalogue
from tray.system.assets import asset_folder
from tray.system.folders import state_folder, transcript_folder

if TYPE_CHECKING:
    from tray.core.settings import Settings
    from tray.equipment import Equipment
    from tray.store.catalogue import Model
    from tray.system.notifications import Note

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Room:
    """Where it happens."""

    equipment: Equipment
    post: Callable[[Lacking | Trouble], None]
    settings: Callable[[], Settings]
    """Those in force."""
    hushed: Callable[[], bool]
    """Nobody is in front of the screen."""


class Beginning:
    """Greets once, and fetches the model that is set when somebody asks for it."""

    def __init__(self, room: Room) -> None:
        self._room, self._shelf = room, shelf()
        self._catalogue = read_catalogue(asset_folder("models"))
        self._model: Model | None = None
        self._errand = ModelErrand(self._install, self._present, self._changed)

    def start(self, *, fresh: bool) -> None:
        """Say what is to be done first, if anything; `fresh` where the settings file has just been made."""
        self._renew_autostart()
        try:
            self._model = missing(self._shelf, self._catalogue, self._room.settings().engine.name)
        except ScribeletError as error:  # nobody can tell which models there are; the first session says more
            self._room.post(Trouble("models", error))
            return
        if self._model:
            self._errand.start()
        elif fresh and first_time(state_folder()):
            self._say(self._greeting("Welcome to Scribelet"))

    @property
    def complete(self) -> bool:
        """Whether there is a model, so that speech can be recognized."""
        return self._model is None

    def _renew_autostart(self) -> None:
        """After an upgrade, or a move to another folder, the next login starts this program."""
        try:
            renew_autostart()
        except ScribeletError as error:
            self._room.post(Trouble("autostart", error))

    def get(self) -> None:
        """Fetch the model. Returns at once."""
        self._errand.want()

    def remind(self) -> None:
        """Say why dictation cannot start, and look whether that is still so."""
        self._errand.look()
        if self._model and (told := reminder(self._errand.state, self._model)):
            self._say(told)

    def refuse_early(self) -> None:
        """Raises ModelError while nothing could be recognized."""
        if self._model and not self._present() and (error := refusal(self._errand.state, self._model)):
            self.remind()
            raise error

    def close(self) -> None:
        """Give up what is on its way. Idempotent."""
        self._errand.close()

    def _install(self, report: Callable[..., None]) -> None:
        if self._model:
            self._shelf.install(self._model.name, report)

    def _present(self) -> bool:
        return missing(self._shelf, self._catalogue, self._room.settings().engine.name) != self._model

    def _changed(self, state: State) -> None:
        """On the errand's thread."""
        if self._model is None:
            return
        self._room.post(Lacking(lines(state, self._model)))
        if told := note(state, self._model, self._greeting("Ready")):
            self._say(told)
        if isinstance(state, Ready):
            first_time(state_folder())  # it was said just now

    def _greeting(self, summary: str) -> Note:
        settings = self._room.settings()
        keys = settings.hotkey.toggle if self._room.equipment.hotkeys else ""
        return greeting(summary, keys, transcript_folder(settings.transcript.folder))

    def _say(self, told: Note) -> None:
        toasts = self._room.equipment.toasts
        if toasts is None or self._room.hushed() or self._room.settings().toast.show == "off":
            return
        try:
            toasts.show("first steps", told)
        except ScribeletError as error:
            LOG.warning("no toast: %s", error)
