"""The live pipeline put together: source → capture → spool → ear → writer, with the conductor over all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import assert_never

from tray.audio.spool import Spool
from tray.capture import Capture
from tray.conductor.conductor import Conductor
from tray.core.face import View
from tray.core.failures import ScribeletError
from tray.core.ledger import Fate
from tray.core.news import FellQuiet, Found, Supposed, Trouble
from tray.core.settings import Settings
from tray.core.speech import Ending, Span
from tray.core.state import EarLost
from tray.hearing.messages import Done, Failed, Guessed, Hushed, Passed, Ready, Said, Settled, Up
from tray.hearing.supervisor import EarNews, Supervisor
from tray.ports import Sink, SoundSource
from tray.writer.orders import Begin, Decide, End, Guess, Settle, Strike, Use, Write
from tray.writer.places import Transcript
from tray.writer.writer import Writer

Report = Callable[[Trouble], None]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the pipeline is put into: a desktop, or the throw-away folder of a demonstration."""

    source: Callable[[Settings], SoundSource]
    sinks: Callable[[Settings, Report], tuple[Transcript, Sequence[Sink]]]
    """Where text goes; a place that cannot be had is reported and left out."""
    ear_command: Callable[[Settings], Sequence[str]]
    bind_keys: Callable[[Settings, Report], bool]
    """Take the combinations, give empty ones back; whether the toggle key reaches us."""
    show: Callable[[View], None]
    tell: Callable[[str, str], None]
    """Show a summary and a body somewhere."""
    leave: Callable[[], None]
    reread: Callable[[], Settings | None] = lambda: None
    change: Callable[[str, str], None] = lambda _key, _value: None
    copy: Callable[[str], None] = lambda _text: None
    """This and what follows may take seconds, and raises ScribeletError."""
    open: Callable[[str], None] = lambda _what: None
    look_around: Callable[[], Found | None] = lambda: None
    start_at_login: Callable[[bool], Found | None] = lambda _wanted: None
    hush: Callable[[bool], None] = lambda _wanted: None
    let_sleep: Callable[[], None] = lambda: None


