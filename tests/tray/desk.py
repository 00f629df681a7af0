"""A virtual desktop to try the icon and the toasts on, and a look at them from outside the program."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, MessageType, new_method_call
from jeepney.io.blocking import open_dbus_connection
from PIL import Image, ImageGrab

from tests.patience import until
from tray.core.menu import Silhouette
from tray.desktop.icons import Icons

SCRIPT = Path(__file__).parents[1] / "desktop" / "desktop.sh"
STRIP = (0, 0, 1280, 32)
"""Where the panel is on the screen."""


class RefusedError(Exception):
    """The other program answered with an error, or is not there."""


class Peer:
    """Another program on the bus, which shares no code with ours."""

    def __init__(self, address: str) -> None:
        self._connection = open_dbus_connection(bus=address)

    def call(self, program: str, path: str, member: str, signature: str = "", *body: Any) -> Any:
        """Call `interface.member`; returns the body."""
        interface, _, name = member.rpartition(".")
        address = DBusAddress(path, bus_name=program, interface=interface)
        request = new_method_call(address, name, signature or None, body)
        reply = self._connection.send_and_get_reply(request, timeout=5)
        if reply.header.message_type == MessageType.error:
            raise RefusedError(reply.header.fields, reply.body)
        return reply.body

    def property(self, program: str, path: str, member: str) -> Any:
        """The value of `interface.property`."""
        interface, _, name = member.rpartition(".")
        get = "org.freedesktop.DBus.Properties.Get"
        return self.call(program, path, get, "ss", interface, name)[0][1]

    def close(self) -> None:
        """Hang up."""
        self._connection.close()


class Desktop:
    """A virtual desktop in a folder of its own."""

    def __init__(self, **knobs: str) -> None:
        self.folder = tempfile.mkdtemp(prefix="vd", dir="/tmp")
        # only its name is wanted: the script makes it
        Path(self.folder).rmdir()
        start = f'eval "$({SCRIPT} start {self.folder})" && env -0'
        knobs = {"VDESK_MIC": "noserver", **knobs}
        told = subprocess.run(["bash", "-c", start], env=os.environ | knobs, stdout=subprocess.PIPE, check=True).stdout
        self.env = dict(pair.split("=", 1) for pair in told.decode().split("\0") if pair)
        self.bus = self.env["DBUS_SESSION_BUS_ADDRESS"]
        self._started: list[subprocess.Popen[bytes]] = []

    def stop(self) -> None:
        """End everything that was started in it."""
        for program in self._started:
            program.terminate()
            program.wait(10)
        subprocess.run([SCRIPT, "stop", self.folder], check=True)

    def start(self, command: str) -> subprocess.Popen[bytes]:
        """Start one more program."""
        quiet = subprocess.DEVNULL
        program = subprocess.Popen(shlex.split(command), env=self.env, stdin=quiet, stdout=quiet, stderr=quiet)
        self._started.append(program)
        return program

    def kill(self, name: str) -> None:
        """End one of the programs of the desktop, and wait until it is gone."""
        lines = Path(self.folder, "pids").read_text().splitlines()
        pid = next(int(pid) for pid, known in (line.split() for line in lines) if known == name)
        os.kill(pid, signal.SIGTERM)
        until(lambda: _ended(pid), f"the end of {name}")

    def run(self, command: str) -> str:
        """What a command prints that is run in it."""
        return subprocess.run(
            shlex.split(command), env=self.env, capture_output=True, check=True, timeout=20
        ).stdout.decode()

    def screen(self) -> Image.Image:
        """A picture of the whole screen."""
        return ImageGrab.grab(xdisplay=self.env["DISPLAY"]).convert("RGB")


def _ended(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def close_to(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 16 for a, b in zip(one, other, strict=True))


def colour(icons: Icons, silhouette: Silhouette) -> tuple[int, ...]:
    """What the middle of the drawing is filled with, taken where it is solid."""
    pixels = zip(*[iter(icons.image(silhouette, 22).tobytes())] * 4, strict=True)
    solid = sorted(pixel[:3] for pixel in pixels if pixel[3] == 255)
    return solid[len(solid) // 2]


def spots(picture: Image.Image, wanted: tuple[int, ...]) -> list[tuple[int, int]]:
    """Where in the panel a colour is."""
    strip = picture.crop(STRIP)
    pixels = zip(*[iter(strip.tobytes())] * 3, strict=True)
    return [(at % strip.width, at // strip.width) for at, pixel in enumerate(pixels) if close_to(pixel, wanted)]


def place(desktop: Desktop, icons: Icons, silhouette: Silhouette) -> tuple[int, int]:
    """The middle of the icon on the screen, as soon as it is there."""

    def look() -> list[tuple[int, int]]:
        found = spots(desktop.screen(), colour(icons, silhouette))
        return found if len(found) >= 20 else []

    found = until(look, f"the {silhouette.value} icon in the panel")
    return sum(x for x, _ in found) // len(found), sum(y for _, y in found) // len(found)
