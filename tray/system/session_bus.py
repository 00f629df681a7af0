"""The session bus: calls and signals to other programs from any thread, each bounded in time."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from socket import socket
from threading import Lock, Thread, current_thread
from typing import TYPE_CHECKING, Any, TypeVar

from tray.core.failures import ScribeletError

if TYPE_CHECKING:
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus
    from dbus_fast.service import ServiceInterface

LOG = logging.getLogger(__name__)
LIMIT = 2.0
"""Seconds a call may take before it is given up."""
DO_NOT_QUEUE = 4
PRIMARY_OWNER = 1
"""Flag and answer of RequestName, D-Bus specification."""
GONE = "The session bus is gone."
T = TypeVar("T")


class BusError(ScribeletError):
    """There is no session bus, or a program on it does not answer."""


@dataclass(frozen=True, slots=True)
class Remote:
    """One interface of one object in another program."""

    program: str
    """Its name on the bus."""
    path: str
    interface: str


DAEMON = Remote("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
_Listener = tuple[Remote, str, Callable[[list[Any]], None]]


class Connection:
    """A thread of its own with a connection to the bus; work goes to it from any thread."""

    def __init__(self) -> None:
        """Connect. Raises BusError where there is no bus."""
        self._mourners: list[Callable[[], None]] = []
        self._gate = Lock()
        self._ended = False
        ready: Future[tuple[MessageBus, asyncio.AbstractEventLoop]] = Future()
        self._thread = Thread(target=self._serve, args=(ready,), name="session-bus", daemon=True)
        self._thread.start()
        try:
            # one second more than the thread allows itself, so that its own error is the one that is seen
            self._bus, self._loop = ready.result(LIMIT + 1)
        except TimeoutError as error:
            raise BusError("The session bus does not answer.") from error

    def run(self, work: Coroutine[Any, Any, T], limit: float = LIMIT) -> T:
        """Do work on the bus's thread and wait at most `limit` seconds for what it returns. Raises BusError."""
        if current_thread() is self._thread:
            work.close()
            raise RuntimeError("the thread of the bus would wait for itself")
        future = self._start(work)
        try:
            return future.result(limit)
        except (TimeoutError, CancelledError) as error:
            future.cancel()
            raise BusError(f"No answer on the session bus within {limit:g} s.") from error

    def post(self, work: Coroutine[Any, Any, None]) -> None:
        """Let work be done on the bus's thread, from any thread, and return at once; a bus that is gone drops it."""
        try:
            self._start(work).add_done_callback(_report)
        except BusError:
            LOG.debug("dropped work for a session bus that is gone")

    def watch_end(self, callback: Callable[[], None]) -> None:
        """Say when the bus has gone away by itself."""
        self._mourners.append(callback)

    def close(self) -> None:
        """Hang up; what still waits for an answer gets a BusError. Idempotent."""
        # behind all work that was posted before
        self.post(self._hang_up())
        if current_thread() is not self._thread:
            self._thread.join(LIMIT)

    def _start(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        with self._gate:
            if not self._ended:
                return asyncio.run_coroutine_threadsafe(work, self._loop)
        work.close()
        raise BusError(GONE)

    def _living(self) -> MessageBus:
        if not self._bus.connected:
            raise BusError(GONE)
        return self._bus

    async def _hang_up(self) -> None:
        self._bus.disconnect()

    def _serve(self, ready: Future[tuple[MessageBus, asyncio.AbstractEventLoop]]) -> None:
        asyncio.run(self._live(ready))

    async def _live(self, ready: Future[tuple[MessageBus, asyncio.AbstractEventLoop]]) -> None:
        try:
            bus = await _connect()
        except BusError as error:
            ready.set_exception(error)
            return
        ready.set_result((bus, asyncio.get_running_loop()))
        try:
            await bus.wait_for_disconnect()
        except Exception as error:  # noqa: BLE001 the thread's one catch-all: whatever ended the connection, it is gone
            LOG.warning("the session bus is gone: %s", type(error).__name__)
            for mourner in self._mourners:
                mourner()
        finally:
            await self._close_the_gate()

    async def _close_the_gate(self) -> None:
        """Take no more work; what was taken already becomes a task, so that it is cancelled with the others."""
        with self._gate:
            self._ended = True
        await asyncio.sleep(0)


class SessionBus(Connection):
    """The other programs of the session. What is called back runs on the bus's thread: it must return at once."""

    def __init__(self) -> None:
        """Connect. Raises BusError where there is no bus."""
        super().__init__()
        self._listeners: list[_Listener] = []
        self._bus.add_message_handler(self._deliver)

    def call(
        self, remote: Remote, member: str, signature: str = "", body: Sequence[Any] = (), *, limit: float = LIMIT
    ) -> list[Any]:
        """Call a method and wait at most `limit` seconds for what it answers. Raises BusError."""
        return self.run(self.ask(remote, member, signature, body), limit)

    async def ask(self, remote: Remote, member: str, signature: str = "", body: Sequence[Any] = ()) -> list[Any]:
        """The same call for work that runs on the bus's own thread. Raises BusError."""
        from dbus_fast import Message, MessageType
        from dbus_fast.errors import DBusFastError

        bus = self._living()
        request = Message(remote.program, remote.path, remote.interface, member, signature=signature, body=list(body))
        try:
            reply = await bus.call(request)
        except (OSError, EOFError, DBusFastError) as error:
            raise BusError(GONE) from error
        # an answer that never came is None, whatever the library's types say: the connection ended in between
        if reply is None:  # pyright: ignore[reportUnnecessaryComparison]
            raise BusError(GONE)
        if reply.message_type is MessageType.ERROR:
            raise BusError(f"{remote.program} does not do {member}: {reply.error_name}.")
        return reply.body

    def subscribe(self, remote: Remote, member: str, callback: Callable[[list[Any]], None], *, about: str = "") -> None:
        """Let a callback have the body of every such signal; `about` is its first word, if only that one is wanted.

        Raises BusError.
        """
        self.run(self._subscribe((remote, member, callback), about))

    def watch_name(self, name: str, callback: Callable[[bool], None]) -> None:
        """Say whenever a program takes (True) or loses (False) this name from now on. Raises BusError."""

        def changed(body: list[Any]) -> None:
            if body[0] == name:
                callback(bool(body[2]))

        self.subscribe(DAEMON, "NameOwnerChanged", changed, about=name)

    def request_name(self, name: str) -> None:
        """Take a name on the bus. Raises BusError if another program has it."""
        if self.call(DAEMON, "RequestName", "su", [name, DO_NOT_QUEUE]) != [PRIMARY_OWNER]:
            raise BusError(f"Another program is called {name} on the session bus.")

    def export(self, path: str, interface: ServiceInterface) -> None:
        """Let other programs use an object of ours. Raises BusError."""
        self.run(self._export(path, interface))

    async def withdraw(self, name: str, paths: Sequence[str]) -> None:
        """Give a name and exported objects back; for work that runs on the bus's own thread. Raises BusError."""
        bus = self._living()
        for path in paths:
            bus.unexport(path)
        await self.ask(DAEMON, "ReleaseName", "s", [name])

    async def _subscribe(self, listener: _Listener, about: str) -> None:
        remote, member, _ = listener
        rule = f"type='signal',sender='{remote.program}',interface='{remote.interface}',member='{member}'"
        self._listeners.append(listener)
        await self.ask(DAEMON, "AddMatch", "s", [f"{rule},arg0='{about}'" if about else rule])

    async def _export(self, path: str, interface: ServiceInterface) -> None:
        self._living().export(path, interface)

    def _deliver(self, message: Message) -> None:
        for remote, member, callback in self._listeners:
            if (message.path, message.interface, message.member) == (remote.path, remote.interface, member):
                callback(message.body)


async def _connect() -> MessageBus:
    # 3 MB that a program without a session bus never pays
    from dbus_fast.aio import MessageBus

    try:
        async with asyncio.timeout(LIMIT):
            return _patient(await MessageBus(bus_address=session_address()).connect())
    except (OSError, EOFError, ValueError) as error:  # time-outs are OSErrors; addresses and logins fail as ValueErrors
        raise BusError(
            "There is no D-Bus session bus, so no tray icon and no toast.",
            "Log in to a desktop session, or start Scribelet with dbus-run-session.",
        ) from error


class PatientSocket:
    """A socket for which a full buffer means nothing sent, yet."""

    def __init__(self, socket: socket) -> None:
        self._socket = socket

    def send(self, part: memoryview) -> int:
        """Send what fits; returns how many bytes that were."""
        try:
            return self._socket.send(part)
        except BlockingIOError:
            return 0


def _patient(bus: MessageBus) -> MessageBus:
    """Keep dbus-fast (5.2.0) from hanging up on a bus that reads slowly, as when a panel asks for the icon often.

    It takes a full buffer for the end of the connection, but goes on later when nothing was sent.
    """
    # inside the library there is no other way to this; a version without these parts is left as it is
    writer = getattr(bus, "_writer", None)
    if isinstance(connected := getattr(writer, "sock", None), socket):
        setattr(writer, "sock", PatientSocket(connected))  # noqa: B010 its type is private, too
    return bus


def session_address() -> str:
    """Where the session bus is said to listen; systemd puts it into the runtime folder even where nobody says so."""
    folder = os.environ.get("XDG_RUNTIME_DIR", "/nonexistent")
    return os.environ.get("DBUS_SESSION_BUS_ADDRESS") or f"unix:path={folder}/bus"


def _report(future: Future[None]) -> None:
    error = None if future.cancelled() else future.exception()
    if isinstance(error, ScribeletError):
        LOG.info("%s", error)
    elif error is not None:
        # the kind alone: the text of a foreign error may hold words that were said
        LOG.error("work on the session bus failed: %s", type(error).__name__)
