"""Undo and cancel: what is struck, and how long it can be."""

from __future__ import annotations

from dataclasses import replace

from tests.writer.conftest import FULL, NOON, Desk, acts, segment
from tray.core.ledger import Fate
from tray.core.news import Back, Fated, SessionWritten, Struck, Undone
from tray.core.prose import Act, Passage
from tray.core.speech import RATE, Mark, Span
from tray.writer.orders import Begin, Decide, End, Restore, Settle, Strike, Write


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


def test_late_words_of_a_cancelled_session_that_was_forgotten_are_no_trouble(desk: Desk) -> None:
    for session in range(1, 13):
        desk.say(session=session)
        desk.writer.post(End(session, cancelled=True))
    desk.writer.post(Write(1, segment(0, "Late")))
    desk.served()
    assert desk.troubles() == []
    assert desk.disk.text() == ""


def undone(desk: Desk, *numbers: int) -> Undone:
    """What the transcript says of the session, and which segments are to come back."""
    return Undone(desk.disk.changes()[-1].passage, numbers)


def test_what_was_undone_stands_again_everywhere(desk: Desk) -> None:
    desk.say("one", "two")
    desk.served()
    desk.writer.post(Strike(desk.name()))
    desk.served()
    wanted = undone(desk, 1)
    desk.writer.post(Restore(wanted))
    desk.wait_for_news(Back(wanted))
    assert desk.first.text() == desk.disk.text() == "One. Two."
    assert acts(desk.first)[-1] is Act.RESTORED


def test_a_cancelled_session_stands_again_after_its_end(desk: Desk) -> None:
    desk.say("one", "two")
    desk.writer.post(Settle(1, Mark(0, ".")))
    desk.writer.post(End(1, cancelled=True))
    desk.wait_for_news(SessionWritten(1, 0))
    desk.writer.post(Restore(replace(undone(desk), numbers=(0, 1))))
    desk.served()
    assert desk.first.text() == "One. Two."


def test_what_is_restored_twice_is_told_once(desk: Desk) -> None:
    desk.say("one")
    desk.served()
    desk.writer.post(Strike(desk.name()))
    desk.served()
    for _ in range(2):
        desk.writer.post(Restore(undone(desk, 0)))
        desk.served()
    assert acts(desk.first).count(Act.RESTORED) == 1


def test_a_session_of_an_earlier_program_is_restored_as_the_transcript_has_it(desk: Desk) -> None:
    said = Passage("20261122T120000.000000-1", NOON).add(segment(0, "one")).strike(0)
    wanted = Undone(said, (0,))
    desk.writer.post(Restore(wanted))
    desk.wait_for_news(Back(wanted))
    assert desk.disk.changes()[-1].passage == said.restore([0])
    assert desk.first.text() == "One."


def test_what_is_restored_while_more_of_its_session_is_recovered_stays_restored(desk: Desk) -> None:
    said = Passage("20261122T120000.000000-1", NOON).add(segment(0, "one")).strike(0)
    desk.writer.post(Begin(-1, replace(said, recovering=True)))
    desk.writer.post(Restore(Undone(said, (0,))))
    desk.writer.post(Write(-1, segment(1, "two")))
    desk.served()
    assert desk.disk.text() == "One. Two."
    assert desk.first.text() == "One."


def test_nothing_counts_as_back_before_the_disk_has_it(desk: Desk) -> None:
    desk.say("one")
    desk.served()
    desk.writer.post(Strike(desk.name()))
    desk.served()
    wanted = undone(desk, 0)
    desk.disk.broken = FULL
    desk.writer.post(Restore(wanted))
    desk.wait_for(lambda: desk.first.text() == "One.", "the other places")
    assert not desk.of(Back)
    desk.disk.broken = None
    desk.wait_for_news(Back(wanted))
