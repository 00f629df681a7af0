"""Two users at once, or one person at two screens: each dictates with their own Scribelet, and there is one of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.desktop.running import Scribelet, alike
from tests.desktop.virtual import Desktop, wait_for
from tests.surroundings.elsewhere import FOLDERS, expect_a_good_end, expect_the_main_job
from tests.surroundings.stranger import Stranger, readable_by_others
from tray.control.client import Request, ask
from tray.core.failures import ScribeletError


def test_two_users_dictate_at_once_and_neither_gets_at_the_other(desktop: Desktop) -> None:
    with Scribelet(desktop) as mine, Stranger() as stranger, stranger.sit_down() as theirs:
        theirs.begin_to_dictate("sb12.wav")
        expect_the_main_job(mine, "sb11.wav")
        text, clipboard = theirs.text()
        assert alike(text, "sb12.wav")
        assert alike(clipboard, "sb12.wav")
        assert alike(desktop.clipboard(), "sb11.wav")

        (desktop.home / "for everybody").touch(mode=0o644)
        for folder in (desktop.folder, desktop.folder / "run", desktop.folder / "state", desktop.home):
            folder.chmod(0o755)  # ours has to be closed also where what lies around it is open
        readable = readable_by_others(desktop.folder)
        assert "for everybody" in {path.name for path in readable}
        private = [Path(desktop.env[name]) for name in ("XDG_RUNTIME_DIR", "XDG_STATE_HOME")]
        for folder in (*(one / "scribelet" for one in private), desktop.home / "Documents" / "Scribelet"):
            assert list(folder.iterdir())
            assert not [path for path in readable if path.is_relative_to(folder)]
        with pytest.raises(ScribeletError, match=r"hung up|cannot be asked"):
            ask(theirs.socket, Request("status"))  # no folder stops us, being root
        asked = stranger.run("quit", XDG_RUNTIME_DIR=desktop.env["XDG_RUNTIME_DIR"])
        assert (asked.returncode, asked.stderr[:35]) == (3, "scribelet: Scribelet is not running")
        expect_a_good_end(mine)


def test_on_a_second_screen_of_the_same_person_the_first_one_is_met(desktop: Desktop) -> None:
    with Scribelet(desktop) as scribelet:
        screen = desktop.home / "screen"
        command = f"exec Xvfb -displayfd 9 -screen 0 800x600x24 -nolisten tcp -noreset 9>'{screen}'"
        desktop.launch("bash", "-c", command)
        number = wait_for(lambda: screen.exists() and screen.read_text().strip(), 20, "the second screen")
        first, desktop.env = desktop.env, {**desktop.env, "DISPLAY": f":{number}"}
        second = desktop.run_program()
        assert second.wait() == 0
        assert second.output().startswith(f"Scribelet is already running (process {scribelet.program.process.pid})")
        scribelet.wait_until(lambda: scribelet.toasts("Scribelet is running already"), "the toast on the first screen")
        assert scribelet.command("start").returncode == 0
        desktop.env = first
        scribelet.wait_for_state("listening")
        scribelet.say("sb13.wav")
        scribelet.command("stop")
        scribelet.wait_for_state("idle")
        assert len(scribelet.texts()) == 1
        assert alike(desktop.clipboard(), "sb13.wav")


def test_in_a_second_session_of_the_same_person_no_second_one_writes(desktop: Desktop) -> None:
    with Scribelet(desktop) as scribelet, Desktop() as other:
        other.env |= {name: desktop.env[name] for name in ("HOME", *FOLDERS)}
        second = other.run_program()
        assert second.wait() == 0
        known = f"Scribelet is already running (process {scribelet.program.process.pid})"
        assert second.output().startswith(f"{known}. Idle.")
        scribelet.wait_until(lambda: scribelet.toasts("Scribelet is running already"), "the toast in the first session")
        assert not other.tray.shown()
        told = other.run_program("status")
        assert told.wait() == 0
        assert told.output().startswith("Idle.")
        expect_the_main_job(scribelet)
        assert len(scribelet.texts()) == 1
