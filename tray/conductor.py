"""The thread that owns the state: it hears of everything, decides, and asks others to act."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import dataclass, replace
from typing import Protocol

from tray.core import keys, state
from tray.core.book import Book
from tray.core.face import View
from tray.core.failures import ScribeletError, SettingsError, UsageError
from tray.core.keys import Gesture, Hold, KeyEvent
from tray.core.ledger import Fate, Ledger
from tray.core.news import (
    Asked,
    Captured,
    CaptureEnded,
    Fated,
    Found,
    News,
    SessionWritten,
    Struck,
    TextChanged,
    Trouble,
)
from tray.core.prose import Passage
from tray.core.settings import Settings
from tray.core.speech import Span
from tray.core.state import Desk, Discard, Effect, Event, Faulted

TICK = 1.0
"""Seconds between two looks at the clock and at the settings file."""
LONG_ENOUGH = 0.3
"""Seconds of sound after which it is worth saying that nothing was heard."""


class Hands(Protocol):
    """What the conductor can have done; every call returns at once."""

    def open_source(self, session: int) -> None:
        """Begin to capture."""
        ...

    def close_source(self, session: int) -> None:
        """Stop capturing; CaptureEnded comes back."""
        ...

    def flush(self, session: int, *, push_to_talk: bool) -> None:
        """The session has no more sound."""
        ...

    def release(self, session: int, span: Span) -> None:
        """This sound has its fate and need not be kept."""
        ...

    def discard(self, session: int, *, struck: bool) -> None:
        """Recognize nothing more of a session; SessionWritten comes back."""
        ...

    def strike(self, name: str) -> None:
        """Strike the last segment of the session with this name; Struck comes back."""
        ...

    def forget(self, session: int) -> None:
        """Build nothing on the words of this session."""
        ...

    def show(self, view: View) -> None:
        """Let everybody see what there is."""
        ...

    def tell(self, summary: str, body: str) -> None:
        """Show a note."""
        ...

    def errand(self, action: str, text: str) -> None:
        """Copy a text, or open a file; look around for microphones and models."""
        ...

    def reread(self) -> Settings | None:
        """The settings, if they were saved since the last look. Raises SettingsError."""
        ...

    def change(self, key: str, value: str) -> None:
        """Keep a choice in the settings file. Raises SettingsError."""
        ...

    def apply(self, settings: Settings, *, hotkey_paused: bool) -> None:
        """Work with these settings from now on; what cannot be had comes back as Trouble."""
        ...

    def leave(self) -> None:
        """The program ends."""
        ...


@dataclass(slots=True)
class _Session:
    ledger: Ledger
    push_to_talk: bool = False
    captured_all: bool = False
    seconds: float = 0.0
    """Of sound captured so far."""
    unwanted: Fate | None = None
    """What becomes of the sound that is not written yet; None while text is still wanted."""


class Conductor:
    """Takes one piece of news after the other."""

    def __init__(self, hands: Hands, settings: Settings) -> None:
        self._hands = hands
        self._news: queue.SimpleQueue[News | Event | KeyEvent] = queue.SimpleQueue()
        self._desk = Desk()
        self._view = View(settings=settings)
        self._hold = Hold()
        self._sessions: dict[int, _Session] = {}
        self._book = Book()
        self._warnings: dict[str, str] = {}
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
        return self._view

    def _run(self) -> None:
        self._hands.apply(self._view.settings, hotkey_paused=False)
        self._hands.errand("look around", "")
        self._hands.show(self._view)
        next_look = time.monotonic() + TICK
        while not self._left.is_set():
            try:
                self._take_next(next_look - time.monotonic())
                if time.monotonic() >= next_look:
                    next_look = time.monotonic() + TICK
                    self._look()
            except ScribeletError as error:
                self._hands.tell(str(error), error.remedy)
            except Exception as error:  # noqa: BLE001 the one catch-all of this thread
                self._warn("conductor", ScribeletError(f"Something went wrong: {error!r}", "Start Scribelet again"))
            self._refresh()

    def _take_next(self, seconds: float) -> None:
        try:
            news = self._news.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return
        self._take(news)

    def _take(self, news: News | Event | KeyEvent) -> None:
        match news:
            case KeyEvent():
                self._press(news)
            case Captured(session, span):
                self._sessions[session].ledger.capture(span)
                self._sessions[session].seconds += span.seconds
            case CaptureEnded(session):
                self._end_capture(session)
            case Fated(session, span, fate):
                self._decide(session, span, fate)
            case SessionWritten(session, words):
                self._close(session, words)
            case TextChanged(passage):
                self._remember(passage)
            case Struck(session):
                self._hands.forget(session)
            case Trouble(part, error):
                self._warn(part, error)
            case Asked(action):
                self._do(action)
            case Found(microphones, engines):
                self._view = replace(self._view, microphones=microphones, engines=engines)
            case _:
                self._step(news)

    def _step(self, event: Event) -> None:
        before = self._desk
        self._desk, effects = state.step(self._desk, event)
        if self._desk.recording is None:
            self._hold = keys.forget(self._hold)
        for effect in effects:
            self._effect(effect)
        if isinstance(self._desk.state, Faulted) and self._desk.state != before.state:
            error = self._desk.state.error
            self._hands.tell(str(error), error.remedy)

    def _effect(self, effect: Effect) -> None:
        match effect:
            case state.OpenSource(session):
                self._sessions[session] = _Session(Ledger())
                self._hands.open_source(session)
            case state.CloseSource(session, push_to_talk):
                self._sessions[session].push_to_talk = push_to_talk
                self._hands.close_source(session)
            case Discard(session, fate):
                self._discard(self._sessions[session], session, fate)
            case state.Leave():
                self._left.set()
                self._hands.leave()

    def _discard(self, session: _Session, number: int, fate: Fate) -> None:
        session.unwanted = fate
        if session.captured_all:
            self._hands.discard(number, struck=fate is Fate.CANCELLED)
        else:
            self._hands.close_source(number)

    def _end_capture(self, number: int) -> None:
        session = self._sessions.get(number)
        if session is None or session.captured_all:
            return  # closed twice, the second time by a cancel
        session.captured_all = True
        if session.unwanted:
            self._hands.discard(number, struck=session.unwanted is Fate.CANCELLED)
        elif session.ledger.captured:
            self._hands.flush(number, push_to_talk=session.push_to_talk)
        else:
            self._close(number, 0)

    def _decide(self, number: int, span: Span, fate: Fate) -> None:
        session = self._sessions.get(number)
        if session:
            session.ledger.decide(span, fate)
            self._hands.release(number, span)

    def _close(self, number: int, words: int) -> None:
        session = self._sessions.pop(number, None)
        if session is None:
            return
        if not words and session.unwanted is None and session.seconds >= LONG_ENOUGH:
            self._hands.tell("Nothing heard", "The microphone works, but no speech was recognized.")
        self._step(state.TextComplete(number))
        self._hands.errand("look around", "")

    def _remember(self, passage: Passage) -> None:
        self._book.keep(passage)
        standing = sum(not entry.struck for entry in passage.entries)
        self._view = replace(self._view, recent=self._book.recent(), segments=standing)

    def _warn(self, part: str, error: ScribeletError | None) -> None:
        if error is None:
            self._warnings.pop(part, None)
            return
        if part not in self._warnings:
            self._hands.tell(str(error), error.remedy)
        self._warnings[part] = str(error)

    def _press(self, event: KeyEvent) -> None:
        recording = self._desk.recording is not None
        hold_ms = self._view.settings.hotkey.hold_ms
        self._hold, gesture = keys.press(self._hold, event, recording=recording, hold_ms=hold_ms)
        if gesture:
            hold = self._hold
            self._step(_GESTURES[gesture])
            self._hold = hold if self._desk.recording is not None else keys.forget(hold)

    def _do(self, action: str) -> None:
        verb, _, rest = action.partition(" ")
        if action in _ACTIONS:
            self._step(_ACTIONS[action])
            return
        match verb:
            case "undo":
                self._hands.strike(rest)
            case "copy":
                self._copy(rest)
            case "set":
                self._choose(*rest.partition(" ")[::2])
            case "open":
                self._hands.errand("open", rest)
            case "pause":
                self._pause()
            case "greet":
                self._hands.tell("Scribelet is running already", "Its icon is in the tray.")
            case _:
                raise UsageError(f"Nobody knows the action “{action}”", "Choose one in the menu")

    def _copy(self, what: str) -> None:
        """One of the recent segments, or the text of a whole session."""
        kind, _, number = what.partition(" ")
        text = self._book.recent()[int(number)] if kind == "recent" else self._book.text(what)
        self._hands.errand("copy", text)

    def _choose(self, key: str, value: str) -> None:
        try:
            self._hands.change(key, value)
        except SettingsError as error:
            self._warn("settings", error)
        self._look()

    def _pause(self) -> None:
        self._view = replace(self._view, hotkey_paused=not self._view.hotkey_paused)
        self._hands.apply(self._view.settings, hotkey_paused=self._view.hotkey_paused)

    def _look(self) -> None:
        """What only the clock and the disk can tell."""
        started, limit = self._hold.started, self._view.settings.session.hold_minutes * 60
        if started is not None and self._hold.down and time.monotonic() - started >= limit:
            self._step(state.Finish(push_to_talk=True))
        try:
            settings = self._hands.reread()
        except SettingsError as error:
            self._warn("settings", error)
            return
        if settings is not None:
            self._warn("settings", None)
            self._view = replace(self._view, settings=settings)
            self._hands.apply(settings, hotkey_paused=self._view.hotkey_paused)

    def _refresh(self) -> None:
        warnings = tuple(self._warnings.values())
        view = replace(self._view, desk=self._desk, warnings=warnings, session_seconds=self._seconds())
        # the clock alone is no reason to draw anything anew
        changed = replace(view, session_seconds=None) != replace(self._view, session_seconds=None)
        self._view = view
        if changed:
            self._hands.show(view)

    def _seconds(self) -> float | None:
        session = self._sessions.get(self._desk.recording or 0)
        return round(session.seconds, 1) if session else None


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
