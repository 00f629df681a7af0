"""Scribelet running on a desktop, as whoever sits there knows it: its icon, its files, its commands."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path
from typing import Self

from tests.desktop.session import CHECKOUT, Program
from tests.desktop.virtual import Desktop, Toast, wait_for
from tray.control.client import Request, ask
from tray.core.failures import ScribeletError
from tray.core.menu import Silhouette
from tray.desktop.icons import Icons
from tray.system.assets import asset_folder

SPEECH = CHECKOUT / "tests" / "speech"
PATIENCE = 40
"""Seconds until something counts as not happening, on a machine with much else to do."""


class Scribelet:
    """The real program; a context manager that starts it and ends it."""

    def __init__(self, desktop: Desktop, settings: str = "") -> None:
        """`settings` is what stands in the settings file at the start; empty for none."""
        self.desktop = desktop
        self.program: Program
        self._settings = settings

    def __enter__(self) -> Self:
        if self._settings:
            self.settings_file.parent.mkdir(parents=True, exist_ok=True)
            self.settings_file.write_text(self._settings, encoding="utf-8")
        self.program = self.desktop.run_program()
        # it answers before it has its keys
        self.wait_until(lambda: self.status.get("ready_ms"), "the program to be ready")
        return self

    def __exit__(self, *_: object) -> None:
        self.program.end()

    @property
    def settings_file(self) -> Path:
        """Where this person's settings are."""
        return Path(self.desktop.env["XDG_CONFIG_HOME"]) / "scribelet" / "config.toml"

    @property
    def socket(self) -> Path:
        """Where commands reach the program."""
        return Path(self.desktop.env["XDG_RUNTIME_DIR"]) / "scribelet" / "control.socket"

    @property
    def status(self) -> dict:
        """What the program says about itself; empty where it is not there."""
        try:
            return ask(self.socket, Request("status"))
        except ScribeletError:
            return {}

    @property
    def state(self) -> str:
        """Idle, opening, listening, draining or faulted; empty where it is not there."""
        return self.status.get("state", "")

    @property
    def warnings(self) -> str:
        """All warnings, one a line."""
        return "\n".join(self.status.get("warnings", []))

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Type a command of ours into a terminal on the desktop, and wait for its end."""
        return self.type(sys.executable, "-m", "tray", *arguments)

    def type(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Type any command into a terminal on the desktop, and wait for its end."""
        return subprocess.run(
            command,
            cwd=self.desktop.home,
            env=self.desktop.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    def wait_until(self, condition: Callable[[], object], what: str) -> None:
        """Wait for something to become true; if it does not, the failure tells what the program said."""
        try:
            wait_for(condition, PATIENCE, what)
        except AssertionError as error:
            raise AssertionError(f"{error}; status: {self.status}; output: {self.program.output()[-2000:]}") from None

    def wait_for_state(self, state: str) -> None:
        """Wait until the program is in this state."""
        self.wait_until(lambda: self.state == state, f"the state {state}")

    def begin_to_say(self, clip: str) -> Program:
        """Speak one of the clips into the microphone; wait on what is returned for its end."""
        return self.desktop.say(SPEECH / clip)

    def say(self, clip: str) -> None:
        """Speak one of the clips into the microphone, and wait for its end."""
        assert self.begin_to_say(clip).wait() == 0

    def dictate(self, *clips: str) -> None:
        """Start, speak, stop, and wait until all of it is written."""
        ask(self.socket, Request("start"))
        self.wait_for_state("listening")
        for clip in clips:
            self.say(clip)
        ask(self.socket, Request("stop"))
        self.wait_for_state("idle")

    def records(self, kind: str = "segment") -> list[dict]:
        """The lines of one kind in the transcript's JSON Lines, the oldest first."""
        days = sorted((self.desktop.home / "Documents" / "Scribelet").glob("*.jsonl"))
        lines = (json.loads(line) for day in days for line in day.read_text("utf-8").splitlines())
        return [line for line in lines if line["type"] == kind]

    def texts(self) -> list[str]:
        """The text of each session, struck or not, the oldest first."""
        sessions: dict[str, list[str]] = {}
        for record in self.records():
            sessions.setdefault(record["session"], []).append(record["text"])
        return [" ".join(parts) for parts in sessions.values()]

    @property
    def silhouette(self) -> str:
        """Which drawing the panel is given."""
        pixmap = self.desktop.tray.icon().properties["IconPixmap"][0]
        return next(name for name, drawing in _drawings().items() if drawing == bytes(pixmap[2]))

    def family(self) -> list[int]:
        """Process ids: the program's own, then that of its recognition, if that runs."""
        parent = self.program.process.pid
        tasks = Path(f"/proc/{parent}/task").glob("*/children")
        return [parent, *(int(pid) for one in tasks for pid in one.read_text().split() if _is_ear(pid))]

    def toasts(self, title: str = "Written") -> list[Toast]:
        """The toasts with this title, the oldest first."""
        return [toast for toast in self.desktop.toasts() if toast.title == title]


def _is_ear(pid: str) -> bool:
    """Tools that come and go are children, too."""
    try:
        return b"\0ear\0" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False


@cache
def _drawings() -> dict[str, bytes]:
    """The pixels of the smallest size of each drawing."""
    icons = Icons(asset_folder("icons"))
    return {silhouette.value: icons.pixmaps(silhouette)[0][2] for silhouette in Silhouette}


def spoken(clip: str) -> str:
    """What is said in a clip."""
    rows = (line.split("\t") for line in (SPEECH / "manifest.tsv").read_text("utf-8").splitlines())
    return next(row[-1] for row in rows if row[0] == clip)


def words(text: str) -> list[str]:
    """The words of a text without marks and capitals."""
    return re.findall(r"[a-z']+", text.lower())


def alike(text: str, *clips: str) -> bool:
    """Whether a text is what was said in these clips: four words of five right, the first and the last among them."""
    got, said = words(text), [word for clip in clips for word in words(spoken(clip))]
    right = sum(block.size for block in SequenceMatcher(None, got, said, autojunk=False).get_matching_blocks())
    return bool(got) and got[0] == said[0] and got[-1] == said[-1] and right >= 0.8 * max(len(got), len(said))
