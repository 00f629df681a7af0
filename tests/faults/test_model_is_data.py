"""A model folder is data: nothing in it is run, and it cannot make anybody read a file that lies elsewhere."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.desktop.running import SPEECH, alike
from tests.faults.models import (
    GOOD,
    NAME,
    SECRET_FLOATS,
    Outcome,
    Tampered,
    graph_with_foreign_operator,
    graph_with_tensor_elsewhere,
)
from tray.core.failures import ModelError
from tray.hearing.messages import Failed, Ready
from tray.system.processes import own_command

GRAPHS = ("encoder_q8.onnx", "decoder_q8.onnx")
TRAPS = (
    *("__init__.py", "__main__.py", "model.py", "setup.py", "conftest.py", "sitecustomize.py", "usercustomize.py"),
    *("tray.py", "numpy.py", "onnxruntime.py", "msgspec.py", "json.py", "encoder_q8.py", "tokenizer.py"),
)
"""Files that one or the other loader, or Python itself, would run if it looked for them there."""
VERIFY = """
import sys
from pathlib import Path
from tray.store.shelf import Shelf
from tray.core.failures import ModelError
try:
    print(Shelf(Path(sys.argv[1]), {}).verify(sys.argv[2]))
except ModelError as error:
    sys.exit(str(error))
"""


@pytest.fixture
def tampered(tmp_path: Path) -> Tampered:
    """A model that works, up to now."""
    return Tampered(tmp_path)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that is no part of any model, and that would do as one."""
    path = tmp_path / "private" / "secret.bin"
    path.parent.mkdir()
    path.write_bytes(bytes(4 * SECRET_FLOATS))
    return path


def _expect_refusal(outcome: Outcome) -> Failed:
    """The ear says in one sentence that the model cannot be used, and what mends it; it does not crash."""
    assert outcome.code == ModelError.exit_code, outcome.complaints
    assert isinstance(outcome.answer, Failed)
    assert (outcome.answer.exit_code, outcome.complaints) == (ModelError.exit_code, "")
    assert outcome.answer.remedy
    return outcome.answer


def _names(outcome: Outcome) -> set[str]:
    return {Path(opened).name for opened in outcome.opened}


def test_programs_beside_a_model_are_neither_run_nor_read_and_the_model_works(tampered: Tampered) -> None:
    mark = tampered.folder.parent / "executed"
    for name in TRAPS:
        tampered.replace(name, f"open({str(mark)!r}, 'w')\n".encode())
    tampered.replace("libonnxruntime_extensions.so", b"\x7fELF")
    tampered.sign()
    outcome = tampered.run(*own_command("transcribe", "--engine", NAME, str(SPEECH / "sb12.wav")))
    assert alike(outcome.said.decode(), "sb12.wav"), outcome.complaints
    assert not mark.exists()
    read = {Path(opened).name for opened in outcome.opened if opened.startswith(str(tampered.folder))}
    assert read == {*GRAPHS, "tokenizer.bin", "model.json"}


def test_the_ear_loads_a_model_without_running_another_program(tampered: Tampered) -> None:
    tampered.sign()
    outcome = tampered.load()
    assert isinstance(outcome.answer, Ready), outcome.complaints
    assert {Path(program).name for program in outcome.started} <= {"python", "python3"}


@pytest.mark.parametrize("graph", GRAPHS)
def test_an_operator_that_a_library_of_somebody_else_would_bring_is_refused(tampered: Tampered, graph: str) -> None:
    tampered.replace(graph, graph_with_foreign_operator())
    tampered.sign()
    assert graph in _expect_refusal(tampered.load()).what
    assert not (tampered.folder / "executed").exists()


ELSEWHERE: dict[str, Callable[[Path, Path], str]] = {
    "relative": lambda secret, folder: os.path.relpath(secret, folder),
    "absolute": lambda secret, _: str(secret),
    "roundabout": lambda secret, folder: f"./inner/../{os.path.relpath(secret, folder)}",
    "by a link": lambda _, __: "weights.bin",
    "system": lambda _, __: "/etc/passwd",
    "endless": lambda _, __: "/dev/zero",
}


