"""Desktops of people whose home has another name, or whose session sets fewer variables."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.desktop.running import Scribelet, alike, words
from tests.desktop.session import Program
from tests.desktop.virtual import Desktop

FOLDERS = ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
"""Variables without which everything lies in the home."""
EVERY = (*FOLDERS, "XDG_RUNTIME_DIR", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP")
"""All that a desktop sets of this kind."""
OWN_RUN = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs tmpfs /run && exec "$@"', "sh")
"""Runs what follows where /run is empty: this machine may keep a folder for the person who runs the tests there."""


class Elsewhere(Desktop):
    """A desktop whose person has another home."""

    def __init__(self, home: str = "home", *, without: Sequence[str] = ()) -> None:
        """`home` is the name of the folder, `without` names variables that the session does not set."""
        super().__init__()
        self._name, self._without = home, frozenset(without)

    @property
    def home(self) -> Path:
        """The home folder of whoever sits at this desktop."""
        return self.folder / self._name

    def as_here(self, *command: str | Path) -> list[str | Path]:
        """A command as this session would run it."""
        return [*(OWN_RUN if "XDG_RUNTIME_DIR" in self._without else ()), *command]

    def launch(self, *command: str | Path) -> Program:
        """Start any program inside; it is ended with the desktop at the latest."""
        return super().launch(*self.as_here(*command))

    def _start(self) -> dict[str, str]:
        given = super()._start()
        models = self.home / ".local" / "share" / "scribelet" / "models"
        models.parent.mkdir(parents=True)
        models.symlink_to((self.folder / "data" / "scribelet" / "models").resolve())
        return {name: value for name, value in given.items() if name not in self._without} | {"HOME": str(self.home)}


class Resident(Scribelet):
    """Scribelet of somebody who lives elsewhere."""

    desktop: Elsewhere

    def __init__(self, desktop: Elsewhere, *, own_python: str | Path = sys.executable) -> None:
        """`own_python` is of the environment in which this person has installed it."""
        super().__init__(desktop)
        self._python = own_python

    @property
    def settings_file(self) -> Path:
        """Where this person's settings are."""
        return self._folder("XDG_CONFIG_HOME", ".config") / "scribelet" / "config.toml"

    @property
    def state_folder(self) -> Path:
        """Where log and lock are."""
        return self._folder("XDG_STATE_HOME", ".local/state") / "scribelet"

    @property
    def socket(self) -> Path:
        """Where commands reach the program."""
        if "XDG_RUNTIME_DIR" in self.desktop.env:
            return super().socket
        return self.state_folder / "run" / "control.socket"

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Type a command of ours into a terminal on the desktop, and wait for its end."""
        return self.type(self._python, "-m", "tray", *arguments)

    def type(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Type any command into a terminal on the desktop, and wait for its end."""
        return super().type(*self.desktop.as_here(*command))

    def _folder(self, variable: str, usual: str) -> Path:
        return Path(self.desktop.env.get(variable) or self.desktop.home / usual)


def expect_the_main_job(scribelet: Scribelet, clip: str = "sb11.wav") -> None:
    """Start, speak, stop: the text is in the transcript and on the clipboard, and a command tells it."""
    assert scribelet.command("start").returncode == 0
    scribelet.wait_for_state("listening")
    scribelet.say(clip)
    assert scribelet.command("stop").returncode == 0
    scribelet.wait_for_state("idle")
    assert alike(scribelet.texts()[-1], clip)
    assert scribelet.records()[-1]["text"] in scribelet.desktop.transcript()
    assert alike(scribelet.desktop.clipboard(), clip)
    assert alike(scribelet.command("last").stdout, clip)


def expect_a_good_end(scribelet: Scribelet) -> None:
    """Quit: it ends, has nothing to complain of, and leaves no socket."""
    assert scribelet.command("quit").returncode == 0
    assert scribelet.program.wait() == 0
    assert scribelet.program.output() == ""
    assert not scribelet.socket.exists()


def expect_each_once(scribelet: Scribelet, *sessions: tuple[str, ...]) -> None:
    """The transcript holds what was said in these sessions, no segment twice and each with its mark."""
    assert len(scribelet.texts()) == len(sessions)
    for text, clips in zip(scribelet.texts(), sessions, strict=True):
        assert alike(text, *clips)
    assert set(Counter(record["id"] for record in scribelet.records()).values()) == {1}
    assert [one["id"] for one in scribelet.records("mark")] == [one["id"] for one in scribelet.records()]
    for record in scribelet.records():
        assert record["text"] in scribelet.desktop.transcript()


def expect_page_and_records_to_agree(scribelet: Scribelet) -> None:
    """Every segment stands on the page, as often as it was said."""
    said = [" ".join(words(record["text"])) for record in scribelet.records()]
    page = " ".join(words(scribelet.desktop.transcript()))
    assert {one: page.count(one) for one in said} == Counter(said)
