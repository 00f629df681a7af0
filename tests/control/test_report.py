"""A report that holds what helps, and says nothing of the person."""

from __future__ import annotations

import json
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from tests.control.conftest import SECRETS
from tray.control.logfile import EAR_LOG_NAME, LOG_NAME
from tray.control.settings_file import SettingsFile
from tray.control.upkeep import Case, write_report
from tray.core.failures import ScribeletError
from tray.core.settings_keys import KEYS
from tray.store.shelf import Shelf


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home of somebody who has dictated, with everything that may not leave it."""
    home = tmp_path / "Zoë Ångström"
    for folder in ("state", "models/small", "Documents/Scribelet", "config"):
        (home / folder).mkdir(parents=True)
    (home / "Documents/Scribelet/2026-11-23.md").write_text(" ".join(SECRETS))
    (home / "state/spool.raw").write_text(SECRETS[0])
    (home / "state" / LOG_NAME).write_text(f"INFO {home}/Documents is there; {home}. /media/{home.name}/stick\n")
    (home / "state" / f"{LOG_NAME}.1").write_text("INFO /home/other person/x.py:3 and file://" + home.as_uri()[7:])
    (home / "state" / EAR_LOG_NAME).write_text("onnxruntime complains")
    (home / "config/config.toml").write_text(f'[transcript]\nfolder = "{home}/Documents"\n[log]\nlevle = 1\n')
    return home


def case(home: Path, doctor: Callable[[], object] = lambda: click.echo("✓ Model")) -> Case:
    """What the report is about."""
    environment = {
        "HOME": str(home),
        "USER": "zoe",
        "XDG_CURRENT_DESKTOP": "XFCE",
        "XDG_RUNTIME_DIR": "/run/zoe/x",
        "SECRET": SECRETS[0],
        "LANG": "",
    }
    settings = SettingsFile(home / "config" / "config.toml")
    return Case(doctor, Shelf(home / "models", {}), settings, home / "state", environment)


def pages(report: Path) -> dict[str, str]:
    """What is in a report."""
    with zipfile.ZipFile(report) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


def test_a_report_holds_what_helps_and_says_so(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = home / "report.zip"
    assert write_report(case(home), report, force=False) == 0
    found = pages(report)
    told = capsys.readouterr().out
    assert told.startswith(f"The report is in {report}. In it:\n")
    assert "No transcript, no clipboard and no sound is in it." in told
    assert [name for name in found if f"  {name}" not in told] == []
    expected = {"about.txt", "doctor.txt", "settings.txt", "models.txt", "packages.txt"}
    assert set(found) == {*expected, LOG_NAME, f"{LOG_NAME}.1", EAR_LOG_NAME}
    assert "✓ Model" in found["doctor.txt"]
    assert "XDG_CURRENT_DESKTOP=XFCE" in found["about.txt"]
    assert "onnxruntime " in found["packages.txt"]
    assert found[EAR_LOG_NAME] == "onnxruntime complains"
    assert all(f"{name} = " in found["settings.txt"] for name in KEYS)
    assert "log.levle, line 4, is not a setting" in found["settings.txt"]


def test_a_report_says_nothing_that_was_said_and_names_nobody(home: Path) -> None:
    write_report(case(home), home / "report.zip", force=False)
    found = pages(home / "report.zip")
    everything = "\n".join(found.values())
    assert [word for word in SECRETS if word in everything] == []
    for name in ("Zoë", "Ångström", "Zo%C3%AB", "/zoe", "other person", str(home)):
        assert name not in everything
    assert found[LOG_NAME] == "INFO ~/Documents is there; ~. /media/~/stick\n"
    assert found[f"{LOG_NAME}.1"] == "INFO ~/x.py:3 and file://~"
    assert 'transcript.folder = "~/Documents"' in found["settings.txt"]


def test_a_report_is_for_its_owner_alone(home: Path) -> None:
    before = os.umask(0)
    try:
        write_report(case(home), home / "report.zip", force=False)
    finally:
        os.umask(before)
    assert stat.S_IMODE((home / "report.zip").stat().st_mode) == 0o600


def test_an_earlier_report_is_overwritten_only_when_asked_for(home: Path) -> None:
    (home / "report.zip").write_text("earlier")
    with pytest.raises(ScribeletError, match="is there already") as caught:
        write_report(case(home), home / "report.zip", force=False)
    assert "-f" in caught.value.remedy
    assert (home / "report.zip").read_text() == "earlier"
    write_report(case(home), home / "report.zip", force=True)
    assert "about.txt" in pages(home / "report.zip")


def test_without_a_name_a_report_is_called_after_the_day(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home / "Documents")
    write_report(case(home), None, force=False)
    [report] = (home / "Documents").glob("scribelet-report-20??-??-??.zip")
    write_report(case(home), home, force=False)
    assert (home / report.name).exists()


def test_a_place_that_cannot_be_written_is_named(home: Path) -> None:
    with pytest.raises(ScribeletError, match="cannot be written: No such file") as caught:
        write_report(case(home), home / "nowhere" / "report.zip", force=False)
    assert "-o" in caught.value.remedy


def test_before_the_first_start_a_report_tells_the_defaults_and_writes_nothing_else(tmp_path: Path) -> None:
    home = tmp_path / "new"
    home.mkdir()
    write_report(case(home), tmp_path / "report.zip", force=False)
    found = pages(tmp_path / "report.zip")
    assert "There is no file yet." in found["settings.txt"]
    assert found["models.txt"] == "There is none.\n"
    assert LOG_NAME not in found
    assert list(home.iterdir()) == []


def test_settings_that_cannot_be_used_do_not_keep_a_report_from_being_written(home: Path) -> None:
    (home / "config/config.toml").write_text('[log]\nlevel = "loud"\n')
    write_report(case(home), home / "report.zip", force=False)
    assert "log.level, line 2, must be" in pages(home / "report.zip")["settings.txt"]


def test_installed_models_are_told_with_their_sizes(home: Path) -> None:
    from tray.store.record import Label, write_record

    (home / "models/small/weights").write_bytes(bytes(2_500_000))
    write_record(home / "models/small", "small", Label("vosk", ("en",), {}))
    write_report(case(home), home / "report.zip", force=False)
    assert "small  vosk  2.5 MB" in pages(home / "report.zip")["models.txt"]


def test_of_a_long_log_the_end_is_told(home: Path) -> None:
    (home / "state" / LOG_NAME).write_text("old\n" + "x" * 400_000 + "\nnew\n")
    write_report(case(home), home / "report.zip", force=False)
    text = pages(home / "report.zip")[LOG_NAME]
    assert text.endswith("x\nnew\n")
    assert "old" not in text
    assert json.dumps(text)
