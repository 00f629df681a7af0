"""`bench` with the real program, keys, microphone and clipboard of a desktop on which nobody sits."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desktop.running import SPEECH
from tests.desktop.virtual import Desktop
from tray.bench.figures import GROUPS

MEASURE = """
import sys
from tray.app import bench
from pathlib import Path
sys.exit(bench("json", Path(sys.argv[1]), "desktop", "fast"))
"""
MINE = '[toast]\nshow = "errors"\n'
AWAKE = """
import os
del os.environ["VDESK_DIR"]
"""


@pytest.fixture
def still_desktop() -> Iterator[Desktop]:
    """A desktop in a room without noise: the bench brings its own, to know every sample."""
    with Desktop(absent=("noise",)) as started:
        yield started


@pytest.mark.timeout(300)
def test_every_figure_of_a_desktop_is_measured_and_no_file_of_the_user_is_touched(still_desktop: Desktop) -> None:
    desktop = still_desktop
    settings = Path(desktop.env["XDG_CONFIG_HOME"]) / "scribelet" / "config.toml"
    settings.parent.mkdir()
    settings.write_text(MINE, "utf-8")
    bench = desktop.launch(sys.executable, "-c", MEASURE, SPEECH)
    assert bench.wait(240) == 0, bench.output()
    report = json.loads(bench.output())
    here = {figure.key for group in GROUPS if group.desktop for figure in group.figures}
    assert {key for key in here if report[key] is None} == set()
    assert {key for key in report if key.startswith("wer.") and report[key] is not None} == set()
    assert report["latency.speech_to_text_ms.p50"] >= 500
    assert 0 < report["latency.toggle_to_listening_ms.p50"] < 5_000
    assert 0 <= report["latency.release_to_text_ms.p50"] <= report["latency.release_to_text_ms.p95"] < 5_000
    assert 0 < report["start.ready_ms"] < 60_000
    assert 10 < report["memory.idle_pss_mb"] < report["memory.work_pss_mb"] < 1_000
    assert 0 < report["cpu.listening_percent"] < 100
    assert report["about.open_takes"].endswith("of 2")
    assert not (desktop.home / "Documents").exists()
    assert settings.read_text("utf-8") == MINE


def test_where_nothing_says_that_the_desktop_is_virtual_it_is_left_alone(desktop: Desktop) -> None:
    desktop.copy("mine")
    bench = desktop.launch(sys.executable, "-c", AWAKE + MEASURE, SPEECH)
    assert bench.wait(60) != 0
    assert "only on a virtual desktop" in bench.output()
    assert desktop.clipboard() == "mine"
