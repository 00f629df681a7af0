"""Vosk models made for the purpose, the ways they are packed, and what is said of those that are not taken."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.store.conftest import leftovers, silent
from tray.core.failures import ModelError
from tray.store.shelf import Shelf


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
