"""Builds the parts and puts them together; the only place that knows everyone.

What a function needs is imported in it: each import at the top is paid by every `scribelet toggle`.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tray.control.parts import Delivery, Format, Parts, Reach
from tray.core.failures import MicrophoneError, ModelError, NotRunningError
from tray.system.assets import PACKAGE, asset_folder
from tray.system.folders import models_folder, settings_path

if TYPE_CHECKING:
    from tray.audio.gate import Network
    from tray.bench.report import Pace, Place
    from tray.control.choose_hotkey import KeyAccess
    from tray.control.transcripts import Format as TranscriptFormat
    from tray.core.keys import Key
    from tray.core.segmenter import Policy
    from tray.core.settings import Settings
    from tray.hearing.hearing import Beginning, Hearing
    from tray.ports import Engine, Hotkeys
    from tray.sinks.archive import Archive
    from tray.store.shelf import Shelf

ENGINES = {
    "moonshine": "tray.engines.moonshine.engine:MoonshineEngine",
    "vosk": "tray.engines.vosk:VoskEngine",
}
"""Kind of model → the class that loads its folder."""


def command_line_parts() -> Parts:
    """What stands behind the commands; nothing heavy is imported before one of them runs."""
    return Parts(
        run=run,
        transcribe=transcribe,
        last=last,
        history=history,
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
    from tray.audio.gate import SileroGate
    from tray.audio.level import Meter
    from tray.audio.microphone import Microphone
    from tray.audio.resample import Resampler
    from tray.control.check import check as listen

    meter = Meter(SileroGate(_gate_network()), Resampler)
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

    file = SettingsFile(settings_path())
    chosen = file.read().settings.hotkey
    ours = frozenset({chosen.toggle, chosen.cancel}) if _runs() else frozenset[str]()
    return choose_hotkey(key, typed, key_access(ours), file)


def key_access(ours: frozenset[str]) -> KeyAccess:
    """What can be done with keys here, where the running Scribelet holds these combinations."""
    from tray.control.choose_hotkey import KeyAccess

    if sys.platform == "win32":
        from tray.desktop.hotkeys_windows import WindowsHotkeys

        return KeyAccess(None, partial(_try_keys, WindowsHotkeys), ours, os.environ)
    if sys.platform != "linux" or os.environ.get("WAYLAND_DISPLAY") or not os.environ.get("DISPLAY"):
        return KeyAccess(None, None, ours, os.environ)
    from tray.desktop.hotkeys_x11 import X11Hotkeys
    from tray.desktop.keypress_x11 import next_keys

    return KeyAccess(next_keys, partial(_try_keys, X11Hotkeys), ours, os.environ)


def _try_keys(kind: Callable[[], Hotkeys], keys: str) -> None:
    with closing(kind()) as hotkeys:
        hotkeys.bind(keys, "", lambda _: None)


def _runs() -> bool:
    from tray.control.client import Request, ask
    from tray.system.folders import socket_path

    try:
        ask(socket_path(), Request("status"))
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


def serve_ear(name: str, endpoint_s: float) -> int:
    """The ear's process: standard input and output are the pipe, and nothing else may write into it."""
    from tray.core.segmenter import Policy
    from tray.hearing.ear import serve

    commands, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)

    def load() -> Callable[[Beginning], Hearing]:
        return partial(new_hearing, load_engine(name), replace(Policy(), endpoint_s=endpoint_s))

    return serve(load, commands, answers)


def settings() -> Settings:
    """The settings in force. Raises SettingsError."""
    from tray.control.settings_file import SettingsFile

    return SettingsFile(settings_path()).read().settings


def shelf() -> Shelf:
    """The models of this user."""
    from tray.store.catalogue import read_catalogue
    from tray.store.shelf import Shelf

    return Shelf(models_folder(), read_catalogue(asset_folder("models")))


def load_engine(name: str) -> Engine:
    """Load an installed model. Raises ModelError."""
    model = shelf().find(name)
    if model.kind not in ENGINES:
        raise ModelError(f"{name} is a model of the unknown kind “{model.kind}”", "Install a newer Scribelet")
    module, _, class_name = ENGINES[model.kind].partition(":")
    kind: Callable[[Path], Engine] = getattr(importlib.import_module(module), class_name)
    return kind(model.folder)


def new_hearing(engine: Engine, policy: Policy, beginning: Beginning | None = None) -> Hearing:
    """A hearing for one session, its gate fresh."""
    from tray.audio.gate import SileroGate
    from tray.audio.resample import Resampler
    from tray.hearing.hearing import Hearing, Parts
    from tray.punctuators.rules import RulesPunctuator

    language = next(iter(engine.traits.languages), "")
    return Hearing(
        Parts(SileroGate(_gate_network()), engine, Resampler, lambda: RulesPunctuator(language), policy), beginning
    )


@cache
def _gate_network() -> Network:
    """Loaded once for all hearings of a process."""
    from tray.audio.gate import load_network

    return load_network(asset_folder("models") / "silero-vad" / "silero_vad.onnx")


def transcribe(files: Sequence[Path], engine: str, form: TranscriptFormat, output: Path | None) -> int:
    """The command `transcribe`."""
    from tray.audio.files import open_recording
    from tray.control.transcribe import Desk
    from tray.control.transcribe import transcribe as write_down
    from tray.core.segmenter import Policy, policy_for_files

    name = engine or settings().engine.name
    loaded = cache(partial(load_engine, name))  # when the first file is heard, so that a mistyped one is told at once
    policy = policy_for_files(Policy())
    return write_down(files, Desk(name, open_recording, lambda: new_hearing(loaded(), policy)), form, output)


def archive() -> Archive:
    """The transcript of all days, in the folder that is set."""
    from tray.sinks.archive import Archive
    from tray.system.folders import cache_folder, transcript_folder

    return Archive(transcript_folder(settings().transcript.folder), cache_folder() / "words.sqlite")


def last(number: int, delivery: Delivery) -> int:
    """The command `last`."""
    from tray.control.history import last as show

    return show(archive(), number, {"print": None, "copy": _copy, "insert": _insert}[delivery])


def _copy(text: str) -> None:
    from tray.system.clipboard import find_clipboard

    find_clipboard(os.environ).copy(text)


def _insert(text: str) -> None:
    from tray.sinks.insert import X11Hand, insert_once

    with closing(X11Hand()) as hand:
        insert_once(hand, text)


def history(search: str, day: str, reach: Reach) -> int:
    """The command `history`."""
    from datetime import date

    from tray.control.history import Wish
    from tray.control.history import history as show

    return show(archive(), Wish(search, day, everything=reach == "all"), date.today())


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


def bench(form: Format, speech: Path | None, place: Place = "here", pace: Pace = "full") -> int:
    """The command `bench`."""
    from tray.bench.noises import MUSIC_FILES
    from tray.bench.report import Order, Tools, run
    from tray.bench.virtual import refuse_real_desktop
    from tray.core.segmenter import Policy
    from tray.system.processes import own_command

    if place == "desktop":
        refuse_real_desktop()  # before a model is loaded for nothing
    name, checkout = settings().engine.name, PACKAGE.parent / "tests"
    tools = Tools(
        hearing=partial(new_hearing, load_engine(name)),
        engine_name=name,
        default_speech=checkout / "speech",
        rooms=checkout / "noise",
        music=MUSIC_FILES,
        program=own_command(),
        ear=own_command("ear", name, str(Policy().endpoint_s)),
        editor=checkout / "desktop" / "textfield.py",
    )
    return run(tools, Order(form == "json", speech, place, pace))
