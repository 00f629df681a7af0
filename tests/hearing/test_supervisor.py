"""The ear is a process that may die at any moment; what was said is heard all the same, and only once."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.hearing.made import booked, chunks, nobody, voice
from tray.audio.spool import Spool
from tray.core.failures import ModelError
from tray.core.ledger import Ledger
from tray.core.speech import RATE, AudioChunk, Ending, Heard, Mark, Released, Segment, Span
from tray.hearing.messages import Done, Guessed, Hushed, Passed, Said, Settled, Up
from tray.hearing.supervisor import EarNews, Supervisor

EAR = Path(__file__).with_name("scripted_ear.py")
DEADLINE = 20.0
"""Seconds for what takes less than two."""
SENTENCE = voice(1) + nobody(0.8)


class WatchedSpool(Spool):
    """Counts how often the feeder came for more."""

    looks = handed_out = 0

    def take(self, timeout: float) -> tuple[int, AudioChunk | Released | Ending] | None:
        self.looks += 1
        item = super().take(timeout)
        self.handed_out += item is not None
        return item


class Desk:
    """A spool, a supervisor, and all that it reports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.script, self.pid_file = folder / "script.toml", folder / "pid"
        self.spool = WatchedSpool()
        self.changed = threading.Condition()
        self.reports: list[Up | EarNews] = []
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

    def start(self, *, idle_s: float = 600.0, hangs_s: float = 60.0) -> Supervisor:
        """Begin to feed."""
        self.supervisor = Supervisor(self.command(), self.spool, self.report, idle_s=idle_s, hangs_s=hangs_s)
        self.supervisor.start()
        return self.supervisor

    def report(self, news: Up | EarNews) -> None:
        """As the wiring does: what has its fate leaves the spool."""
        match news:
            case Said(session, segment):
                self.release(session, segment.span)
            case Passed(session, skipped):
                self.release(session, skipped.span)
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

    def release(self, session: int, span: Span) -> None:
        """Unless the disk is full."""
        if not self.forgetful:
            self.spool.release(session, span)

    def hear(self, session: int, sound: bytes) -> None:
        """More sound of a session."""
        start = self.captured.get(session, 0)
        for chunk in chunks(sound, 512, start):
            self.spool.append(session, chunk)
        self.captured[session] = start + len(sound) // 2

    def finish(self, session: int) -> None:
        """A session has no more sound."""
        self.spool.end(session, Ending())

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

    def guesses(self) -> list[Up | EarNews]:
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


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk whose ear is not started yet."""
    one = Desk(tmp_path)
    yield one
    if one.supervisor:
        one.supervisor.close()


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


def test_words_come_and_every_sample_has_its_fate(desk: Desk) -> None:
    desk.write('text = "One."', 'text = "Two."')
    desk.start()
    desk.hear(1, SENTENCE * 2)
    desk.finish(1)
    desk.wait_until_done(1)
    assert desk.said(1) == [(0, "One"), (1, "Two")]
    desk.assert_complete(1)


def test_sessions_are_heard_one_after_the_other(desk: Desk) -> None:
    desk.write('text = "One."', 'text = "Two."')
    desk.start()
    for session in (1, 2):
        desk.hear(session, SENTENCE)
    for session in (1, 2):
        desk.finish(session)
        desk.wait_until_done(session)
    assert (desk.said(1), desk.said(2)) == ([(0, "One")], [(0, "Two")])
    desk.assert_complete(2)


@pytest.mark.parametrize("forgetful", [False, True], ids=["disk works", "disk is full"])
def test_an_ear_that_is_killed_in_mid_session_loses_nothing_and_doubles_nothing(desk: Desk, forgetful: bool) -> None:
    desk.forgetful = forgetful
    desk.write('text = "One,"', 'text = "two."', 'text = "Three."')
    desk.start()
    desk.hear(1, SENTENCE + voice(0.5))
    desk.wait_until_said(1)
    os.kill(desk.pid(), signal.SIGKILL)
    desk.hear(1, voice(0.5) + nobody(0.8) + voice(1))
    desk.finish(1)
    desk.wait_until_done(1)
    assert desk.said(1) == [(0, "One"), (1, "two"), (2, "Three")]
    desk.assert_complete(1)
    assert desk.deaths() == [EarNews(alive=False)]


def test_words_after_a_death_have_their_true_time(desk: Desk) -> None:
    desk.write('text = "One."', "exits = 9", 'text = "Two."')
    desk.start()
    desk.hear(1, voice(1) + nobody(5) + voice(1))
    desk.finish(1)
    desk.wait_until_done(1)
    second = [one for one in desk.heard(1) if isinstance(one, Segment)][1]
    assert 5.5 < second.words[0].start < 6.1


def test_the_mark_that_a_dead_ear_held_is_settled_before_the_next_words(desk: Desk) -> None:
    desk.write('text = "One,"', "exits = 9", 'text = ". Two."')
    desk.start()
    desk.hear(1, SENTENCE * 2)
    desk.finish(1)
    desk.wait_until_done(1)
    kinds = [one for one in desk.heard(1) if isinstance(one, Segment | Mark)]
    assert [type(one) for one in kinds] == [Segment, Mark, Segment, Mark]
    assert kinds[1] == Mark(0, ",")


def test_a_sound_that_kills_every_ear_is_given_up_once(desk: Desk) -> None:
    desk.write('text = "One,"', "exits = 9", "exits = 9", "exits = 9", 'text = "Never."')
    desk.start()
    desk.hear(1, SENTENCE * 2)
    desk.wait_for(lambda: any(news.final for news in desk.deaths()), "the end")
    desk.hear(1, SENTENCE)
    desk.finish(1)
    assert [news.final is None for news in desk.deaths()] == [True, True, False]
    assert desk.said(1) == [(0, "One")]
    assert desk.heard(1)[-1] == Mark(0, ",")


def test_after_giving_up_the_next_session_is_heard(desk: Desk) -> None:
    desk.write("exits = 9", "exits = 9", "exits = 9", 'text = "Hello."')
    supervisor = desk.start()
    desk.hear(1, SENTENCE)
    desk.wait_for(lambda: any(news.final for news in desk.deaths()), "the end")
    supervisor.wake()
    desk.hear(1, SENTENCE)
    desk.spool.forget(1)
    desk.hear(2, SENTENCE)
    desk.finish(2)
    desk.wait_until_done(2)
    assert desk.said(2) == [(0, "Hello")]
    desk.assert_complete(2)


def test_a_model_that_is_missing_is_told_with_its_remedy(desk: Desk) -> None:
    supervisor = desk.start()
    supervisor.wake()
    desk.wait_for(desk.deaths, "the bad news")
    final = desk.deaths()[0].final
    assert isinstance(final, ModelError)
    assert final.remedy


def test_a_model_that_is_missing_is_told_once_however_much_is_said(desk: Desk) -> None:
    supervisor = desk.start()
    supervisor.wake()
    desk.wait_for(desk.deaths, "the bad news")
    desk.hear(1, SENTENCE)
    desk.finish(1)
    items = desk.captured[1] // 512 + 2
    poll(lambda: desk.spool.handed_out >= items, "everything was taken")
    desk.wait_for_looks(1)
    assert len(desk.deaths()) == 1


def test_a_model_that_fails_in_mid_session_leaves_what_was_written(desk: Desk) -> None:
    desk.write('text = "One,"', 'raises = "The model is gone"')
    desk.start()
    desk.hear(1, SENTENCE * 2)
    desk.wait_for(desk.deaths, "the bad news")
    assert desk.said(1) == [(0, "One")]
    assert desk.heard(1)[-1] == Mark(0, ",")
    assert str(desk.deaths()[0].final) == "The model is gone"


def test_a_command_that_cannot_be_run_is_told(desk: Desk) -> None:
    supervisor = desk.start()
    supervisor.use([str(desk.folder / "nothing")], idle_s=600)
    supervisor.wake()
    desk.wait_for(desk.deaths, "the bad news")
    assert desk.deaths()[0].final
    supervisor.use(desk.command(), idle_s=600)
    desk.write('text = "One."')
    supervisor.wake()
    desk.hear(1, SENTENCE)
    desk.finish(1)
    desk.wait_until_done(1)


def test_an_ear_without_work_ends_and_the_next_session_starts_another(desk: Desk) -> None:
    desk.write('text = "One."', 'text = "Two."')
    desk.start(idle_s=0.1)
    desk.hear(1, SENTENCE)
    desk.finish(1)
    desk.wait_until_done(1)
    first = desk.pid()
    poll(lambda: not alive(first), "the ear ends")
    desk.hear(2, SENTENCE)
    desk.finish(2)
    desk.wait_until_done(2)
    assert desk.said(2) == [(0, "Two")]
    assert desk.deaths() == []


def test_an_open_session_keeps_the_ear_however_long_nobody_speaks(desk: Desk) -> None:
    desk.write('text = "One."', 'text = "Two."')
    desk.start(idle_s=0.1)
    desk.hear(1, SENTENCE)
    desk.wait_until_said(1)
    first = desk.pid()
    desk.wait_for_looks(3)
    assert alive(first)


def test_the_ear_wakes_before_anybody_speaks(desk: Desk) -> None:
    desk.write('text = "One."')
    desk.start().wake()
    desk.wait_for(lambda: EarNews(alive=True) in desk.reports, "ready")
    assert alive(desk.pid())


@pytest.mark.parametrize("at_once", [True, False])
def test_another_engine_hears_the_next_session(desk: Desk, at_once: bool) -> None:
    desk.write('text = "One."', 'text = "Two."', 'text = "Never."')
    other = desk.folder / "other.txt"
    other.write_text("Eins.\n", "utf-8")
    supervisor = desk.start()
    desk.hear(1, SENTENCE)
    desk.wait_until_said(1)
    first = desk.pid()
    supervisor.use(desk.command(other), idle_s=600)
    desk.hear(1, SENTENCE)
    desk.finish(1)
    desk.wait_until_done(1)
    if not at_once:
        poll(lambda: not alive(first), "the other kind of ear ends")
    desk.hear(2, SENTENCE)
    desk.finish(2)
    desk.wait_until_done(2)
    assert (desk.said(1), desk.said(2)) == ([(0, "One"), (1, "Two")], [(0, "Eins")])
    assert desk.deaths() == []


def test_the_same_engine_is_not_loaded_again(desk: Desk) -> None:
    desk.write('text = "One."', 'text = "Two."')
    supervisor = desk.start()
    for session in (1, 2):
        supervisor.use(desk.command(), idle_s=600)
        desk.hear(session, SENTENCE)
        desk.finish(session)
        desk.wait_until_done(session)
    assert sum(news == EarNews(alive=True) for news in desk.reports) == 1


def test_after_a_strike_the_held_mark_stands(desk: Desk) -> None:
    desk.write('text = "One,"', 'text = ". Two."')
    supervisor = desk.start()
    desk.hear(1, SENTENCE)
    desk.wait_until_said(1)
    supervisor.forget(1)
    desk.wait_for(lambda: Settled(1, Mark(0, ",")) in desk.reports, "the mark")


def test_a_discarded_session_does_not_disturb_the_next_one(desk: Desk) -> None:
    desk.write('text = "One."', 'text = "Two."')
    desk.start()
    desk.hear(1, SENTENCE)
    desk.wait_until_said(1)
    desk.spool.forget(1)
    desk.hear(2, SENTENCE)
    desk.finish(2)
    desk.wait_until_done(2)
    assert desk.said(2) == [(0, "Two")]
    desk.assert_complete(2)


def test_an_ear_that_hangs_is_replaced(desk: Desk) -> None:
    desk.write('text = "One."', "hangs_s = 60", 'text = "Two."')
    desk.start(hangs_s=1.0)
    desk.hear(1, SENTENCE * 2)
    desk.finish(1)
    desk.wait_until_done(1)
    assert desk.said(1) == [(0, "One"), (1, "Two")]
    desk.assert_complete(1)


def test_an_ear_that_takes_no_more_sound_is_replaced(desk: Desk) -> None:
    desk.write("hangs_s = 60", 'text = "One."')
    desk.start(hangs_s=1.0)
    desk.hear(1, SENTENCE + nobody(30))
    desk.wait_until_said(1)
    assert desk.said(1) == [(0, "One")]


def test_after_the_key_the_words_come_before_the_sound_ends(desk: Desk) -> None:
    desk.write('text = "One."')
    desk.start()
    desk.hear(1, nobody(0.512) + voice(1.024))
    desk.spool.mark(1, Released(desk.captured[1]))
    desk.hear(1, nobody(0.2))
    desk.wait_for(lambda: Hushed(1) in desk.reports, "quiet")
    assert desk.said(1) == [(0, "One")]
    desk.finish(1)
    desk.wait_until_done(1)
    desk.assert_complete(1)


def test_hypotheses_come_while_somebody_looks_on_also_from_an_ear_that_replaces_another(desk: Desk) -> None:
    desk.write('text = "One two three four five six."')
    desk.start().watch(wanted=True)
    desk.hear(1, voice(1.5))
    desk.wait_for(desk.guesses, "a guess")
    before = len(desk.guesses())
    os.kill(desk.pid(), signal.SIGKILL)
    desk.wait_for(lambda: len(desk.guesses()) > before, "a guess of the next ear")


def test_nobody_guesses_unless_somebody_looks_on(desk: Desk) -> None:
    desk.write('text = "One two three four five six."')
    supervisor = desk.start()
    supervisor.watch(wanted=True)
    supervisor.watch(wanted=False)
    desk.hear(1, SENTENCE * 2)
    desk.finish(1)
    desk.wait_until_done(1)
    assert desk.guesses() == []


def test_closing_leaves_no_process(desk: Desk) -> None:
    desk.write('text = "One."')
    supervisor = desk.start()
    desk.hear(1, SENTENCE)
    desk.wait_until_said(1)
    supervisor.close()
    supervisor.close()
    assert not alive(desk.pid())
    assert desk.deaths() == []


def test_closing_does_not_wait_for_an_ear_that_hangs(desk: Desk) -> None:
    desk.write("hangs_s = 60")
    supervisor = desk.start()
    desk.hear(1, SENTENCE + nobody(30))
    poll(lambda: (desk.folder / "played").exists(), "the ear hangs")
    supervisor.close()
    assert not alive(desk.pid())


def test_closing_before_anybody_spoke_needs_no_ear(desk: Desk) -> None:
    desk.start().close()
    assert not desk.pid_file.exists()
