"""Sound in, words out: what is heard does not depend on how it comes."""

from __future__ import annotations

import pytest

from tests.hearing.diary import Diary, diary_hearing
from tests.hearing.made import (
    TALK,
    LoudnessGate,
    Straight,
    booked,
    chunks,
    hearing,
    listen,
    nobody,
    said,
    script,
    segments,
    voice,
)
from tray.core.ledger import Ledger
from tray.core.segmenter import PRE_ROLL, Frame, Policy
from tray.core.speech import FRAME, RATE, AudioChunk, Heard, Hypothesis, Piece, Recognized, Skipped, Span
from tray.hearing.hearing import Beginning, Hearing, Parts
from tray.ports import Traits
from tray.punctuators.rules import RulesPunctuator


def test_what_is_said_comes_out_in_order() -> None:
    heard = listen(hearing(script("Dear Anna,", "thank you.", "See you.")), TALK)
    assert said(heard) == ["Dear Anna", "thank you", "See you"]
    assert [one.number for one in segments(heard)] == [0, 1, 2]


@pytest.mark.parametrize("block", [1, 160, 511, 512, 4096, len(TALK)])
def test_the_size_of_the_blocks_does_not_change_what_is_heard(block: int) -> None:
    def words(blocks: int) -> list[Heard]:
        return [thing for thing in listen(hearing(), TALK, blocks) if not isinstance(thing, Skipped)]

    sound_in_blocks = words(block) if block > 1 else words(37)
    assert sound_in_blocks == words(512)


