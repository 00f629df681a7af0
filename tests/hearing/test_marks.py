"""The mark behind the last word: when it stands, and what may still change it."""

from __future__ import annotations

import pytest

from tests.hearing.diary import Diary, diary_hearing
from tests.hearing.made import TALK, chunks, hearing, listen, marks, nobody, said, script, segments, voice
from tray.core.speech import RATE, Mark, Piece, Recognized, Segment, Word
from tray.hearing.hearing import Hearing
from tray.ports import Traits


class Clock:
    """Notes after how many seconds of sound something came out."""

    def __init__(self, one: Hearing) -> None:
        self.hearing = one
        self.seconds = 0.0
        self.start = 0

    def until_mark(self, sound: bytes) -> float:
        """Seconds of this sound until a mark comes out; infinite if none does."""
        for at, chunk in enumerate(chunks(sound, 512, self.start), 1):
            self.start = chunk.end
            if marks(self.hearing.hear(chunk)):
                return at * 512 / RATE
        return float("inf")


def test_a_held_mark_stands_after_one_and_a_half_seconds_of_silence() -> None:
    clock = Clock(hearing(script("Well.")))
    assert clock.until_mark(voice(1)) == float("inf")
    assert clock.until_mark(nobody(3)) == pytest.approx(1.5, abs=0.13)


def test_words_without_a_mark_may_still_get_one_from_the_next_words_however_late() -> None:
    clock = Clock(hearing(script("Well", ". Then go.")))
    clock.until_mark(voice(1))
    assert clock.until_mark(nobody(3)) == float("inf")
    assert clock.until_mark(voice(1) + nobody(0.6)) < 3


def test_a_held_mark_stands_when_the_session_ends() -> None:
    heard = listen(hearing(script("Well,")), voice(1))
    assert heard[-1] == Mark(0, ",")
    assert len(marks(heard)) == 1


def test_a_held_mark_is_settled_together_with_the_next_words() -> None:
    heard = listen(hearing(script("Dear Anna.", ", thank you.")), voice(1) + nobody(0.8) + voice(1))
    kinds = [thing for thing in heard if isinstance(thing, Segment | Mark)]
    assert [type(thing) for thing in kinds] == [Segment, Mark, Segment, Mark]
    assert marks(heard) == [Mark(0, ","), Mark(1, ".")]


def test_next_words_that_say_nothing_of_the_mark_leave_it_as_it_was_held() -> None:
    heard = listen(hearing(script("Well?", "yes.")), voice(1) + nobody(0.8) + voice(1))
    assert marks(heard) == [Mark(0, "?"), Mark(1, ".")]


def test_every_segment_is_settled_once() -> None:
    heard = listen(hearing(), TALK)
    assert [mark.segment for mark in marks(heard)] == [one.number for one in segments(heard)]


def test_only_a_mark_that_nothing_follows_is_final_for_the_engine() -> None:
    diary = Diary()
    listen(diary_hearing(diary), voice(1) + nobody(0.8) + voice(1) + nobody(0.8) + voice(1))
    assert diary.told == ["prepare", "end", "prepare", "end", "end", "settle"]
    diary = Diary()
    listen(diary_hearing(diary), voice(1) + nobody(2) + voice(1) + nobody(2))
    assert diary.told == ["prepare", "end", "settle"] * 2


def test_after_a_strike_the_engine_and_the_mark_begin_anew() -> None:
    diary = Diary()
    one = diary_hearing(diary)
    heard = [thing for chunk in chunks(voice(1) + nobody(0.8), 512) for thing in one.hear(chunk)]
    assert len(segments(heard)) == 1
    assert one.forget() == [Mark(0, ".")]
    assert one.forget() == []
    assert diary.told == ["prepare", "end", "forget", "forget"]
    assert marks(one.finish()) == []


def test_bare_words_get_their_marks() -> None:
    class Bare(Diary):
        traits = Traits(streaming=False, punctuated=False, word_times=True, languages=("en",), silent_on_silence=True)

        def end(self, piece: Piece) -> Recognized:
            words = (Word("well", piece.start, piece.start + 0.5, None, "measured"),)
            return Recognized(words, held="", before=None)

    heard = listen(diary_hearing(Bare()), voice(1) + nobody(0.8) + voice(1) + nobody(3) + voice(1))
    assert said(heard) == ["Well", "Well", "Well"]
    assert [mark.text for mark in marks(heard)] == [".", ".", "."]
