"""The commands that give words: those that were said, and those in sound files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tray.control.parts import Delivery, Parts, Reach
from tray.control.restore import Wish

if TYPE_CHECKING:
    from tray.control.transcripts import Format as TranscriptFormat


@click.command
@click.argument("number", type=click.IntRange(min=1), default=1)
@click.option("--copy", "delivery", flag_value="copy", help="Put it on the clipboard.")
@click.option("--insert", "delivery", flag_value="insert", help="Write it into the window in front.")
@click.pass_obj
def last(parts: Parts, number: int, delivery: Delivery | None) -> int:
    """Print what was said last.

    That is the newest segment, or the newest NUMBER.
    """
    return parts.last(number, delivery or "print")


@click.command
@click.option("--search", metavar="WORDS", default="", help='What has all these words; a "phrase" as it is.')
@click.option("--day", metavar="DAY", default="", help="A date like 2026-11-23, today or yesterday.")
@click.option("--all", "reach", flag_value="all", help="Not only the newest 50.")
@click.pass_obj
def history(parts: Parts, search: str, day: str, reach: Reach | None) -> int:
    """Print what was said, or find it by its words."""
    return parts.history(search, day, reach or "newest")


@click.command
@click.option("--list", "wish", flag_value="list", help="Only say what can come back, the next one first.")
@click.pass_obj
def restore(parts: Parts, wish: Wish | None) -> int:
    """Bring back what was undone or cancelled last."""
    return parts.restore(wish or "newest")


@click.group(no_args_is_help=False)
def transcript() -> None:
    """Find the files in which everything is written."""


@transcript.command("path")
@click.pass_obj
def transcript_path(parts: Parts) -> int:
    """Print where the page of today is, or else the newest one."""
    return parts.transcript_path()


@transcript.command("folder")
@click.pass_obj
def transcript_folder(parts: Parts) -> int:
    """Print where all pages are."""
    return parts.transcript_folder()


@click.command
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--engine", metavar="NAME", default="", help="Use this model instead of the one that is set.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "srt", "vtt"]), default="text", help="How to write it."
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Write into this file, or a file for each into this folder."
)
@click.pass_obj
def transcribe(parts: Parts, files: tuple[Path, ...], engine: str, form: TranscriptFormat, output: Path | None) -> int:
    """Write down what is said in sound files.

    The file “-” is standard input.
    """
    return parts.transcribe(files, engine, form, output)


@click.command
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.pass_obj
def demo(parts: Parts, file: Path | None) -> int:
    """Dictate from a recording instead of a microphone.

    It has to be a 16-bit WAV file; without one, a recording that ships is played.
    """
    return parts.demo(file)
