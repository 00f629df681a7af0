"""The program on a desktop."""

from __future__ import annotations

import logging
import logging.handlers
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tray.control.instance import AlreadyRunningError, Instance
from tray.control.settings_file import Reading, SettingsFile
from tray.core.face import View, status
from tray.core.failures import NotRunningError, ScribeletError, SettingsError, SinkError
from tray.core.news import Asked, Found, Trouble
from tray.core.settings import Settings
from tray.core.state import Quit
from tray.equipment import Equipment, IconShelf, Outlets, find_equipment, take_keys
from tray.system.folders import settings_path, socket_path, state_folder, transcript_folder
from tray.system.processes import age_ms, own_command
from tray.wiring import Report, Surroundings, Wiring

if TYPE_CHECKING:
    from types import FrameType

    from tray.control.client import Reply, Request
    from tray.control.socket import ControlServer
    from tray.desktop.presence import Presence
    from tray.ports import SoundSource

LOG = logging.getLogger(__name__)
MEETING = 2.0
"""Seconds in which a running Scribelet that is just starting can be asked."""
OPENING = 2.0
"""Seconds within which it shows whether a file can be opened."""


def run() -> int:
    """The program until it is told to quit; 0, also where another one runs already."""
    try:
        instance = Instance.claim(state_folder())
    except AlreadyRunningError as running:
        return _greet(running)
    try:
        return Live(microphone).serve()
    finally:
        instance.release()


def ear_command(settings: Settings) -> Sequence[str]:
    """What starts an ear."""
    return own_command("ear", settings.engine.name, str(settings.session.endpoint_s))


def _greet(running: AlreadyRunningError) -> int:
    """Say who runs, on the terminal and in a toast: a click on a launcher shows no terminal."""
    from tray.control.client import Request, ask, state_line

    deadline = time.monotonic() + MEETING
    said = "It is starting, or ending."
    while time.monotonic() < deadline:
        try:
            said = state_line(ask(socket_path(), Request("status")))
            ask(socket_path(), Request("act", "greet"))
            break
        except NotRunningError:
            time.sleep(0.1)  # between the lock and the socket, at the start as at the end
    click.echo(f"{running}. {said}")
    return 0