@pytest.mark.parametrize("graph", GRAPHS)
@pytest.mark.parametrize("way", ELSEWHERE)
def test_a_graph_that_wants_numbers_from_another_file_is_refused_and_that_file_is_not_read(
    tampered: Tampered, secret: Path, graph: str, way: str
) -> None:
    (tampered.folder / "inner").mkdir()
    location = ELSEWHERE[way](secret, tampered.folder)
    tampered.replace(graph, graph_with_tensor_elsewhere(location))
    tampered.sign()
    (tampered.folder / "weights.bin").symlink_to(secret)
    outcome = tampered.load()
    # not all versions of the library that reads it refuse it by themselves
    assert f"{graph} wants numbers from another file" in _expect_refusal(outcome).what
    assert _names(outcome) & {"secret.bin", "weights.bin"} == set()
    assert location not in outcome.opened


def _garbage(size: int) -> bytes:
    return random.Random(1).randbytes(size)


@pytest.mark.parametrize("name", [*GRAPHS, "tokenizer.bin"])
@pytest.mark.parametrize(
    "content",
    [_garbage(241_639), b"\xff" * 100_000, b"#!/bin/sh\ntouch executed\n", b"PK\x03\x04" + _garbage(1000)],
    ids=["noise", "ones", "script", "zip"],
)
def test_garbage_in_place_of_a_file_is_refused_in_one_sentence(tampered: Tampered, name: str, content: bytes) -> None:
    tampered.replace(name, content)
    tampered.sign()
    assert name in _expect_refusal(tampered.load()).what
    assert not (tampered.folder / "executed").exists()


def test_words_of_a_tampered_vocabulary_are_text_and_nothing_else(tampered: Tampered) -> None:
    entries = [b"\x05"] + [b"$(touch executed)\n\x1b]0;x\x07"[:20]] * 31_999
    tampered.replace("tokenizer.bin", b"".join(bytes([len(entry)]) + entry for entry in entries))
    tampered.sign()
    outcome = tampered.run(*own_command("transcribe", "--engine", NAME, str(SPEECH / "sb12.wav")))
    assert outcome.code == 0, outcome.complaints
    assert b"$(touch executed)" in outcome.said
    assert not (tampered.folder / "executed").exists()


@pytest.mark.parametrize("name", [*GRAPHS, "tokenizer.bin", "model.json"])
def test_a_pipe_in_place_of_a_file_keeps_nobody_waiting(tampered: Tampered, name: str) -> None:
    tampered.sign()
    (tampered.folder / name).unlink()
    os.mkfifo(tampered.folder / name)
    _expect_refusal(tampered.load())


@pytest.mark.parametrize("way", ["relative", "absolute"])
def test_a_list_of_files_that_names_one_elsewhere_is_refused_and_that_file_is_not_read(
    tampered: Tampered, secret: Path, way: str
) -> None:
    tampered.sign()
    record = (tampered.folder / "model.json").read_text()
    elsewhere = ELSEWHERE[way](secret, tampered.folder)
    tampered.replace("model.json", record.replace('"LICENSE"', f'"{elsewhere}"').encode())
    begin = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r})"
    command = [own_command()[0], "-P", "-c", begin + VERIFY, tampered.folder.parent, NAME]
    outcome = tampered.run(*command)
    assert outcome.code == 1
    assert "incomplete" in outcome.complaints
    assert "secret.bin" not in _names(outcome)


def test_a_model_of_a_kind_that_nobody_knows_is_refused(tampered: Tampered) -> None:
    tampered.sign()
    record = (tampered.folder / "model.json").read_text()
    tampered.replace("model.json", record.replace('"moonshine"', '"os:system"').encode())
    assert "os:system" in _expect_refusal(tampered.load()).what


def test_the_model_that_is_installed_has_all_its_numbers_in_its_own_files() -> None:
    assert all(b"location" not in (GOOD / graph).read_bytes() for graph in GRAPHS)
