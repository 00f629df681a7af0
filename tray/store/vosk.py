"""What a Vosk model consists of.

libvosk ends or hangs the whole process over some bad models, so they are refused here. Which files it reads, and what
becomes of each when missing or empty, was tried one by one with libvosk 0.3.45.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Mapping
from pathlib import Path, PurePosixPath

from tray.core.failures import ModelError
from tray.store.bundle import Bundle

_PARTS = ("am", "conf", "graph", "ivector", "rescore", "rnnlm")
_PAPERS = ("README", "README.md", "README.txt", "LICENSE", "LICENSE.txt", "COPYING")
_FLAT = {
    "final.mdl": "am/final.mdl",
    "global_cmvn.stats": "am/global_cmvn.stats",
    "mfcc.conf": "conf/mfcc.conf",
    "model.conf": "conf/model.conf",
    "pitch.conf": "conf/pitch.conf",
    "HCLG.fst": "graph/HCLG.fst",
    "HCLr.fst": "graph/HCLr.fst",
    "Gr.fst": "graph/Gr.fst",
    "disambig_tid.int": "graph/disambig_tid.int",
    "words.txt": "graph/words.txt",
    "word_boundary.int": "graph/phones/word_boundary.int",
}
_FLAT_CONF = """\
--max-active=7000
--beam=13.0
--lattice-beam=6.0
--acoustic-scale=1.0
--frame-subsampling-factor=3
--endpoint.silence-phones=1:2:3:4:5:6:7:8:9:10
--endpoint.rule2.min-trailing-silence=0.5
--endpoint.rule3.min-trailing-silence=1.0
--endpoint.rule4.min-trailing-silence=2.0
"""
"""What libvosk 0.3.45 assumes for a flat model, which has no model.conf."""
_ALWAYS = ("am/final.mdl", "conf/mfcc.conf", "conf/model.conf")
_LOOKAHEAD = ("graph/HCLr.fst", "graph/Gr.fst", "graph/disambig_tid.int")
_SPEAKER = ("final.ie", "final.mat", "final.dubm", "global_cmvn.stats", "splice.conf", "online_cmvn.conf")
_MAY_BE_EMPTY = {"ivector/online_cmvn.conf", *_PAPERS}
_FST = 0x7EB2FDD6
"""First number of every OpenFst file."""
_OUTPUT_SYMBOLS = 2
"""Bit in its header: the words' spelling is inside."""
_LANGUAGE = re.compile(
    r"(?<![a-z])(ar|br|ca|cn|cs|de|el|en|eo|es|fa|fr|gu|hi|it|ja|ka|kk|ko|ky|nl|pl|pt|ru|sv|te|tg|tl|tr|uk|uz|vn)(?![a-z])"
)
"""As published Vosk models spell them."""
_ISO = {"cn": "zh", "vn": "vi"}


def layout(bundle: Bundle) -> dict[str, str]:
    """Where each file of the one model in a bundle goes: path in the model → path in the bundle, in the bundle's order.

    Raises ModelError unless there is exactly one model, folders or flat, and its files are there and not empty.
    """
    roots = {_root(PurePosixPath(name)) for name in bundle.sizes if PurePosixPath(name).name == "final.mdl"}
    if len(roots) != 1:
        found = ", ".join(sorted(map(str, roots)))
        what = f"There are several models in it: {found}." if roots else "There is no Vosk model in it (no final.mdl)."
        raise ModelError(what, "Give the folder or archive of one Vosk model.")
    prefix = "" if (root := str(roots.pop())) == "." else root + "/"
    inside = [name for name in bundle.sizes if name.startswith(prefix)]
    placed = {name.removeprefix(prefix): name for name in inside}
    flat = "final.mdl" in placed
    model = {target: name for path, name in placed.items() if (target := _place(path, flat=flat))}
    _check_files({target: bundle.sizes[name] for target, name in model.items()}, flat=flat)
    return model


def unpack(bundle: Bundle, model: Mapping[str, str], folder: Path) -> None:
    """Copy a model laid out by `layout` into a folder, and look into its files. Raises ModelError."""
    for target, name in model.items():
        bundle.copy(name, folder / target)
    if not (folder / "conf/model.conf").exists():
        (folder / "conf/model.conf").write_text(_FLAT_CONF, encoding="ascii")
    _check_insides(folder)


def guess_languages(*names: str) -> tuple[str, ...]:
    """The language that one of these names speaks of, as in vosk-model-small-en-us-0.15; empty if none does."""
    for name in names:
        if found := _LANGUAGE.search(name.lower()):
            return (_ISO.get(found[1], found[1]),)
    return ()


def _root(acoustics: PurePosixPath) -> PurePosixPath:
    return acoustics.parent.parent if acoustics.parent.name == "am" else acoustics.parent


def _place(path: str, *, flat: bool) -> str | None:
    if path.split("/")[0] in _PARTS and "/" in path:
        return path
    return path if path in _PAPERS else _FLAT.get(path) if flat else None


def _check_files(sizes: Mapping[str, int], *, flat: bool) -> None:
    wanted = [name for name in _ALWAYS if not (flat and name == "conf/model.conf")]
    if "graph/HCLG.fst" not in sizes:
        wanted.extend(_LOOKAHEAD)
    if any(name.startswith("ivector/") for name in sizes):
        wanted.extend(f"ivector/{name}" for name in _SPEAKER)
    _refuse([name for name in wanted if name not in sizes], "missing")
    _refuse([name for name, size in sizes.items() if not size and name not in _MAY_BE_EMPTY], "empty")


def _check_insides(folder: Path) -> None:
    acoustics = (folder / "am/final.mdl").read_bytes()
    if not acoustics.startswith(b"\0B<TransitionModel>"):
        _refuse(["am/final.mdl"], "damaged")
    if b"input-node name=ivector" in acoustics and not (folder / "ivector/final.ie").exists():
        _refuse(["ivector/final.ie"], "missing")
    full = folder / "graph/HCLG.fst"
    graphs = [full] if full.exists() else [folder / "graph/HCLr.fst", folder / "graph/Gr.fst"]
    flags = [_fst_flags(path) for path in graphs]
    _refuse([f"graph/{path.name}" for path, flag in zip(graphs, flags, strict=True) if flag is None], "damaged")
    if not (flags[-1] or 0) & _OUTPUT_SYMBOLS and not (folder / "graph/words.txt").exists():
        _refuse(["graph/words.txt"], "missing")


def _fst_flags(path: Path) -> int | None:
    """The flags in the header of an OpenFst file: magic, two words with their lengths, version, flags."""
    with path.open("rb") as file:
        head = file.read(256)
    try:
        magic, at = struct.unpack_from("<i", head)[0], 4
        for _ in range(2):
            at += 4 + struct.unpack_from("<i", head, at)[0]
        return struct.unpack_from("<i", head, at + 4)[0] if magic == _FST else None
    except struct.error:
        return None


def _refuse(names: Collection[str], trouble: str) -> None:
    if names:
        verb = "is" if len(names) == 1 else "are"
        what = f"The Vosk model cannot be used: {', '.join(sorted(names))} {verb} {trouble}."
        raise ModelError(what, "Download the model again, or give another one.")
