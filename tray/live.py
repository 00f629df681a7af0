"""The program on a desktop."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from tray.beginning import Beginning, Room
from tray.belongings import books
from tray.chores import Chores, Place
from tray.control.instance import AlreadyRunningError, Instance
from tray.control.logfile import EAR_LOG_NAME, LOG_NAME, log_handler
from tray.control.settings_file import Reading, SettingsFile
from tray.core.face import View, status
from tray.core.failures import NotRunningError, ScribeletError, SettingsError
from tray.core.keys import KeyEvent
from tray.core.news import Asked, News, Trouble
from tray.core.settings import Settings
from tray.core.state import Event, Quit
from tray.equipment import Equipment, IconShelf, Outlets, find_equipment
from tray.lines import Lines
from tray.spool.bounds import Bounds
from tray.system.folders import announce, running_socket, settings_path, socket_path, state_folder
from tray.system.processes import age_ms, own_command
from tray.wiring import KeyRing, Report, Surroundings, Wiring

if TYPE_CHECKING:
    from types import FrameType

    from tray.control.client import Reply, Request
    from tray.control.socket import ControlServer
    from tray.desktop.presence import Presence
    from tray.ports import SoundSource

LOG = logging.getLogger(__name__)
LEAVING = 4.0
"""Seconds that whoever asks it to quit waits to be told what it leaves undone."""
MEETING = 2.0
"""Seconds in which a running Scribelet that is just starting can be asked."""


def run() -> int:
    """The program until it is told to quit; 0, also where another one runs already."""
    try:
        instance = Instance.claim(state_folder())
    except AlreadyRunningError as running:
        return _greet(running)
    try:
        return Live().serve()
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
            said = state_line(ask(running_socket(), Request("status")))
            ask(running_socket(), Request("act", "greet"))
            break
        except NotRunningError:
            time.sleep(0.1)  # between the lock and the socket, at the start as at the end
    click.echo(f"{running}. {said}")
    return 0


class Live:
    """One pipeline in the middle of a desktop."""

    def __init__(self, source: Callable[[Settings], SoundSource] | None = None) -> None:
        """`source` stands in for the microphone that the settings name."""
        self._file = SettingsFile(settings_path())
        self._fresh = not os.path.lexists(self._file.path)
        self._early: list[News | Event | KeyEvent] = []
        """What was told before anybody could hear it."""
        self._post: Callable[[News | Event | KeyEvent], None] = self._early.append
        self._icon: IconShelf | None = None
        settings = _first_settings(self._file, self._early.append)
        _begin_log(settings.log.level, self._early.append)
        self._equipment: Equipment = find_equipment(self._hear, self._notify)
        self._keys = KeyRing(self._equipment.hotkeys, self._tell)
        self._outlets = Outlets(self._equipment, lambda action: self._post(Asked(action)))
        self._ready_ms: float | None = None
        self._left = threading.Event()
        self._server: ControlServer | None = None
        self._presence: Presence | None = None
        self._beginning = Beginning(Room(self._equipment, self._tell, self._settings, lambda: self._outlets.hushed))
        chores = Chores(
            Place(self._equipment, self._file.path, self._settings, self._beginning, self._outlets.tell, self._tell)
        )
        self._lines = Lines(self._tell, lambda: self._wiring.at_ease)
        self._wiring = Wiring(
            Surroundings(
                source=source or self._lines.choose,
                sinks=self._outlets.open,
                ear_command=ear_command,
                books=books,
                bounds=Bounds(),
                bind_keys=self._keys.take,
                holds_key=lambda: self._keys.held,
                show=self._show,
                tell=self._outlets.tell,
                leave=self._leave,
                reread=self._reread,
                change=self._file.set,
                errand=chores.run,
                hush=self._hush,
                wipe=self._outlets.wipe,
                let_sleep=self._let_sleep,
                ear_log=state_folder() / EAR_LOG_NAME,
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
        listening = socket_path()
        self._server = ControlServer(listening, self._answer, watch=self._watch_speech)
        announce(listening)
        self._icon = IconShelf(self._equipment.bus, lambda action: self._post(Asked(action)), self._post)
        self._wiring.start()
        self._presence = find_presence(self._post)
        for news in self._early:
            self._post(news)
        self._beginning.start(fresh=self._fresh)
        if self._beginning.complete:
            self._post(Asked("recover"))
        try:
            self._icon.run()
        finally:  # whatever becomes of the icon, the text is written
            unwritten = self._wiring.close()
            self._take_leave()
            self._lines.end()
            self._beginning.close()
            self._server.close()
            if self._presence:
                self._presence.close()
            self._equipment.close()
        if unwritten:
            click.echo("scribelet: the last words could not be written. Free some space on the disk.", err=True)
        return 1 if unwritten else 0

    def _take_leave(self) -> None:
        """Say what is left undone, now that everything else is safe."""
        if said := self._wiring.conductor.view().farewell:
            click.echo(f"scribelet: {said}.", err=True)
            self._outlets.tell("Scribelet has ended", f"{said}.")

    def _tell(self, news: News | KeyEvent) -> None:
        self._post(news)

    def _hear(self, trouble: Trouble) -> None:
        """What the equipment tells, some of it from threads of its own."""
        if trouble.part == "hotkey":
            self._keys.change(trouble.error)
        self._post(trouble)

    def _settings(self) -> Settings:
        return self._wiring.conductor.view().settings

    def _hush(self, wanted: bool) -> None:  # noqa: FBT001 the shape is that of Surroundings
        self._outlets.hush(wanted)
        self._lines.hush(wanted=wanted)
        if self._presence and not wanted:
            self._presence.somebody_came()

    def _finish(self, _number: int, _frame: FrameType | None) -> None:
        self._post(Quit())

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
        fresh = {"today": view.today.line} if view.today and view.today.day == date.today() else {}
        return {**status(view, os.getpid()), **fresh, "ready_ms": self._ready_ms}

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
        self._left.set()
        if self._icon:
            self._icon.close()

    def _answer(self, request: Request) -> Reply:
        """On a thread of the control socket."""
        if request.command == "act":
            self._post(Asked(request.text))
        elif request.command != "status":
            if request.command in ("start", "toggle"):
                self._beginning.refuse_early()
            self._post(Asked(request.command))
        if request.command == "quit":
            self._left.wait(LEAVING)
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
    path = state_folder() / LOG_NAME
    try:
        handler = log_handler(path)
    except OSError as error:
        report(Trouble("log", ScribeletError(f"{path} cannot be written: {error.strerror}", "Look at its permissions")))
        return
    logging.basicConfig(level=level.upper(), handlers=[handler])
