"""How long a person waits for the text of a take, and what can be read while they do."""

from __future__ import annotations

import threading
import time

import pytest

from tray.bench.screen import Readings
from tray.bench.takes import Held, Written, words_of
from tray.bench.voice import Spoken


def held(released: float, complete: float | None) -> Held:
    """A take with these times in seconds."""
    return Held(released, complete, "Hello.", Spoken(0, b""), "Hello.")


def test_a_wait_lasts_from_the_key_to_the_text() -> None:
    assert held(10.0, 10.125).wait_ms == pytest.approx(125)


def test_nobody_waits_for_text_that_was_there_before_the_key_came_up() -> None:
    assert held(10.0, 9.5).wait_ms == 0


def test_a_take_without_text_has_no_wait() -> None:
    assert held(10.0, None).wait_ms is None


def test_the_way_from_the_endpoint_begins_when_half_a_second_of_silence_was_delivered() -> None:
    # a segment holds a quarter of a second of the silence behind it
    written = Written(spoken=10.0, read=10.6, delivered=10.29)
    assert written.from_speech_ms == pytest.approx(600)
    assert written.from_endpoint_ms == pytest.approx(60)


def test_without_a_segment_that_ended_with_the_speech_nothing_is_known_of_its_endpoint() -> None:
    assert Written(spoken=10.0, read=10.6).from_endpoint_ms is None


def test_marks_and_capitals_are_no_words() -> None:
    assert words_of("Dear Anna, don't wait!") == ["dear", "anna", "don't", "wait"]


def test_a_text_that_comes_while_somebody_waits_is_seen_with_its_time() -> None:
    readings = Readings()
    begun = time.monotonic()
    threading.Thread(target=readings.add, args=("Hello.",)).start()
    seen = readings.await_one(lambda one: one.text == "Hello.", begun + 5)
    assert seen is not None
    assert begun <= seen.at <= time.monotonic()
    assert readings.since(begun) == [seen]
    assert readings.since(seen.at) == []


def test_nobody_waits_longer_than_they_want_to() -> None:
    readings = Readings()
    readings.add("Something else.")
    assert readings.await_one(lambda one: one.text == "Hello.", time.monotonic() + 0.05) is None
