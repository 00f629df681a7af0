"""Starting with the session: a file or a registry value that the desktop reads when a person logs in.

Tried on Linux only; what Windows and macOS get follows their documents.
"""

from __future__ import annotations

import plistlib
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast
from xml.parsers.expat import ExpatError

from tray import __version__
from tray.core.failures import ScribeletError
from tray.system.assets import asset_folder
from tray.system.files import replace
from tray.system.folders import settings_path
from tray.system.processes import own_command

HEADER = "[Desktop Entry]"
VERSION = "X-Scribelet-Version"
LABEL = "org.scribelet.Scribelet"
RUN = r"Software\Microsoft\Windows\CurrentVersion\Run"
APPROVED = r"Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run"
RUN_LIMIT = 260
"""Characters that Windows takes from a value of Run, by its own documents."""
BY_HAND = "Or add this command to the programs that your desktop starts: "
_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_SHELL = ("/bin/sh", "-c", 'exec "$0" "$@"')
"""Starts what follows it."""
_PLAIN = re.compile(r"[\w@+:,./-]+", re.ASCII)


class AutostartError(ScribeletError):
    """Starting with the session cannot be switched, or looked up."""


class Autostart(Protocol):
    """Where one system keeps what it starts."""

    def on(self) -> bool:
        """Whether the program starts at the next login. Raises AutostartError."""
        ...

    def current(self) -> bool:
        """Whether what would be started is this very program. Raises AutostartError."""
        ...

    def switch(self, *, on: bool) -> None:
        """Start at the next login, or do not. Raises AutostartError; idempotent."""
        ...


def autostart_state() -> bool:
    """Whether Scribelet starts when this person logs in. Raises AutostartError."""
    return _place().on()


def set_autostart(*, on: bool) -> None:
    """Start when this person logs in, or do not. Raises AutostartError and ScribeletError; idempotent."""
    _place().switch(on=on)


def renew_autostart() -> None:
    """Let the next login start this program where it would start another version or place of it, once it is on.

    Raises as `set_autostart` does.
    """
    place = _place()
    if place.on() and not place.current():
        place.switch(on=True)


def _place() -> Autostart:
    if sys.platform == "win32":
        return RunKey()
    if sys.platform == "darwin":
        return LaunchAgent(Path.home() / "Library" / "LaunchAgents", own_command())
    # the settings lie in a folder of their own beside it
    return DesktopEntry(settings_path().parents[1] / "autostart", own_command())


@dataclass(frozen=True, slots=True)
class DesktopEntry:
    """Linux: Desktop Application Autostart Specification 0.5."""

    folder: Path
    command: Sequence[str]

    @property
    def path(self) -> Path:
        """The file, which need not exist."""
        return self.folder / "scribelet.desktop"

    def on(self) -> bool:
        """Whether there is an entry that is neither hidden nor disabled. Raises AutostartError."""
        lines = self._lines()
        hidden = lines.get("Hidden") == "true"
        return "Exec" in lines and not hidden and lines.get("X-GNOME-Autostart-enabled") != "false"

    def current(self) -> bool:
        """Whether the entry is of this version and starts this program. Raises AutostartError."""
        lines = self._lines()
        return (lines.get(VERSION), lines.get("Exec")) == (__version__, _exec(self.command))

    def switch(self, *, on: bool) -> None:
        """Write the entry, or remove it. Raises AutostartError."""
        if on:
            _write(self.path, self._content(), self.command)
        else:
            _remove(self.path)

    def _content(self) -> bytes:
        try:
            return self._text().encode()
        except UnicodeEncodeError as error:
            raise AutostartError(
                f"The path of {self.command[0]!a} is not UTF-8, which desktops need to start a program.",
                "Install Scribelet in a folder with another name.",
            ) from error

    def _text(self) -> str:
        return f"""\
{HEADER}
Type=Application
Name=Scribelet
Comment=Speak, and it is written
Exec={_exec(self.command)}
Icon={_escaped(str(asset_folder("icons") / "png" / "scribelet-256.png"))}
Terminal=false
StartupNotify=false
X-GNOME-Autostart-enabled=true
{VERSION}={__version__}
"""

    def _lines(self) -> Mapping[str, str]:
        """The keys of the entry and their values as they are written."""
        _, _, group = _read(self.path).decode(errors="replace").partition(HEADER)
        pairs = (line.partition("=") for line in group.partition("\n[")[0].split("\n"))
        return {key.strip(): value.strip() for key, _, value in pairs}


