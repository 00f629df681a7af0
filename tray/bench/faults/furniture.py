"""The programs around ours on a virtual desktop: made to hang, killed, and brought back as they were."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tray.bench.faults.trial import NotMeasuredError
from tray.bench.virtual import SIGN
from tray.core.failures import ScribeletError

Mend = Callable[[], None]
PATIENCE_S = 30.0
"""Seconds for one of them to come back."""
ORDER = ("dbus", "pulseaudio", "dunst", "xfce4-panel")
"""Each after those that it needs."""
ANSWERS: Mapping[str, str] = {
    "dbus": "{bus}.GetId",
    "pulseaudio": "pactl get-source-mute vmic",
    "dunst": "{bus}.NameHasOwner string:org.freedesktop.Notifications | grep true",
    "xfce4-panel": "{bus}.NameHasOwner string:org.kde.StatusNotifierWatcher | grep true",
}
"""For a shell; succeeds once it is there."""
LOUD = ("module-remap-source", "module-null-sink")
"""The microphone, and the loudspeakers, whose monitor would stand in for one."""
MODULES = (
    ("module-null-sink", "sink_name=mic_feed", "rate=16000", "channels=1", "norewinds=1"),
    ("module-remap-source", "source_name=vmic", "master=mic_feed.monitor", "channels=1", "remix=no"),
    ("module-null-sink", "sink_name=speakers", "rate=48000", "channels=2", "norewinds=1"),
)
"""What makes them: a microphone that gets what is played into `mic_feed`, and then what would stand in for it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A program as it was started."""

    name: str
    pid: int
    command: Sequence[str]
    environment: Mapping[str, str]


class Furniture:
    """All of them. Raises NotMeasuredError where this is no virtual desktop."""

    def __init__(self) -> None:
        if SIGN not in os.environ:
            raise NotMeasuredError("only on a virtual desktop")
        self._folder = Path(os.environ[SIGN])
        self._parts = {name: self._find(name) for name in ORDER}

    def hang(self, name: str) -> Mend:
        """Let one answer nobody."""
        pid = self._parts[name].pid
        os.kill(pid, signal.SIGSTOP)
        return lambda: os.kill(pid, signal.SIGCONT)

    def kill(self, name: str) -> Mend:
        """End one at once, and what cannot live without it; all of them come back."""
        os.kill(self._parts[name].pid, signal.SIGKILL)
        return self.revive

    def unplug(self) -> Mend:
        """Pull out microphone and loudspeakers."""
        for kind in LOUD:
            _tool("pactl", "unload-module", kind)

        def plug() -> None:
            for module in MODULES:
                _tool("pactl", "load-module", *module)
            _tool("pactl", "set-default-sink", "speakers")
            _tool("pactl", "set-default-source", "vmic")

        return plug

    def revive(self) -> None:
        """Start again what does not live. Raises ScribeletError where one does not come back."""
        for name in ORDER:
            part = self._parts[name]
            if not _lives(part.pid):
                self._parts[name] = self._start(part)
            self._await(name)

    def _find(self, name: str) -> Part:
        lines = [line.split() for line in (self._folder / "pids").read_text().splitlines()]
        pid = next((int(pid) for pid, part in reversed(lines) if part == name), None)
        if pid is None or not _lives(pid):
            raise NotMeasuredError(f"there is no {name} on this desktop")
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode().rstrip("\0").split("\0")
        return Part(name, pid, command, environment_of(pid))

    def _start(self, part: Part) -> Part:
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(
            part.command, env=part.environment, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True
        )
        with (self._folder / "pids").open("a") as pids:  # whoever stops the desktop ends it, too
            pids.write(f"{process.pid} {part.name}\n")
        return Part(part.name, process.pid, part.command, part.environment)

    def _await(self, name: str) -> None:
        bus = "dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus"
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with suppress(ScribeletError):
                return _tool("sh", "-c", ANSWERS[name].format(bus=bus))
            time.sleep(0.1)  # between two looks
        raise ScribeletError(f"{name} did not come back")


def environment_of(pid: int) -> dict[str, str]:
    """The environment with which a process was started. Raises OSError where there is none."""
    pairs = Path(f"/proc/{pid}/environ").read_bytes().decode("utf-8", "surrogateescape").split("\0")
    return dict(pair.split("=", 1) for pair in pairs if "=" in pair)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def _tool(*command: str) -> None:
    quiet = subprocess.DEVNULL
    try:
        subprocess.run(command, check=True, timeout=10, stdin=quiet, stdout=quiet, stderr=quiet)
    except (OSError, subprocess.SubprocessError) as error:
        raise ScribeletError(f"{command[0]} has failed: {error}") from error
