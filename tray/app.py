"""Puts the commands of the command line together from what every room of the house offers.

What a function needs is imported in it: each import at the top is paid by every `scribelet toggle`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tray.belongings import archive, books, settings, shelf
from tray.control.parts import Delivery, Format, Parts, Reach
from tray.core.failures import MicrophoneError, NotRunningError
from tray.measuring import bench, bench_faults
from tray.system.assets import asset_folder
from tray.system.folders import settings_path

if TYPE_CHECKING:
    from tray.control.recover import Deed
    from tray.control.restore import Wish
    from tray.control.transcripts import Format as TranscriptFormat
    from tray.core.keys import Key


def command_line_parts() -> Parts:
    """What stands behind the commands; nothing heavy is imported before one of them runs."""
    return Parts(
        run=run,
        transcribe=transcribe,
        last=last,
        history=history,
        verify=verify,
        recover=recover,
        restore=restore,
        transcript_path=transcript_path,
        transcript_folder=transcript_folder,
        list_models=list_models,
        install_model=install_model,
        devices=devices,
        doctor=doctor,
        check=check,
        report=report,
        demo=demo,
        hotkey=hotkey,
        autostart=autostart,
        bench=bench,
        bench_faults=bench_faults,
    )


def run() -> int:
    """The program itself."""
    from tray.live import run as live

    return live()


def demo(file: Path | None) -> int:
    """The command `demo`."""
    from tray.demo import run as demonstrate

    return demonstrate(file)


def devices() -> int:
    """The command `devices`."""
    from tray.audio.microphone import list_microphones

    names = list_microphones()
    if not names:
        raise MicrophoneError("There is no microphone", "Plug one in, or look at: scribelet doctor")
    for line in ("System default (used while microphone.device is empty)", *names):
        click.echo(line)
    return 0


def doctor() -> int:
    """The command `doctor`."""
    from tray.checkup import examine_all

    return examine_all()


def check(seconds: float) -> int:
    """The command `check`."""
    from tray.audio.level import Meter
    from tray.audio.microphone import Microphone
    from tray.audio.resample import Resampler
    from tray.control.check import check as listen
    from tray.ear import new_gate

    meter = Meter(new_gate(), Resampler)
    return listen(lambda: Microphone(settings().microphone.device), meter, seconds=seconds)


def report(output: Path | None, force: bool) -> int:  # noqa: FBT001 the shape is that of Parts
    """The command `report`."""
    from tray.checkup import examine_all
    from tray.control.settings_file import SettingsFile
    from tray.control.upkeep import Case, write_report
    from tray.system.folders import state_folder

    case = Case(examine_all, shelf(), SettingsFile(settings_path()), state_folder(), os.environ)
    return write_report(case, output, force=force)


def hotkey(key: Key, typed: str | None) -> int:
    """The command `hotkey`."""
    from tray.control.choose_hotkey import choose_hotkey
    from tray.control.settings_file import SettingsFile
    from tray.keyboard import key_access

    file = SettingsFile(settings_path())
    chosen = file.read().settings.hotkey
    ours = frozenset({chosen.toggle, chosen.cancel}) if _runs() else frozenset[str]()
    return choose_hotkey(key, typed, key_access(ours), file)


def _runs() -> bool:
    from tray.control.client import Request, ask
    from tray.system.folders import running_socket

    try:
        ask(running_socket(), Request("status"))
    except NotRunningError:
        return False
    return True


def autostart(wanted: bool | None) -> int:  # noqa: FBT001 the shape is that of Parts
    """The command `autostart`."""
    from tray.desktop.autostart import autostart_state, set_autostart

    if wanted is not None:
        set_autostart(on=wanted)
    click.echo(f"Scribelet {'starts' if autostart_state() else 'does not start'} with the desktop.")
    return 0


def transcribe(files: Sequence[Path], engine: str, form: TranscriptFormat, output: Path | None) -> int:
    """The command `transcribe`."""
    from tray.audio.files import open_recording
    from tray.control.transcribe import Desk
    from tray.control.transcribe import transcribe as write_down
    from tray.core.segmenter import Policy, policy_for_files
    from tray.ear import load_engine, new_hearing

    name = engine or settings().engine.name
    loaded = cache(partial(load_engine, name))  # when the first file is heard, so that a mistyped one is told at once
    policy = policy_for_files(Policy())
    return write_down(files, Desk(name, open_recording, lambda: new_hearing(loaded(), policy)), form, output)


def last(number: int, delivery: Delivery) -> int:
    """The command `last`."""
    from tray.control.history import last as show

    return show(archive(), number, {"print": None, "copy": _copy, "insert": _insert}[delivery])


def _copy(text: str) -> None:
    from tray.system.clipboard import find_clipboard

    find_clipboard(os.environ).copy(text)


def _insert(text: str) -> None:
    from tray.sinks.insert import insert_once
    from tray.sinks.insert_x11 import X11Hand

    with closing(X11Hand()) as hand:
        insert_once(hand, text)


def history(search: str, day: str, reach: Reach) -> int:
    """The command `history`."""
    from datetime import date

    from tray.control.history import Wish
    from tray.control.history import history as show

    return show(archive(), Wish(search, day, everything=reach == "all"), date.today())


def verify(day: str, form: Format) -> int:
    """The command `verify`."""
    from datetime import date

    from tray.accounts import audit
    from tray.control.history import named_day
    from tray.control.verify import verify as show

    today = date.today()
    return show(audit(named_day(day, today) or today, books(settings())), form)


def recover(deed: Deed) -> int:
    """The command `recover`."""
    from tray.amends import recover as mend

    return mend(deed)


def restore(wish: Wish) -> int:
    """The command `restore`."""
    from tray.amends import restore as mend

    return mend(wish)


def transcript_path() -> int:
    """The command `transcript path`."""
    from datetime import date

    from tray.control.history import transcript_path as show

    return show(archive(), date.today())


def transcript_folder() -> int:
    """The command `transcript folder`."""
    click.echo(archive().folder)
    return 0


def list_models() -> int:
    """The command `models list`."""
    from tray.control.models import list_models as show
    from tray.store.catalogue import read_catalogue

    return show(shelf(), read_catalogue(asset_folder("models")), settings().engine.name)


def install_model(name: str, source: Path | None) -> int:
    """The command `models install`."""
    from tray.control.models import install_model as install

    return install(shelf(), name, source)
