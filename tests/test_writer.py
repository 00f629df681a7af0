"""The text goes to the transcript first and then everywhere; who cannot take it stops nobody else."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

import pytest

from tray.core.failures import SinkError
from tray.core.ledger import Fate
from tray.core.news import Fated, News, SessionWritten, Struck, TextChanged, Trouble
from tray.core.prose import Act, Change
from tray.core.speech import RATE, Mark, Segment, Span, Word
from tray.writer.orders import Begin, Decide, End, Settle, Strike, Use, Write
from tray.writer.writer import Writer

T = TypeVar("T")
DEADLINE = 10.0
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
FULL = SinkError("The disk is full", "Free some space")


def segment(number: int, text: str, held: str = ".") -> Segment:
    """A second of speech."""
    words = tuple(Word(word, number, number + 1, None, "estimated") for word in text.split())
    return Segment(number, words, Span(number * RATE, (number + 1) * RATE, RATE), held)


class Place:
    """A sink that remembers; the log is common to all, so that their order can be seen."""

    def __init__(self, name: str, log: list[tuple[str, Change]]) -> None:
        self.name, self.log = name, log
        self.broken: Exception | None = None
        self.closed = 0

    def write(self, change: Change) -> None:
        """Remember it, or fail."""
        if self.broken:
            raise self.broken
        self.log.append((self.name, change))

    def close(self) -> None:
        """Count it."""
        self.closed += 1

    def changes(self) -> list[Change]:
        """What it has got."""
        return [change for name, change in self.log if name == self.name]

    def text(self) -> str:
        """What stands there."""
        return self.changes()[-1].passage.text() if self.changes() else ""


class Disk(Place):
    """A transcript that keeps what it cannot write."""

    def __init__(self, log: list[tuple[str, Change]]) -> None:
        super().__init__("transcript", log)
        self.owed: list[Change] = []
        self.attempts = self.settled = 0

    @property
    def unwritten(self) -> int:
        """Changes that it could not write."""
        return len(self.owed)

    def write(self, change: Change) -> None:
        """Behind what is owed."""
        self.owed.append(change)
        self.retry()

    def settle_unfinished(self) -> int:
        """No crash has left anything."""
        self.settled += 1
        return 0

    def retry(self) -> None:
        """All that is owed, or nothing."""
        self.attempts += 1
        if self.broken:
            raise self.broken
        self.log += [(self.name, change) for change in self.owed]
        self.owed.clear()

    def close(self) -> None:
        super().close()
        if not self.broken:
            self.retry()


class Desk:
    """A writer, its places and all that it reports."""

    def __init__(self) -> None:
        self.log: list[tuple[str, Change]] = []
        self.disk, self.first, self.second = Disk(self.log), Place("clipboard", self.log), Place("toast", self.log)
        self.news: list[News] = []
        self.changed = threading.Condition()
        self.writer = Writer(self.disk, [self.first, self.second], self.note)
        self.writer.start()

    def note(self, news: News) -> None:
        """Keep it."""
        with self.changed:
            self.news.append(news)
            self.changed.notify_all()

    def wait_for(self, condition: Callable[[], object], what: str) -> None:
        """Until a condition holds that news may have changed."""
        with self.changed:
            assert self.changed.wait_for(condition, DEADLINE), (what, self.news)

    def wait_for_news(self, news: News) -> None:
        """Until it was reported."""
        self.wait_for(lambda: news in self.news, str(news))

    def say(self, *texts: str, session: int = 1, held: str = ".") -> None:
        """A session begins and these segments come."""
        self.writer.post(Begin(session, NOON))
        for number, text in enumerate(texts):
            self.writer.post(Write(session, segment(number, text, held)))

    def end(self, session: int = 1) -> None:
        """The ear is done with a session, and all of it is written."""
        self.writer.post(End(session))
        self.wait_for(lambda: self.of(SessionWritten), "written")

    def served(self) -> None:
        """Until all that was posted is served."""
        self.writer.post(Decide(99, Span(0, 0, RATE), Fate.SKIPPED))
        before = len([one for one in self.of(Fated) if one.session == 99])
        self.wait_for(lambda: len([one for one in self.of(Fated) if one.session == 99]) > before, "served")

    def of(self, kind: type[T]) -> list[T]:
        """All news of a kind."""
        return [one for one in self.news if isinstance(one, kind)]

    def name(self) -> str:
        """Of the newest session."""
        return self.of(TextChanged)[-1].passage.session

    def troubles(self) -> list[tuple[str, str | None]]:
        """Which part, and what is wrong with it."""
        return [(one.part, str(one.error) if one.error else None) for one in self.of(Trouble)]


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A writer that serves."""
    one = Desk()
    yield one
    one.writer.close()


