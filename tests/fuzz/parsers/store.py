"""The catalogue of models, the records beside them, and archives that people bring."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import rmtree

from tests.fuzz.worker import Parse
from tray.core.failures import ModelError
from tray.engines.vosk import languages
from tray.store.catalogue import read_catalogue
from tray.store.progress import Progress
from tray.store.record import RECORD, Label, write_record
from tray.store.shelf import Shelf

_MODELS = Path(__file__).resolve().parents[3] / "models"
_FST = struct.pack("<Ii5si8siiQ", 0x7EB2FDD6, 5, b"ngram", 8, b"standard", 4, 3, 0)
_MODEL = {
    "am/final.mdl": b"\0B<TransitionModel> and more",
    "conf/mfcc.conf": b"--use-energy=false",
    "conf/model.conf": b"--beam=10.0",
    "graph/HCLG.fst": _FST,
    "graph/words.txt": b"<eps> 0\n" * 60,
    "graph/phones/word_boundary.int": b"1 nonword",
}
CATALOGUE_TOKENS = (
    b"[moonshine-base-en]",
    b"[[a]]",
    b"kind",
    b"languages",
    b"sha256",
    b"==",
    b"inf",
    b"nan",
    b'"""',
    b"a.b.c",
)
RECORD_TOKENS = (
    *(
        b'"name"',
        b'"kind"',
        b'"files"',
        b'"size"',
        b'"sha256"',
        b'"languages"',
        b'"source"',
        b'"../x"',
        b'"/etc/passwd"',
    ),
    *(b'"/dev/zero"', b'"graph"', b'"\\u0000"', b'"\\ud800"', b'"."', b'""', b'"' + b"a/" * 2100 + b'"', b"b" * 300),
)
ARCHIVE_TOKENS = (
    *(b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07", b"../", b"/etc/", b"C:\\", b"ustar"),
    *(b"GNU.sparse.map", b"GNU.sparse.realsize=7000000000\n", b"30 GNU.sparse.size=7000000000\n", b"x" * 300 + b"/"),
    *(b"17 path=../evil\n", b"12 size=9e9\n", b"77777777777\0", b"\x80" + b"\0" * 7 + b"\xff" * 4),
)


def catalogues() -> list[bytes]:
    return [(_MODELS / "catalogue.toml").read_bytes()]


def catalogue(folder: Path) -> Parse:
    """The list of models that can be fetched."""

    def parse(content: bytes) -> None:
        (folder / "catalogue.toml").write_bytes(content)
        for model in read_catalogue(folder).values():
            assert model.room > 0

    return parse


def records() -> list[bytes]:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = _laid_out(Path(name))
        write_record(folder, "mine", Label("vosk", ("en", "de"), {"path": "mine.zip", "sha256": "0" * 64}))
        return [(folder / RECORD).read_bytes()]


def _laid_out(folder: Path) -> Path:
    for name, content in _MODEL.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def shelf(folder: Path) -> Parse:
    """A model on the shelf, looked at and compared byte by byte."""
    model = _laid_out(folder / "mine")
    models = Shelf(folder, {})

    def parse(content: bytes) -> None:
        (model / RECORD).write_bytes(content)
        found = models.installed()
        try:
            assert [models.find("mine")] == found
        except ModelError:
            assert found == []
        models.verify("mine")

    return parse


def described(folder: Path) -> Parse:
    """What the engine reads of the same record."""

    def parse(content: bytes) -> None:
        (folder / RECORD).write_bytes(content)
        assert all(isinstance(code, str) for code in languages(folder))

    return parse


def zips() -> list[bytes]:
    return [_zipped(_MODEL), _zipped({f"vosk-model-en/{name}": content for name, content in _MODEL.items()})]


def _zipped(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, (name, content) in enumerate(files.items()):
            member = zipfile.ZipInfo(name)  # with a fixed date
            member.compress_type = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)[number % 2]
            archive.writestr(member, content)
    return packed.getvalue()


def tars() -> list[bytes]:
    long = {"graph/" + "x" * 120 + "/words": b"x", "graph/ß.txt": b"y"}
    link = tarfile.TarInfo("graph/link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return [
        _tarred(_MODEL),
        _tarred(_MODEL | long, tarfile.PAX_FORMAT),
        _tarred(_MODEL | long, tarfile.GNU_FORMAT, link),
    ]


def _tarred(files: Mapping[str, bytes], form: int = tarfile.USTAR_FORMAT, *more: tarfile.TarInfo) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in more:
            archive.addfile(member)
    return packed.getvalue()


def gzips() -> list[bytes]:
    return [gzip.compress(one, mtime=0) for one in tars()]


def archive(folder: Path) -> Parse:
    """An archive as somebody gives it."""
    return _installed(folder, lambda content: content)


def tar(folder: Path) -> Parse:
    """A tar file, packed well whatever is in it."""
    return _installed(folder, lambda content: gzip.compress(_summed(content), 1, mtime=0))


def _summed(content: bytes) -> bytes:
    """With the right checksum in every block that is a header: a wrong one would end the reading there."""
    blocks = [content[at : at + 512] for at in range(0, len(content), 512)]
    return b"".join(_with_sum(one) if one[257:262] == b"ustar" and len(one) == 512 else one for one in blocks)


def _with_sum(header: bytes) -> bytes:
    blank = header[:148] + b" " * 8 + header[156:]
    return blank[:148] + b"%06o\0 " % sum(blank) + blank[156:]


def _installed(folder: Path, packed: Callable[[bytes], bytes]) -> Parse:
    """Put on a shelf: the model is there, or everything is as it was; nothing lies anywhere else."""
    source, place = folder / "source", folder / "deep" / "models"

    def parse(content: bytes) -> None:
        source.write_bytes(packed(content))
        try:
            Shelf(place, {}).install_from(source, "mine", _silent)
        except ModelError:
            assert {path.name for path in place.iterdir()} <= {".lock"}
        finally:
            rmtree(place, ignore_errors=True)
        assert sorted(path.name for path in folder.rglob("*")) == ["deep", "source"]

    return parse


def _silent(_: Progress) -> None:
    """Nobody watches."""
