"""Where the files go, and that nobody else gets at the socket."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tray.core.failures import ScribeletError
from tray.system import folders


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home without any of the variables that name folders; its path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="sl-", dir="/tmp") as folder:
        for name in [name for name in os.environ if name.startswith("XDG_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("HOME", folder)
        yield Path(folder)


def _mode(folder: Path) -> int:
    return folder.stat().st_mode & 0o777


def test_without_variables_the_folders_are_the_usual_ones(home: Path):
    assert folders.settings_path() == home / ".config/scribelet/config.toml"
    assert folders.models_folder() == home / ".local/share/scribelet/models"
    assert folders.state_folder() == home / ".local/state/scribelet"
    assert _mode(folders.state_folder()) == 0o700


def test_the_variables_of_the_desktop_are_honoured(home: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name))
    assert folders.settings_path() == home / "CONFIG/scribelet/config.toml"
    assert folders.models_folder() == home / "DATA/scribelet/models"
    assert folders.state_folder() == home / "STATE/scribelet"
    assert folders.cache_folder() == home / "CACHE/scribelet"


def test_transcripts_go_to_the_documents_unless_a_folder_is_set(home: Path):
    (home / ".config").mkdir()
    (home / ".config/user-dirs.dirs").write_text('XDG_DOCUMENTS_DIR="$HOME/Dokumente"\n')
    assert folders.transcript_folder("") == home / "Dokumente/Scribelet"
    assert folders.transcript_folder("~/notes") == home / "notes"
    assert folders.transcript_folder("/srv/notes") == Path("/srv/notes")


def test_the_socket_is_in_the_folder_of_the_session_closed_to_others(home: Path, monkeypatch: pytest.MonkeyPatch):
    home.joinpath("session").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "session"))
    assert folders.socket_path().parent == home / "session/scribelet"
    assert _mode(home / "session/scribelet") == 0o700


def test_a_program_in_another_session_of_the_same_person_is_reached(home: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("one", "other"):
        home.joinpath(name).mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "one"))
    first = folders.socket_path()
    first.touch()
    folders.announce(first)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "other"))
    assert folders.running_socket() == first
    folders.socket_path().touch()
    assert folders.running_socket() == home / "other/scribelet/control.socket"


@pytest.mark.parametrize("told", [b"", b"/nowhere/control.socket", b"\xff\x00"])
def test_without_a_program_elsewhere_commands_look_in_their_own_session(
    told: bytes, home: Path, monkeypatch: pytest.MonkeyPatch
):
    home.joinpath("session").mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "session"))
    (folders.state_folder() / "scribelet.socket").write_bytes(told)
    assert folders.running_socket() == home / "session/scribelet/control.socket"


def test_a_session_folder_others_can_write_to_is_not_used(home: Path, monkeypatch: pytest.MonkeyPatch):
    home.joinpath("session").mkdir()
    home.joinpath("session").chmod(0o777)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "session"))
    assert folders.runtime_folder() == home / ".local/state/scribelet/run"


def test_a_session_folder_of_somebody_else_is_not_used(home: Path, monkeypatch: pytest.MonkeyPatch):
    home.joinpath("session").mkdir(mode=0o700)
    os.chown(home / "session", 65534, 65534)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "session"))
    assert folders.runtime_folder() == home / ".local/state/scribelet/run"
    assert _mode(folders.runtime_folder()) == 0o700


def test_a_folder_too_deep_for_a_socket_is_replaced_by_a_private_one(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "none"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / ("deep" * 30)))
    found = folders.runtime_folder()
    try:
        assert len(os.fsencode(folders.socket_path())) < 104
        assert (_mode(found), found.stat().st_uid) == (0o700, os.getuid())
        monkeypatch.setenv("XDG_STATE_HOME", str(home / ("deep" * 31)))
        assert folders.runtime_folder() != found
        folders.runtime_folder().rmdir()
    finally:
        found.rmdir()


def test_a_trap_laid_in_the_temporary_folder_is_not_stepped_into(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(home / ("deep" * 30)))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / "none"))
    place = folders.runtime_folder()
    place.rmdir()
    place.symlink_to(home)
    try:
        with pytest.raises(ScribeletError, match="belongs to somebody else"):
            folders.runtime_folder()
    finally:
        place.unlink()


def test_a_home_that_cannot_be_written_is_told_in_one_sentence(home: Path):
    home.chmod(0o755)
    code = (
        "import os, tempfile; from tray.system import folders; from tray.core.failures import ScribeletError\n"
        "import platformdirs, platformdirs.unix, platformdirs.api\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "try:\n folders.state_folder()\nexcept ScribeletError as error:\n print(error, error.remedy)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert "cannot be made: Permission denied" in done.stdout, done.stderr