@dataclass(frozen=True, slots=True)
class LaunchAgent:
    """macOS: launchd.plist(5). What `launchctl disable` switched off is not seen."""

    folder: Path
    command: Sequence[str]

    @property
    def path(self) -> Path:
        """The file, which need not exist."""
        return self.folder / f"{LABEL}.plist"

    def on(self) -> bool:
        """Whether there is an agent that runs at login. Raises AutostartError."""
        agent = self._agent()
        return agent.get("RunAtLoad") is True and agent.get("Disabled") is not True

    def current(self) -> bool:
        """Whether the agent starts this program. Raises AutostartError."""
        return self._agent().get("ProgramArguments") == list(self.command)

    def switch(self, *, on: bool) -> None:
        """Write the agent, or remove it. Raises AutostartError."""
        if not on:
            _remove(self.path)
            return
        agent = {
            "Label": LABEL,
            "ProgramArguments": list(self.command),
            "RunAtLoad": True,
            "LimitLoadToSessionType": "Aqua",
            "ProcessType": "Interactive",
        }
        _write(self.path, plistlib.dumps(agent), self.command)

    def _agent(self) -> Mapping[str, object]:
        try:
            content = plistlib.loads(_read(self.path))
        except (ValueError, ExpatError):
            return {}  # launchd cannot read it either
        return cast("dict[str, object]", content) if isinstance(content, dict) else {}


if sys.platform == "win32":
    import winreg

    class RunKey:
        """Windows: the Run key of this person, and what the Task Manager has switched off beside it."""

        def on(self) -> bool:
            """Whether Windows starts the program. Raises AutostartError."""
            approved = self._value(APPROVED)
            # the first byte of twelve is even for what may start; nothing there is as good
            refused = isinstance(approved, bytes) and approved[:1] != b"" and approved[0] % 2 == 1
            return self._value(RUN) is not None and not refused

        def current(self) -> bool:
            """Whether Windows starts this program. Raises AutostartError."""
            return self._value(RUN) == _windows_command()

        def switch(self, *, on: bool) -> None:
            """Write the value, or remove it; either way the Task Manager's mark goes. Raises AutostartError."""
            try:
                with winreg.CreateKey(winreg.HKEY_CURRENT_USER, APPROVED) as approved:
                    self._clear(approved)
                with winreg.CreateKey(winreg.HKEY_CURRENT_USER, RUN) as run:
                    if on:
                        winreg.SetValueEx(run, "Scribelet", 0, winreg.REG_SZ, _windows_command())
                    else:
                        self._clear(run)
            except OSError as error:
                raise AutostartError(
                    f"Windows does not let the programs it starts be changed: {error.strerror}.",
                    BY_HAND + _windows_command(),
                ) from error

        def _value(self, key: str) -> object:
            try:
                with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:
                    return winreg.QueryValueEx(opened, "Scribelet")[0]
            except FileNotFoundError:
                return None
            except OSError as error:
                raise AutostartError(
                    f"Windows does not say which programs it starts: {error.strerror}.", "Look at the Task Manager."
                ) from error

        def _clear(self, key: winreg.HKEYType) -> None:
            with suppress(FileNotFoundError):  # what is not there need not be removed
                winreg.DeleteValue(key, "Scribelet")

    def _windows_command() -> str:
        """Short, for Windows cuts it off, and without a console window. Raises AutostartError."""
        windowless = Path(sys.executable).with_name("pythonw.exe")
        program = windowless if windowless.exists() else Path(sys.executable)
        command = subprocess.list2cmdline([str(program), "-P", "-m", "tray"])
        if len(command) > RUN_LIMIT:
            raise AutostartError(
                f"The path {program} is too long.", "Install Scribelet in a folder with a shorter name."
            )
        return command


def _exec(command: Sequence[str]) -> str:
    """A command as the value of Exec: quoted by the Desktop Entry Specification 1.5, then escaped as every value."""
    # the specification allows no "=" in the path of a program, and GLib (2.74) does not find one with a "%"
    through = _SHELL if re.search("[=%]", command[0]) else ()
    return _escaped(" ".join(map(_quoted, (*through, *command))))


def _quoted(word: str) -> str:
    word = word.replace("%", "%%")
    return word if _PLAIN.fullmatch(word) else '"' + re.sub(r'([\\"`$])', r"\\\1", word) + '"'


def _escaped(value: str) -> str:
    return "".join(_ESCAPES.get(letter, letter) for letter in value)


def _read(path: Path) -> bytes:
    """What a file holds; nothing if there is none. Raises AutostartError."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return b""
    except OSError as error:
        raise AutostartError(f"{path} cannot be read: {error.strerror}.", "Look at its permissions.") from error


def _write(path: Path, content: bytes, command: Sequence[str]) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(path, content)
    except OSError as error:
        raise AutostartError(
            f"{path} cannot be written: {error.strerror}.",
            f"Let yourself write to {path.parent}. {BY_HAND}{subprocess.list2cmdline(command)}",
        ) from error


def _remove(path: Path) -> None:
    try:
        with suppress(FileNotFoundError, NotADirectoryError):
            path.unlink()
    except OSError as error:
        raise AutostartError(f"{path} cannot be removed: {error.strerror}.", "Remove it by hand.") from error