class Wiring:
    """The hands of the conductor."""

    def __init__(self, around: Surroundings, settings: Settings) -> None:
        self._around, self._settings = around, settings
        self.conductor = Conductor(self, settings)
        self._spool = Spool()
        transcript, sinks = around.sinks(settings, self.conductor.post)
        self._writer = Writer(transcript, sinks, self.conductor.post)
        self._capture = Capture(
            self._spool, self.conductor.post, lambda session, at: self._writer.post(Begin(session, at))
        )
        self._ear = Supervisor(around.ear_command(settings), self._spool, self._hear, idle_s=_idle_s(settings))
        self._errands = ThreadPoolExecutor(1, "errands")
        self._followed = False

    def start(self) -> None:
        """Start every thread; the ear waits for the first session."""
        for thread in (self._writer, self._capture, self._ear, self.conductor):
            thread.start()

    def close(self) -> int:
        """End what is still running, text first; how many records of the transcript the disk never took."""
        self._capture.end()
        self._ear.close()
        unwritten = self._writer.close()
        self._errands.shutdown(wait=False, cancel_futures=True)
        return unwritten

    def open_source(self, session: int) -> None:
        """Begin to capture, and wake the ear meanwhile."""
        self._ear.wake()
        self._capture.open(session, self._around.source(self._settings))

    def let_go(self, session: int) -> None:
        """Capture only what is still on its way of the last word."""
        self._capture.let_go(session)

    def close_source(self, session: int) -> None:
        """Stop capturing at once."""
        self._capture.close(session)

    def flush(self, session: int, *, push_to_talk: bool) -> None:
        """The session has no more sound."""
        self._spool.end(session, Ending(push_to_talk))

    def release(self, session: int, span: Span) -> None:
        """This sound has its fate."""
        self._spool.release(session, span)

    def discard(self, session: int, *, struck: bool) -> None:
        """Recognize nothing more of a session."""
        self._spool.forget(session)
        self._writer.post(End(session, cancelled=struck))

    def strike(self, name: str) -> None:
        """Strike the last segment of a session."""
        self._writer.post(Strike(name))

    def forget(self, session: int) -> None:
        """Build nothing on the words of this session."""
        self._ear.forget(session)

    def watch(self, *, followed: bool) -> None:
        """Hypotheses cost time, so they are made only where somebody sees them. From any thread."""
        self._followed = followed
        self._ear.watch(wanted=followed or self._settings.toast.show == "live")

    def show(self, view: View) -> None:
        """Let everybody see what there is."""
        self._around.show(view)

    def tell(self, summary: str, body: str) -> None:
        """Show a note."""
        self._errand("note", partial(self._around.tell, summary, body))

    def copy(self, text: str) -> None:
        """Put a text on the clipboard."""
        self._errand("copy", partial(self._around.copy, text))

    def open(self, what: str) -> None:
        """Let the desktop open the transcript or the settings."""
        self._errand("open", partial(self._around.open, what))

    def look_around(self) -> None:
        """See what there is to choose from."""
        self._errand("look around", self._around.look_around)

    def start_at_login(self, *, wanted: bool) -> None:
        """Start with the desktop, or no longer."""
        self._errand("start at login", partial(self._around.start_at_login, wanted))

    def hush(self, *, wanted: bool) -> None:
        """Show nothing on a screen that others may see, or do so again."""
        self._around.hush(wanted)

    def let_sleep(self) -> None:
        """The machine need not wait for us any longer."""
        self._around.let_sleep()

    def reread(self) -> Settings | None:
        """The settings, if they were saved since the last look."""
        return self._around.reread()

    def change(self, key: str, value: str) -> None:
        """Keep a choice in the settings file."""
        self._around.change(key, value)

    def apply(self, settings: Settings, *, hotkey_paused: bool) -> bool:
        """Work with these settings from now on; whether the toggle key reaches us."""
        self._settings = settings
        self._ear.use(self._around.ear_command(settings), idle_s=_idle_s(settings))
        self.watch(followed=self._followed)
        self._writer.post(Use(*self._around.sinks(settings, self.conductor.post)))
        return self._around.bind_keys(_without_keys(settings) if hotkey_paused else settings, self.conductor.post)

    def leave(self) -> None:
        """The program ends."""
        self._around.leave()

    def _hear(self, message: Up | EarNews) -> None:
        """From the ear's reader: text goes to the writer."""
        match message:
            case Said(session, segment):
                self._writer.post(Write(session, segment))
            case Settled(session, mark):
                self._writer.post(Settle(session, mark))
            case Passed(session, skipped):
                self._writer.post(Decide(session, skipped.span, Fate.SKIPPED))
            case Done(session):
                self._spool.forget(session)
                self._writer.post(End(session))
            case Hushed(session):
                self.conductor.post(FellQuiet(session))
            case Guessed(session, hypothesis):
                self.conductor.post(Supposed(session, hypothesis.text))
                self._writer.post(Guess(session, hypothesis.text))
            case EarNews():
                self._note(message)
            case Ready() | Failed():
                pass  # the supervisor turns them into EarNews
            case _:
                assert_never(message)

    def _note(self, news: EarNews) -> None:
        if news.final:
            self.conductor.post(Trouble("recognition", None))  # the fault says it all
            self.conductor.post(EarLost(news.final))
        elif news.alive:
            self.conductor.post(Trouble("recognition", None))
        else:
            died = ScribeletError("Recognition ended unexpectedly and starts again", "Nothing that was said is lost")
            self.conductor.post(Trouble("recognition", died))

    def _errand(self, part: str, errand: Callable[[], Found | None]) -> None:
        """Do what may take its time, one after the other, and tell what came of it."""
        self._errands.submit(self._run, part, errand)

    def _run(self, part: str, errand: Callable[[], Found | None]) -> None:
        try:
            found = errand()
        except ScribeletError as error:
            self.conductor.post(Trouble(part, error))
            return
        except Exception as error:  # noqa: BLE001 the one catch-all of this thread
            failed = ScribeletError(f"Something could not be done ({part}): {error!r}", "Try again")
            self.conductor.post(Trouble(part, failed))
            return
        if found:
            self.conductor.post(found)
        self.conductor.post(Trouble(part, None))


def _idle_s(settings: Settings) -> float:
    return settings.engine.idle_minutes * 60


def _without_keys(settings: Settings) -> Settings:
    return replace(settings, hotkey=replace(settings.hotkey, toggle="", cancel=""))
