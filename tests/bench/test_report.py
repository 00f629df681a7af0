"""`scribelet bench` over two short clips: what is printed for people and for programs."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tray.audio.gate import SileroGate, load_network
from tray.audio.resample import Resampler
from tray.bench.figures import FIGURES, GROUPS
from tray.bench.peer import NAME, PLACE, open_peer
from tray.bench.report import Order, Tools, run
from tray.core.failures import ModelError, UsageError
from tray.core.segmenter import Policy
from tray.engines.moonshine.engine import MoonshineEngine
from tray.engines.script import ScriptEngine, spoken
from tray.hearing.hearing import Hearing, Parts
from tray.ports import Engine
from tray.punctuators.rules import RulesPunctuator

ROOT = Path(__file__).parents[2]
SPEECH = ROOT / "tests" / "speech"
MODELS = Path(os.environ.get("SCRIBELET_TEST_DATA", ROOT / ".test" / "data")) / "models"
TEXTS = {"sb11.wav": "The child almost hurt the small dog.", "sb14.wav": "A thin stripe runs down the middle."}


def tools(engine: Engine, name: str, speech: Path, music: Sequence[Path] = ()) -> Tools:
    """What the program would give, with a folder of room noise that is not there."""

    def hearing(policy: Policy) -> Hearing:
        gate = SileroGate(load_network(ROOT / "models" / "silero-vad" / "silero_vad.onnx"))
        return Hearing(Parts(gate, engine, Resampler, RulesPunctuator, policy))

    nothing = ("false",)
    return Tools(
        hearing,
        name,
        default_speech=speech,
        rooms=speech / "rooms",
        music=music,
        program=nothing,
        ear=nothing,
        editor=speech / "editor",
    )


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    """Two clips of one speaker."""
    rows = [f"{name}\tanna\t{text}" for name, text in TEXTS.items()]
    (tmp_path / "manifest.tsv").write_text("\n".join(["file\tspeaker\treference", *rows]), "utf-8")
    for name in TEXTS:
        shutil.copy(SPEECH / name, tmp_path)
    return tmp_path


@pytest.fixture
def nothing_else(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The peer's model is nowhere, and there is no desktop."""
    monkeypatch.setenv(PLACE, str(tmp_path / "nowhere"))
    monkeypatch.delenv("DISPLAY", raising=False)


@pytest.mark.usefixtures("nothing_else")
def test_the_default_engine_makes_no_mistake_in_two_clear_sentences_and_invents_nothing(
    speech: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = MoonshineEngine(MODELS / "moonshine-base-en")
    assert run(tools(engine, "moonshine-base-en", speech), Order(as_json=True)) == 0
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert {key for key in report if not key.startswith("about.")} == {figure.key for figure in FIGURES}
    zero = {"wer.files", "wer.live_alone", "wer.live_joined", "invented.alone.all", "invented.between.all"}
    assert {key: report[key] for key in zero} == dict.fromkeys(zero, 0)
    assert 0 < report["cpu.files"] < 1 > report["cpu.live"] > 0
    assert (report["about.engine"], report["about.clips"]) == ("moonshine-base-en", 2)
    absent = {"wer.peer", "cpu.peer", "cpu.files_to_peer", "about.peer"}
    absent |= {"invented.alone.room", "invented.between.room"}
    absent |= {"invented_words", "invented_words.room", "invented_words.music"}
    absent |= {figure.key for group in GROUPS if group.desktop for figure in group.figures}
    absent |= {"about.open_takes", "about.held_takes", "about.sudden_takes"}
    assert {key for key, value in report.items() if value is None} == absent


@pytest.mark.usefixtures("nothing_else")
def test_wrong_words_stand_beside_their_targets_in_the_table(
    speech: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = ScriptEngine(spoken("A tin stripe runs.", "Down the middle."))
    default = tmp_path_factory.mktemp("default")
    assert run(tools(engine, "script", default), Order(speech=speech)) == 0
    table = capsys.readouterr().out
    lines = {" ".join(line.split()) for line in table.splitlines()}
    assert table.startswith("Scribelet ")
    assert "not installed" in table
    # alone, each clip is one piece and gets the first line: 7 of 7 words wrong in one clip and 4 of 7 in the other
    assert "files 78.6 % ≤ 5.8 % missed" in lines
    assert "room not measured" in lines


@pytest.mark.usefixtures("nothing_else")
def test_the_fast_bench_counts_each_word_that_was_written_of_music(
    speech: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    singing = speech / "sb14.wav"
    given = tools(ScriptEngine(spoken("La la la.")), "script", speech, music=[singing, speech / "missing.ogg"])
    assert run(given, Order(as_json=True, pace="fast")) == 0
    report: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert report["about.clips"] == 1
    assert report["invented_words.music"] == report["invented_words"] >= 3
    assert report["invented_words.room"] is None


def test_a_figure_within_its_target_is_not_marked(speech: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = tools(ScriptEngine(spoken()), "script", speech, music=[])
    assert run(given, Order(pace="fast")) == 0
    lines = {" ".join(line.split()) for line in capsys.readouterr().out.splitlines()}
    assert "ten minutes of noise 0 0" in lines
    assert "dictated, each clip alone 100.0 % ≤ 6.0 % missed" in lines


def test_a_persons_own_desktop_is_left_alone(speech: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VDESK_DIR", raising=False)
    with pytest.raises(UsageError, match="only on a virtual desktop") as refused:
        run(tools(ScriptEngine(spoken()), "script", speech), Order(place="desktop"))
    assert "desktop.sh run" in refused.value.remedy


def test_the_peer_understands_two_clear_sentences() -> None:
    peer = Path(os.environ.get(PLACE, MODELS / NAME))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PLACE, str(peer))
        opened = open_peer()
    assert opened is not None
    clip = SPEECH / "sb14.wav"
    assert opened.hear(clip.read_bytes()[44:]).text == TEXTS["sb14.wav"]


def test_a_broken_model_of_the_peer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"):
        (tmp_path / name).write_text("{}")
    monkeypatch.setenv(PLACE, str(tmp_path))
    with pytest.raises(ModelError, match="cannot be loaded"):
        open_peer()
