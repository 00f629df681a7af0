"""What is handed to people: the wheel, and the archive of the sources.

SCRIBELET_TEST_WHEEL names a wheel that was built already, with the archive beside it; else both are built here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ICONS = {f"tray/_assets/icons/{name}.svg" for name in ("scribelet", "idle", "listening", "working", "faulted")}
MODELS = {
    f"tray/_assets/models/{name}"
    for name in ("catalogue.toml", "silero-vad/silero_vad.onnx", "silero-vad/LICENSE", "demo/jfk.wav", "demo/README.md")
}
HAND_OUTS = {"README.md", "CHANGELOG.md", "LICENSE", "pyproject.toml", "installers/run.sh", "installers/test.sh"}

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True, slots=True)
class Package:
    """The two files that people get."""

    wheel: Path
    sources: Path

    def names(self) -> set[str]:
        """Paths of all files in the wheel."""
        with zipfile.ZipFile(self.wheel) as archive:
            return {name for name in archive.namelist() if not name.endswith("/")}

    def unpack_sources(self, folder: Path) -> Path:
        """The folder that comes out of the archive of the sources."""
        folder.mkdir(exist_ok=True)
        # not tarfile: the filter it insists on from Python 3.12 is missing from 3.11.2, which Debian 12 has
        run("tar", "-xzf", self.sources, "-C", folder, cwd=folder)
        return next(folder.iterdir())


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """What a command prints; it must succeed."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(source: Path, folder: Path, kinds: Sequence[str] = ("--sdist", "--wheel")) -> None:
    """Build from this folder into that one, with nothing but what the project says it needs for it."""
    run(sys.executable, "-m", "build", *kinds, "--outdir", folder, source, cwd=folder.parent)


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """The package of this checkout."""
    if given := os.environ.get("SCRIBELET_TEST_WHEEL"):
        folder = Path(given).parent
    else:
        folder = tmp_path_factory.mktemp("package") / "dist"
        build(ROOT, folder)
    [wheel], [sources] = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return Package(wheel, sources)


def test_the_wheel_brings_the_icons_the_catalogue_the_gate_and_the_recording(package: Package) -> None:
    assert package.names() >= ICONS | MODELS | {"tray/__main__.py"}


def test_the_wheel_brings_the_icons_as_pictures_of_every_size(package: Package) -> None:
    rendered = {f"tray/_assets/icons/png/{path.name}" for path in (ROOT / "icons" / "png").glob("*.png")}
    assert rendered
    assert package.names() >= rendered


def test_the_wheel_puts_nothing_into_the_environment_but_the_program_and_its_papers(package: Package) -> None:
    papers = f"{'-'.join(package.wheel.name.split('-')[:2])}.dist-info"
    assert {Path(name).parts[0] for name in package.names()} == {"tray", papers}
    assert not [name for name in package.names() if {"tests", "__pycache__"} & set(Path(name).parts)]


def test_the_licences_go_with_the_wheel(package: Package) -> None:
    licences = {name.partition("/licenses/")[2] for name in package.names() if "/licenses/" in name}
    assert licences == {"LICENSE", "models/silero-vad/LICENSE"}


def test_the_archive_of_the_sources_holds_the_tests_with_their_speech_and_the_installers(
    package: Package, tmp_path: Path
) -> None:
    folder = package.unpack_sources(tmp_path)
    missing = {name for name in HAND_OUTS if not (folder / name).is_file()}
    assert not missing
    assert (folder / "tests/speech/jfk.wav").read_bytes() == (ROOT / "tests/speech/jfk.wav").read_bytes()
    assert os.access(folder / "installers/run.sh", os.X_OK)


def test_the_same_wheel_can_be_built_from_the_archive_of_the_sources(package: Package, tmp_path: Path) -> None:
    folder = tmp_path / "dist"
    build(package.unpack_sources(tmp_path / "sources"), folder, ["--wheel"])
    [wheel] = folder.glob("*.whl")
    assert Package(wheel, package.sources).names() == package.names()


@pytest.fixture
def installed(package: Package, tmp_path: Path) -> Path:
    """The folder of commands of a fresh environment that holds the wheel."""
    folder = tmp_path / "fresh"
    venv.create(folder)
    commands = folder / "bin"
    wishes = ("--no-deps", "--no-index", "--no-input", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "--python", commands / "python", "install", *wishes, package.wheel, cwd=tmp_path)
    # what the program depends on is not fetched once more: it comes from here, after what the environment holds itself
    [site] = folder.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return commands


def test_the_command_runs_from_anywhere_once_the_wheel_is_installed(installed: Path, package: Package) -> None:
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    version = package.wheel.name.split("-")[1]
    assert version in run(installed / "scribelet", "--version", cwd=Path("/"), env=own)
    code = "import tray; print(tray.__file__)"
    where = run(installed / "python", "-c", code, cwd=Path("/"), env=own)
    assert Path(where.strip()).is_relative_to(installed.parent)


def test_the_installed_command_knows_the_models_that_can_be_had(installed: Path, tmp_path: Path) -> None:
    homes = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("DATA", "CONFIG", "STATE", "CACHE")}
    env = {**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **homes}
    assert "moonshine-base-en" in run(installed / "scribelet", "models", "list", cwd=Path("/"), env=env)
