"""A whole desktop for tests: what a person at it can do, hear and see."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from PIL import Image, ImageGrab

from tests.desktop.session import HERE, TEXT_FIELD, Program, wait_for
from tests.desktop.sni import Tray
from tests.desktop.sound import Sound

__all__ = ["Desktop", "Editor", "Toast", "wait_for"]


@dataclass(frozen=True)
class Toast:
    """What a program asked the notification daemon to show."""

    at: float
    """Seconds since 1970."""
    app: str
    title: str
    body: str
    actions: tuple[str, ...]
    """Key and label in turn."""
    replaces: int
    """Number of the toast it takes the place of; 0 for none."""
    hints: dict[str, object]
    icon: str
    timeout: int
    """Milliseconds; -1 leaves it to the daemon."""


class Editor:
    """A window with a text field that has the keyboard."""

    def __init__(self, program: Program, file: Path) -> None:
        self.program = program
        self._file = file

    @property
    def text(self) -> str:
        """What stands in it."""
        return self._file.read_text(encoding="utf-8")


class Desktop(Sound):
    """A desktop with a screen, a keyboard, a clipboard, a tray and toasts."""

    def __enter__(self) -> Self:
        super().__enter__()
        try:
            self._watch_toasts()
            self.tray = Tray(self.env["DBUS_SESSION_BUS_ADDRESS"])
        except BaseException:
            super().__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.tray.close()
        super().__exit__()

    wait_for = staticmethod(wait_for)

    def keys(self, *xdotool: str) -> None:
        """Press and move with xdotool: `keys("key", "ctrl+v")`, `keys("type", "--delay", "5", "hello")`."""
        self._ask("xdotool", *xdotool)

    def clipboard(self) -> str:
        """The text on the clipboard; empty where nobody owns it."""
        command = ["xclip", "-selection", "clipboard", "-o"]
        asked = subprocess.run(command, env=self.env, capture_output=True, timeout=5, check=False)
        return asked.stdout.decode("utf-8", "replace")

    def copy(self, text: str) -> None:
        """Put text on the clipboard, as another program would."""
        command = ["xclip", "-selection", "clipboard", "-i"]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # its child would hold a pipe open
        subprocess.run(command, env=self.env, input=text.encode(), timeout=5, check=True, **quiet)

    def front(self) -> str:
        """Number of the window that has the keyboard."""
        return self._ask("xdotool", "getwindowfocus").strip()

    def recordings(self) -> list[str]:
        """Who listens to the microphone that programs get by default, a line each."""
        (named,) = (line for line in self._ask("pactl", "list", "short", "sources").splitlines() if "\tvmic\t" in line)
        found = self._ask("pactl", "list", "short", "source-outputs").splitlines()
        return [line for line in found if line.split("\t")[1] == named.split("\t")[0]]

    def toasts(self) -> list[Toast]:
        """All toasts since the desktop started, the oldest first."""
        *lines, _ = self._toast_log.read_text("utf-8").split("\n")
        return [Toast(**{**one, "actions": tuple(one["actions"])}) for one in map(json.loads, filter(None, lines))]

    def screenshot(self, path: Path) -> Image.Image:
        """The screen as it is, written to a PNG."""
        picture = ImageGrab.grab(xdisplay=self.env["DISPLAY"])
        picture.save(path)
        return picture

    def editor(self) -> Editor:
        """Open a text field and give it the keyboard."""
        title = f"text field {len(self._programs)}"
        file = self.folder / f"{title}.txt"
        program = self.launch("/usr/bin/python3", TEXT_FIELD, file, title)
        wait_for(file.exists, 20, "the text field")
        self._ask("xdotool", "search", "--sync", "--onlyvisible", "--name", f"^{title}$", "windowactivate", "--sync")
        return Editor(program, file)

    def transcript(self) -> str:
        """All that stands in the transcript's Markdown files, the oldest day first."""
        days = sorted((self.home / "Documents" / "Scribelet").glob("*.md"))
        return "\n".join(day.read_text("utf-8") for day in days)

    @property
    def _toast_log(self) -> Path:
        return self.folder / "toasts.jsonl"

    def _watch_toasts(self) -> None:
        self._toast_log.touch()
        self.launch(sys.executable, HERE / "toastlog.py", self._toast_log)
        wait_for(lambda: self._toast_log.stat().st_size, 20, "the watch on toasts")

    def _ask(self, *command: str) -> str:
        asked = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=20, check=True)
        return asked.stdout
