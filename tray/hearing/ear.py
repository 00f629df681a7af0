"""The ear's side of the pipe: a process of its own that may hang or crash without harm to anyone else."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from typing import BinaryIO, assert_never

from tray.core.failures import ScribeletError
from tray.core.prose import harmless
from tray.core.speech import Heard, Hypothesis, Mark, Quiet, Segment, Skipped, Span
from tray.hearing.hearing import Beginning, Hearing
from tray.hearing.messages import (
    Decoding,
    Done,
    Down,
    Eased,
    Failed,
    Flush,
    Forget,
    Guessed,
    Hushed,
    Moved,
    Open,
    Passed,
    PipeBrokenError,
    Ready,
    Release,
    Said,
    Settled,
    Sound,
    Up,
    Watch,
    receive_down,
    send,
)

SIGN_S = 1.0
"""Seconds of sound after which the ear says that it has heard them; or nobody could tell that it does not hang."""
Loader = Callable[[], Callable[[Beginning], Hearing]]
"""Loads the models; what comes back opens a session. Raises ScribeletError."""


def serve(load: Loader, commands: BinaryIO, answers: BinaryIO, rest: Callable[[], None] = lambda: None) -> int:
    """Hear session after session until the pipe is closed, `rest` after each; returns the exit code."""
    try:
        _Ear(load(), answers, rest).serve(commands)
    except PipeBrokenError:
        return 0  # the desk is gone, and nobody is left to be told
    except ScribeletError as error:
        with contextlib.suppress(PipeBrokenError):
            send(answers, Failed(str(error), error.remedy, error.exit_code))
        return error.exit_code
    return 0


class _Ear:
    def __init__(self, begin: Callable[[Beginning], Hearing], answers: BinaryIO, rest: Callable[[], None]) -> None:
        self._begin, self._answers, self._rest = begin, answers, rest
        self._session = 0
        self._hearing: Hearing | None = None
        self._watched = False
        self._eased = False
        self._unsaid_s = 0.0
        """Seconds of sound since the last sign of life."""

    def serve(self, commands: BinaryIO) -> None:
        send(self._answers, Ready())
        while (message := receive_down(commands)) is not None:
            self._obey(message)
            if self._unsaid_s >= SIGN_S:
                self._unsaid_s = 0.0
                send(self._answers, Moved())

    def _obey(self, message: Down) -> None:
        match message:
            case Open(session, first_segment, seconds):
                self._session, self._hearing = session, self._begin(Beginning(first_segment, seconds))
                self._hearing.watch(wanted=self._watched)
                self._hearing.foretell(self._announce)
                self._eased = False
            case Sound(chunk):
                self._tell(self._open_hearing.hear(chunk))
                self._unsaid_s += len(chunk.pcm) / 2 / chunk.rate
                self._ease(self._open_hearing.at_ease)
            case Release():
                self._tell(self._open_hearing.release())
            case Watch(wanted):
                self._watched = wanted
                if self._hearing:
                    self._hearing.watch(wanted=wanted)
            case Flush(push_to_talk):
                self._tell(self._open_hearing.finish(push_to_talk=push_to_talk))
                self._hearing = None
                send(self._answers, Done(self._session))
                self._rest()
            case Forget(session):
                if self._hearing and session == self._session:
                    self._tell(self._hearing.forget())
            case _:
                assert_never(message)

    @property
    def _open_hearing(self) -> Hearing:
        if self._hearing is None:
            raise PipeBrokenError  # sound without a session: the two sides no longer understand each other
        return self._hearing

    def _announce(self, span: Span) -> None:
        send(self._answers, Decoding(self._session, span))
        self._unsaid_s = SIGN_S  # also when nothing comes of it, the end of it is said

    def _ease(self, at_ease: bool) -> None:  # noqa: FBT001 its one argument
        if at_ease != self._eased:
            self._eased = at_ease
            send(self._answers, Eased(at_ease))

    def _tell(self, heard: Iterable[Heard]) -> None:
        for one in map(harmless, heard):
            send(self._answers, _message(self._session, one))


def _message(session: int, heard: Heard) -> Up:
    match heard:
        case Segment():
            return Said(session, heard)
        case Mark():
            return Settled(session, heard)
        case Skipped():
            return Passed(session, heard)
        case Hypothesis():
            return Guessed(session, heard)
        case Quiet():
            return Hushed(session)
        case _:
            assert_never(heard)