def test_all_frames_of_a_chunk_are_judged_together() -> None:
    judged: list[int] = []

    class Counting(LoudnessGate):
        def score(self, pcm: bytes) -> list[Frame]:
            judged.append(len(pcm) // (2 * FRAME))
            return super().score(pcm)

    Hearing(Parts(Counting(), script(), Straight, RulesPunctuator)).hear(AudioChunk(TALK, 0, RATE))
    assert [frames for frames in judged if frames] == [len(TALK) // (2 * FRAME)]


def test_words_have_the_time_at_which_they_were_spoken() -> None:
    first = segments(listen(hearing(script("One two.")), TALK))[0]
    assert 1 - PRE_ROLL / RATE <= first.words[0].start <= 1.05
    assert 1.9 < first.words[-1].end <= 2.05 + Policy().tail_s


def test_a_segment_spans_its_speech() -> None:
    heard = segments(listen(hearing(), TALK))
    spans = [one.span for one in heard]
    assert [span.start for span in spans] == [round(one.words[0].start * RATE) for one in heard]
    for span, (start, end) in zip(spans, [(1, 2), (2.7, 3.2), (6.2, 8.2)], strict=True):
        assert span.start / RATE <= start
        assert end <= span.end / RATE <= end + 0.05 + Policy().tail_s


@pytest.mark.parametrize("tenths", range(20, 32))
def test_the_sound_before_a_voice_belongs_to_its_segment_however_long_the_silence(tenths: int) -> None:
    second = segments(listen(hearing(), voice(1) + nobody(tenths / 10) + voice(1)))[1]
    assert second.span.start == round(second.words[0].start * RATE)


def test_a_hearing_that_goes_on_after_another_counts_on() -> None:
    went_on = hearing(script("Three."), beginning=Beginning(segment=7, seconds=100.0))
    heard = [thing for chunk in chunks(TALK[:64_000], 512, start=5000) for thing in went_on.hear(chunk)]
    segment = segments([*heard, *went_on.finish()])[0]
    assert segment.number == 7
    assert 100.5 < segment.words[0].start < 101.1
    assert segment.span.start > 5000


def test_the_words_of_a_piece_are_prepared_before_it_ends_and_of_the_same_sound() -> None:
    diary = Diary()
    listen(diary_hearing(diary), voice(1) + nobody(0.4) + voice(1) + nobody(0.8) + voice(1) + nobody(2))
    assert len(diary.prepared) == 3
    assert diary.prepared[1:] == diary.pieces


@pytest.mark.parametrize("streaming", [False, True])
def test_hypotheses_come_only_while_somebody_looks_on(streaming: bool) -> None:
    one = hearing(script("One two three four five six seven.", streaming=streaming))
    sound = list(chunks(voice(6), 512))
    guesses = [[thing for thing in one.hear(chunk) if isinstance(thing, Hypothesis)] for chunk in sound[:60]]
    assert not any(guesses)
    one.watch(wanted=True)
    shown = [thing for chunk in sound[60:120] for thing in one.hear(chunk) if isinstance(thing, Hypothesis)]
    assert shown
    assert all("One two three four five six seven".startswith(thing.text) for thing in shown)
    one.watch(wanted=False)
    assert not [thing for chunk in sound[120:] for thing in one.hear(chunk) if isinstance(thing, Hypothesis)]


def test_an_engine_that_does_not_stream_is_asked_twice_a_second() -> None:
    one = diary_hearing(Diary())
    one.watch(wanted=True)
    heard = [thing for chunk in chunks(voice(3), 512) for thing in one.hear(chunk)]
    assert [thing.text for thing in heard if isinstance(thing, Hypothesis)] == [
        "0.5 s",
        "1.0 s",
        "1.5 s",
        "2.0 s",
        "2.6 s",
    ]


def test_pieces_and_the_gaps_between_them_are_the_sound_as_it_was_spoken() -> None:
    diary = Diary()
    sound = TALK + voice(12) + nobody(1)
    listen(diary_hearing(diary), sound)
    joined = diary.pieces[0].sound
    for piece in diary.pieces[1:]:
        joined += piece.gap + piece.sound[2 * piece.overlap :]
    begin = round(diary.pieces[0].start * RATE) * 2
    assert len(diary.pieces) > 3
    assert joined == sound[begin : begin + len(joined)]


def test_the_pause_before_a_piece_is_told() -> None:
    diary = Diary()
    listen(diary_hearing(diary), TALK)
    assert [piece.pause for piece in diary.pieces] == [
        float("inf"),
        pytest.approx(0.7, abs=0.04),
        pytest.approx(3, abs=0.04),
    ]


def test_a_strike_before_anything_was_said_changes_nothing() -> None:
    one = hearing(script("Well."))
    assert one.forget() == []
    assert said(listen(one, voice(1))) == ["Well"]


def test_a_streaming_engine_hears_every_sample_of_a_piece_once() -> None:
    class Listener(Diary):
        traits = Traits(streaming=True, punctuated=True, word_times=True, languages=("en",), silent_on_silence=False)

        def __init__(self) -> None:
            super().__init__()
            self.open_piece = b""

        def hear(self, sound: bytes) -> Hypothesis | None:
            self.open_piece += sound
            return None

        def end(self, piece: Piece) -> Recognized:
            assert self.open_piece.startswith(piece.sound[2 * piece.overlap :])
            self.open_piece = b""
            return super().end(piece)

    engine = Listener()
    sound = TALK + voice(25) + nobody(2) + voice(0.51)
    assert len(sound) // 2 % FRAME
    listen(diary_hearing(engine), sound)
    assert len(engine.pieces) >= 5
    assert sound.endswith(engine.pieces[-1].sound)


def test_text_is_shown_while_somebody_speaks_and_a_streaming_engine_listens() -> None:
    one = hearing(script("One two three.", streaming=True))
    one.watch(wanted=True)
    heard = listen(one, voice(2))
    shown = [thing.text for thing in heard if isinstance(thing, Hypothesis)]
    assert shown == ["One", "One two", "One two three"]


def test_sound_without_a_pause_is_not_kept_for_ever() -> None:
    one = hearing()
    for chunk in chunks(voice(60), 512):
        one.hear(chunk)
    kept = one._tape.end - one._tape._first  # pyright: ignore[reportPrivateUsage]
    assert kept < 30 * RATE


def test_a_piece_without_words_has_its_fate_when_it_ends() -> None:
    one = hearing(script())
    heard = [thing for chunk in chunks(voice(1) + nobody(0.6), 512) for thing in one.hear(chunk)]
    assert segments(heard) == []
    assert any(isinstance(thing, Skipped) and thing.span.end > RATE for thing in heard)


def test_long_silence_is_reported_while_it_lasts() -> None:
    one = hearing()
    heard = [thing for chunk in chunks(voice(1) + nobody(60), 512) for thing in one.hear(chunk)]
    reported = heard[-1]
    assert isinstance(reported, Skipped)
    assert reported.span.end > 58 * RATE


def test_a_session_in_which_nobody_speaks_is_skipped_as_a_whole() -> None:
    ledger = Ledger()
    ledger.capture(Span(0, 40 * RATE, RATE))
    heard = listen(hearing(), nobody(40))
    assert {type(thing) for thing in heard} == {Skipped}
    assert booked(heard, ledger).complete


def test_an_empty_session_has_nothing_to_say() -> None:
    assert hearing().finish() == []
    assert hearing().finish(push_to_talk=True) == []
