"""The way of speech put together: source → capture → spool → ear → writer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import assert_never

from tray.accounts import Books
from tray.capture import Capture
from tray.core.failures import ScribeletError
from tray.core.ledger import Fate
from tray.core.news import FellQuiet, News, Outcome, Supposed, Trouble, Undone, Waiting
from tray.core.prose import Passage
from tray.core.settings import Settings
from tray.core.speech import Ending, Resumed, Span
from tray.core.state import EarLost, Event
from tray.hearing.blame import PutAside
from tray.hearing.child import Patience
from tray.hearing.messages import (
    Decoding,
    Done,
    Eased,
    Failed,
    Guessed,
    Hushed,
    Moved,
    Passed,
    Ready,
    Said,
    Settled,
    Up,
)
from tray.hearing.supervisor import EarNews, Supervisor
from tray.ports import Sink, SoundSource
from tray.recovery import Recovery
from tray.sinks.transcript import TranscriptSink
from tray.spool.bounds import Bounds
from tray.spool.keeper import DiskKeeper
from tray.spool.spool import Spool
from tray.writer.orders import Begin, Decide, End, Guess, Restore, Settle, Strike, Use, Write
from tray.writer.places import Transcript
from tray.writer.writer import Writer

Post = Callable[[News | Event], None]
Places = tuple[Transcript, Sequence[Sink]]
"""Where text goes: the transcript first, then everywhere else."""


@dataclass(frozen=True, slots=True)
class Ends:
    """Where speech comes from, who hears it, and where it goes."""

    source: Callable[[], SoundSource]
    """What a session is heard from."""
    ear_command: Sequence[str]
    places: Places
    books: Callable[[], Books]
    """Where sound, its ledger and the transcript are kept."""
    patience: Patience
    """How long an ear may give no sign of life."""


class Pipeline:
    """The hands of the conductor."""

    def __init__(self, ends: Ends, settings: Settings, post: Post) -> None:
        """Nothing runs before `start`."""
        self._source, self._books, self._post = ends.source, ends.books, post
        self._keeper = DiskKeeper(ends.books().spool, ends.books().ledger, post)
        self._keeper.use(ends.books().transcript, keep_sound=settings.audio.keep)
        self._spool = Spool(self._keeper)
        self._writer = Writer(*ends.places, post)
        self._capture = Capture(self._spool, post, self._begin)
        self._ear = Supervisor(
            ends.ear_command, self._spool, self._hear, idle_s=_idle_s(settings), patience=ends.patience
        )
        self._recovery = Recovery(self._keeper, ends.books)

    def start(self, *, ear_log: Path | None = None) -> None:
        """Start every thread; the ear waits for the first session, and complains into `ear_log`."""
        self._keeper.start(self._spool)
        self._writer.start()
        self._capture.start()
        self._ear.start(errors=ear_log)

    def close(self) -> int:
        """End what is still running, text last; how many records of the transcript the disk never took."""
        self._capture.end()
        self._ear.close()
        unwritten = self._writer.close()
        self._keeper.close()
        return unwritten

    def use(self, ear_command: Sequence[str], settings: Settings, places: Places) -> None:
        """Work like this from now on."""
        self._ear.use(ear_command, idle_s=_idle_s(settings))
        self._writer.post(Use(*places))
        # behind it: a session that begins meanwhile is noted in both folders
        self._keeper.use(self._books().transcript, keep_sound=settings.audio.keep)

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

    def release(self, session: int, span: Span, fate: Fate) -> None:
        """This sound has its fate."""
        self._spool.release(session, span, fate)

    def put_away(self, session: int, captured: Span, outcome: Outcome) -> None:
        """A session is over."""
        self._spool.forget(session)
        self._keeper.put_away(session, captured, outcome)

    def take_back(self) -> None:
        """Let wait again what ended recognition twice; Revised comes back. May take seconds. Raises ScribeletError."""
        self._recovery.take_back()

    def look_for_waiting(self, *, anew: bool) -> Waiting | None:
        """The oldest sound of an earlier session that has no fate. May take seconds. Raises ScribeletError."""
        return self._recovery.look(anew=anew)

    def make_room(self, bounds: Bounds) -> str:
        """Throw away what is beyond these bounds; a sentence about it, empty if that is nothing. May take seconds.

        Raises ScribeletError or OSError.
        """
        return self._recovery.make_room(bounds)

    def recall(self, session: int, waiting: Waiting) -> None:
        """Recognize what waits of an earlier session."""
        passage, gap = waiting.passage, waiting.gap
        self._keeper.recall(session, passage.session)
        self._writer.post(Begin(session, passage, TranscriptSink(waiting.home) if waiting.home else None))
        self._spool.adopt(session, _resumed(passage, waiting), self._recovery.sound(passage.session), gap)

    def discard(self, session: int, *, struck: bool) -> None:
        """Recognize nothing more of a session."""
        self._spool.forget(session)
        self._writer.post(End(session, cancelled=struck))

    def strike(self, name: str) -> None:
        """Strike the last segment of a session."""
        self._writer.post(Strike(name))

    def restore(self, undone: Undone) -> None:
        """Let struck words stand again."""
        self._writer.post(Restore(undone))

    def restore_sound(self, undone: Undone) -> None:
        """Let sound wait again that was cancelled."""
        self._keeper.restore(undone.passage.session, undone.sound)

    def forget(self, session: int) -> None:
        """Build nothing on the words of this session."""
        self._ear.forget(session)

    @property
    def at_ease(self) -> bool:
        """Whether nobody speaks, so that sound may come in bunches."""
        return self._spool.at_ease

    def captured_s(self, session: int) -> float:
        """Seconds of sound captured in the open session up to this moment."""
        return self._capture.seconds(session)

    def waiting_s(self) -> float:
        """Seconds of sound that no ear was given yet; a full pipe holds two more of them at 16 kHz."""
        return self._spool.waiting_s()

    def _begin(self, session: int, at: datetime) -> None:
        """On capture's thread, before the first sound."""
        name = f"{at:%Y%m%dT%H%M%S.%f}-{session}"  # to the microsecond: it must be unique over restarts
        self._spool.begin(session, name, at)
        self._writer.post(Begin(session, Passage(name, at)))

    def _hear(self, message: Up | EarNews | PutAside) -> None:
        """From the ear's reader: text goes to the writer."""
        match message:
            case Said(session, segment):
                self._writer.post(Write(session, segment))
            case Settled(session, mark):
                self._writer.post(Settle(session, mark))
            case Passed(session, skipped):
                self._writer.post(Decide(session, skipped.span, Fate.SKIPPED))
            case PutAside(session, span):
                self._writer.post(Decide(session, span, Fate.ASIDE))
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
            case Ready() | Failed() | Eased() | Decoding() | Moved():
                pass  # the supervisor sees to them
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


def _resumed(passage: Passage, waiting: Waiting) -> Resumed:
    """Where a session goes on."""
    segment = max((entry.segment.number + 1 for entry in passage.entries), default=0)
    return Resumed(segment, waiting.gap.start, waiting.begins)
