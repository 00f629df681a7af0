"""What `bench --faults` works with, here with the models of the tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from tests.engines.spoken import MODELS, MOONSHINE
from tray.bench.faults.trial import Tools
from tray.ear import new_hearing
from tray.engines.moonshine.engine import MoonshineEngine
from tray.ports import Engine
from tray.rehearsal import accounts
from tray.system.processes import own_command


@cache
def _engine() -> Engine:
    return MoonshineEngine(MOONSHINE)


TOOLS = Tools(
    hearing=lambda policy, beginning: new_hearing(_engine(), policy, beginning),
    rehearse=own_command("rehearse"),
    accounts=accounts,
    recording=Path(__file__).parents[1] / "speech" / "jfk.wav",
    program=own_command(),
    engine_name=MOONSHINE.name,
)


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The models are where an installed program finds them."""
    home = tmp_path / "home"
    (home / "scribelet").mkdir(parents=True)
    (home / "scribelet" / "models").symlink_to(MODELS)
    for folder in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{folder}_HOME", str(home))
