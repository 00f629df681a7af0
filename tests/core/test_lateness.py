"""How late the text is, and how long the rest takes, as people are told."""

from __future__ import annotations

import pytest

from tests.core.faces import LISTENING, labels
from tray.control.client import state_line
from tray.core.face import View, face, status
from tray.core.lateness import Judged, Late, behind, duration, farewell, left, speed
from tray.core.state import Desk, Draining


@pytest.mark.parametrize(
    ("waiting_s", "shown", "said"),
    [
        (0.0, 0, 0),
        (1.9, 0, 0),
        (2.0, 0, 2),
        (12.4, 0, 12),
        (1.9, 3, 2),
        (1.0, 2, 1),
        (0.9, 2, 0),
        (58.0, 12, 60),
        (121.0, 60, 120),
    ],
)
def test_lateness_is_told_from_two_seconds_on_and_until_it_is_below_one(
    waiting_s: float, shown: int, said: int
) -> None:
    assert behind(waiting_s, shown) == said


def test_around_the_limit_nothing_comes_and_goes() -> None:
    shown = [0]
    for waiting_s in (1.8, 2.1, 1.8, 2.1, 1.8, 0.5, 1.8):
        shown.append(behind(waiting_s, shown[-1]))
    assert shown[1:] == [0, 2, 2, 2, 2, 0, 0]


@pytest.mark.parametrize(
    ("judged", "measured"),
    [
        ([], None),
        ([Judged(5.0, 0.0)], None),
        ([Judged(5.0, 20.0)], 0.25),
        ([Judged(10.0, 0.5)], 20.0),
        ([Judged(5.0, 20.0), Judged(1.0, 0.0), Judged(6.0, 28.0)], 0.25),
    ],
)
def test_the_speed_is_the_sound_judged_in_a_second(judged: list[Judged], measured: float | None) -> None:
    assert speed(judged) == measured


@pytest.mark.parametrize(
    ("sound_s", "measured", "since_s", "said"),
    [
        (10.0, None, 0.0, 0),
        (10.0, 0.0, 0.0, 0),
        (10.0, 20.0, 0.0, 0),
        (10.0, 0.25, 0.0, 40),
        (10.0, 0.25, 28.0, 12),
        (10.0, 0.25, 50.0, 1),
        (0.0, 0.25, 0.0, 0),
        (0.5, 0.25, 0.0, 2),
    ],
    ids=["not measured", "stands still", "at once", "slow", "the same later", "overdue", "nothing", "just worth it"],
)
def test_what_is_left_is_the_sound_at_the_measured_speed(
    sound_s: float, measured: float | None, since_s: float, said: int
) -> None:
    assert left(sound_s, measured, since_s) == said


@pytest.mark.parametrize(("seconds", "said"), [(2, "2 s"), (115, "115 s"), (120, "2 min"), (610, "10 min")])
def test_from_two_minutes_on_it_is_told_in_minutes(seconds: int, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("desk", "late", "tooltip", "line"),
    [
        (LISTENING, Late(), "listening, press", "Listening."),
        (LISTENING, Late(12), "listening, 12 s behind, press", "Listening, 12 s behind."),
        (Desk(Draining()), Late(), "writing the rest", "Draining."),
        (Desk(Draining()), Late(12), "writing the rest, 12 s behind", "Draining, 12 s behind."),
        (Desk(Draining()), Late(12, 40), "writing the rest, about 40 s left", "Draining, about 40 s left."),
    ],
)
def test_tooltip_and_status_say_how_late_the_text_is(desk: Desk, late: Late, tooltip: str, line: str) -> None:
    view = View(desk, late=late)
    assert face(view).tooltip.startswith(f"Scribelet: {tooltip}")
    told = status(view, 7)
    assert (told["behind_s"], told["left_s"]) == (late.behind_s, late.left_s)
    assert state_line({key: told[key] for key in ("state", "behind_s", "left_s")}) == line


def test_where_no_tooltip_is_shown_the_menu_says_it() -> None:
    assert "⚠ The text is late: 12 s behind" in labels(View(LISTENING, late=Late(12)))
    assert not [label for label in labels(View(LISTENING)) if "late" in label]


@pytest.mark.parametrize(
    ("kept_s", "safe", "said"),
    [
        (0.0, True, ""),
        (0.2, True, "1 s of sound will be written at the next start"),
        (38.2, True, "38 s of sound will be written at the next start"),
        (38.2, False, "38 s of sound could not be kept: the disk does not take it"),
    ],
)
def test_at_the_end_it_is_said_what_becomes_of_the_rest(kept_s: float, safe: bool, said: str) -> None:
    assert farewell(kept_s, safe=safe) == said
