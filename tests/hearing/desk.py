"""A spool, a supervisor that feeds an ear from it, and all that is reported."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.hearing.made import booked, chunks, nobody, voice
from tests.spool.keepers import NoDisk, without_disk
from tray.core.ledger import Fate, Ledger
from tray.core.speech import RATE, AudioChunk, Ending, Heard, Mark, Released, Resumed, Segment, Span
from tray.hearing.blame import PutAside
from tray.hearing.child import Patience
from tray.hearing.messages import Done, Guessed, Passed, Said, Settled, Up
from tray.hearing.supervisor import EarNews, Supervisor
from tray.spool.spool import Spool

EAR = Path(__file__).with_name("scripted_ear.py")
DEADLINE = 20.0
"""Seconds for what takes less than two."""
SENTENCE = voice(1) + nobody(0.8)


class WatchedSpool(Spool):
    """Counts how often the feeder came for more."""

    looks = handed_out = 0

    def take(self, timeout: float) -> tuple[int, AudioChunk | Released | Resumed | Ending] | None:
        self.looks += 1
        item = super().take(timeout)
        self.handed_out += item is not None
        return item


class Desk:
    """A spool, a supervisor, and all that it reports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.script, self.pid_file = folder / "script.toml", folder / "pid"
        self.spool = WatchedSpool(NoDisk())
        without_disk(self.spool)
        self.changed = threading.Condition()
        self.reports: list[Up | EarNews | PutAside] = []
        self.captured: dict[int, int] = {}
        self.forgetful = False
        """Whether the spool hears of no fate before a session is done, as with a full disk."""
        self.supervisor: Supervisor | None = None

    def write(self, *lines: str) -> None:
        """The script, as TOML tables of lines; every line is played once, whichever process plays it."""
        self.script.write_text('progress = "played"\n' + "".join(f"[[lines]]\n{line}\n" for line in lines), "utf-8")

    def command(self, script: Path | None = None) -> list[str]:
        """What starts an ear."""
        return [sys.executable, str(EAR), str(script or self.script), str(self.pid_file)]

    def start(self, *, idle_s: float = 600.0, patience: Patience | None = None) -> Supervisor:
        """Begin to feed."""
        self.supervisor = Supervisor(self.command(), self.spool, self.report, idle_s=idle_s, patience=patience)
        self.supervisor.start()
        return self.supervisor

    def report(self, news: Up | EarNews | PutAside) -> None:
        """As the wiring does: what has its fate leaves the spool."""
        match news:
            case Said(session, segment):
                self.release(session, segment.span, Fate.WRITTEN)
            case Passed(session, skipped):
                self.release(session, skipped.span, Fate.SKIPPED)
            case PutAside(session, span):
                self.release(session, span, Fate.ASIDE)
            case Done(session):
                self.spool.forget(session)
            case EarNews(final=error) if error:
                for session in self.captured:
                    self.spool.forget(session)
            case _:
                pass
        with self.changed:
            self.reports.append(news)
            self.changed.notify_all()

    def release(self, session: int, span: Span, fate: Fate) -> None:
        """Unless the disk is full."""
        if not self.forgetful:
            self.spool.release(session, span, fate)

    def hear(self, session: int, sound: bytes) -> None:
        """More sound of a session."""
        start = self.captured.get(session, 0)
        for chunk in chunks(sound, 512, start):
            self.spool.append(session, chunk)
        self.captured[session] = start + len(sound) // 2

    def finish(self, session: int) -> None:
        """A session has no more sound."""
        self.spool.end(session, Ending())

    def dictate(self, session: int, sound: bytes) -> None:
        """The last sound of a session, and what the ear makes of it."""
        self.hear(session, sound)
        self.finish(session)
        self.wait_until_done(session)

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """Until a condition holds that a report may have changed."""
        with self.changed:
            assert self.changed.wait_for(condition, DEADLINE), (what, self.reports)

    def wait_for_looks(self, more: int) -> None:
        """Until the feeder has come so many times more."""
        seen = self.spool.looks
        poll(lambda: self.spool.looks >= seen + more, "the feeder looks")

    def wait_until_done(self, session: int) -> None:
        """Until the ear has said all there is to say."""
        self.wait_for(lambda: Done(session) in self.reports, "done")

    def guesses(self) -> list[Up | EarNews | PutAside]:
        """Hypotheses so far."""
        return [news for news in self.reports if isinstance(news, Guessed)]

    def wait_until_said(self, count: int) -> None:
        """Until so many segments have come."""
        self.wait_for(lambda: sum(isinstance(news, Said) for news in self.reports) >= count, f"{count} segments")

    def heard(self, session: int) -> list[Heard]:
        """What was heard of a session."""
        found: list[Heard] = []
        for news in self.reports:
            match news:
                case Said(number, segment) if number == session:
                    found.append(segment)
                case Settled(number, mark) if number == session:
                    found.append(mark)
                case Passed(number, skipped) if number == session:
                    found.append(skipped)
                case _:
                    pass
        return found

    def said(self, session: int) -> list[tuple[int, str]]:
        """Number and words of its segments."""
        segments = [one for one in self.heard(session) if isinstance(one, Segment)]
        return [(one.number, " ".join(word.text for word in one.words)) for one in segments]

    def deaths(self) -> list[EarNews]:
        """What was said of ears that died."""
        return [news for news in self.reports if isinstance(news, EarNews) and not news.alive]

    def aside(self) -> list[Span]:
        """Sound that was set aside."""
        return [news.span for news in self.reports if isinstance(news, PutAside)]

    def pid(self) -> int:
        """Of the newest ear."""
        return int(self.pid_file.read_text("ascii"))

    def assert_complete(self, session: int) -> None:
        """Every sample has one fate, every segment one mark."""
        ledger = Ledger()
        ledger.capture(Span(0, self.captured[session], RATE))
        heard = self.heard(session)
        assert booked(heard, ledger).complete
        marked = [one.segment for one in heard if isinstance(one, Mark)]
        assert marked == [one.number for one in heard if isinstance(one, Segment)]


def alive(pid: int) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def poll(condition: Callable[[], object], what: str) -> None:
    """Until a condition holds that only a look can tell."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)
