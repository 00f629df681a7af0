"""Who keeps a line connected: opens devices, notices what becomes of them, and opens them or others again."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Protocol

from tray.audio.portaudio import NoAnswerError, SilenceError
from tray.audio.server import Move, Scene, SoundServer, Source, compare
from tray.audio.sitting import Complaints, Deliver, Rank, Ring, Sitting, instead, moved, muted
from tray.core.failures import MicrophoneError

Order = Callable[[], None]

LOOK_S = 0.25
"""Seconds between two looks at a microphone that should deliver."""
SILENT_S = 2.0
"""Seconds of exact zeros, or of nothing, after which that is said: in no room is a microphone so quiet."""
TRIES = 3
"""Times in a session that a stream is opened again because of zeros: a broken one recovers, a mute one does not."""
SETTLE_S = 0.3
"""Seconds in which a server may move a stream to a new default by itself."""
GIVEN_UP_S = 10.0
"""Seconds without a block after which a session has lost its microphone."""
RETRY_S, REST_S = 0.5, 30.0
"""Seconds at most between two attempts to open: in a session, and while nobody speaks."""


class Device(Protocol):
    """A microphone that can be opened again and again."""

    def open(self, deliver: Deliver) -> None:
        """Deliver blocks from another thread, and once an empty one if it dies. Raises MicrophoneError."""
        ...

    def drain(self) -> None:
        """Wait until everything spoken before this call was delivered; takes at most 2 s."""
        ...

    def close(self) -> None:
        """Deliver what is still on its way, then nothing more; takes at most 2 s. Idempotent."""
        ...


class Operator:
    """Connects a line and connects it again; everything happens on the line's thread."""

    def __init__(self, dial: Dial, complaints: Complaints, post: Callable[[Order], None]) -> None:
        self._dial, self._complaints, self._post = dial, complaints, post
        self._kept = False
        self._session: Sitting | None = None
        self._stream: Stream | None = None
        self._server: SoundServer | None = None
        self._ring = Ring()
        self._past = -1
        """The server's number for the recording before this one, of which late news may come."""
        self._failures = 0
        self._retry_at = self._look_at = 0.0
        """When to open again, and when to look again, on the monotonic clock."""

    @property
    def wanted(self) -> bool:
        """Whether a device should be open."""
        return self._kept or (self._session is not None and not self._session.ending)

    def keep(self, *, wanted: bool) -> None:
        """Whether a device stays open while nobody speaks."""
        self._kept, self._failures, self._retry_at, self._look_at = wanted, 0, 0.0, 0.0
        self._ring.take()  # what was said does not stay in memory while nobody is there
        self._release()

    def begin(self, session: Sitting) -> None:
        """What is heard from now on, and the pre-roll, belong to this session. Raises MicrophoneError."""
        if session.over:  # given up while it waited: do not light the microphone's lamp for nothing
            return
        if self._stream is None:
            self._connect()
        session.latest, self._session = time.monotonic(), session
        if self._stream and self._stream.scene:
            self._look_around(self._stream.scene.source)
        for pcm, rate in self._ring.take():
            session.hear(pcm, rate)

    def drain(self, session: Sitting) -> None:
        """All that was spoken so far stands in the queue of orders, behind which `part` may follow."""
        if session is not self._session:
            return
        session.ending = True
        if self._kept and self._stream:
            self._stream.device.drain()
        self._release()

    def part(self, session: Sitting) -> None:
        """A session is over."""
        if session is self._session:
            self._session = None
            self._complaints.settle(Rank.ELSEWHERE_NOW)
            self._complaints.settle(Rank.SILENT)  # or the next session would be silent about it
            self._release()

    def look(self, now: float) -> None:
        """Open what is lost, and say what is silent."""
        if not self.wanted or now < self._look_at:
            return
        self._look_at = now + LOOK_S
        if self._stream and self._stream.strayed(now):
            self._hang_up()
        if self._stream is None and now >= self._retry_at:
            self._retry(now)
        if self._session and not self._session.ending:
            self._judge(self._session, now)

    def _judge(self, session: Sitting, now: float) -> None:
        stream, absent = self._stream, now - session.latest
        zeros = stream.zeros if stream else 0.0
        if absent >= GIVEN_UP_S:
            session.die()
            self.part(session)
        elif stream and stream.scene and stream.muted:
            self._complaints.make(Rank.SILENT, muted(stream.scene.source))
        elif max(absent, zeros) >= SILENT_S:
            self._complaints.make(Rank.SILENT, SilenceError())
            if stream and session.tries < TRIES and zeros >= SILENT_S * (1 + session.tries):
                session.tries += 1
                self._hang_up()

    def _hear(self, stream: Stream, pcm: bytes, rate: int) -> None:
        if not pcm:
            self._lose(stream)
            return
        self._failures = 0
        if stream.hear(pcm, rate) and not stream.muted:
            self._complaints.settle(Rank.SILENT)
        if self._session:
            self._session.hear(pcm, rate)
        elif self._kept:
            self._ring.add(pcm, rate)

    def _see(self, scene: Scene) -> None:
        stream = self._stream
        if stream is None or scene.stream == self._past:
            return
        move = stream.see(scene)
        self._look_at = 0.0  # muted is said at once
        if (move is Move.TAKEN_AWAY and stream.named) or (move is Move.JOINED and stream.lack):
            self._hang_up()
        else:
            self._look_around(scene.source)

    def _look_around(self, source: Source) -> None:
        """Say whose sound it is, if that is not what was expected."""
        if self._stream and self._stream.lack:
            self._complaints.make(Rank.ELSEWHERE, instead(self._stream.lack, f"“{source.label}”"))
        if self._session and self._session.moves_to(source.name):
            self._complaints.make(Rank.ELSEWHERE_NOW, moved(source))

    def _connect(self) -> None:
        self._stream = stream = self._dial(self._take)
        self._ring.take()
        self._complaints.settle(Rank.ABSENT)
        if stream.lack:
            self._complaints.make(Rank.ELSEWHERE, instead(stream.lack, "the system's default"))
        else:
            self._complaints.settle(Rank.ELSEWHERE)
        if self._server is None:
            self._server = SoundServer(lambda scene: self._post(partial(self._see, scene)))

    def _take(self, stream: Stream, pcm: bytes, rate: int) -> None:
        """On PortAudio's thread."""
        self._post(partial(self._hear, stream, pcm, rate))

    def _retry(self, now: float) -> None:
        try:
            self._connect()
        except MicrophoneError as error:
            self._complaints.make(Rank.ABSENT, error)
            self._wait(now)

    def _lose(self, stream: Stream) -> None:
        if stream is self._stream:
            self._hang_up()
            self._wait(time.monotonic())

    def _wait(self, now: float) -> None:
        """At the first failure not at all, then longer and longer, until sound comes."""
        longest = RETRY_S if self._session else REST_S
        self._retry_at = now + (min(2.0 ** (self._failures - 1), longest) if self._failures else 0.0)
        self._failures += 1

    def _hang_up(self) -> None:
        stream, self._stream = self._stream, None
        self._retry_at = self._look_at = 0.0
        if stream:
            self._past = stream.scene.stream if stream.scene else self._past
            stream.device.close()

    def _release(self) -> None:
        """Give everything back that nobody wants."""
        if not self.wanted:
            self._hang_up()
            if self._server:
                self._server.stop()
                self._server = None


