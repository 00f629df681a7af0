"""Engines loaded once, and models that are broken in one place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engines.spoken import MOONSHINE, VOSK
from tray.engines.moonshine.engine import MoonshineEngine
from tray.engines.script import Script, ScriptEngine, spoken
from tray.engines.vosk import VoskEngine
from tray.ports import Engine

LINES = spoken(*(f"Line {number}, as it was written." for number in range(20)))


def linked(model: Path, folder: Path) -> Path:
    """A model folder whose files are those of another one."""
    for file in (path for path in model.rglob("*") if path.is_file()):
        there = folder / file.relative_to(model)
        there.parent.mkdir(parents=True, exist_ok=True)
        there.symlink_to(file)
    return folder


@pytest.fixture(scope="session")
def vosk_engine(tmp_path_factory: pytest.TempPathFactory) -> VoskEngine:
    """The English Vosk model without dither, the noise which Kaldi adds and which now and then changes a word."""
    folder = linked(VOSK, tmp_path_factory.mktemp("models") / "vosk-en")
    (folder / "conf/mfcc.conf").unlink()
    shutil.copy(VOSK / "conf/mfcc.conf", folder / "conf/mfcc.conf")
    with (folder / "conf/mfcc.conf").open("a") as conf:
        conf.write("\n--dither=0\n")
    return VoskEngine(folder)


@pytest.fixture(scope="session")
def moonshine_engine() -> MoonshineEngine:
    """The default engine."""
    return MoonshineEngine(MOONSHINE)


@pytest.fixture(scope="session")
def script_engine() -> ScriptEngine:
    """The fake, handed whole pieces."""
    return ScriptEngine(LINES)


@pytest.fixture(scope="session")
def streaming_script_engine() -> ScriptEngine:
    """The fake, listening while somebody speaks."""
    return ScriptEngine(Script(LINES.lines, streaming=True))


@pytest.fixture(params=["script", "streaming_script", "vosk", "moonshine"])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine in turn."""
    return request.getfixturevalue(f"{request.param}_engine")


@pytest.fixture(params=["vosk", "moonshine"])
def real_engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine that understands speech."""
    return request.getfixturevalue(f"{request.param}_engine")


@pytest.fixture(params=["vosk", "streaming_script"])
def streaming_engine(request: pytest.FixtureRequest) -> Engine:
    """Each engine that shows text while somebody speaks."""
    return request.getfixturevalue(f"{request.param}_engine")


@pytest.fixture
def broken(tmp_path: Path) -> Callable[[Path, str, bytes | None], Path]:
    """Makes a copy of a model in which one file has this content, or is missing."""

    def damage(model: Path, name: str, content: bytes | None) -> Path:
        folder = linked(model, tmp_path / f"{len(list(tmp_path.iterdir()))}-{Path(name).name}")
        (folder / name).unlink()
        if content is not None:
            (folder / name).write_bytes(content)
        return folder

    return damage
