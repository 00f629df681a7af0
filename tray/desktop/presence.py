"""What the machine and the desktop do with a person: sleep, lock the screen, change users, shut down."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from threading import Thread, current_thread
from typing import TYPE_CHECKING, cast

from tray.core.news import Moment
from tray.system.broadcasts import PROPERTIES, Line, RefusedError, connected, keep, system_address
from tray.system.session_bus import DAEMON, LIMIT, Remote, session_address

if TYPE_CHECKING:
    from dbus_fast import Message, Variant

FAREWELL = 3.0
"""Seconds the machine waits for `let_sleep`; logind would give us 5 (InhibitDelayMaxSec, logind.conf(5))."""
PROGRAM = "org.freedesktop.login1"
MANAGER = Remote(PROGRAM, "/org/freedesktop/login1", f"{PROGRAM}.Manager")
SESSION = f"{PROGRAM}.Session"
USER = f"{PROGRAM}.User"
RULES = (
    f"sender='{DAEMON.program}',interface='{DAEMON.interface}',member='NameOwnerChanged',arg0='{PROGRAM}'",
    f"sender='{PROGRAM}',interface='{MANAGER.interface}',member='PrepareForSleep'",
    f"sender='{PROGRAM}',interface='{MANAGER.interface}',member='PrepareForShutdown'",
    f"sender='{PROGRAM}',interface='{SESSION}',member='Lock'",
    f"sender='{PROGRAM}',interface='{SESSION}',member='Unlock'",
    f"sender='{PROGRAM}',interface='{PROPERTIES}',member='PropertiesChanged',arg0='{SESSION}'",
)
"""Signals of logind, org.freedesktop.login1(5), and of the bus where one logind follows another."""
SAVERS = tuple(f"org.{desktop}.ScreenSaver" for desktop in ("freedesktop", "gnome", "xfce", "cinnamon", "mate"))
"""Screen savers: names of programs and of interfaces alike; only their paths differ, and KDE has two."""


USUAL = (Moment.AWAKE, Moment.UNLOCKED, Moment.BACK)
"""How things stand unless somebody says otherwise."""
OPPOSITES = {Moment.ASLEEP: Moment.AWAKE, Moment.LOCKED: Moment.UNLOCKED, Moment.AWAY: Moment.BACK}
MEANINGS = {
    ("LockedHint", True): Moment.LOCKED,
    ("LockedHint", False): Moment.UNLOCKED,
    ("Active", True): Moment.BACK,
    ("Active", False): Moment.AWAY,
}
"""Properties of our session in logind and what their values mean."""


def find_presence(post: Callable[[Moment], None]) -> Presence | None:
    """Watch this machine; None on Windows and macOS, where only the microphone's silence tells of sleep."""
    return Presence(post) if sys.platform == "linux" else None


class Presence:
    """Watches logind and the screen savers, as far as there are any; while it does, sleep waits for the last words."""

    def __init__(self, post: Callable[[Moment], None]) -> None:
        """Let `post` have each moment once, however many report it; it runs on another thread and must only enqueue."""
        self._news = news = News(post)
        self._logind = Logind(news)
        self._loop = asyncio.new_event_loop()
        self._watch = self._loop.create_task(_watch(self._logind, Savers(news)))
        self._thread = Thread(target=self._live, name="presence", daemon=True)
        self._thread.start()

    def let_sleep(self) -> None:
        """All is written: the machine need not wait longer. From any thread, at once; nothing if it does not wait."""
        self._do(self._logind.let_sleep)

    def somebody_came(self) -> None:
        """Whatever was said of an empty chair is out of date, so that it can be said anew. From any thread."""
        self._do(self._news.reset)

    def close(self) -> None:
        """Watch no longer and hold nothing up. Idempotent; waits at most a few seconds."""
        self._do(self._watch.cancel)
        if current_thread() is not self._thread:
            self._thread.join(2 * LIMIT)

    def _do(self, act: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop has ended: this was closed before
            self._loop.call_soon_threadsafe(act)

    def _live(self) -> None:
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._watch)
        self._loop.close()


async def _watch(logind: Logind, savers: Savers) -> None:
    await asyncio.gather(keep(logind.listen), keep(savers.listen))


class News:
    """Passes on what changes something: one lock of the screen is reported from several sides."""

    def __init__(self, post: Callable[[Moment], None]) -> None:
        self._post = post
        self._in_force = set[Moment](USUAL)

    def reset(self) -> None:
        """As if nothing had been told."""
        self._in_force = set[Moment](USUAL)

    def tell(self, moment: Moment) -> None:
        """Post it, unless it holds already."""
        if moment not in self._in_force:
            self._in_force -= {one for pair in OPPOSITES.items() if moment in pair for one in pair}
            self._in_force.add(moment)
            self._post(moment)


