"""The commands about what became of sound."""

from __future__ import annotations

import click

from tray.control.parts import Parts
from tray.control.recover import Deed


@click.command
@click.argument("day", default="today")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def verify(parts: Parts, day: str, *, as_json: bool) -> int:
    """Check that all sound of a day became text, or why not.

    DAY is a date like 2026-11-23, today or yesterday.
    """
    return parts.verify(day, "json" if as_json else "text")


@click.command
@click.option("--list", "deed", flag_value="list", help="Only say what waits.")
@click.option("--run", "deed", flag_value="run", help="Turn it into text now.")
@click.option("--discard", "deed", flag_value="discard", help="Throw it away for good.")
@click.pass_obj
def recover(parts: Parts, deed: Deed | None) -> int:
    """See to sound that waits since Scribelet was cut off."""
    return parts.recover(deed or "list")
