"""A place that cannot take the text stops nobody else, and nothing is lost on a full disk."""

from __future__ import annotations

import time
from itertools import count

from tests.writer.conftest import DEADLINE, FULL, Desk, Disk, Place, acts, segment
from tray.core.failures import SinkError
from tray.core.ledger import Fate
from tray.core.news import Fated, SessionWritten
from tray.core.prose import Act, Change
from tray.core.speech import RATE, Mark, Span
from tray.writer.orders import Decide, End, Settle, Use, Write


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


def test_what_the_old_transcript_could_not_write_the_new_one_gets(desk: Desk) -> None:
    desk.disk.broken = FULL
    desk.say("one")
    desk.wait_for(lambda: Act.SEGMENT in acts(desk.second), "the toast has it")
    log: list[tuple[str, Change]] = []
    new = Disk(log)
    desk.writer.post(Use(new, [desk.second]))
    desk.wait_for(lambda: desk.of(Fated), "written")
    assert new.text() == "One."


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


def test_closing_says_how_much_the_disk_never_took() -> None:
    desk = Desk()
    desk.say("Lost")
    desk.served()
    desk.disk.broken = SinkError("The disk is full.", "Free some space.")
    desk.writer.post(Write(1, segment(1, "words")))
    assert desk.writer.close() > 0
