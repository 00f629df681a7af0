"""The thread that owns the state: it hears of everything, decides, and asks others to act."""

from __future__ import annotations

import math
import queue
import threading
import time
from contextlib import suppress
from dataclasses import replace

from tray.conductor.absence import Absence
from tray.conductor.hands import Hands, Household
from tray.conductor.picture import Picture
from tray.conductor.sessions import Sessions
from tray.conductor.wishes import Wishes
from tray.core import keys, state
from tray.core.errands import LookAround, RemindOfModel
from tray.core.face import View
from tray.core.failures import ScribeletError, SettingsError, kind
from tray.core.keys import Gesture, Hold, KeyEvent
from tray.core.news import (
    Asked,
    Captured,
    CaptureEnded,
    Fated,
    FellQuiet,
    Found,
    Lacking,
    Moment,
    News,
    SessionWritten,
    Struck,
    Supposed,
    TextChanged,
    Trouble,
)
from tray.core.settings import Settings
from tray.core.state import Desk, Discard, Effect, Event, Faulted

TICK = 1.0
"""Seconds between two looks at the clock and at the settings file."""
AT_REST = 3.0
"""Seconds after a session in which the next one is likely to begin."""
PATIENCE = 75.0
"""Seconds that quitting waits for text while nothing at all comes: a hung ear is replaced after 60."""
UNWRITABLE = 3.0
"""Seconds that quitting waits while the disk takes no words."""


Inbox = queue.SimpleQueue[News | Event | KeyEvent]
"""Where everybody puts what they have to tell."""


