"""A take between pressing a key and letting it go: its last word is there, and so is a word the gate missed."""

from __future__ import annotations

import pytest

from tests.hearing.diary import Diary, diary_hearing
from tests.hearing.made import booked, chunks, hearing, listen, marks, nobody, said, script, segments, voice
from tray.core.ledger import Ledger
from tray.core.speech import RATE, Heard, Mark, Quiet, Skipped, Span
from tray.engines.script import Line, Script, ScriptEngine
from tray.hearing.hearing import Hearing


def let_go(one: Hearing, before: bytes, after: bytes) -> tuple[list[Heard], float | None]:
    """What is heard of all this until it is quiet, and how many seconds behind the key that was."""
    heard = [thing for chunk in chunks(before, 512) for thing in one.hear(chunk)] + one.release()
    for at, chunk in enumerate(chunks(after, 512, len(before) // 2), 1):
        heard += one.hear(chunk)
        if Quiet() in heard:
            return heard, at * 512 / RATE
    return heard, None


def test_when_the_key_is_let_go_the_last_words_and_their_mark_come_after_a_short_silence() -> None:
    heard, seconds = let_go(hearing(script("Dear Anna.")), nobody(0.512) + voice(1.024), nobody(1))
    assert said(heard) == ["Dear Anna"]
    assert marks(heard) == [Mark(0, ".")]
    assert heard[-1] == Quiet()
    assert seconds == pytest.approx(0.16)


def test_a_word_that_goes_on_behind_the_key_is_not_cut() -> None:
    heard, seconds = let_go(hearing(script("Dear Anna.")), nobody(0.5) + voice(1), voice(0.1) + nobody(1))
    assert said(heard) == ["Dear Anna"]
    assert segments(heard)[0].span.end >= 1.6 * RATE
    assert seconds == pytest.approx(0.1 + 0.16, abs=0.04)


def test_the_words_are_prepared_the_moment_the_key_is_let_go() -> None:
    diary = Diary()
    one = diary_hearing(diary)
    for chunk in chunks(nobody(0.512) + voice(1.024), 512):
        one.hear(chunk)
    assert diary.prepared == []
    one.release()
    assert len(diary.prepared) == 1
    for chunk in chunks(nobody(0.3), 512, round(1.536 * RATE)):
        one.hear(chunk)
    assert diary.pieces == diary.prepared


def test_sound_behind_the_quiet_is_accounted_for_and_may_hold_words() -> None:
    one, ledger = hearing(), Ledger()
    before, after = nobody(0.5) + voice(1), nobody(0.4) + voice(0.5) + nobody(0.1)
    ledger.capture(Span(0, len(before + after) // 2, RATE))
    heard = [thing for chunk in chunks(before, 512) for thing in one.hear(chunk)] + one.release()
    heard += [thing for chunk in chunks(after, 512, len(before) // 2) for thing in one.hear(chunk)]
    heard += one.finish(push_to_talk=True)
    assert heard.count(Quiet()) == 1
    assert len(said(heard)) == 2
    assert booked(heard, ledger).complete


@pytest.mark.parametrize(("seconds", "heard"), [(0.2, []), (0.4, ["Yes"]), (14, ["Yes"]), (16, [])])
def test_a_take_in_which_the_gate_heard_nobody_is_decoded_as_a_whole(seconds: float, heard: list[str]) -> None:
    assert said(listen(hearing(script("Yes.")), nobody(seconds), push_to_talk=True)) == heard


def test_a_take_of_silence_says_nothing() -> None:
    heard = listen(hearing(script("Yes.")), bytes(2 * RATE), push_to_talk=True)
    assert heard == [Skipped(Span(0, RATE, RATE))]


def test_an_engine_that_hears_words_in_silence_decodes_no_such_take() -> None:
    engine = ScriptEngine(Script((Line("You."),), silent_on_silence=False))
    assert said(listen(hearing(engine), nobody(2), push_to_talk=True)) == []


def test_a_take_in_which_the_gate_heard_somebody_has_no_second_text() -> None:
    assert said(listen(hearing(), voice(1), push_to_talk=True)) == ["Line 0"]


def test_a_session_that_was_no_take_is_not_decoded_without_the_gate() -> None:
    assert said(listen(hearing(script("Yes.")), nobody(2))) == []
