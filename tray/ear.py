"""Builds the ear: a model, and all that stands around it while it listens.

What a function needs is imported in it: who only wants the gate pays for no engine.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from tray.belongings import shelf
from tray.core.failures import ModelError
from tray.system.assets import asset_folder

if TYPE_CHECKING:
    from tray.audio.gate import Network, SileroGate
    from tray.core.segmenter import Policy
    from tray.hearing.hearing import Beginning, Hearing
    from tray.ports import Engine

ENGINES = {
    "moonshine": "tray.engines.moonshine.engine:MoonshineEngine",
    "vosk": "tray.engines.vosk:VoskEngine",
}
"""Kind of model → the class that loads its folder."""


def serve_ear(name: str, endpoint_s: float) -> int:
    """The ear's process: standard input and output are the pipe, and nothing else may write into it."""
    from tray.core.segmenter import Policy
    from tray.hearing.ear import serve
    from tray.system.crashes import complain_without_words
    from tray.system.memory import give_back

    complain_without_words()
    commands, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    os.dup2(2, 1)

    def load() -> Callable[[Beginning], Hearing]:
        return partial(new_hearing, load_engine(name), replace(Policy(), endpoint_s=endpoint_s))

    # decoding leaves 10 to 20 MB that are free in pieces too large for glibc to give back by itself
    return serve(load, commands, answers, give_back)


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
    from tray.audio.resample import Resampler
    from tray.hearing.hearing import Hearing, Parts
    from tray.punctuators.rules import RulesPunctuator

    language = next(iter(engine.traits.languages), "")
    return Hearing(Parts(new_gate(), engine, Resampler, lambda: RulesPunctuator(language), policy), beginning)


def new_gate() -> SileroGate:
    """A gate that has heard nothing yet."""
    from tray.audio.gate import SileroGate

    return SileroGate(_gate_network())


@cache
def _gate_network() -> Network:
    """Loaded once for all hearings of a process."""
    from tray.audio.gate import load_network

    return load_network(asset_folder("models") / "silero-vad" / "silero_vad.onnx")
