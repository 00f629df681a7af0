"""Sound in, words out: what is heard does not depend on how it comes, and every sample comes out once."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.hearing.made import (
    LINES,
    LoudnessGate,
    Straight,
    booked,
    chunks,
    hearing,
    listen,
    marks,
    nobody,
    said,
    script,
    segments,
    voice,
)
from tray.audio.resample import Resampler
from tray.core.ledger import Ledger
from tray.core.segmenter import PRE_ROLL, Frame, Policy
from tray.core.speech import (
    FRAME,
    RATE,
    AudioChunk,
    Heard,
    Hypothesis,
    Mark,
    Piece,
    Quiet,
    Recognized,
    Segment,
    Skipped,
    Span,
    Word,
)
from tray.engines.script import Line, Script, ScriptEngine
from tray.hearing.hearing import Beginning, Hearing, Parts
from tray.ports import Engine, Traits
from tray.punctuators.rules import RulesPunctuator

TALK = nobody(1) + voice(1) + nobody(0.7) + voice(0.5) + nobody(3) + voice(2) + nobody(0.2)


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


class Diary:
    """An engine that writes down what it is told, and has no opinion on the mark before its words."""

    traits = Traits(streaming=False, punctuated=True, word_times=False, languages=("en",), silent_on_silence=True)

    def __init__(self) -> None:
        self.told: list[str] = []
        self.prepared: list[Piece] = []
        self.pieces: list[Piece] = []

    def open(self) -> Diary:
        return self

    def hear(self, sound: bytes) -> Hypothesis | None:
        self.told.append(f"hear {len(sound) // 2}")
        return None

    def prepare(self, piece: Piece) -> None:
        self.told.append("prepare")
        self.prepared.append(piece)

    def guess(self, piece: Piece) -> Hypothesis | None:
        return Hypothesis(f"{len(piece.sound) / 2 / RATE:.1f} s")

    def end(self, piece: Piece) -> Recognized:
        self.told.append("end")
        self.pieces.append(piece)
        words = (Word("word", piece.start, piece.start + 1, None, "estimated"),)
        return Recognized(words, held=".", before=None)

    def settle(self) -> None:
        self.told.append("settle")

    def forget(self) -> None:
        self.told.append("forget")


def diary_hearing(diary: Engine) -> Hearing:
    """A hearing of that engine."""
    return Hearing(Parts(LoudnessGate(), diary, Straight, RulesPunctuator, Policy()))


def test_only_a_mark_that_nothing_follows_is_final_for_the_engine() -> None:
    diary = Diary()
    listen(diary_hearing(diary), voice(1) + nobody(0.8) + voice(1) + nobody(0.8) + voice(1))
    assert diary.told == ["prepare", "end", "prepare", "end", "end", "settle"]
    diary = Diary()
    listen(diary_hearing(diary), voice(1) + nobody(2) + voice(1) + nobody(2))
    assert diary.told == ["prepare", "end", "settle"] * 2


def test_the_words_of_a_piece_are_prepared_before_it_ends_and_of_the_same_sound() -> None:
    diary = Diary()
    listen(diary_hearing(diary), voice(1) + nobody(0.4) + voice(1) + nobody(0.8) + voice(1) + nobody(2))
    assert len(diary.prepared) == 3
    assert diary.prepared[1:] == diary.pieces


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


def test_after_a_strike_the_engine_and_the_mark_begin_anew() -> None:
    diary = Diary()
    one = diary_hearing(diary)
    heard = [thing for chunk in chunks(voice(1) + nobody(0.8), 512) for thing in one.hear(chunk)]
    assert len(segments(heard)) == 1
    assert one.forget() == [Mark(0, ".")]
    assert one.forget() == []
    assert diary.told == ["prepare", "end", "forget", "forget"]
    assert marks(one.finish()) == []


def test_a_strike_before_anything_was_said_changes_nothing() -> None:
    one = hearing(script("Well."))
    assert one.forget() == []
    assert said(listen(one, voice(1))) == ["Well"]


def test_bare_words_get_their_marks() -> None:
    class Bare(Diary):
        traits = Traits(streaming=False, punctuated=False, word_times=True, languages=("en",), silent_on_silence=True)

        def end(self, piece: Piece) -> Recognized:
            words = (Word("well", piece.start, piece.start + 0.5, None, "measured"),)
            return Recognized(words, held="", before=None)

    heard = listen(diary_hearing(Bare()), voice(1) + nobody(0.8) + voice(1) + nobody(3) + voice(1))
    assert said(heard) == ["Well", "Well", "Well"]
    assert [mark.text for mark in marks(heard)] == [".", ".", "."]


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


RATES = st.sampled_from([8000, 11_025, 16_000, 22_050, 44_100, 48_000])
PARTS = st.lists(st.tuples(st.booleans(), st.floats(0.0, 2.5)), min_size=1, max_size=5)
STRETCHES = st.lists(st.tuples(RATES, PARTS, st.integers(0, 500)), min_size=1, max_size=3)


SLOW = (Phase.explicit, Phase.reuse, Phase.generate)
"""Seconds of sound are not worth minutes of shrinking."""


@settings(max_examples=40, deadline=None, phases=SLOW)
@given(stretches=STRETCHES, blocks=st.lists(st.integers(1, 9000), min_size=1, max_size=5), take=st.booleans())
def test_the_ledger_adds_up_to_the_sample(
    stretches: Sequence[tuple[int, Sequence[tuple[bool, float]], int]], blocks: Sequence[int], take: bool
) -> None:
    one, ledger = hearing(script(*LINES), Resampler), Ledger()
    heard: list[Heard] = []
    whole: list[Span] = []
    for rate, parts, odd in stretches:
        sound = b"".join((voice if speaks else nobody)(seconds, rate) for speaks, seconds in parts) + bytes(2 * odd)
        whole.append(Span(ledger.captured, ledger.captured + len(sound) // 2, rate))
        for chunk in _uneven(sound, blocks, ledger.captured, rate):
            ledger.capture(Span(chunk.start, chunk.end, rate))
            heard += one.hear(chunk)
    heard += one.finish(push_to_talk=take)
    assert booked(heard, ledger).complete
    spans = [thing.span for thing in heard if isinstance(thing, Segment | Skipped)]
    assert {span for span in spans for stretch in whole if _share(span, stretch) and span.rate != stretch.rate} == set()


def _share(one: Span, other: Span) -> bool:
    return max(one.start, other.start) < min(one.end, other.end)


def _uneven(sound: bytes, blocks: Sequence[int], start: int, rate: int) -> list[AudioChunk]:
    cut: list[AudioChunk] = []
    at = 0
    while at < len(sound):
        pcm = sound[at : at + 2 * blocks[len(cut) % len(blocks)]]
        cut.append(AudioChunk(pcm, start + at // 2, rate))
        at += len(pcm)
    return cut


@settings(max_examples=15, deadline=None, phases=SLOW)
@given(rate=RATES, blocks=st.lists(st.integers(1, 9000), min_size=1, max_size=5))
def test_at_any_rate_the_size_of_the_blocks_does_not_change_what_is_heard(rate: int, blocks: Sequence[int]) -> None:
    sound = b"".join([nobody(0.5, rate), voice(1, rate), nobody(0.8, rate), voice(0.6, rate), nobody(2, rate)])

    def words(pieces: list[AudioChunk]) -> list[Heard]:
        one = hearing(script(*LINES), Resampler)
        heard = [thing for chunk in pieces for thing in one.hear(chunk)] + one.finish()
        return [thing for thing in heard if not isinstance(thing, Skipped)]

    assert words(_uneven(sound, blocks, 0, rate)) == words(_uneven(sound, [rate // 50], 0, rate))