class Conductor:
    """Takes one piece of news after the other."""

    def __init__(self, inbox: Inbox, hands: Hands, household: Household, settings: Settings) -> None:
        self._news, self._hands, self._household = inbox, hands, household
        self._desk = Desk()
        self._hold = Hold()
        self._sessions = Sessions(hands, household)
        self._wishes = Wishes(hands, household, settings)
        self._absence = Absence(household)
        self._picture = Picture(household, settings, self._wishes.book)
        self._moved = self._next_look = time.monotonic()
        """When something last happened to a sound, and when to look at clock and disk."""
        self._look_around_at = math.inf
        """When to see what there is to choose from; asking for microphones keeps one from being opened meanwhile."""
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._run, name="conductor", daemon=True)

    def start(self) -> None:
        """Begin to take news."""
        self._thread.start()

    def post(self, news: News | Event | KeyEvent) -> None:
        """Tell something, from any thread; returns at once."""
        self._news.put(news)

    def view(self) -> View:
        """What there is to see now; a value, safe on any thread."""
        view = self._picture.view
        return replace(view, session_seconds=self._sessions.seconds(view.desk.recording))

    def _run(self) -> None:
        turn = self._begin
        while not self._left.is_set():
            try:
                turn()
            except ScribeletError as error:
                self._household.tell(str(error), error.remedy)
            except Exception as error:  # noqa: BLE001 the one catch-all of this thread
                wrong = ScribeletError(f"Something went wrong: {kind(error)}", "Start Scribelet again")
                self._picture.warn("conductor", wrong)
            turn = self._turn

    def _begin(self) -> None:
        self._wishes.begin()
        self._refresh()

    def _turn(self) -> None:
        """Take the next news, or look around when it is time."""
        with suppress(queue.Empty):
            news = self._news.get(timeout=max(0.0, self._next_look - time.monotonic()))
            self._take(news)
            if not isinstance(news, Captured):  # thirty a second, of which nobody sees anything
                self._refresh()
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + TICK
            self._look()
            self._refresh()

    def _take(self, news: News | Event | KeyEvent) -> None:
        match news:
            case KeyEvent():
                self._press(news)
            case Captured(session, span):
                self._moved = time.monotonic()
                self._sessions.capture(session, span)
            case CaptureEnded(session):
                if self._sessions.end_capture(session):
                    self._end(session, 0)
            case FellQuiet(session):
                self._sessions.fall_quiet(session)
            case Supposed(session, text):
                if session == self._desk.recording:
                    self._picture.suppose(text)
            case Fated(session, span, fate):
                self._moved = time.monotonic()
                self._sessions.decide(session, span, fate)
            case SessionWritten(session, words):
                self._end(session, words)
            case TextChanged(passage):
                self._moved = time.monotonic()
                self._picture.remember(passage)
            case Struck(session):
                self._hands.forget(session)
            case Trouble(part, error):
                self._picture.warn(part, error)
            case Asked(action):
                self._do(action)
            case Found():
                self._picture.find(news)
            case Lacking():
                self._picture.lack(news)
            case Moment():
                if event := self._absence.happen(news):
                    self._step(event)
                self._absence.hush()
            case _:
                self._step(news)

    def _step(self, event: Event) -> None:
        if self._too_early(event):
            self._hold = keys.forget(self._hold)
            self._household.errand(RemindOfModel())
            return
        before = self._desk
        self._desk, effects = state.step(self._desk, event)
        if self._desk.recording is None:
            self._hold = keys.forget(self._hold)
        if self._desk.quitting and not before.quitting:
            self._moved = time.monotonic()
        for effect in effects:
            self._effect(effect)
        if isinstance(self._desk.state, Faulted) and self._desk.state != before.state:
            error = self._desk.state.error
            self._household.tell(str(error), error.remedy)

    def _too_early(self, event: Event) -> bool:
        """Nothing could be recognized, so nothing is recorded."""
        begins = isinstance(event, state.Start | state.Toggle) and self._desk.recording is None
        return begins and bool(self._picture.view.lacking)

    def _effect(self, effect: Effect) -> None:
        match effect:
            case state.OpenSource(session):
                self._picture.begin()
                self._sessions.open(session)
            case state.CloseSource(session, push_to_talk):
                self._sessions.close(session, push_to_talk=push_to_talk)
            case Discard(session, fate):
                self._sessions.discard(session, fate)
            case state.Leave():
                self._left.set()
                self._household.leave()

    def _end(self, session: int, words: int) -> None:
        if self._sessions.end(session, words):
            self._step(state.TextComplete(session))
            self._look_around_at = time.monotonic() + AT_REST

    def _press(self, event: KeyEvent) -> None:
        recording = self._desk.recording is not None
        hold_ms = self._wishes.settings.hotkey.hold_ms
        self._hold, gesture = keys.press(self._hold, event, recording=recording, hold_ms=hold_ms)
        if gesture:
            self._absence.somebody_came()
            self._step(_GESTURES[gesture])

    def _do(self, action: str) -> None:
        if action in _ACTIONS:
            self._step(_ACTIONS[action])
        else:
            self._wishes.grant(action)

    def _look(self) -> None:
        """What only the clock and the disk can tell."""
        started, limit = self._hold.started, self._wishes.settings.session.hold_minutes * 60
        if started is not None and self._hold.down and time.monotonic() - started >= limit:
            self._step(state.Finish(push_to_talk=True))
        if self._sessions.silence(self._desk.recording) >= self._wishes.settings.session.silence_minutes * 60:
            self._step(state.Finish())
            self._household.tell("Dictation has ended", "Nobody has spoken for a while.")
        if self._desk.recording is None and time.monotonic() >= self._look_around_at:
            self._look_around_at = math.inf
            self._household.errand(LookAround())
        if self._desk.quitting and time.monotonic() - self._moved >= self._patience():
            self._effect(state.Leave())
        try:
            self._wishes.follow_file()
        except SettingsError as error:
            self._picture.warn("settings", error)

    def _patience(self) -> float:
        return UNWRITABLE if self._picture.warned("transcript") else PATIENCE

    def _refresh(self) -> None:
        self._absence.let_sleep(self._desk)
        self._picture.show(
            replace(
                self._picture.view,
                desk=self._desk,
                settings=self._wishes.settings,
                hotkey_paused=self._wishes.hotkey_paused,
                hotkey_held=self._wishes.hotkey_held,
                session_seconds=self._sessions.seconds(self._desk.recording),
            )
        )


_ACTIONS: dict[str, Event] = {
    "toggle": state.Toggle(),
    "start": state.Start(),
    "stop": state.Finish(),
    "cancel": state.Cancel(),
    "quit": state.Quit(),
}
_GESTURES: dict[Gesture, Event] = {
    Gesture.START: state.Start(),
    Gesture.FINISH: state.Finish(),
    Gesture.FINISH_TAKE: state.Finish(push_to_talk=True),
    Gesture.CANCEL: state.Cancel(),
}
