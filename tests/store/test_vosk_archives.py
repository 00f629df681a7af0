"""Archives with a Vosk model in them, and what people may have put into them or lost from them."""

from __future__ import annotations

import gzip
import os
import struct
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.store.conftest import silent
from tests.store.vosk_models import LOOKAHEAD, refusal, tarred, written, zipped
from tray.store.shelf import Shelf


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


def test_a_file_with_holes_that_would_fill_the_disk_is_refused(tmp_path: Path) -> None:
    hollow = tarfile.TarInfo("graph/HCLG.fst")
    hollow.pax_headers = {"GNU.sparse.major": "0", "GNU.sparse.map": "0,0", "GNU.sparse.size": "7000000000"}
    source = tarred({name: LOOKAHEAD[name] for name in list(LOOKAHEAD)[:3]}, tmp_path / "source", hollow)
    assert "has holes" in refusal(tmp_path / "models", source)


def test_a_small_archive_whose_header_claims_gigabytes_takes_no_memory_for_them(tmp_path: Path) -> None:
    claim = tarfile.TarInfo("claim")
    claim.type, claim.size = tarfile.XHDTYPE, 8**11 - 1
    (tmp_path / "source").write_bytes(gzip.compress(claim.tobuf(tarfile.USTAR_FORMAT)))
    assert "a header of 8589934592 bytes" in refusal(tmp_path / "models", tmp_path / "source")


def test_an_archive_with_a_number_that_no_machine_holds_is_refused(tmp_path: Path) -> None:
    claim, said = tarfile.TarInfo("claim"), b"9" * 30 + b" path=graph\n"
    claim.type, claim.size = tarfile.XHDTYPE, len(said)
    source = tarred(LOOKAHEAD, tmp_path / "source")
    packed = claim.tobuf(tarfile.USTAR_FORMAT) + said.ljust(512, b"\0") + gzip.decompress(source.read_bytes())
    source.write_bytes(gzip.compress(packed))
    assert "not a whole archive" in refusal(tmp_path / "models", source)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda zipped: _in_directory(zipped, 6, b"\xff"), id="a version of the far future"),
        pytest.param(lambda zipped: _in_directory(zipped, 8, b"\x40"), id="strong encryption"),
        pytest.param(lambda zipped: _in_directory(zipped, 9, b"\x08").replace(b"mfcc", b"mf\xff\xff"), id="no UTF-8"),
    ],
)
def test_a_zip_that_no_library_reads_is_refused(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    source = zipped(LOOKAHEAD, tmp_path / "source")
    source.write_bytes(change(source.read_bytes()))
    assert refusal(tmp_path / "models", source)


def _in_directory(archive: bytes, offset: int, byte: bytes) -> bytes:
    """With another byte in each entry of the table of contents (PKWARE's APPNOTE, section 4.3.12)."""
    content = bytearray(archive)
    at = content.find(b"PK\x01\x02")
    while at >= 0:
        content[at + offset : at + offset + 1] = byte
        at = content.find(b"PK\x01\x02", at + 4)
    return bytes(content)


def test_a_name_that_is_not_utf_8_is_kept(tmp_path: Path) -> None:
    odd = os.fsdecode(b"graph/\xff.int")
    source = written({**LOOKAHEAD, odd: b"x"}, tmp_path / "source")
    shelf = Shelf(tmp_path / "models", {})
    assert shelf.install_from(source, "mine", silent) == shelf.verify("mine")
    assert (tmp_path / "models" / "mine" / odd).read_bytes() == b"x"