def acts(place: Place) -> list[Act]:
    """What a place was told."""
    return [change.act for change in place.changes()]


def test_every_place_gets_the_text(desk: Desk) -> None:
    desk.say("dear Anna", "thank you")
    desk.end()
    assert [place.text() for place in (desk.disk, desk.first, desk.second)] == ["Dear Anna. Thank you."] * 3


def test_the_transcript_is_written_before_anybody_else(desk: Desk) -> None:
    desk.say("one", "two")
    desk.end()
    assert [name for name, _ in desk.log] == ["transcript", "clipboard", "toast"] * (len(desk.log) // 3)


def test_every_step_of_a_session_is_told(desk: Desk) -> None:
    desk.say("one", held=",")
    desk.writer.post(Settle(1, Mark(0, ".")))
    desk.end()
    assert acts(desk.first) == [Act.BEGAN, Act.SEGMENT, Act.MARK, Act.ENDED]
    entries = [change.entry for change in desk.first.changes()]
    assert [(entry.mark, entry.settled) if entry else None for entry in entries] == [
        None,
        (",", False),
        (".", True),
        None,
    ]


def test_the_sound_of_a_segment_is_written_and_silence_is_skipped(desk: Desk) -> None:
    desk.say("one")
    desk.writer.post(Decide(1, Span(RATE, 2 * RATE, RATE), Fate.SKIPPED))
    desk.end()
    assert desk.of(Fated) == [
        Fated(1, Span(0, RATE, RATE), Fate.WRITTEN),
        Fated(1, Span(RATE, 2 * RATE, RATE), Fate.SKIPPED),
    ]


def test_how_many_words_were_written_is_told(desk: Desk) -> None:
    desk.say("one two", "three")
    desk.end()
    assert desk.of(SessionWritten) == [SessionWritten(1, 3)]


def test_a_session_without_a_sample_ends_as_well(desk: Desk) -> None:
    desk.end()
    assert desk.of(SessionWritten) == [SessionWritten(1, 0)]
    assert desk.log == []


def test_two_sessions_at_the_same_moment_have_different_names(desk: Desk) -> None:
    for session in (1, 2):
        desk.say("one", session=session)
    desk.served()
    assert len({one.passage.session for one in desk.of(TextChanged)}) == 2


def test_a_place_that_fails_takes_no_other_down(desk: Desk) -> None:
    desk.first.broken = SinkError("There is no clipboard", "Install xclip")
    desk.say("one")
    desk.end()
    assert desk.disk.text() == desk.second.text() == "One."
    assert ("clipboard", "There is no clipboard") in desk.troubles()


def test_a_place_that_fails_unforeseen_takes_no_other_down_either(desk: Desk) -> None:
    desk.first.broken = ZeroDivisionError("by zero")
    desk.say("one")
    desk.end()
    assert desk.disk.text() == desk.second.text() == "One."
    assert {part for part, _ in desk.troubles()} == {"clipboard"}


def test_a_place_that_works_again_is_told_once(desk: Desk) -> None:
    desk.first.broken = FULL
    desk.say("one")
    desk.served()
    desk.first.broken = None
    desk.writer.post(Write(1, segment(1, "two")))
    desk.end()
    assert [error for _, error in desk.troubles()][-2:] == ["The disk is full", None]
    assert desk.first.text() == "One. Two."


def test_while_the_disk_is_full_others_get_the_text_and_the_sound_counts_as_unwritten(desk: Desk) -> None:
    desk.disk.broken = FULL
    desk.say("one")
    desk.writer.post(Decide(1, Span(RATE, 2 * RATE, RATE), Fate.SKIPPED))
    desk.writer.post(End(1))
    desk.wait_for(lambda: Act.ENDED in acts(desk.second), "the toast has it all")
    desk.wait_for(lambda: desk.disk.attempts >= 5, "the disk was tried again")
    assert (desk.of(Fated), desk.of(SessionWritten)) == ([], [])
    assert desk.second.text() == "One."
    desk.disk.broken = None
    desk.wait_for(lambda: desk.of(SessionWritten), "written")
    assert [one.fate for one in desk.of(Fated)] == [Fate.WRITTEN, Fate.SKIPPED]
    assert desk.disk.text() == "One."
    assert desk.troubles()[-1] == ("transcript", None)


def test_a_disk_that_works_again_is_found_out_though_nobody_pauses(desk: Desk) -> None:
    desk.disk.broken = FULL
    desk.say("one")
    desk.wait_for(lambda: Act.SEGMENT in acts(desk.second), "the toast has it")
    desk.disk.broken = None
    deadline = time.monotonic() + DEADLINE
    for at in count(1):
        desk.writer.post(Decide(1, Span(at * RATE, (at + 1) * RATE, RATE), Fate.SKIPPED))
        if desk.of(Fated):
            break
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert desk.of(Fated)[0] == Fated(1, Span(0, RATE, RATE), Fate.WRITTEN)


def test_a_mark_that_the_disk_refused_is_written_later_though_nothing_follows(desk: Desk) -> None:
    desk.say("one", held=",")
    desk.served()
    desk.disk.broken = FULL
    desk.writer.post(Settle(1, Mark(0, ".")))
    desk.wait_for(lambda: ("transcript", "The disk is full") in desk.troubles(), "trouble")
    desk.disk.broken = None
    desk.wait_for(lambda: ("transcript", None) in desk.troubles(), "it works again")
    assert desk.disk.text() == "One."


def test_a_settled_mark_stays(desk: Desk) -> None:
    desk.say("one")
    for mark in ("?", "!"):
        desk.writer.post(Settle(1, Mark(0, mark)))
    desk.end()
    assert desk.first.text() == "One?"
    assert acts(desk.first).count(Act.MARK) == 1


def test_a_mark_of_a_segment_that_is_not_there_changes_nothing(desk: Desk) -> None:
    desk.say("one")
    desk.writer.post(Settle(1, Mark(7, "?")))
    desk.end()
    assert desk.first.text() == "One."
    assert desk.troubles() == []


def test_marks_that_nobody_settled_stand_when_the_session_ends(desk: Desk) -> None:
    desk.say("one", held="?")
    desk.end()
    entries = desk.disk.changes()[-1].passage.entries
    assert [(entry.mark, entry.settled) for entry in entries] == [("?", True)]


def test_undo_strikes_the_last_segment_that_stands(desk: Desk) -> None:
    desk.say("one", "two", "three")
    desk.served()
    for expected in ("One. Two.", "One.", "", ""):
        desk.writer.post(Strike(desk.name()))
        desk.served()
        assert desk.first.text() == expected
    assert desk.of(Struck) == [Struck(1)] * 3
    assert desk.troubles() == []


def test_undo_works_after_the_session_too(desk: Desk) -> None:
    desk.say("one", "two")
    desk.end()
    desk.writer.post(Strike(desk.name()))
    desk.served()
    assert desk.disk.text() == "One."


def test_undo_of_a_session_that_nobody_remembers_changes_nothing(desk: Desk) -> None:
    desk.say("one")
    desk.writer.post(Strike("nobody"))
    desk.end()
    assert desk.first.text() == "One."


def test_the_mark_of_a_struck_segment_is_not_told_any_more(desk: Desk) -> None:
    desk.say("one")
    desk.served()
    desk.writer.post(Strike(desk.name()))
    desk.writer.post(Settle(1, Mark(0, "!")))
    desk.end()
    assert acts(desk.first) == [Act.BEGAN, Act.SEGMENT, Act.STRIKE, Act.ENDED]


def test_a_cancel_strikes_everything(desk: Desk) -> None:
    desk.say("one", "two")
    desk.writer.post(End(1, cancelled=True))
    desk.wait_for_news(SessionWritten(1, 0))
    assert acts(desk.disk)[-1] is Act.CANCELLED
    assert desk.disk.text() == ""


def test_what_the_ear_says_after_a_cancel_is_not_written(desk: Desk) -> None:
    desk.say("one")
    desk.writer.post(End(1, cancelled=True))
    desk.writer.post(Write(1, segment(1, "two")))
    desk.writer.post(Settle(1, Mark(0, ".")))
    desk.writer.post(Decide(1, Span(2 * RATE, 3 * RATE, RATE), Fate.SKIPPED))
    desk.writer.post(End(1))
    desk.served()
    assert acts(desk.first) == [Act.BEGAN, Act.SEGMENT, Act.CANCELLED]
    assert [one.span.start for one in desk.of(Fated) if one.session == 1] == [0]
    assert desk.of(SessionWritten) == [SessionWritten(1, 0)]


def test_a_session_that_is_over_can_be_cancelled_while_it_is_remembered(desk: Desk) -> None:
    desk.say("one")
    desk.end()
    desk.writer.post(End(1, cancelled=True))
    desk.writer.post(End(1, cancelled=True))
    desk.served()
    assert acts(desk.first)[-2:] == [Act.ENDED, Act.CANCELLED]


def test_other_places_can_be_used_in_mid_session(desk: Desk) -> None:
    desk.say("one")
    desk.served()
    disk, place = Disk(desk.log), Place("console", desk.log)
    desk.writer.post(Use(disk, [place, desk.second]))
    desk.writer.post(Write(1, segment(1, "two")))
    desk.end()
    assert place.text() == desk.second.text() == "One. Two."
    assert desk.first.text() == "One."
    assert [one.closed for one in (desk.first, desk.second)] == [1, 0]


def test_a_session_stays_in_the_folder_in_which_it_began_and_the_next_one_begins_in_the_new_one(desk: Desk) -> None:
    desk.say("one")
    desk.served()
    new = Disk([])
    desk.writer.post(Use(new, [desk.second]))
    desk.writer.post(Write(1, segment(1, "two")))
    desk.end()
    assert desk.disk.text() == "One. Two."
    desk.say("three", session=2)
    desk.served()
    assert new.text() == "Three."
    assert (desk.disk.settled, new.settled) == (1, 1)
    desk.writer.close()
    assert (desk.disk.closed, new.closed) == (1, 1)


def test_what_the_old_transcript_could_not_write_the_new_one_gets(desk: Desk) -> None:
    desk.disk.broken = FULL
    desk.say("one")
    desk.wait_for(lambda: Act.SEGMENT in acts(desk.second), "the toast has it")
    log: list[tuple[str, Change]] = []
    new = Disk(log)
    desk.writer.post(Use(new, [desk.second]))
    desk.wait_for(lambda: desk.of(Fated), "written")
    assert new.text() == "One."


def test_closing_serves_what_was_posted_and_closes_every_place() -> None:
    desk = Desk()
    desk.say("one")
    desk.writer.close()
    desk.writer.close()
    assert desk.disk.text() == "One."
    assert [place.closed for place in (desk.disk, desk.first, desk.second)] == [1, 1, 1]


def test_a_place_that_cannot_be_closed_keeps_no_other_open() -> None:
    class Stuck(Place):
        def close(self) -> None:
            raise ZeroDivisionError

    desk = Desk()
    stuck = Stuck("stuck", desk.log)
    desk.writer.post(Use(desk.disk, [stuck, desk.second]))
    desk.writer.close()
    assert desk.second.closed == 1
    assert [part for part, _ in desk.troubles()] == ["stuck"]


def test_a_session_that_is_still_being_recognized_is_not_forgotten_over_many_later_ones(desk: Desk) -> None:
    desk.say("Slow")
    for session in range(2, 13):
        desk.say(session=session)
        desk.writer.post(End(session, cancelled=True))
    desk.writer.post(Write(1, segment(1, "words")))
    desk.end()
    desk.wait_for_news(SessionWritten(1, 2))
    assert desk.troubles() == []


def test_late_words_of_a_cancelled_session_that_was_forgotten_are_no_trouble(desk: Desk) -> None:
    for session in range(1, 13):
        desk.say(session=session)
        desk.writer.post(End(session, cancelled=True))
    desk.writer.post(Write(1, segment(0, "Late")))
    desk.served()
    assert desk.troubles() == []
    assert desk.disk.text() == ""


def test_closing_says_how_much_the_disk_never_took() -> None:
    desk = Desk()
    desk.say("Lost")
    desk.served()
    desk.disk.broken = SinkError("The disk is full.", "Free some space.")
    desk.writer.post(Write(1, segment(1, "words")))
    assert desk.writer.close() > 0
