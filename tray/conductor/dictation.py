"""What is being said, and what is still owed for it: keys become events, events move the state, the state acts."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from tray.conductor.hands import Hands, Household
from tray.conductor.lateness import Lateness
from tray.conductor.sessions import Sessions
from tray.core import keys, state
from tray.core.errands import RemindOfModel
from tray.core.keys import Gesture, Hold, KeyEvent
from tray.core.news import Captured, CaptureEnded, Fated, FellQuiet, Outcome, SessionWritten, Waiting
from tray.core.settings import Settings
from tray.core.state import Desk, Effect, Event, Faulted

PATIENCE = 2.0
"""Seconds that quitting waits for the text of what was said; the rest stays in the spool for the next start."""

Sound = Captured | CaptureEnded | FellQuiet | Fated | SessionWritten


class Dictation:
    """Owns the state, the keys that are down, and every session; lives on the conductor's thread."""

    def __init__(self, hands: Hands, household: Household, settings: Callable[[], Settings]) -> None:
        """`settings` gives those in force."""
        self._household, self._settings = household, settings
        self._sessions = Sessions(hands, household)
        self._hold = Hold()
        self.desk = Desk()
        """The state, and what stands beside it."""
        self.possible = True
        """What is said could be recognized; nothing is recorded while it could not."""
        self.over = False
        """The program ends."""
        self.kept_s = 0.0
        """Sound that is left to the next start, once the program ends."""
        self.leave_at = math.inf
        """When it ends at the latest, on the monotonic clock."""
        self.lateness = Lateness(hands)

    def press(self, event: KeyEvent) -> Event | None:
        """What somebody means who pressed or released a key."""
        recording = self.desk.recording is not None
        hold_ms = self._settings().hotkey.hold_ms
        self._hold, gesture = keys.press(self._hold, event, recording=recording, hold_ms=hold_ms)
        return _GESTURES[gesture] if gesture else None

    def step(self, event: Event) -> None:
        """Move on, and have done what follows."""
        before = self.desk
        if self._too_early(event):
            self._household.errand(RemindOfModel())
        else:
            self.desk, effects = state.step(before, event)
            for effect in effects:
                self._effect(effect)
        if self.desk.recording is None:
            self._hold = keys.forget(self._hold)
        if self.desk.quitting and not before.quitting:
            self.leave_at = time.monotonic() + PATIENCE
        if isinstance(event, state.EarLost):
            self._sessions.interrupt()
        if isinstance(self.desk.state, Faulted) and self.desk.state != before.state:
            self._household.tell(str(self.desk.state.error), self.desk.state.error.remedy)

    def hear(self, news: Sound) -> SessionWritten | None:
        """Keep account of sound; the session that is over with it, if one is. Raises LedgerError."""
        match news:
            case Captured(session, span):
                self._sessions.capture(session, span)
            case CaptureEnded(session):
                return self._end(SessionWritten(session, 0)) if self._sessions.end_capture(session) else None
            case FellQuiet(session):
                self._sessions.fall_quiet(session)
            case Fated(session, span, fate):
                self.lateness.decide(span)
                self._sessions.decide(session, span, fate)
            case SessionWritten():
                return self._end(news)
        return None

    def recall(self, waiting: Waiting) -> None:
        """Have recognized what an earlier program has left, unless somebody speaks or waits for text."""
        if self.possible and self.desk.recording is None and not self.desk.owed and not self.desk.quitting:
            self._sessions.recall(waiting)

    def look(self) -> None:
        """See how late the text is, and end what only the clock can end: a stuck key, a forgotten session."""
        self.lateness.look(self._sessions.owed_s() if self.desk.recording is None else None)
        limits, started = self._settings().session, self._hold.started
        if started is not None and self._hold.down and time.monotonic() - started >= limits.hold_minutes * 60:
            self.step(state.Finish(push_to_talk=True))
        if self._sessions.silence(self.desk.recording) >= limits.silence_minutes * 60:
            self.step(state.Finish())
            self._household.tell("Dictation has ended", "Nobody has spoken for a while.")

    def lose_patience(self) -> None:
        """Leave without the rest, if that was asked for long ago."""
        if not self.over and time.monotonic() >= self.leave_at:
            self._effect(state.Leave())

    def seconds(self) -> float | None:
        """Sound captured in the open session so far; None where none is open. From any thread."""
        return self._sessions.seconds(self.desk.recording)

    def _too_early(self, event: Event) -> bool:
        begins = isinstance(event, state.Start | state.Toggle) and self.desk.recording is None
        return begins and not self.possible

    def _effect(self, effect: Effect) -> None:
        match effect:
            case state.OpenSource(session):
                self._sessions.interrupt()
                self._sessions.open(session)
            case state.CloseSource(session, push_to_talk):
                self._sessions.close(session, push_to_talk=push_to_talk)
            case state.Discard(session):
                self._sessions.discard(session, Outcome.CANCELLED)
            case state.Postpone(session):
                self._sessions.discard(session, Outcome.WAITING)
            case state.Leave():
                self.over, self.kept_s = True, self._sessions.kept_s()
                self._household.leave()

    def _end(self, written: SessionWritten) -> SessionWritten | None:
        if not self._sessions.end(written.session, written.words):
            return None
        self.step(state.TextComplete(written.session))
        return written


_GESTURES: dict[Gesture, Event] = {
    Gesture.START: state.Start(),
    Gesture.FINISH: state.Finish(),
    Gesture.FINISH_TAKE: state.Finish(push_to_talk=True),
    Gesture.CANCEL: state.Cancel(),
}
