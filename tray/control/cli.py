"""The command line; each command imports what it needs when it runs, so that a key bound to one never waits."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import click

from tray import __version__
from tray.control.commands.choices import autostart, config, hotkey
from tray.control.commands.machine import bench, check, completion, devices, doctor, log, models, report
from tray.control.commands.sound import recover, verify
from tray.control.commands.talk import end, request, status
from tray.control.commands.words import demo, history, last, restore, transcribe, transcript
from tray.control.parts import Parts
from tray.core.failures import ScribeletError

if TYPE_CHECKING:
    from io import TextIOWrapper

_INTERRUPTED = 130


@contextmanager
def _plainly() -> Generator[None]:
    """Failures a person can act on become one line on standard error and an exit code, never a traceback."""
    try:
        yield
    except ScribeletError as error:
        _complain(str(error), error.remedy)
        raise click.exceptions.Exit(error.exit_code) from error
    except click.UsageError as error:
        _complain(error.format_message(), f"See: {error.ctx.command_path if error.ctx else 'scribelet'} --help")
        raise click.exceptions.Exit(error.exit_code) from error
    except KeyboardInterrupt as error:
        raise click.exceptions.Exit(_INTERRUPTED) from error


def _spare_the_rest() -> None:
    """A letter that the terminal does not know costs itself, not the answer that it stands in."""
    # what is not strict passes bytes of a file's name on as they are, or says which letter it was
    if getattr(sys.stdout, "errors", None) == "strict":
        cast("TextIOWrapper", sys.stdout).reconfigure(errors="replace")


def _complain(what: str, remedy: str) -> None:
    sentence = what if what.endswith((".", "?", "!")) else f"{what}."
    click.echo(f"scribelet: {sentence} {remedy}".rstrip().replace("\n", " "), err=True)


class _CommandLine(click.Group):
    """The commands in sections, in the order in which people meet them."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        _spare_the_rest()
        with _plainly():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> None:
        with _plainly():
            code = super().invoke(ctx)
            raise click.exceptions.Exit(code or 0)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's name
        for title, commands in _SECTIONS:
            with formatter.section(title):
                formatter.write_dl([(str(one.name), one.get_short_help_str(60)) for one in commands], col_max=12)


def build_cli(parts: Parts) -> click.Group:
    """The command `scribelet`; when called it exits the process with 0 or the exit code of the failure."""
    line = _CommandLine(
        "scribelet",
        callback=_begin,
        invoke_without_command=True,
        help="Speak, and it is written. Without a command, Scribelet starts in the tray.",
        epilog="Exit codes: 0 done, 1 failed, 2 usage, 3 not running, 4 no model, 5 no microphone, 6 settings; "
        "130 interrupted.",
        context_settings={"obj": parts, "help_option_names": ["-h", "--help"]},
    )
    for _, commands in _SECTIONS:
        for one in commands:
            line.add_command(one)
    return click.version_option(__version__, prog_name="scribelet", message="%(prog)s %(version)s")(line)


@click.pass_context
def _begin(context: click.Context) -> int:
    return 0 if context.invoked_subcommand else cast("Parts", context.obj).run()


_SECTIONS: tuple[tuple[str, tuple[click.Command, ...]], ...] = (
    (
        "Dictate",
        (
            request("toggle", "Start dictation, or end it."),
            request("start", "Start dictation."),
            request("stop", "End dictation; everything said is still written."),
            request("cancel", "Throw away what is being dictated."),
            status,
            end,
        ),
    ),
    ("What was said", (last, history, restore, transcript)),
    ("Sound files", (transcribe, demo)),
    ("Set up", (config, hotkey, autostart, models, devices, check, completion)),
    ("When something is wrong", (doctor, verify, recover, log, report)),
    ("Measure", (bench,)),
)
