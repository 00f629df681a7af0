"""The commands with which people dictate."""

from __future__ import annotations

import click


def request(name: str, meaning: str) -> click.Command:
    """A command that is sent to the running program as it is."""

    def send() -> None:
        from tray.control.client import Request, ask
        from tray.system.folders import running_socket

        ask(running_socket(), Request(name))

    return click.Command(name, callback=send, help=meaning)


@click.command("quit")
def end() -> None:
    """End Scribelet; what is not text within 2 s is written at the next start."""
    from tray.control.client import QUITTING, Request, ask
    from tray.system.folders import running_socket

    if left := ask(running_socket(), Request("quit"), QUITTING).get("farewell"):
        click.echo(f"{left}.")


@click.command
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--follow", "stay", is_flag=True, help="Stay, and print a line for each change.")
def status(*, as_json: bool, stay: bool) -> None:
    """Tell what Scribelet is doing."""
    import json

    from tray.control.client import Request, ask, follow, state_line
    from tray.system.folders import running_socket

    path = running_socket()
    for state in follow(path) if stay else (ask(path, Request("status")),):
        click.echo(json.dumps(state, ensure_ascii=False) if as_json else state_line(state))
