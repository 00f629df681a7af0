"""Somebody asks whether all that was said on a day is still somewhere, and is told in plain words."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone

import pytest

from tray.control.verify import Audit, verify
from tray.core.ledger import Account, Decision, Fate
from tray.core.speech import RATE, Span

DAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 23, 9, 14, tzinfo=timezone(timedelta(hours=1)))
LATER = NINE + timedelta(minutes=17)


def session(
    begun: datetime, *decided: tuple[float, float, Fate], ended: float | None = None, **rest: object
) -> Account:
    """What was decided from one second to another."""
    decisions = tuple(Decision(seconds(start, end), fate) for start, end, fate in decided)
    captured = None if ended is None else int(ended * RATE)
    return Account(f"{begun:%Y%m%dT%H%M%S.%f}-1", begun, decisions, captured=captured, **rest)


def seconds(start: float, end: float) -> Span:
    return Span(int(start * RATE), int(end * RATE), RATE)


def told(capsys, *accounts: Account, code: int = 0, **rest: object) -> list[str]:
    """The lines that are printed."""
    assert verify(Audit(DAY, accounts, **rest), "text") == code
    return capsys.readouterr().out.splitlines()


def test_every_session_has_its_line_and_everything_adds_up(capsys):
    lines = told(
        capsys,
        session(NINE, (0, 40, Fate.WRITTEN), (40, 62.5, Fate.SKIPPED), ended=62.5),
        session(LATER, (0, 12, Fate.WRITTEN), (12, 15, Fate.CANCELLED), ended=15),
    )
    assert lines == [
        "Monday, 23 November 2026",
        "09:14:00  62.50 s captured: 40.00 s written, 22.50 s silence",
        "09:31:00  15.00 s captured: 12.00 s written, 3.00 s cancelled",
        "1.3 min heard: 52 s written, 22 s silence, 3 s cancelled, 0 waiting, 0 lost.",
        "Everything adds up.",
    ]


def test_sound_that_waits_in_the_spool_is_no_fault(capsys):
    _, line, _, verdict = told(capsys, session(NINE, (0, 2, Fate.WRITTEN), kept=(seconds(1, 5),)))
    assert line == "09:14:00  5.00 s captured: 2.00 s written, 3.00 s waiting"
    assert verdict == "Everything adds up."


def test_a_day_without_a_word_is_no_fault(capsys):
    assert told(capsys) == ["Nothing was captured on Monday, 23 November 2026.", "Everything adds up."]


def test_a_session_without_sound_says_so(capsys):
    assert told(capsys, session(NINE, ended=0))[1] == "09:14:00  no sound"


@pytest.mark.parametrize(
    ("account", "line"),
    [
        (
            session(NINE, (0, 20, Fate.WRITTEN), ended=23.2),
            "09:14:20  3.20 s were neither written nor skipped, and their sound is gone. "
            "If you have not edited or moved the transcript, report it, please: scribelet report",
        ),
        (
            session(NINE, (0, 20, Fate.WRITTEN), (10, 11, Fate.SKIPPED), ended=20),
            "09:14:10  1.00 s have more than one fate: silence and written. Words may stand there twice. "
            "Report it, please: scribelet report",
        ),
        (
            session(NINE, (0, 20, Fate.WRITTEN), ended=19),
            "09:14:19  1.00 s have a fate (written), but were never captured. "
            "If you have not edited or moved the transcript, report it, please: scribelet report",
        ),
    ],
)
def test_a_flaw_has_its_time_and_what_to_do_next(capsys, account, line):
    lines = told(capsys, account, session(LATER, (0, 1, Fate.WRITTEN), ended=1), code=1)
    assert lines[-1] == line
    assert "Everything adds up." not in lines


def test_sound_that_was_dropped_says_why(capsys):
    dropped = Decision(seconds(2, 4), Fate.DROPPED, "The disk is full")
    account = Account("one", NINE, (Decision(seconds(0, 2), Fate.WRITTEN), dropped), captured=4 * RATE)
    _, line, total, verdict = told(capsys, account)
    assert line == "09:14:00  4.00 s captured: 2.00 s written, 2.00 s dropped (The disk is full)"
    assert total.endswith("2 s lost.")
    assert verdict == "Everything adds up."


def test_a_reason_steers_no_terminal(capsys):
    dropped = Decision(seconds(0, 4), Fate.DROPPED, "\x1b]0;owned\x07")
    lines = told(capsys, Account("one", NINE, (dropped,), captured=4 * RATE), remarks=["\x07"])
    assert all(line.isprintable() for line in lines)


def test_sessions_from_before_there_was_a_ledger_are_told_as_such(capsys):
    lines = told(capsys, session(NINE, (5, 9, Fate.WRITTEN), booked=False))
    assert lines[1] == (
        "09:14:00  4.00 s captured: 4.00 s written; the ledger does not know this session, as from before there was one"
    )
    assert lines[-1] == "Everything adds up."


@pytest.mark.parametrize(("damaged", "lines"), [(1, "1 line"), (3, "3 lines")])
def test_what_cannot_be_read_is_told_and_is_no_flaw_by_itself(capsys, damaged, lines):
    found = told(capsys, damaged=damaged, remarks=["part 1: bytes 7 to 9 are no block"])
    assert f"Passed over: {lines} of the ledger that cannot be read." in found
    assert "part 1: bytes 7 to 9 are no block" in found


def test_programs_get_the_same_as_json(capsys):
    account = session(NINE, (0, 2, Fate.WRITTEN), (1, 2, Fate.SKIPPED), ended=3)
    assert verify(Audit(DAY, [account], 2, ["damage"]), "json") == 1
    sums = {"captured_s": 3, "written_s": 2, "skipped_s": 1, "cancelled_s": 0}
    sums |= {"dropped_s": 0, "waiting_s": 0, "missing_s": 1, "aside_s": 0}
    assert json.loads(capsys.readouterr().out) == {
        "day": "2026-11-23",
        "sessions": [
            {
                "session": "20261123T091400.000000-1",
                "begun": "2026-11-23T09:14:00+01:00",
                "booked": True,
                **sums,
                "reasons": [],
                "flaws": [
                    {
                        "kind": "double",
                        "time": "2026-11-23T09:14:01+01:00",
                        "span": {"start": RATE, "end": 2 * RATE, "rate": RATE},
                        "fates": ["skipped", "written"],
                    },
                    {
                        "kind": "hole",
                        "time": "2026-11-23T09:14:02+01:00",
                        "span": {"start": 2 * RATE, "end": 3 * RATE, "rate": RATE},
                        "fates": [],
                    },
                ],
            }
        ],
        "sum": sums,
        "damaged_lines": 2,
        "remarks": ["damage"],
        "adds_up": False,
    }


def test_a_program_sees_that_everything_adds_up(capsys):
    assert verify(Audit(DAY, [session(NINE, (0, 2, Fate.WRITTEN), ended=2)]), "json") == 0
    assert json.loads(capsys.readouterr().out)["adds_up"] is True
