"""What is said to everybody on a bus, for those who only listen; the bus may come and go."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from tray.system.session_bus import DAEMON, LIMIT, BusError, Remote

if TYPE_CHECKING:
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

LOG = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds before a bus that is gone is tried again; they double as long as it stays away."""
PROPERTIES = "org.freedesktop.DBus.Properties"


class RefusedError(BusError):
    """The other program is not there, or does not do that; the bus is alive."""


def system_address() -> str:
    """Where the bus of the machine listens; the default is that of the D-Bus specification."""
    return os.environ.get("DBUS_SYSTEM_BUS_ADDRESS") or "unix:path=/var/run/dbus/system_bus_socket"


async def keep(listen: Callable[[], Awaitable[None]]) -> None:
    """Listen for ever: again after a pause whenever it ends or fails."""
    pause = FIRST_PAUSE
    while True:
        try:
            await listen()
            pause = FIRST_PAUSE
        except BusError as error:
            # a machine without this bus is a normal one, and would be told of it twice a minute
            LOG.debug("%s", error)
        except Exception as error:  # noqa: BLE001 the thread's one catch-all: the others go on listening
            LOG.error("a listener on the bus failed: %s", type(error).__name__)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


class Line:
    """A connection to one bus; its signals are read one after the other."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus = bus
        self._heard: asyncio.Queue[Message | None] = asyncio.Queue()
        bus.add_message_handler(self._hear)
        self._end = asyncio.ensure_future(bus.wait_for_disconnect())
        self._end.add_done_callback(self._mourn)

    async def listen(self, rules: Sequence[str]) -> None:
        """Have the signals that these match rules describe. Raises BusError."""
        for rule in rules:
            await self.ask(DAEMON, "AddMatch", "s", [f"type='signal',{rule}"])

    async def next(self) -> Message | None:
        """The next signal; None when the bus is gone."""
        return await self._heard.get()

    async def get(self, remote: Remote, name: str) -> Any:
        """The value of a property. Raises as `ask` does."""
        place = Remote(remote.program, remote.path, PROPERTIES)
        return (await self.ask(place, "Get", "ss", [remote.interface, name])).body[0].value

    async def ask(self, remote: Remote, member: str, signature: str, body: Sequence[Any]) -> Message:
        """Call a method. Raises RefusedError if it is declined, BusError if nobody answers within `LIMIT` seconds."""
        from dbus_fast import Message, MessageType

        request = Message(remote.program, remote.path, remote.interface, member, signature=signature, body=list(body))
        reply = await self._call(request)
        if reply.message_type is MessageType.ERROR:
            raise RefusedError(f"{remote.program} does not do {member}: {reply.error_name}.")
        return reply

    async def hang_up(self) -> None:
        """End the connection."""
        self._bus.disconnect()
        await asyncio.wait({self._end}, timeout=LIMIT)

    async def _call(self, request: Message) -> Message:
        from dbus_fast.errors import DBusFastError

        try:
            async with asyncio.timeout(LIMIT):
                # on a connection that has ended the library would never answer
                reply = await self._bus.call(request) if self._bus.connected else None
        except (OSError, EOFError, DBusFastError) as error:  # time-outs are OSErrors
            raise BusError(f"{request.destination} does not answer {request.member}.") from error
        if reply is None:
            raise BusError("The bus is gone.")
        return reply

    def _hear(self, message: Message) -> None:
        from dbus_fast import MessageType

        # what is sent to us alone has passed no rule of ours, and any user of the machine may have sent it
        if message.message_type is MessageType.SIGNAL and not message.destination:
            self._heard.put_nowait(message)

    def _mourn(self, end: asyncio.Future[None]) -> None:
        if not end.cancelled():
            end.exception()  # how it ended does not matter, but asyncio complains of errors that nobody looked at
        self._heard.put_nowait(None)


@asynccontextmanager
async def connected(address: str) -> AsyncGenerator[Line, None]:
    """A connection for a while, which can receive files. Raises BusError where nobody listens."""
    # 3 MB that a machine without a bus never pays
    from dbus_fast.aio import MessageBus
    from dbus_fast.errors import DBusFastError

    try:
        async with asyncio.timeout(LIMIT):
            bus = await MessageBus(bus_address=address, negotiate_unix_fd=True).connect()
    except (OSError, EOFError, ValueError, DBusFastError) as error:  # bad addresses are ValueErrors
        raise BusError(f"No bus answers at {address}.") from error
    line = Line(bus)
    try:
        yield line
    finally:
        await line.hang_up()
