"""The commands about this machine: models, microphones, what is missing, how fast it is."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict, Unpack

import click

from tray.control.parts import Format, Pace, Parts, Place
from tray.core.failures import ScribeletError


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
@click.option("--seconds", type=click.FloatRange(1, 60), default=5.0, show_default=True, help="How long to listen.")
@click.pass_obj
def check(parts: Parts, seconds: float) -> int:
    """Say whether the microphone hears you; nothing is kept."""
    return parts.check(seconds)


@click.command
@click.option("-n", "--lines", type=click.IntRange(0), default=40, show_default=True, help="How many lines.")
@click.option("--follow", is_flag=True, help="Stay, and print what comes.")
@click.option("--path", "where", is_flag=True, help="Only print where it is.")
def log(lines: int, *, follow: bool, where: bool) -> int:
    """Print the end of the log; no word you said is in it."""
    from tray.control.logfile import LOG_NAME
    from tray.control.upkeep import show_log
    from tray.system.folders import state_folder

    path = state_folder() / LOG_NAME
    if not where:
        return show_log(path, lines=lines, follow=follow)
    click.echo(path)
    return 0


@click.command
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The file, or a folder for it.")
@click.option("-f", "--force", is_flag=True, help="Overwrite an earlier one.")
@click.pass_obj
def report(parts: Parts, output: Path | None, *, force: bool) -> int:
    """Write a bug report without any word you said."""
    return parts.report(output, force)


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


class Measured(TypedDict):
    """The options of `bench` that say what is measured."""

    as_json: bool
    speech: Path | None
    desktop: bool
    fast: bool


@click.command
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--speech", metavar="DIR", type=click.Path(path_type=Path), help="Measure with the speech in this folder."
)
@click.option("--desktop", is_flag=True, help="Measure the whole program, on a virtual desktop only.")
@click.option("--fast", is_flag=True, help="Measure a fixed part, in at most a minute.")
@click.option(
    "--faults",
    metavar="[N]",
    is_flag=False,
    flag_value=10,
    type=click.IntRange(1),
    help="Break the program N times (10) in each way, and count what is lost.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="With --faults: the seed of chance.")
@click.pass_obj
def bench(parts: Parts, *, faults: int | None, seed: int, **measured: Unpack[Measured]) -> int:
    """Measure how fast and how well this machine understands."""
    form: Format = "json" if measured["as_json"] else "text"
    if faults is not None:
        return parts.bench_faults(form, faults, seed)
    place: Place = "desktop" if measured["desktop"] else "here"
    pace: Pace = "fast" if measured["fast"] else "full"
    return parts.bench(form, measured["speech"], place, pace)
