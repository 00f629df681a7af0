"""The thread that owns the state: it hears of everything, decides, and asks others to act."""

from __future__ import annotations

import math
import queue
import threading
import time
from contextlib import suppress
from dataclasses import replace

from tray.conductor.absence import Absence
from tray.conductor.dictation import Dictation
from tray.conductor.hands import Hands, Household
from tray.conductor.inbox import Inbox, Letter
from tray.conductor.picture import Picture
from tray.conductor.wishes import Wishes
from tray.core import state
from tray.core.errands import AddUp, LookAround, Recover
from tray.core.face import View
from tray.core.failures import ScribeletError, SettingsError, kind
from tray.core.keys import KeyEvent
from tray.core.lateness import farewell
from tray.core.news import (
    AddedUp,
    Asked,
    Back,
    Captured,
    CaptureEnded,
    Fated,
    FellQuiet,
    Found,
    Lacking,
    Moment,
    PutAway,
    Revised,
    SessionWritten,
    Struck,
    Supposed,
    TextChanged,
    Trouble,
    Undone,
    Waiting,
)
from tray.core.settings import Settings
from tray.core.state import Event

TICK = 1.0
"""Seconds between two looks at the clock and at the settings file."""
AT_REST = 3.0
"""Seconds after a session in which the next one is likely to begin."""
MISHAP = "conductor"
"""The part of the picture that says that something went wrong here."""


class Conductor:
    """Takes one piece of news after the other."""

    def __init__(self, inbox: Inbox, hands: Hands, household: Household, settings: Settings) -> None:
        self._news, self._hands, self._household = inbox, hands, household
        self._wishes = Wishes(hands, household, settings)
        self._dictation = Dictation(hands, household, lambda: self._wishes.settings)
        self._absence = Absence(household)
        self._picture = Picture(household, settings, self._wishes.book)
        self._next_look = time.monotonic()
        """When to look at clock and disk."""
        self._look_around_at = math.inf
        """When to see what there is to choose from; asking for microphones keeps one from being opened meanwhile."""
        self._proof = 1
        """Number of the first session whose words show that the last mishap has done no lasting harm."""
        self._thread = threading.Thread(target=self._run, name="conductor", daemon=True)

    def start(self) -> None:
        """Begin to take news."""
        self._thread.start()

    def post(self, news: Letter) -> None:
        """Tell something, from any thread; returns at once."""
        self._news.put(news)

    def view(self) -> View:
        """What there is to see now; a value, safe on any thread."""
        return replace(self._picture.view, session_seconds=self._dictation.seconds(), farewell=self._farewell())

    def _run(self) -> None:
        turn = self._begin
        while not self._dictation.over:
            try:
                turn()
            except ScribeletError as error:
                self._household.tell(str(error), error.remedy)
            except Exception as error:  # noqa: BLE001 the one catch-all of this thread
                wrong = ScribeletError(
                    f"Something went wrong: {kind(error)}",
                    "If the next dictation does not work, start Scribelet again",
                )
                self._proof = self._dictation.desk.next_session
                self._picture.warn(MISHAP, wrong)
            turn = self._turn

    def _begin(self) -> None:
        self._wishes.begin()
        self._household.errand(AddUp())
        self._refresh()

    def _turn(self) -> None:
        """Take the next news, or look around when it is time."""
        with suppress(queue.Empty):
            until = min(self._next_look, self._dictation.leave_at)
            news = self._news.get(timeout=max(0.0, until - time.monotonic()))
            self._take(news)
            if not isinstance(news, Captured):  # thirty a second, of which nobody sees anything
                self._refresh()
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + TICK
            self._look()
            self._refresh()
        self._dictation.lose_patience()

    def _take(self, news: Letter) -> None:
        match news:
            case KeyEvent():
                if event := self._dictation.press(news):
                    self._absence.somebody_came()
                    self._step(event)
            case Captured() | CaptureEnded() | FellQuiet() | Fated() | SessionWritten():
                if ended := self._dictation.hear(news):
                    self._rest(ended)
            case Waiting():
                self._dictation.recall(news)
            case PutAway(session):
                self._household.errand(AddUp())
                if session < 0:  # there may be more
                    self._household.errand(Recover(anew=False))
            case Undone():
                self._hands.restore(news)
            case Back(undone):
                self._hands.restore_sound(undone)
            case Revised(sound):
                self._household.errand(AddUp())
                if sound:
                    self._household.errand(Recover(anew=False))
            case AddedUp():
                self._picture.add_up(news)
            case Supposed(session, text):
                if session == self._dictation.desk.recording:
                    self._picture.suppose(text)
            case TextChanged(passage):
                self._picture.remember(passage)
            case Struck(session):
                self._hands.forget(session)
            case Trouble(part, error):
                self._picture.warn(part, error)
            case Asked(action):
                self._do(action)
            case Found():
                self._picture.find(news)
            case Lacking(lines):
                self._dictation.possible = not lines
                self._picture.lack(news)
                if not lines:
                    self._household.errand(Recover(anew=True))
            case Moment():
                if event := self._absence.happen(news):
                    self._step(event)
                self._absence.hush()
            case _:
                self._step(news)

    def _step(self, event: Event) -> None:
        before = self._dictation.desk.recording
        self._dictation.step(event)
        if self._dictation.desk.recording not in (None, before):
            self._picture.begin()

    def _rest(self, ended: SessionWritten) -> None:
        """A session is over."""
        if ended.session < 0:
            return
        self._look_around_at = time.monotonic() + AT_REST
        if ended.words and ended.session >= self._proof:
            self._picture.warn(MISHAP, None)

    def _do(self, action: str) -> None:
        if action in _ACTIONS:
            self._step(_ACTIONS[action])
        else:
            self._wishes.grant(action)

    def _look(self) -> None:
        """What only the clock and the disk can tell."""
        self._dictation.look()
        if self._dictation.desk.recording is None and time.monotonic() >= self._look_around_at:
            self._look_around_at = math.inf
            self._household.errand(LookAround())
            self._household.errand(Recover(anew=True))
        try:
            self._wishes.follow_file()
        except SettingsError as error:
            self._picture.warn("settings", error)

    def _refresh(self) -> None:
        self._absence.let_sleep(self._dictation.desk)
        self._picture.show(
            replace(
                self._picture.view,
                desk=self._dictation.desk,
                settings=self._wishes.settings,
                hotkey_paused=self._wishes.hotkey_paused,
                hotkey_held=self._household.holds_key(),
                session_seconds=self._dictation.seconds(),
                late=self._dictation.lateness.late,
                farewell=self._farewell(),
            )
        )

    def _farewell(self) -> str:
        return farewell(self._dictation.kept_s, safe=not self._picture.warned("sound"))


_ACTIONS: dict[str, Event] = {
    "toggle": state.Toggle(),
    "start": state.Start(),
    "stop": state.Finish(),
    "cancel": state.Cancel(),
    "quit": state.Quit(),
}
