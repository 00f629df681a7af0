"""The demonstration works on a machine that has nothing: no screen, no bus, no sound."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import tray
from tests.desktop.running import SPEECH, alike
from tests.desktop.session import MODELS


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment with a home and nothing else."""
    models = tmp_path / "data" / "scribelet" / "models"
    models.parent.mkdir(parents=True)
    models.symlink_to(MODELS)
    folders = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CONFIG", "STATE", "CACHE", "DATA")}
    code = str(Path(tray.__file__).parents[1])
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "PYTHONPATH": code, **folders}


def _demo(environment: dict[str, str], *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tray", "demo", *arguments],
        env=environment,
        cwd=environment["HOME"],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def test_the_recording_that_ships_is_written_down(bare: dict[str, str]) -> None:
    done = _demo(bare)
    assert done.returncode == 0, done.stderr
    assert alike(done.stdout, "jfk.wav")
    folder = Path(re.findall(r"/\S+", done.stderr)[-1])
    (page,) = folder.glob("*.md")
    assert alike(page.read_text("utf-8").split("** ")[1], "jfk.wav")
    assert not (Path(bare["HOME"]) / "Documents").exists()


def test_no_library_notes_anything_about_this_machine(bare: dict[str, str]) -> None:
    """ONNX Runtime counts its users unless it is told not to."""
    home = Path(bare["HOME"])
    assert _demo(bare).returncode == 0
    assert not list(home.rglob("*[Mm]icrosoft*"))
    assert not (home / ".cache").exists()


def test_a_recording_of_ones_own_is_written_down(bare: dict[str, str]) -> None:
    done = _demo(bare, SPEECH / "sb12.wav")
    assert done.returncode == 0, done.stderr
    assert alike(done.stdout, "sb12.wav")


def test_a_file_that_is_no_recording_is_refused_in_one_line(bare: dict[str, str]) -> None:
    done = _demo(bare, __file__)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("scribelet: ")


def test_without_a_model_it_says_how_to_get_one(bare: dict[str, str]) -> None:
    (Path(bare["XDG_DATA_HOME"]) / "scribelet" / "models").unlink()
    done = _demo(bare)
    assert done.returncode == 4
    assert done.stderr.strip().endswith("Run: scribelet models install moonshine-base-en")
    assert len(done.stderr.splitlines()) == 1
