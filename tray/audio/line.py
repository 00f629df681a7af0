"""One microphone for the whole life of the program: kept ready or opened for each session, found again when lost."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial

from tray.audio.exchange import LOOK_S, Device, Operator, Order, dial
from tray.audio.portaudio import START_S, NoAnswerError
from tray.audio.sitting import Complaints, Deliver, Report, Sitting, Voice
from tray.core.failures import MicrophoneError

OPEN_S, CLOSE_S = START_S + 1.0, 2.5
"""Seconds for what is asked of the line; about 0.1 each where all is well."""


class Line:
    """A source whose sound goes on when its device dies, is pulled out, or another one becomes the default.

    `name` is that of the device or a part of it, "" the system's default, which also stands in for a name that is not
    there; `device` makes one of such a name. While `ready`, the device stays open between sessions, and a session
    begins with the last 500 ms before it. `report` is called with what is the matter, and with None when nothing is any
    more, at the latest when the line was ended and its session is over; it comes from other threads and must only
    enqueue.
    """

    endless = True

    def __init__(self, name: str, *, ready: bool, report: Report, device: Callable[[str], Device]) -> None:
        self._ready, self._voice = ready, Voice(report)
        self._orders: queue.SimpleQueue[Order | None] = queue.SimpleQueue()
        self._operator = Operator(partial(dial, name, device), Complaints(self._voice.tell), self._orders.put)
        self._session: Sitting | None = None
        self._over = False
        self._turn = threading.Lock()  # the settings end a line on one thread while a session opens on another
        self._thread = self._start()
        self.resume()

    def open(self, deliver: Deliver) -> None:
        """Begin a session; its first block is the first that is not all zeros. Raises MicrophoneError within 6 s.

        An empty block says that no sound came for 10 s, however often the device was opened again.
        """
        self.close()
        session = Sitting(deliver)
        with self._turn:
            self._session = session
            if self._over:  # chosen just before the settings chose another one
                self._thread.join(CLOSE_S)
                self._thread = self._start()
                self._voice.rise()
        try:
            self._ask(partial(self._operator.begin, session), OPEN_S)
        except MicrophoneError:
            self._orders.put(partial(self._operator.part, session))  # it may have begun when nobody waited any more
            self._part(session)
            raise

    def close(self) -> None:
        """End the session, all that was spoken in it delivered; takes at most 5 s. Idempotent."""
        session = self._session
        if session is None:
            return
        with suppress(NoAnswerError):  # whatever it waits for, it closes the device behind that
            self._ask(partial(self._operator.drain, session), CLOSE_S)
        with suppress(NoAnswerError):
            self._ask(partial(self._operator.part, session), CLOSE_S)
        self._part(session)

    def rest(self) -> None:
        """Give the device back until `resume`, or as soon as no session is open. Returns at once.

        Sessions can be opened all the same; they begin without a pre-roll.
        """
        if self._ready:
            self._orders.put(partial(self._operator.keep, wanted=False))

    def resume(self) -> None:
        """Take the device again if it is to be ready. Returns at once."""
        if self._ready:
            self._orders.put(partial(self._operator.keep, wanted=True))

    def end(self) -> None:
        """Give the device back for good, as soon as no session is open; takes at most 2.5 s. Idempotent."""
        if self._ready:
            with suppress(NoAnswerError):
                self._ask(partial(self._operator.keep, wanted=False), CLOSE_S)
        with self._turn:
            if not self._over and self._session is None:
                self._hang_up()
            self._ready, self._over = False, True

    def _part(self, session: Sitting) -> None:
        session.shut()
        with self._turn:
            self._session = None
            if self._over:
                self._hang_up()

    def _hang_up(self) -> None:
        """The thread ends behind what it has to do; a device that hangs shall not keep anything told meanwhile."""
        self._orders.put(None)
        self._voice.fall()

    def _start(self) -> threading.Thread:
        thread = threading.Thread(target=self._run, name="microphone line", daemon=True)
        thread.start()
        return thread

    def _ask(self, order: Order, seconds: float) -> None:
        """Raises what the order raises, NoAnswerError if it takes longer than these seconds."""
        done: Future[None] = Future()

        def work() -> None:
            try:
                done.set_result(order())
            except Exception as error:  # noqa: BLE001 whoever asked gets it
                done.set_exception(error)

        self._orders.put(work)
        try:
            done.result(seconds)
        except TimeoutError as error:
            raise NoAnswerError from error

    def _run(self) -> None:
        while (order := self._next()) is not None:
            try:
                order()
                self._operator.look(time.monotonic())
            except Exception as error:  # noqa: BLE001 the one catch-all of this thread
                self._voice.tell(MicrophoneError(f"The microphone has failed: {error!r}", "Start Scribelet again"))

    def _next(self) -> Order | None:
        try:
            return self._orders.get(timeout=LOOK_S if self._operator.wanted else None)
        except queue.Empty:
            return lambda: None