class Logind:
    """What logind says of the machine and of our session, and the lock for which sleep and shutdown wait."""

    def __init__(self, news: News) -> None:
        self._news = news
        self._owner = self._session = ""
        self._known: dict[str, object] = {"LockedHint": False, "Active": True}
        self._lock = ExitStack()
        self._leaving = False

    async def listen(self) -> None:
        """Listen until the system bus is gone. Raises BusError where there is none, or logind hangs."""
        async with connected(system_address()) as line:
            try:
                # signals first, questions afterwards: what happens in between is heard at least once
                await line.listen(RULES)
                await self._meet(line)
                while message := await line.next():
                    await self._hear(line, message)
            finally:
                self._lock.close()

    def let_sleep(self) -> None:
        """Give the lock back; one that comes after waking would give away the lock for the next sleep."""
        if self._leaving:
            self._lock.close()

    async def _meet(self, line: Line) -> None:
        """Learn how things stand; without a logind that waits until there is one."""
        with suppress(RefusedError):
            self._owner = (await line.ask(DAEMON, "GetNameOwner", "s", [PROGRAM])).body[0]
            self._leaving = await line.get(MANAGER, "PreparingForSleep")
            self._news.tell(Moment.ASLEEP if self._leaving else Moment.AWAKE)
            await self._take_lock(line)
            self._session = await _our_session(line)
            place = Remote(PROGRAM, self._session, SESSION)
            self._learn({name: await line.get(place, name) for name in self._known})

    async def _hear(self, line: Line, message: Message) -> None:
        match message.interface, message.member, message.body:
            case DAEMON.interface, "NameOwnerChanged", [_, _, str(owner)] if owner not in ("", self._owner):
                await self._meet(line)
            case MANAGER.interface, "PrepareForSleep", [bool(going)]:
                await self._prepare(line, Moment.ASLEEP if going else Moment.AWAKE)
            case MANAGER.interface, "PrepareForShutdown", [bool(going)]:
                await self._prepare(line, Moment.ENDING if going else None)
            case _ if message.path == self._session:
                self._hear_session(message)
            case _:
                pass

    def _hear_session(self, message: Message) -> None:
        match message.member, message.body:
            case "Lock", _:
                self._news.tell(Moment.LOCKED)
            case "Unlock", _:
                self._news.tell(Moment.UNLOCKED)
            case "PropertiesChanged", [_, changed, _]:
                variants: Mapping[str, Variant] = changed
                self._learn({name: variant.value for name, variant in variants.items()})
            case _:
                pass

    def _learn(self, told: Mapping[str, object]) -> None:
        """Only what changed counts: an old value read again would undo what a screen saver has said since."""
        for (name, value), moment in MEANINGS.items():
            if told.get(name) is value is not self._known[name]:
                self._known[name] = value
                self._news.tell(moment)

    async def _prepare(self, line: Line, moment: Moment | None) -> None:
        """The machine is about to go, or stays; None: a shutdown was called off."""
        self._leaving = moment in (Moment.ASLEEP, Moment.ENDING)
        if moment:
            self._news.tell(moment)
        if self._leaving:
            timer = asyncio.get_running_loop().call_later(FAREWELL, self.let_sleep)
            self._lock.callback(timer.cancel)
        else:
            await self._take_lock(line)

    async def _take_lock(self, line: Line) -> None:
        wish = ["sleep:shutdown", "Scribelet", "The last words are being written.", "delay"]
        with suppress(RefusedError):  # it goes this very moment, or will not wait for us: then the spool keeps the rest
            reply = await line.ask(MANAGER, "Inhibit", "ssss", wish)
            lock = cast("int", reply.unix_fds[reply.body[0]])
            # a tool that inherits it and stays, as clipboard tools do, would hold up every sleep
            os.set_inheritable(lock, False)
            # the old one only now: a logind that refuses a new one may be waiting for it
            self._lock.close()
            self._lock.callback(os.close, lock)


async def _our_session(line: Line) -> str:
    """The path of the session we run in, or else of the one our user looks at. Raises RefusedError."""
    ours = os.environ.get("XDG_SESSION_ID", "")
    # 0 is whoever asks; programs that systemd starts belong to a user, but to no session
    for member, signature, word in (("GetSession", "s", ours), ("GetSessionByPID", "u", 0)):
        with suppress(RefusedError):
            return (await line.ask(MANAGER, member, signature, [word])).body[0]
    user = (await line.ask(MANAGER, "GetUser", "u", [os.getuid()])).body[0]
    name, path = await line.get(Remote(PROGRAM, user, USER), "Display")
    if not name:
        raise RefusedError("This user has no session with a screen.")
    return path


class Savers:
    """What screen savers say, for desktops that lock without logind."""

    def __init__(self, news: News) -> None:
        self._news = news

    async def listen(self) -> None:
        """Listen until the session bus is gone. Raises BusError where there is none."""
        async with connected(session_address()) as line:
            await line.listen([f"sender='{name}',interface='{name}',member='ActiveChanged'" for name in SAVERS])
            while message := await line.next():
                match message.member, message.body:
                    case "ActiveChanged", [bool(active)]:
                        self._news.tell(Moment.LOCKED if active else Moment.UNLOCKED)
                    case _:
                        pass
