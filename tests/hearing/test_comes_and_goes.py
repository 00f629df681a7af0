"""An ear comes when it is needed, does what it is told, and leaves no process behind."""

from __future__ import annotations

import pytest

from tests.hearing.desk import SENTENCE, Desk, alive, poll
from tests.hearing.made import nobody, voice
from tray.core.speech import Mark, Released
from tray.hearing.messages import Hushed, Settled
from tray.hearing.supervisor import EarNews


def test_an_ear_without_work_ends_and_the_next_session_starts_another(desk: Desk) -> None:
    desk.write('text = "One."', 'text = "Two."')
    desk.start(idle_s=0.1)
    desk.dictate(1, SENTENCE)
    first = desk.pid()
    poll(lambda: not alive(first), "the ear ends")
    desk.dictate(2, SENTENCE)
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
    desk.dictate(1, SENTENCE)
    if not at_once:
        poll(lambda: not alive(first), "the other kind of ear ends")
    desk.dictate(2, SENTENCE)
    assert (desk.said(1), desk.said(2)) == ([(0, "One"), (1, "Two")], [(0, "Eins")])
    assert desk.deaths() == []


def test_the_same_engine_is_not_loaded_again(desk: Desk) -> None:
    desk.write('text = "One."', 'text = "Two."')
    supervisor = desk.start()
    for session in (1, 2):
        supervisor.use(desk.command(), idle_s=600)
        desk.dictate(session, SENTENCE)
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
    desk.dictate(2, SENTENCE)
    assert desk.said(2) == [(0, "Two")]
    desk.assert_complete(2)


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


def test_nobody_guesses_unless_somebody_looks_on(desk: Desk) -> None:
    desk.write('text = "One two three four five six."')
    supervisor = desk.start()
    supervisor.watch(wanted=True)
    supervisor.watch(wanted=False)
    desk.dictate(1, SENTENCE * 2)
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
