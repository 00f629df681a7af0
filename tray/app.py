"""Builds the parts and puts them together; the only place that knows everyone.

What a function needs is imported in it: each import at the top is paid by every `scribelet toggle`.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tray.control.parts import Delivery, Format, Parts, Reach
from tray.core.failures import MicrophoneError, ModelError
from tray.system.assets import PACKAGE, asset_folder
from tray.system.folders import models_folder, settings_path

if TYPE_CHECKING:
    from tray.audio.gate import Network
    from tray.control.transcripts import Format as TranscriptFormat
    from tray.core.segmenter import Policy
    from tray.core.settings import Settings
    from tray.hearing.hearing import Beginning, Hearing
    from tray.ports import Engine
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
        demo=demo,
        bench=bench,
    )


def run() -> int:
    """The program itself."""
    from tray.live import run as live

    return live()


def rehearse(recording: Path) -> int:
    """The program itself with a recording in place of the microphone, for those who measure it."""
    from tray.audio.paced import PacedFile
    from tray.live import Live

    return Live(lambda _settings: PacedFile(recording)).serve()


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
    from tray.sinks.insert import X11Hand

    hand = X11Hand()
    try:
        hand.free(1.0)
        hand.paste(text, hand.window())
    finally:
        hand.close()


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


def bench(form: Format, speech: Path | None) -> int:
    """The command `bench`."""
    from tray.bench.report import Tools, run
    from tray.system.processes import own_command

    name = settings().engine.name
    loaded = load_engine(name)
    checkout = PACKAGE.parent / "tests"
    tools = Tools(
        hearing=partial(new_hearing, loaded),
        engine_name=name,
        default_speech=checkout / "speech",
        rooms=checkout / "noise",
        program=own_command("rehearse"),
    )
    return run(tools, as_json=form == "json", speech=speech)
