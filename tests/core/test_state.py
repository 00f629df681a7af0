"""Every state, every event, every move."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tray.core.failures import MicrophoneError, ModelError
from tray.core.state import (
    Cancel,
    CloseSource,
    Desk,
    Discard,
    Draining,
    EarLost,
    Effect,
    Event,
    Faulted,
    Finish,
    Idle,
    Leave,
    Listening,
    Opening,
    OpenSource,
    Postpone,
    Quit,
    SoundFlows,
    SourceEnded,
    SourceLost,
    Start,
    TextComplete,
    Toggle,
    step,
)

UNPLUGGED = MicrophoneError("The microphone is gone", "Plug it in")
DEAF = ModelError("The model is gone", "Install it")

IDLE = Desk(Idle(), (), 3)
OPENING = Desk(Opening(3), (), 4)
LISTENING = Desk(Listening(3), (), 4)
DRAINING = Desk(Draining(), (3,), 4)
FAULTED = Desk(Faulted(UNPLUGGED), (), 4)
FAULTED_OWING = Desk(Faulted(UNPLUGGED), (3,), 4)
AGAIN = Desk(Listening(3), (1, 2), 4)
"""Somebody speaks while earlier sessions are still being written."""

TAKE_NOTHING: tuple[Effect, ...] = ()

MOVES: list[tuple[str, Desk, Event, Desk, tuple[Effect, ...]]] = [
    ("start", IDLE, Start(), OPENING, (OpenSource(3),)),
    ("toggle starts", IDLE, Toggle(), OPENING, (OpenSource(3),)),
    ("the first sample", OPENING, SoundFlows(3), LISTENING, ()),
    ("finish", LISTENING, Finish(), DRAINING, (CloseSource(3, push_to_talk=False),)),
    ("finish of a take", LISTENING, Finish(push_to_talk=True), DRAINING, (CloseSource(3, push_to_talk=True),)),
    ("toggle finishes", LISTENING, Toggle(), DRAINING, (CloseSource(3, push_to_talk=False),)),
    ("finish before the first sample", OPENING, Finish(), DRAINING, (CloseSource(3, push_to_talk=False),)),
    ("toggle before the first sample", OPENING, Toggle(), DRAINING, (CloseSource(3, push_to_talk=False),)),
    ("the end of a file", LISTENING, SourceEnded(3), DRAINING, (CloseSource(3, push_to_talk=False),)),
    ("an empty file", OPENING, SourceEnded(3), DRAINING, (CloseSource(3, push_to_talk=False),)),
    ("all is written", DRAINING, TextComplete(3), replace(IDLE, next_session=4), ()),
    (
        "start while text is owed",
        DRAINING,
        Start(),
        Desk(Opening(4), (3,), 5),
        (OpenSource(4),),
    ),
    ("an older session is written", AGAIN, TextComplete(1), replace(AGAIN, owed=(2,)), ()),
    (
        "finish while text is owed",
        AGAIN,
        Finish(),
        Desk(Draining(), (1, 2, 3), 4),
        (CloseSource(3, push_to_talk=False),),
    ),
    ("one of two is written", Desk(Draining(), (1, 2), 3), TextComplete(1), Desk(Draining(), (2,), 3), ()),
    ("cancel what is spoken", LISTENING, Cancel(), DRAINING, (Discard(3),)),
    ("cancel before the first sample", OPENING, Cancel(), DRAINING, (Discard(3),)),
    ("cancel what was spoken", DRAINING, Cancel(), DRAINING, (Discard(3),)),
    (
        "cancel the newest",
        AGAIN,
        Cancel(),
        Desk(Draining(), (1, 2, 3), 4),
        (Discard(3),),
    ),
    (
        "cancel the newest that is owed",
        Desk(Draining(), (1, 2), 3),
        Cancel(),
        Desk(Draining(), (1, 2), 3),
        (Discard(2),),
    ),
    ("cancel after a fault", FAULTED_OWING, Cancel(), FAULTED_OWING, (Discard(3),)),
    (
        "the microphone dies",
        LISTENING,
        SourceLost(3, UNPLUGGED),
        FAULTED_OWING,
        (CloseSource(3, push_to_talk=False),),
    ),
    (
        "the microphone does not open",
        OPENING,
        SourceLost(3, UNPLUGGED),
        FAULTED_OWING,
        (CloseSource(3, push_to_talk=False),),
    ),
    ("what was spoken before a fault is written", FAULTED_OWING, TextComplete(3), FAULTED, ()),
    ("the next start tries again", FAULTED, Start(), Desk(Opening(4), (), 5), (OpenSource(4),)),
    ("toggle tries again", FAULTED, Toggle(), Desk(Opening(4), (), 5), (OpenSource(4),)),
    (
        "the ear is lost while somebody speaks",
        AGAIN,
        EarLost(DEAF),
        Desk(Faulted(DEAF), (1, 2, 3), 4),
        (Postpone(1), Postpone(2), Postpone(3)),
    ),
    ("the ear is lost afterwards", DRAINING, EarLost(DEAF), Desk(Faulted(DEAF), (3,), 4), (Postpone(3),)),
    ("the ear is lost while nobody speaks", IDLE, EarLost(DEAF), Desk(Faulted(DEAF), (), 3), ()),
    ("quit", IDLE, Quit(), replace(IDLE, quitting=True), (Leave(),)),
    ("quit after a fault", FAULTED, Quit(), replace(FAULTED, quitting=True), (Leave(),)),
    (
        "quit while somebody speaks",
        LISTENING,
        Quit(),
        replace(DRAINING, quitting=True),
        (CloseSource(3, push_to_talk=False),),
    ),
    ("quit while text is owed", DRAINING, Quit(), replace(DRAINING, quitting=True), ()),
    (
        "the last text before the end",
        replace(DRAINING, quitting=True),
        TextComplete(3),
        Desk(Idle(), (), 4, quitting=True),
        (Leave(),),
    ),
    (
        "cancel before the end",
        replace(DRAINING, quitting=True),
        Cancel(),
        replace(DRAINING, quitting=True),
        (Discard(3),),
    ),
]

ALL = {
    "idle": IDLE,
    "opening": OPENING,
    "listening": LISTENING,
    "draining": DRAINING,
    "faulted": FAULTED,
    "faulted, owing": FAULTED_OWING,
    "listening again": AGAIN,
    "ending": replace(DRAINING, quitting=True),
    "ended": replace(IDLE, quitting=True),
}
IMPOSSIBLE: list[tuple[str, Event]] = [
    *((name, SoundFlows(3)) for name in ALL if name != "opening"),
    *((name, SoundFlows(9)) for name in ALL),
    *((name, SourceEnded(9)) for name in ALL),
    *((name, SourceLost(9, UNPLUGGED)) for name in ALL),
    *((name, TextComplete(9)) for name in ALL),
    *((name, Start()) for name in ("opening", "listening", "listening again", "ending", "ended")),
    *((name, Toggle()) for name in ("ending", "ended")),
    *((name, Finish()) for name in ("idle", "draining", "faulted", "faulted, owing", "ending", "ended")),
    *((name, Cancel()) for name in ("idle", "faulted", "ended")),
    *((name, SourceEnded(3)) for name in ("draining", "faulted, owing")),
    *((name, SourceLost(3, UNPLUGGED)) for name in ("draining", "faulted, owing", "ending")),
    *((name, Quit()) for name in ("ending", "ended")),
]


@pytest.mark.parametrize(("before", "event", "after", "effects"), [pytest.param(*row[1:], id=row[0]) for row in MOVES])
def test_every_move(before: Desk, event: Event, after: Desk, effects: tuple[Effect, ...]) -> None:
    assert step(before, event) == (after, effects)


@pytest.mark.parametrize(("name", "event"), IMPOSSIBLE)
def test_what_is_impossible_changes_nothing(name: str, event: Event) -> None:
    assert step(ALL[name], event) == (ALL[name], TAKE_NOTHING)


SESSIONS = st.integers(1, 5)
EVENTS: st.SearchStrategy[Event] = st.one_of(
    st.sampled_from([Start(), Finish(), Finish(push_to_talk=True), Toggle(), Cancel()]),
    st.builds(SoundFlows, SESSIONS),
    st.builds(SourceEnded, SESSIONS),
    st.builds(TextComplete, SESSIONS),
    SESSIONS.map(lambda session: SourceLost(session, UNPLUGGED)),
    st.just(EarLost(DEAF)),
)
STORIES = st.lists(EVENTS, max_size=40)


def play(desk: Desk, events: Sequence[Event]) -> tuple[list[Desk], list[Effect]]:
    """Every desk on the way, and all that was to be done."""
    desks, done = [desk], list[Effect]()
    for event in events:
        desk, effects = step(desk, event)
        desks.append(desk)
        done += effects
    return desks, done


@given(STORIES)
def test_a_session_is_open_or_owed_but_never_both_and_never_twice(story: Sequence[Event]) -> None:
    for desk in play(Desk(), story)[0]:
        known = [*desk.owed, *([desk.recording] if desk.recording else [])]
        assert known == sorted(set(known))
        assert all(session < desk.next_session for session in known)


@given(STORIES)
def test_two_sources_are_never_open(story: Sequence[Event]) -> None:
    open_now: int | None = None
    for effect in play(Desk(), story)[1]:
        match effect:
            case OpenSource(session):
                assert open_now is None
                open_now = session
            case CloseSource(session) | Discard(session) | Postpone(session):
                open_now = None if open_now == session else open_now
            case Leave():
                pass


@given(STORIES)
def test_every_session_is_released_by_its_text(story: Sequence[Event]) -> None:
    desk = play(Desk(), [*story, Finish()])[0][-1]
    desk = play(desk, [TextComplete(session) for session in desk.owed])[0][-1]
    assert desk.owed == ()
    assert isinstance(desk.state, Idle | Faulted)


@given(STORIES, STORIES)
def test_quit_leads_to_the_end_once_and_nothing_starts_any_more(
    before: Sequence[Event], after: Sequence[Event]
) -> None:
    desks, done = play(Desk(), [*before, Quit(), *after])
    ended, last = play(desks[-1], [TextComplete(session) for session in desks[-1].owed])
    assert [*done, *last].count(Leave()) == 1
    assert ended[-1].next_session == play(Desk(), before)[0][-1].next_session
