"""`bench --faults` counts what was lost, says so, and leaves with 1."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from tray.bench.faults.remains import judge_books
from tray.bench.faults.report import run
from tray.bench.faults.rows import ROWS, WORDS, Row
from tray.bench.faults.trial import NotMeasuredError, Outcome, Tools, Trial
from tray.core.failures import ScribeletError
from tray.core.ledger import Account, Decision, Fate
from tray.core.speech import RATE, Span


def account(*spans: tuple[float, float]) -> Account:
    """Four seconds of sound of which these stretches are written."""
    decided = [Decision(Span(round(start * RATE), round(end * RATE), RATE), Fate.WRITTEN) for start, end in spans]
    return Account("one", datetime(2026, 11, 23, 12, tzinfo=UTC), tuple(decided), captured=4 * RATE)


@pytest.mark.parametrize(
    ("spans", "doubled_s", "missing_s"),
    [
        ([(0, 4)], 0, 0),
        ([(0, 3)], 0, 1),
        ([(0, 2), (1.5, 4)], 0.5, 0),
        ([(0, 1), (1, 5)], 1, 0),
    ],
)
def test_sound_without_a_fate_is_missing_and_sound_with_two_is_doubled(
    spans: list[tuple[float, float]], doubled_s: float, missing_s: float
) -> None:
    judged = judge_books(account(*spans), 4 * RATE)
    assert dict(judged.figures) == {"doubled_s": doubled_s, "missing_s": missing_s}
    assert bool(judged.complaints) == bool(doubled_s or missing_s)


def test_sound_that_no_book_knows_is_missing_too() -> None:
    assert judge_books(account((0, 4)), 6 * RATE).figures["missing_s"] == 2


def fault(key: str, *outcomes: Outcome, error: ScribeletError | None = None) -> Row:
    """A row whose tries come to this, one after the other, and then to the error."""

    def measure(_trial: Trial, _random: Random) -> Iterator[Outcome]:
        yield from outcomes
        if error:
            raise error

    return Row(key, f"{key} happens", "whole", measure, WORDS)


def fine() -> Outcome:
    return Outcome(figures={"doubled_s": 0, "missing_s": 0})


def tools() -> Tools:
    def never(*_: object) -> None:
        raise AssertionError

    return Tools(never, (), never, Path(), (), "moonshine-base-en")  # pyright: ignore[reportArgumentType] nobody asks


def test_a_row_in_which_nothing_is_lost_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tools(), 2, 7, "text", [fault("flood", fine(), fine())]) == 0
    head, row = capsys.readouterr().out.splitlines()
    assert head.endswith("each fault 2 times, seed 7")
    assert row.split("  ")[0] == "flood happens"
    assert row.endswith("2 of 2 whole, 0.0 s doubled, 0.0 s missing")


def test_a_try_that_loses_sound_is_missed_and_so_is_one_of_which_there_is_a_complaint(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lossy = Outcome(figures={"doubled_s": 0, "missing_s": 1.5})
    odd = Outcome(("other words",), fine().figures)
    assert run(tools(), 3, 7, "text", [fault("flood", fine(), lossy, odd)]) == 1
    _, row, complaint = capsys.readouterr().out.splitlines()
    assert row.endswith("1 of 3 whole, 0.0 s doubled, 1.5 s missing  MISSED")
    assert complaint.strip() == "try 3: other words"


def test_a_try_that_comes_to_nothing_is_missed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tools(), 2, 7, "text", [fault("flood", fine(), error=ScribeletError("No end"))]) == 1
    assert "1 of 2 whole" in capsys.readouterr().out


def test_what_this_machine_cannot_do_is_null_and_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [fault("flood", error=NotMeasuredError("There is no water")), fault("fire", fine())]
    assert run(tools(), 1, 7, "json", rows) == 0
    report = json.loads(capsys.readouterr().out)
    assert {key: value for key, value in report.items() if key.startswith("flood.")} == {
        "flood.tried": None,
        "flood.good": None,
        "flood.doubled_s": None,
        "flood.missing_s": None,
    }
    assert (report["fire.tried"], report["fire.good"], report["about.seed"]) == (1, 1, 7)
    assert run(tools(), 1, 7, "text", rows[:1]) == 0
    assert "not measured: There is no water" in capsys.readouterr().out


def test_every_row_has_a_name_of_its_own() -> None:
    keys = [row.key for row in ROWS]
    assert len(keys) == len(set(keys))
