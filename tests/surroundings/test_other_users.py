"""Another user of the same machine, where sockets have to go into the folder that everybody shares."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import tray
from tests.surroundings.stranger import NOBODY, Stranger
from tray.control.socket import ControlServer


@pytest.fixture(scope="module")
def stranger() -> Iterator[Stranger]:
    """Somebody without any right of ours."""
    with Stranger() as stranger:
        yield stranger


@pytest.fixture
def shared(stranger: Stranger) -> Path:
    """The folder for temporary files, in which anybody may make something."""
    folder = Path(tempfile.mkdtemp(dir=stranger.place, prefix=""))  # short: a socket lives in it
    folder.chmod(0o1777)
    return folder


def _deep(home: Path, shared: Path) -> dict[str, str]:
    """A session without a folder for sockets, and a home that is too deep for one."""
    return {"HOME": str(home), "XDG_STATE_HOME": str(home / ("deep" * 30)), "TMPDIR": str(shared)}


@pytest.fixture
def ask(tmp_path: Path, shared: Path) -> Callable[[], subprocess.CompletedProcess[str]]:
    """Runs `scribelet status` as the user of the tests."""
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(tray.__file__).parents[1])}
    environment = path | _deep(tmp_path, shared) | {"XDG_RUNTIME_DIR": str(tmp_path / "none")}
    command = [sys.executable, "-m", "tray", "status"]
    return lambda: subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


def _folder(shared: Path, owner: int) -> Path:
    """What this user has in the shared folder."""
    (found,) = (path for path in shared.iterdir() if path.stat().st_uid == owner)
    return found


def test_two_users_without_a_folder_of_the_session_have_one_each_and_do_not_meet(
    stranger: Stranger, shared: Path, ask: Callable[[], subprocess.CompletedProcess[str]]
) -> None:
    assert ask().returncode == 3
    mine = _folder(shared, os.getuid())
    server = ControlServer(mine / "control.socket", lambda _: {"state": "listening"})
    try:
        assert ask().stdout == "Listening.\n"
        asked = stranger.run("status", **_deep(stranger.home, shared))
        assert (asked.returncode, asked.stdout) == (3, "")
    finally:
        server.close()
    theirs = _folder(shared, NOBODY)
    assert theirs != mine
    assert [folder.stat().st_mode & 0o777 for folder in (mine, theirs)] == [0o700, 0o700]


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o777])
def test_a_folder_that_somebody_else_made_under_our_name_is_refused_and_left_alone(
    shared: Path, ask: Callable[[], subprocess.CompletedProcess[str]], mode: int
) -> None:
    assert ask().returncode == 3
    trap = _folder(shared, os.getuid())
    os.chown(trap, NOBODY, NOBODY)
    trap.chmod(mode)
    asked = ask()
    assert (asked.returncode, asked.stdout) == (1, "")
    assert f"{trap} belongs to somebody else" in asked.stderr
    assert "XDG_RUNTIME_DIR" in asked.stderr
    assert (trap.stat().st_uid, trap.stat().st_mode & 0o777, list(trap.iterdir())) == (NOBODY, mode, [])


def test_the_same_trap_catches_nobody_who_has_no_right_to_mend_it(stranger: Stranger, shared: Path) -> None:
    variables = _deep(stranger.home, shared)
    assert stranger.run("status", **variables).returncode == 3
    trap = _folder(shared, NOBODY)
    os.chown(trap, os.getuid(), os.getgid())
    trap.chmod(0o777)
    asked = stranger.run("status", **variables)
    assert asked.returncode == 1
    assert "belongs to somebody else" in asked.stderr


def test_a_link_under_our_name_closes_no_other_folder_of_ours(
    tmp_path: Path, shared: Path, ask: Callable[[], subprocess.CompletedProcess[str]]
) -> None:
    assert ask().returncode == 3
    trap = _folder(shared, os.getuid())
    trap.rmdir()
    published = tmp_path / "published"
    published.mkdir()
    published.chmod(0o755)
    trap.symlink_to(published)
    asked = ask()
    assert asked.returncode == 1
    assert "Traceback" not in asked.stderr
    assert published.stat().st_mode & 0o777 == 0o755
