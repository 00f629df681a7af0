"""The commands about this machine: models, microphones, what is missing, how fast it is."""

from __future__ import annotations

from pathlib import Path

import click

from tray.control.parts import Parts
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
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--speech", metavar="DIR", type=click.Path(path_type=Path), help="Measure with the speech in this folder."
)
@click.pass_obj
def bench(parts: Parts, *, as_json: bool, speech: Path | None) -> int:
    """Measure how fast and how well this machine understands."""
    return parts.bench("json" if as_json else "text", speech)