class Live:
    """One pipeline in the middle of a desktop."""

    def __init__(self, source: Callable[[Settings], SoundSource]) -> None:
        self._file = SettingsFile(settings_path())
        self._early: list[Trouble] = []
        self._icon: IconShelf | None = None
        settings = _first_settings(self._file, self._early.append)
        _begin_log(settings.log.level, self._early.append)
        self._equipment: Equipment = find_equipment(self._early.append, self._notify)
        self._outlets = Outlets(self._equipment, lambda action: self._post(Asked(action)))
        self._bound: tuple[tuple[str, str], bool] | None = None
        self._ready_ms: float | None = None
        self._server: ControlServer | None = None
        self._presence: Presence | None = None
        self._wiring = Wiring(
            Surroundings(
                source=source,
                sinks=self._outlets.open,
                ear_command=ear_command,
                bind_keys=self._bind_keys,
                show=self._show,
                tell=self._outlets.tell,
                leave=self._leave,
                reread=self._reread,
                change=self._file.set,
                copy=self._copy,
                open=self._open,
                look_around=self._look_around,
                start_at_login=self._start_at_login,
                hush=self._outlets.hush,
                let_sleep=self._let_sleep,
            ),
            settings,
        )
        self._post = self._wiring.conductor.post

    def serve(self) -> int:
        """Run until somebody quits and all that was said is written; 0, or 1 if the disk has not taken all of it."""
        from tray.control.socket import ControlServer
        from tray.desktop.presence import find_presence

        for name in ("SIGTERM", "SIGINT", "SIGHUP"):  # Windows lacks the last one
            if number := getattr(signal, name, None):
                signal.signal(number, self._finish)
        self._server = ControlServer(socket_path(), self._answer, watch=self._watch_speech)
        self._icon = IconShelf(self._equipment.bus, lambda action: self._post(Asked(action)), self._post)
        self._wiring.start()
        self._presence = find_presence(self._post)
        for trouble in self._early:
            self._post(trouble)
        try:
            self._icon.run()
        finally:  # whatever becomes of the icon, the text is written
            unwritten = self._wiring.close()
            self._server.close()
            if self._presence:
                self._presence.close()
            self._equipment.close()
        if unwritten:
            click.echo("scribelet: the last words could not be written. Free some space on the disk.", err=True)
        return 1 if unwritten else 0

    def _finish(self, _number: int, _frame: FrameType | None) -> None:
        self._post(Quit())

    def _bind_keys(self, settings: Settings, report: Report) -> bool:
        keys = (settings.hotkey.toggle, settings.hotkey.cancel)
        if self._equipment.hotkeys is None:
            return False
        if self._bound is None or self._bound[0] != keys:
            self._bound = keys, take_keys(self._equipment.hotkeys, keys, self._post, report)
        return self._bound[1]

    def _watch_speech(self) -> None:
        """Called on the threads of those who come and go."""
        self._wiring.watch(followed=self._server is not None and self._server.followed)

    def _show(self, view: View) -> None:
        LOG.info("%s, %d segments, %d warnings", type(view.desk.state).__name__, view.segments, len(view.warnings))
        if self._icon:
            self._icon.show(view)
        if self._ready_ms is None:
            self._ready_ms = age_ms()  # the icon was shown and the keys were taken before the first view
        if self._server:
            self._server.publish(self._status(view))

    def _status(self, view: View) -> Reply:
        return {**status(view, os.getpid()), "ready_ms": self._ready_ms}

    def _copy(self, text: str) -> None:
        if self._equipment.clipboard is None:
            raise SinkError("There is no clipboard to copy to", "Look at: scribelet doctor")
        self._equipment.clipboard.copy(text)

    def _open(self, what: str) -> None:
        _open_outside(self._place(what))

    def _look_around(self) -> Found:
        from tray.app import shelf
        from tray.audio.microphone import list_microphones
        from tray.desktop.autostart import autostart_state

        return Found(
            tuple(list_microphones()),
            tuple(model.name for model in shelf().installed()),
            clipboard=self._equipment.clipboard is not None,
            toasts=self._equipment.toasts is not None,
            autostart=autostart_state(),
        )

    def _start_at_login(self, wanted: bool) -> Found:  # noqa: FBT001 the shape is that of Surroundings
        from tray.desktop.autostart import set_autostart

        set_autostart(on=wanted)
        return self._look_around()

    def _place(self, what: str) -> Path:
        """The file that a person means."""
        if what == "settings":
            return self._file.path
        folder = transcript_folder(self._wiring.conductor.view().settings.transcript.folder)
        pages = sorted(folder.glob("????-??-??.md"))
        if not pages:
            raise ScribeletError("There is no transcript yet", "Dictate something first")
        return pages[-1]

    def _reread(self) -> Settings | None:
        if not self._file.changed():
            return None
        reading = self._file.read()
        _judge(reading, self._post)
        logging.getLogger().setLevel(reading.settings.log.level.upper())
        return reading.settings

    def _notify(self, summary: str, body: str) -> None:
        if self._icon:
            self._icon.notify(summary, body)

    def _let_sleep(self) -> None:
        if self._presence:
            self._presence.let_sleep()

    def _leave(self) -> None:
        if self._icon:
            self._icon.close()

    def _answer(self, request: Request) -> Reply:
        """On a thread of the control socket."""
        if request.command == "act":
            self._post(Asked(request.text))
        elif request.command != "status":
            self._post(Asked(request.command))
        return self._status(self._wiring.conductor.view())


def _first_settings(file: SettingsFile, report: Report) -> Settings:
    """The settings, or the defaults where the file cannot be used: the program starts all the same."""
    try:
        reading = file.read()
    except SettingsError as error:
        report(Trouble("settings", error))
        return Settings()
    _judge(reading, report)
    return reading.settings


def _judge(reading: Reading, report: Report) -> None:
    """Say what stands in the file and does nothing, or that all is well."""
    unread = SettingsError("; ".join(reading.warnings), "Look at: scribelet config check")
    report(Trouble("settings", unread if reading.warnings else None))


def _begin_log(level: str, report: Report) -> None:
    """Lengths, durations and states, never a word that was said."""
    path = state_folder() / "scribelet.log"
    try:
        path.touch(mode=0o600)
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=500_000, backupCount=2)
    except OSError as error:
        report(Trouble("log", ScribeletError(f"{path} cannot be written: {error.strerror}", "Look at its permissions")))
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=level.upper(), handlers=[handler])


def microphone(settings: Settings) -> SoundSource:
    """The microphone that the settings name."""
    from tray.audio.microphone import Microphone

    return Microphone(settings.microphone.device)


def _open_outside(path: Path) -> None:
    """Let the desktop open a file with the program that is meant for it. Raises ScribeletError."""
    code = _ask_opener(path) if sys.platform == "linux" else click.launch(str(path))
    if code:
        raise ScribeletError(f"{path} cannot be opened", "Install xdg-utils, or open it by hand")


def _ask_opener(path: Path) -> int:
    """The exit code of the desktop's opener; 0 if it is still busy, for some wait for the program they have opened."""
    quiet = subprocess.DEVNULL
    try:
        opener = subprocess.Popen(["xdg-open", path], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)
        return opener.wait(OPENING)
    except FileNotFoundError:
        return 1
    except subprocess.TimeoutExpired:
        return 0
