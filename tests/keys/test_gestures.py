"""What a press of the hotkey means, line by line of the table, and what can never happen."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from tray.core.keys import Gesture, Hold, Key, KeyEvent, forget, press

HOLD_MS = 350
START, FINISH, TAKE, CANCEL = Gesture.START, Gesture.FINISH, Gesture.FINISH_TAKE, Gesture.CANCEL


@dataclass
class Person:
    """Presses keys in front of a program that obeys every gesture at once."""

    hold: Hold = field(default_factory=Hold)
    recording: bool = False

    def does(self, act: str, at: float) -> Gesture | None:
        """`+toggle` presses, `-toggle` releases; `menu starts` and `menu ends` are done without a key."""
        if act in ("menu starts", "menu ends"):
            self.recording = act == "menu starts"
            self.hold = self.hold if self.recording else forget(self.hold)
            return None
        event = KeyEvent(Key(act[1:]), down=act[0] == "+", at=at)
        self.hold, gesture = press(self.hold, event, recording=self.recording, hold_ms=HOLD_MS)
        if gesture is not None:
            self.recording = gesture is START
        return gesture


TABLE = [
    ("a tap starts", [(0, "+toggle", START), (0.349, "-toggle", None)]),
    ("and the next press finishes", [(0, "+toggle", START), (0.1, "-toggle", None), (5, "+toggle", FINISH)]),
    ("a hold of 350 ms is push-to-talk", [(0, "+toggle", START), (0.35, "-toggle", TAKE)]),
    ("also where seconds have a binary fraction", [(100, "+toggle", START), (100.35, "-toggle", TAKE)]),
    ("a long hold is push-to-talk", [(0, "+toggle", START), (60, "-toggle", TAKE)]),
    (
        "how long the finishing press lasts does not matter",
        [(0, "+toggle", START), (0.1, "-toggle", None), (5, "+toggle", FINISH), (8, "-toggle", None)],
    ),
    (
        "auto-repeat is ignored",
        [(0, "+toggle", START), (0.3, "+toggle", None), (0.6, "+toggle", None), (0.7, "-toggle", TAKE)],
    ),
    (
        "a press while the last session drains starts a new one",
        [(0, "+toggle", START), (1, "-toggle", TAKE), (1.1, "+toggle", START), (1.2, "-toggle", None)],
    ),
    ("a session from the menu ends at the press", [(0, "menu starts", None), (9, "+toggle", FINISH)]),
    ("the cancel key cancels", [(0, "+toggle", START), (0.1, "-toggle", None), (2, "+cancel", CANCEL)]),
    ("the cancel key counts while the last text is still coming", [(0, "+cancel", CANCEL), (0.1, "-cancel", None)]),
    ("a held cancel key cancels once", [(0, "menu starts", None), (1, "+cancel", CANCEL), (2, "+cancel", None)]),
    (
        "a held cancel key leaves the next session alone",
        [(0, "menu starts", None), (1, "+cancel", CANCEL), (2, "menu starts", None), (3, "+cancel", None)],
    ),
    (
        "the release of a cancelled take does nothing",
        [(0, "+toggle", START), (1, "+cancel", CANCEL), (2, "-toggle", None)],
    ),
    (
        "the release of a take that the menu ended does nothing",
        [(0, "+toggle", START), (1, "menu ends", None), (2, "-toggle", None)],
    ),
    (
        "nor does it end what the menu started since",
        [(0, "+toggle", START), (1, "menu ends", None), (2, "menu starts", None), (3, "-toggle", None)],
    ),
    (
        "nor what the menu started after a cancel",
        [(0, "+toggle", START), (1, "+cancel", CANCEL), (2, "menu starts", None), (3, "-toggle", None)],
    ),
    ("a release out of nowhere does nothing", [(0, "-toggle", None), (1, "-cancel", None)]),
]


@pytest.mark.parametrize("story", [story for _, story in TABLE], ids=[name for name, _ in TABLE])
def test_a_press_means(story):
    person = Person()
    assert [person.does(act, at) for at, act, _ in story] == [gesture for *_, gesture in story]


def test_the_release_of_a_take_whose_session_failed_meanwhile_does_nothing():
    hold, _ = press(Hold(), KeyEvent(Key.TOGGLE, down=True, at=0), recording=False, hold_ms=HOLD_MS)
    assert press(hold, KeyEvent(Key.TOGGLE, down=False, at=1), recording=False, hold_ms=HOLD_MS) == (Hold(), None)


ACTS = some.sampled_from(["+toggle", "-toggle", "+cancel", "-cancel", "menu starts", "menu ends"])
STORIES = some.lists(some.tuples(ACTS, some.floats(0.001, 2)), max_size=40)
unrecorded = settings(database=None, deadline=None)


@unrecorded
@given(STORIES)
def test_a_session_starts_only_where_none_is_open_and_ends_only_where_one_is(story):
    person, now = Person(), 0.0
    for act, pause in story:
        before, now = person.recording, now + pause
        gesture = person.does(act, now)
        assert gesture in (None, CANCEL) or before == (gesture is not START)


@unrecorded
@given(STORIES)
def test_the_same_event_again_never_changes_anything(story):
    once, twice, now = Person(), Person(), 0.0
    for act, pause in story:
        now += pause
        assert once.does(act, now) == twice.does(act, now)
        assert twice.does(act, now + 0.0005) is None
        assert once == twice


@unrecorded
@given(STORIES)
def test_only_the_release_of_the_press_that_started_the_session_ends_a_take(story):
    person, now, started = Person(), 0.0, None
    for act, pause in story:
        now += pause
        gesture = person.does(act, now)
        if gesture is TAKE:
            assert act == "-toggle"
            assert started is not None
            assert now - started > (HOLD_MS - 1) / 1000
        if gesture is START:
            started = now
        elif not person.recording or act == "-toggle":
            started = None


@unrecorded
@given(some.floats(0, 10))
def test_every_press_in_silence_starts_and_its_release_decides(held):
    person = Person()
    assert person.does("+toggle", 7) is START
    assert person.does("-toggle", 7 + held) is (TAKE if round(held * 1000) >= HOLD_MS else None)
    assert person.recording == (round(held * 1000) < HOLD_MS)
