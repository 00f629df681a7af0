"""The ear is a process that may die at any moment; what was said is heard all the same, and only once."""

from __future__ import annotations

import os
import signal

import pytest

from tests.hearing.desk import SENTENCE, Desk, poll
from tests.hearing.made import nobody, voice
from tray.core.failures import ModelError
from tray.core.speech import Mark, Segment
from tray.hearing.child import Patience
from tray.hearing.supervisor import DEATHS, EarNews

HASTY = Patience(still_s=0.5, decoding=0.5)


def test_words_come_and_every_sample_has_its_fate(desk: Desk) -> None:
    desk.write('text = "One."', 'text = "Two."')
    desk.start()
    desk.dictate(1, SENTENCE * 2)
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
    desk.dictate(1, voice(0.5) + nobody(0.8) + voice(1))
    assert desk.said(1) == [(0, "One"), (1, "two"), (2, "Three")]
    desk.assert_complete(1)
    assert desk.deaths() == [EarNews(alive=False)]


def test_words_after_a_death_have_their_true_time(desk: Desk) -> None:
    desk.write('text = "One."', "exits = 9", 'text = "Two."')
    desk.start()
    desk.dictate(1, voice(1) + nobody(5) + voice(1))
    second = [one for one in desk.heard(1) if isinstance(one, Segment)][1]
    assert 5.5 < second.words[0].start < 6.1


def test_the_mark_that_a_dead_ear_held_is_settled_before_the_next_words(desk: Desk) -> None:
    desk.write('text = "One,"', "exits = 9", 'text = ". Two."')
    desk.start()
    desk.dictate(1, SENTENCE * 2)
    kinds = [one for one in desk.heard(1) if isinstance(one, Segment | Mark)]
    assert [type(one) for one in kinds] == [Segment, Mark, Segment, Mark]
    assert kinds[1] == Mark(0, ",")


def test_a_sound_that_kills_two_ears_is_set_aside_and_what_follows_is_heard(desk: Desk) -> None:
    desk.write('text = "One,"', "exits = 9", "exits = 9", 'text = "Three."')
    desk.start()
    desk.dictate(1, SENTENCE * 3)
    assert desk.said(1) == [(0, "One"), (1, "Three")]
    [aside] = desk.aside()
    first, third = (one.span for one in desk.heard(1) if isinstance(one, Segment))
    assert first.end <= aside.start < aside.end <= third.start
    assert 0.9 < aside.seconds < 1.9


def test_an_ear_that_dies_at_every_sound_is_given_up_once(desk: Desk) -> None:
    desk.write('text = "One,"', *["exits = 9"] * DEATHS, 'text = "Never."')
    desk.start()
    desk.hear(1, SENTENCE * 4)
    desk.wait_for(lambda: any(news.final for news in desk.deaths()), "the end")
    desk.hear(1, SENTENCE)
    desk.finish(1)
    assert [news.final is None for news in desk.deaths()] == [True] * (DEATHS - 1) + [False]
    assert (desk.said(1), len(desk.aside())) == ([(0, "One")], 2)
    assert [one for one in desk.heard(1) if isinstance(one, Mark)] == [Mark(0, ",")]


def test_after_giving_up_the_next_session_is_heard(desk: Desk) -> None:
    desk.write(*["exits = 9"] * DEATHS, 'text = "Hello."')
    supervisor = desk.start()
    desk.hear(1, SENTENCE * 3)
    desk.wait_for(lambda: any(news.final for news in desk.deaths()), "the end")
    supervisor.wake()
    desk.hear(1, SENTENCE)
    desk.spool.forget(1)
    desk.dictate(2, SENTENCE)
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


def test_a_model_that_fails_once_in_mid_session_is_loaded_again(desk: Desk) -> None:
    desk.write('text = "One,"', 'raises = "The model is tired"', 'text = "two."')
    desk.start()
    desk.dictate(1, SENTENCE * 2)
    assert desk.said(1) == [(0, "One"), (1, "two")]
    assert desk.deaths() == [EarNews(alive=False)]
    desk.assert_complete(1)


def test_a_model_that_always_fails_says_why_and_leaves_what_was_written(desk: Desk) -> None:
    desk.write('text = "One,"', *['raises = "The model is broken"'] * DEATHS)
    desk.start()
    desk.hear(1, SENTENCE * 4)
    desk.wait_for(lambda: any(news.final for news in desk.deaths()), "the bad news")
    assert desk.said(1) == [(0, "One")]
    assert str(desk.deaths()[-1].final) == "The model is broken"


def test_a_command_that_cannot_be_run_is_told(desk: Desk) -> None:
    supervisor = desk.start()
    supervisor.use([str(desk.folder / "nothing")], idle_s=600)
    supervisor.wake()
    desk.wait_for(desk.deaths, "the bad news")
    assert desk.deaths()[0].final
    supervisor.use(desk.command(), idle_s=600)
    desk.write('text = "One."')
    supervisor.wake()
    desk.dictate(1, SENTENCE)


def test_an_ear_that_hangs_is_replaced(desk: Desk) -> None:
    desk.write('text = "One."', "hangs_s = 60", 'text = "Two."')
    desk.start(patience=HASTY)
    desk.dictate(1, SENTENCE * 2)
    assert desk.said(1) == [(0, "One"), (1, "Two")]
    desk.assert_complete(1)


def test_an_ear_that_takes_no_more_sound_is_replaced(desk: Desk) -> None:
    desk.write("hangs_s = 60", 'text = "One."')
    desk.start(patience=HASTY)
    desk.hear(1, SENTENCE + nobody(30))
    desk.wait_until_said(1)
    assert desk.said(1) == [(0, "One")]


def test_an_ear_gets_ten_times_as_long_as_its_sound_before_it_counts_as_hanging(desk: Desk) -> None:
    desk.write('hangs_s = 1.5\ntext = "One."')
    desk.start(patience=Patience(still_s=0.3, decoding=10))
    desk.dictate(1, SENTENCE)
    assert desk.said(1) == [(0, "One")]
    assert desk.deaths() == []


def test_hypotheses_come_while_somebody_looks_on_also_from_an_ear_that_replaces_another(desk: Desk) -> None:
    desk.write('text = "One two three four five six."')
    desk.start().watch(wanted=True)
    desk.hear(1, voice(1.5))
    desk.wait_for(desk.guesses, "a guess")
    before = len(desk.guesses())
    os.kill(desk.pid(), signal.SIGKILL)
    desk.wait_for(lambda: len(desk.guesses()) > before, "a guess of the next ear")
