"""A machine to play with: buses that die, a logind that obeys, and programs that say what they like.

The usual mock of logind comes with bindings that have to be compiled against the system's; these few methods need none.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Annotated, Any, Self

from dbus_fast import DBusError, PropertyAccess
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusObjectPath, DBusSignature, DBusStr, DBusUInt32, DBusUnixFd
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal
from jeepney import DBusAddress, HeaderFields, message_bus, new_signal
from jeepney.io.blocking import open_dbus_connection

from tests.patience import until

LOGIND = "org.freedesktop.login1"
ROOT = "/org/freedesktop/login1"
OURS, THEIRS = f"{ROOT}/session/_32", f"{ROOT}/session/_33"
USER = f"{ROOT}/user/self"
NOBODY = ("", "/")
Nothing = Annotated[None, DBusSignature("")]


class Bus:
    """A bus of its own, always at the same address."""

    def __init__(self, path: Path) -> None:
        self.address = f"unix:path={path}"

    def __enter__(self) -> Self:
        command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"]
        self._daemon = subprocess.Popen([*command, f"--address={self.address}"], stdout=subprocess.PIPE)
        assert self._daemon.stdout
        assert self._daemon.stdout.readline()  # it listens
        return self

    def __exit__(self, *_: object) -> None:
        self._daemon.kill()
        self._daemon.communicate()

    def restart(self) -> None:
        """Kill it, with no word to anybody, and start it again."""
        self.__exit__()
        self.__enter__()


class Lock:
    """What makes the machine wait, as logind sees it."""

    def __init__(self, *asked: str) -> None:
        self.what, _, _, self.mode = asked
        self._ours, self.theirs = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def held(self) -> bool:
        """Whether anybody still has it open."""
        try:
            return os.read(self._ours, 1) != b""
        except BlockingIOError:
            return True

    def close(self) -> None:
        """Look no longer."""
        os.close(self._ours)


class Session(ServiceInterface):
    """One login."""

    def __init__(self) -> None:
        super().__init__(f"{LOGIND}.Session")
        self.locked, self.active = False, True

    @dbus_property(PropertyAccess.READ, "LockedHint")
    def locked_hint(self) -> DBusBool:
        return self.locked

    @dbus_property(PropertyAccess.READ, "Active")
    def is_active(self) -> DBusBool:
        return self.active

    @dbus_signal("Lock")
    def lock(self) -> None:
        """Somebody asks for the screen to be locked."""

    @dbus_signal("Unlock")
    def unlock(self) -> None:
        """Somebody asks for the screen to be unlocked."""

    def hint(self, locked: bool) -> None:
        """The desktop says whether the screen is locked."""
        self.locked = locked
        self.emit_properties_changed({"LockedHint": locked})

    def switch(self, active: bool) -> None:
        """The screen goes to somebody else, or comes back."""
        self.active = active
        self.emit_properties_changed({"Active": active})


class User(ServiceInterface):
    """A person, and the session on their screen."""

    def __init__(self) -> None:
        super().__init__(f"{LOGIND}.User")
        self.session = NOBODY

    @dbus_property(PropertyAccess.READ, "Display")
    def display(self) -> Annotated[tuple[str, str], DBusSignature("(so)")]:
        return list(self.session)


class Manager(ServiceInterface):
    """The machine."""

    def __init__(self) -> None:
        super().__init__(f"{LOGIND}.Manager")
        self.locks: list[Lock] = []
        self.sessions = {"2": OURS, "3": THEIRS}
        self.ours: str | None = OURS
        self.preparing = False

    @dbus_property(PropertyAccess.READ, "PreparingForSleep")
    def preparing_for_sleep(self) -> DBusBool:
        return self.preparing

    @dbus_method("Inhibit")
    def inhibit(self, what: DBusStr, who: DBusStr, why: DBusStr, mode: DBusStr) -> DBusUnixFd:
        if self.preparing:
            raise DBusError(f"{LOGIND}.OperationInProgress", "too late")
        lock = Lock(what, who, why, mode)
        self.locks.append(lock)
        # after the answer, which takes a copy with it
        asyncio.get_running_loop().call_soon(os.close, lock.theirs)
        return lock.theirs

    @dbus_method("GetSession")
    def get_session(self, name: DBusStr) -> DBusObjectPath:
        return self._found(self.sessions.get(name))

    @dbus_method("GetSessionByPID")
    def get_session_by_pid(self, _pid: DBusUInt32) -> DBusObjectPath:
        return self._found(self.ours)

    @dbus_method("GetUser")
    def get_user(self, _number: DBusUInt32) -> DBusObjectPath:
        return USER

    @dbus_signal("PrepareForSleep")
    def prepare_for_sleep(self, going: bool) -> DBusBool:
        self.preparing = going
        return going

    @dbus_signal("PrepareForShutdown")
    def prepare_for_shutdown(self, going: bool) -> DBusBool:
        return going

    def _found(self, path: str | None) -> str:
        if path is None:
            raise DBusError(f"{LOGIND}.NoSuchSession", "none")
        return path


class Logind:
    """A logind on a bus; `do` makes one of its parts say something."""

    def __init__(self, bus: Bus) -> None:
        self._address = bus.address
        self.manager, self.user = Manager(), User()
        self.session, self.other_session = Session(), Session()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._come(), self._loop).result(10)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_serving()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        for lock in self.manager.locks:
            lock.close()

    def do(self, act: Callable[..., object], *words: object) -> None:
        """Let one of the parts do something."""
        self._loop.call_soon_threadsafe(act, *words)

    def stop_serving(self) -> None:
        """Go away from the bus. Idempotent."""
        asyncio.run_coroutine_threadsafe(self._go(), self._loop).result(10)

    def lock(self, number: int = 1) -> Lock:
        """The first, second, … lock that is asked for, once it is."""
        until(lambda: len(self.manager.locks) >= number, f"lock {number}")
        return self.manager.locks[number - 1]

    async def _come(self) -> None:
        self._bus = await MessageBus(bus_address=self._address, negotiate_unix_fd=True).connect()
        self._bus.export(ROOT, self.manager)
        self._bus.export(OURS, self.session)
        self._bus.export(THEIRS, self.other_session)
        self._bus.export(USER, self.user)
        await self._bus.request_name(LOGIND)

    async def _go(self) -> None:
        self._bus.disconnect()
        await asyncio.wait({asyncio.ensure_future(_ended(self._bus))}, timeout=5)


async def _ended(bus: MessageBus) -> None:
    try:
        await bus.wait_for_disconnect()
    except (OSError, EOFError):
        return  # its bus was killed


class Stranger:
    """A program that says what it likes, shares no code with ours and never answers."""

    def __init__(self, bus: Bus, name: str = "") -> None:
        self._connection = open_dbus_connection(bus=bus.address)
        self.name = self._connection.unique_name
        if name:
            self._ask(message_bus.RequestName(name))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def say(self, path: str, member: str, signature: str, *body: Any, to: str = "") -> None:
        """Say `interface.member` to everybody, or to one alone; the bus has passed it on when this returns."""
        interface, _, name = member.rpartition(".")
        signal = new_signal(DBusAddress(path, interface=interface), name, signature or None, body)
        if to:
            signal.header.fields[HeaderFields.destination] = to
        self._connection.send(signal)
        self.names()

    def names(self) -> list[str]:
        """Everybody on the bus."""
        return self._ask(message_bus.ListNames())[0]

    def _ask(self, question: Any) -> Any:
        return self._connection.send_and_get_reply(question, timeout=5).body