Hear = Callable[["Stream", bytes, int], None]
Dial = Callable[[Hear], "Stream"]


class Stream:
    """One opening of a device, and what is known of it."""

    def __init__(self, device: Device, *, named: bool, lack: MicrophoneError | None) -> None:
        """`named` says whether it is opened by its name, `lack` why that could not be had."""
        self.device, self.named, self.lack = device, named, lack
        self.zeros = 0.0
        """Seconds of exact zeros up to now."""
        self.scene: Scene | None = None
        self._behind: float | None = None

    @property
    def muted(self) -> bool:
        """Whether the sound server says so."""
        return self.scene is not None and self.scene.source.muted

    def hear(self, pcm: bytes, rate: int) -> bool:
        """Whether this block is more than zeros."""
        sounds = any(pcm)
        self.zeros = 0.0 if sounds else self.zeros + len(pcm) / 2 / rate
        return sounds

    def see(self, scene: Scene) -> Move:
        """What the server has done to it since the last scene."""
        before, self.scene = self.scene or scene, scene
        move = compare(before, scene)
        if move is Move.LEFT_BEHIND and not self.named:
            self._behind = time.monotonic()
        return move

    def strayed(self, now: float) -> bool:
        """Whether the default became another one, and the server did not take it there by itself; said once."""
        if self._behind is None or now - self._behind < SETTLE_S:
            return False
        self._behind = None
        return self.scene is not None and self.scene.source.name != self.scene.default


def dial(name: str, device: Callable[[str], Device], hear: Hear) -> Stream:
    """Open a device by its name, or else the default. Raises MicrophoneError."""

    def opened(stream: Stream) -> Stream:
        stream.device.open(partial(hear, stream))
        return stream

    try:
        return opened(Stream(device(name), named=bool(name), lack=None))
    except NoAnswerError:
        raise
    except MicrophoneError as lack:
        if not name:
            raise
        with suppress(MicrophoneError):
            return opened(Stream(device(""), named=False, lack=lack))
        raise
