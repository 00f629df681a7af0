"""The text goes to the transcript first and then everywhere, and every step of it is told."""

from __future__ import annotations

from tests.writer.conftest import Desk, Disk, Place, acts, segment
from tray.core.ledger import Fate
from tray.core.news import Fated, SessionWritten, TextChanged
from tray.core.prose import Act
from tray.core.speech import RATE, Mark, Span
from tray.writer.orders import Decide, End, Settle, Use, Write


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


def test_closing_serves_what_was_posted_and_closes_every_place() -> None:
    desk = Desk()
    desk.say("one")
    desk.writer.close()
    desk.writer.close()
    assert desk.disk.text() == "One."
    assert [place.closed for place in (desk.disk, desk.first, desk.second)] == [1, 1, 1]


def test_a_session_that_is_still_being_recognized_is_not_forgotten_over_many_later_ones(desk: Desk) -> None:
    desk.say("Slow")
    for session in range(2, 13):
        desk.say(session=session)
        desk.writer.post(End(session, cancelled=True))
    desk.writer.post(Write(1, segment(1, "words")))
    desk.end()
    desk.wait_for_news(SessionWritten(1, 2))
    assert desk.troubles() == []
