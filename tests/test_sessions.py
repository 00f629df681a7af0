"""The account of a session's sound, as the conductor keeps it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from tray.conductor.hands import Hands, Household
from tray.conductor.sessions import Sessions
from tray.core.ledger import Fate
from tray.core.news import Outcome
from tray.core.speech import Span


@dataclass
class Noted:
    """Hands that only note what they are asked to do."""

    done: list[tuple[str, object]] = field(default_factory=list)

    def open_source(self, session: int) -> None:
        self.done.append(("open", session))

    def let_go(self, session: int) -> None:
        self.done.append(("let go", session))

    def close_source(self, session: int) -> None:
        self.done.append(("close", session))

    def flush(self, session: int, *, push_to_talk: bool) -> None:
        self.done.append(("flush", (session, push_to_talk)))

    def release(self, session: int, span: Span, fate: Fate) -> None:
        self.done.append((fate.value, (session, span.end)))

    def put_away(self, session: int, captured: Span, outcome: Outcome) -> None:
        self.done.append(("put away", (session, captured.end, outcome)))

    def discard(self, session: int, *, struck: bool) -> None:
        self.done.append(("discard", (session, struck)))

    def tell(self, summary: str, body: str) -> None:
        self.done.append(("tell", summary))
        assert body


def begun() -> tuple[Sessions, Noted]:
    """One session with a second of sound."""
    hands = Noted()
    sessions = Sessions(cast(Hands, hands), cast(Household, hands))
    sessions.open(1)
    sessions.capture(1, Span(0, 16_000, 16_000))
    return sessions, hands


def told(hands: Noted) -> list[object]:
    return [what for verb, what in hands.done if verb == "tell"]


def test_a_session_with_words_says_nothing_at_its_end() -> None:
    sessions, hands = begun()
    sessions.end_capture(1)
    sessions.decide(1, Span(0, 16_000, 16_000), Fate.WRITTEN)
    assert sessions.end(1, words=3)
    assert told(hands) == []


def test_a_second_of_sound_without_words_is_said() -> None:
    sessions, hands = begun()
    sessions.end_capture(1)
    sessions.decide(1, Span(0, 16_000, 16_000), Fate.SKIPPED)
    sessions.end(1, words=0)
    assert told(hands) == ["Nothing heard"]


def test_sound_that_was_set_aside_is_told_once_and_kept() -> None:
    sessions, hands = begun()
    sessions.end_capture(1)
    sessions.decide(1, Span(0, 16_000, 16_000), Fate.ASIDE)
    sessions.end(1, words=0)
    assert told(hands) == ["1.0 s of sound ended recognition twice"]
    assert hands.done[-1] == ("put away", (1, 16_000, Outcome.WAITING))


def test_cancelled_sound_has_its_fate() -> None:
    sessions, hands = begun()
    sessions.discard(1, Outcome.CANCELLED)
    sessions.end_capture(1)
    sessions.end(1, words=0)
    assert told(hands) == []
    assert ("discard", (1, True)) in hands.done
    assert ("cancelled", (1, 16_000)) in hands.done
    assert hands.done[-1] == ("put away", (1, 16_000, Outcome.CANCELLED))


def test_sound_without_any_fate_is_never_passed_over_in_silence() -> None:
    sessions, hands = begun()
    sessions.end_capture(1)
    sessions.decide(1, Span(0, 4_000, 16_000), Fate.WRITTEN)
    sessions.end(1, words=1)
    assert told(hands) == ["Some sound was passed over"]
    assert hands.done[-1] == ("put away", (1, 16_000, Outcome.WAITING))


def test_a_cancel_stays_a_cancel_when_recognition_is_lost_meanwhile() -> None:
    sessions, hands = begun()
    sessions.discard(1, Outcome.CANCELLED)
    sessions.discard(1, Outcome.WAITING)
    sessions.end_capture(1)
    assert ("discard", (1, True)) in hands.done


def test_without_a_sample_there_is_nothing_to_wait_for() -> None:
    hands = Noted()
    sessions = Sessions(cast(Hands, hands), cast(Household, hands))
    sessions.open(1)
    assert sessions.end_capture(1)
    assert ("flush", (1, False)) not in hands.done


def test_a_session_that_ends_may_bring_the_rest_of_a_word_until_it_falls_quiet() -> None:
    sessions, hands = begun()
    sessions.close(1, push_to_talk=True)
    assert hands.done[-1] == ("let go", 1)
    sessions.fall_quiet(1)
    assert hands.done[-1] == ("close", 1)


def test_quiet_of_a_session_that_is_over_closes_nothing() -> None:
    sessions, hands = begun()
    sessions.end_capture(1)
    sessions.decide(1, Span(0, 16_000, 16_000), Fate.WRITTEN)
    sessions.end(1, words=3)
    sessions.fall_quiet(1)
    assert ("close", 1) not in hands.done


def test_a_session_that_never_gets_a_sample_is_silent_too() -> None:
    sessions = Sessions(cast(Hands, Noted()), cast(Household, Noted()))
    sessions.open(1)
    assert 0 < sessions.silence(1) < 60


def test_silence_is_counted_from_the_last_words() -> None:
    sessions, _ = begun()
    for end, fate in ((4_000, Fate.SKIPPED), (8_000, Fate.WRITTEN), (12_000, Fate.SKIPPED), (16_000, Fate.SKIPPED)):
        sessions.decide(1, Span(end - 4_000, end, 16_000), fate)
    assert sessions.silence(1) == 0.5
    assert sessions.silence(None) == sessions.silence(7) == 0.0
