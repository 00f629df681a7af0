"""The way of speech put together: source → capture → spool → ear → writer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import assert_never

from tray.audio.spool import Spool
from tray.capture import Capture
from tray.core.failures import ScribeletError
from tray.core.ledger import Fate
from tray.core.news import FellQuiet, News, Supposed, Trouble
from tray.core.settings import Settings
from tray.core.speech import Ending, Span
from tray.core.state import EarLost, Event
from tray.hearing.messages import Done, Failed, Guessed, Hushed, Passed, Ready, Said, Settled, Up
from tray.hearing.supervisor import EarNews, Supervisor
from tray.ports import Sink, SoundSource
from tray.writer.orders import Begin, Decide, End, Guess, Settle, Strike, Use, Write
from tray.writer.places import Transcript
from tray.writer.writer import Writer

Post = Callable[[News | Event], None]
Places = tuple[Transcript, Sequence[Sink]]
"""Where text goes: the transcript first, then everywhere else."""


class Pipeline:
    """The hands of the conductor."""

    def __init__(
        self,
        source: Callable[[], SoundSource],
        ear_command: Sequence[str],
        settings: Settings,
        places: Places,
        post: Post,
    ) -> None:
        """`source` gives what a session is heard from."""
        self._source, self._post = source, post
        self._spool = Spool()
        self._writer = Writer(*places, post)
        self._capture = Capture(self._spool, post, lambda session, at: self._writer.post(Begin(session, at)))
        self._ear = Supervisor(ear_command, self._spool, self._hear, idle_s=_idle_s(settings))

    def start(self, *, ear_log: Path | None = None) -> None:
        """Start every thread; the ear waits for the first session, and complains into `ear_log`."""
        self._writer.start()
        self._capture.start()
        self._ear.start(errors=ear_log)

    def close(self) -> int:
        """End what is still running, text last; how many records of the transcript the disk never took."""
        self._capture.end()
        self._ear.close()
        return self._writer.close()

    def use(self, ear_command: Sequence[str], settings: Settings, places: Places) -> None:
        """Work like this from now on."""
        self._ear.use(ear_command, idle_s=_idle_s(settings))
        self._writer.post(Use(*places))

    def watch(self, *, wanted: bool) -> None:
        """Whether anybody sees hypotheses; they cost time."""
        self._ear.watch(wanted=wanted)

    def open_source(self, session: int) -> None:
        """Begin to capture, and wake the ear meanwhile."""
        self._ear.wake()
        self._capture.open(session, self._source())

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

    def captured_s(self, session: int) -> float:
        """Seconds of sound captured in the open session up to this moment."""
        return self._capture.seconds(session)

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
                self._post(FellQuiet(session))
            case Guessed(session, hypothesis):
                self._post(Supposed(session, hypothesis.text))
                self._writer.post(Guess(session, hypothesis.text))
            case EarNews():
                self._note(message)
            case Ready() | Failed():
                pass  # the supervisor turns them into EarNews
            case _:
                assert_never(message)

    def _note(self, news: EarNews) -> None:
        if news.final:
            self._post(Trouble("recognition", None))  # the fault says it all
            self._post(EarLost(news.final))
        elif news.alive:
            self._post(Trouble("recognition", None))
        else:
            died = ScribeletError("Recognition ended unexpectedly and starts again", "Nothing that was said is lost")
            self._post(Trouble("recognition", died))


def _idle_s(settings: Settings) -> float:
    return settings.engine.idle_minutes * 60
