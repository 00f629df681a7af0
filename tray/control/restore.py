"""The command `restore`: what was struck or cancelled comes back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import click

from tray.core.prose import one_line

Wish = Literal["list", "newest"]


def list_undone(descriptions: Sequence[str]) -> int:
    """Print what can come back, first what would be next; 0."""
    for one in descriptions:
        click.echo(one_line(one))
    return 0 if descriptions else tell_nothing()


def tell_nothing() -> int:
    """Print that there is nothing; 0."""
    click.echo("Nothing was undone or cancelled that is still kept.")
    return 0


def tell_restored(text: str, seconds: float) -> int:
    """Print the text that is back, and how much cancelled sound will be text; 0."""
    if text:
        click.echo(one_line(text))
    if seconds:
        click.echo(f"{seconds:.1f} s of cancelled sound become text now, in the transcript of their day.")
    return 0
