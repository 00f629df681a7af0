"""The commands that look at the settings and change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from tray.control.parts import Parts
    from tray.control.settings_file import SettingsFile


@click.group(no_args_is_help=False)
def config() -> None:
    """Look at the settings and change them."""


def _settings_file() -> SettingsFile:
    from tray.control.settings_file import SettingsFile
    from tray.system.folders import settings_path

    return SettingsFile(settings_path())


@click.command
@click.argument("words", nargs=-1, metavar="[toggle|cancel] [COMBINATION]")
@click.option("--none", "without", is_flag=True, help="Have no such key.")
@click.pass_obj
def hotkey(parts: Parts, words: tuple[str, ...], *, without: bool) -> int:
    """Choose the hotkey by pressing it.

    Or write it behind this command, as in: scribelet hotkey ctrl+alt+d
    """
    from tray.core.keys import Key

    named = words[0] if words and words[0] in ("toggle", "cancel") else ""
    typed = words[1:] if named else words
    if len(typed) + without > 1:
        raise click.UsageError("One combination is enough.")
    return parts.hotkey(Key(named or "toggle"), "" if without else next(iter(typed), None))


@click.command
@click.argument("wanted", type=click.Choice(["on", "off"]), required=False)
@click.pass_obj
def autostart(parts: Parts, wanted: str | None) -> int:
    """Start Scribelet with the desktop, or no longer.

    Without a word behind it, this says whether it does.
    """
    return parts.autostart(None if wanted is None else wanted == "on")


@config.command("path")
def config_path() -> None:
    """Print where the settings file is."""
    from tray.system.folders import settings_path

    click.echo(settings_path())


@config.command("show")
def config_show() -> None:
    """Print every setting as it is in force."""
    from tray.control.settings_file import literal
    from tray.core.settings_keys import KEYS

    settings = _settings_file().read().settings
    for key in KEYS.values():
        click.echo(f"{key.name} = {literal(key.of(settings))}")


def _settings(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from tray.core.settings_keys import KEYS

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
