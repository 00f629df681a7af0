"""The books of a day, checked and printed: whether each captured sample has exactly one fate."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import assert_never

import click

from tray.control.parts import Format
from tray.core.ledger import Account, Beyond, Double, Fate, Flaw, Hole, Sums, flaws, sum_line, sums, total

_NAMES = {
    "written": "written",
    "skipped": "silence",
    "cancelled": "cancelled",
    "dropped": "dropped",
    "waiting": "waiting",
    "missing": "without a fate",
    "aside": "set aside",
}
"""Field of `Sums` → what people call it."""
_REPORT = "Report it, please: scribelet report"
_MOVED = "If you have not edited or moved the transcript, report it, please: scribelet report"


@dataclass(frozen=True, slots=True)
class Audit:
    """The books of the sessions that began on one day."""

    day: date
    accounts: Sequence[Account]
    """In the order in which they began."""
    damaged: int = 0
    """Lines of the ledger that nobody can understand."""
    remarks: Sequence[str] = ()
    """A sentence for each thing in the spool that cannot be read."""


def verify(audit: Audit, form: Format) -> int:
    """Print what became of all sound of a day; 0 if everything adds up, else 1."""
    found = [(account, flaws(account)) for account in audit.accounts]
    sound = not any(wrong for _, wrong in found)
    if form == "json":
        click.echo(json.dumps(_as_json(audit, found), indent=1))
    else:
        for line in _lines(audit, found):
            click.echo(line)
    return 0 if sound else 1


_Found = Sequence[tuple[Account, Sequence[Flaw]]]


def _lines(audit: Audit, found: _Found) -> Iterable[str]:
    day = f"{audit.day:%A}, {audit.day.day} {audit.day:%B} {audit.day.year}"
    yield day if found else f"Nothing was captured on {day}."
    for account, _ in found:
        yield _session_line(account)
    if audit.damaged:
        lines = "1 line" if audit.damaged == 1 else f"{audit.damaged} lines"
        yield f"Passed over: {lines} of the ledger that cannot be read."
    yield from map(_shown, audit.remarks)
    if found:
        yield f"{sum_line(total(sums(account) for account in audit.accounts))}."
    yield from _verdict([flaw for _, wrong in found for flaw in wrong])


def _verdict(wrong: Sequence[Flaw]) -> Iterable[str]:
    for flaw in wrong:
        yield f"{flaw.time:%H:%M:%S}  {_flaw_line(flaw)}"
    if not wrong:
        yield "Everything adds up."


def _session_line(account: Account) -> str:
    lengths = asdict(sums(account))
    captured = lengths.pop("captured")
    parts = [f"{seconds:.2f} s {_NAMES[name]}" for name, seconds in lengths.items() if seconds]
    reasons = _reasons(account)
    why = f" ({'; '.join(map(_shown, reasons))})" if reasons else ""
    origin = "" if account.booked else "; the ledger does not know this session, as from before there was one"
    if not parts:
        return f"{account.begun:%H:%M:%S}  no sound"
    return f"{account.begun:%H:%M:%S}  {captured:.2f} s captured: {', '.join(parts)}{why}{origin}"


def _reasons(account: Account) -> list[str]:
    return list(dict.fromkeys(one.reason for one in account.decided if one.reason))


def _flaw_line(flaw: Flaw) -> str:
    length = f"{flaw.span.seconds:.2f} s"
    match flaw:
        case Hole():
            return f"{length} were neither written nor skipped, and their sound is gone. {_MOVED}"
        case Double():
            return f"{length} have more than one fate: {_fates(flaw.fates)}. Words may stand there twice. {_REPORT}"
        case Beyond():
            return f"{length} have a fate ({_fates(flaw.fates)}), but were never captured. {_MOVED}"
        case _:
            assert_never(flaw)


def _fates(fates: Iterable[Fate]) -> str:
    return " and ".join(_NAMES[fate.value] for fate in fates)


def _shown(text: str) -> str:
    """The text without what would steer a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _as_json(audit: Audit, found: _Found) -> dict[str, object]:
    return {
        "day": audit.day.isoformat(),
        "sessions": [_session(account, wrong) for account, wrong in found],
        "sum": _seconds(total(sums(account) for account in audit.accounts)),
        "damaged_lines": audit.damaged,
        "remarks": list(audit.remarks),
        "adds_up": not any(wrong for _, wrong in found),
    }


def _session(account: Account, wrong: Sequence[Flaw]) -> dict[str, object]:
    return {
        "session": account.session,
        "begun": account.begun.isoformat(),
        "booked": account.booked,
        **_seconds(sums(account)),
        "reasons": _reasons(account),
        "flaws": [_flaw(flaw) for flaw in wrong],
    }


def _seconds(sums: Sums) -> dict[str, float]:
    return {f"{name}_s": round(seconds, 3) for name, seconds in asdict(sums).items()}


def _flaw(flaw: Flaw) -> dict[str, object]:
    fates = () if isinstance(flaw, Hole) else flaw.fates
    return {
        "kind": type(flaw).__name__.lower(),
        "time": flaw.time.isoformat(),
        "span": asdict(flaw.span),
        "fates": [fate.value for fate in fates],
    }
