"""What the program is doing: every state, every event, every move from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import assert_never

from tray.core.failures import ScribeletError


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody speaks, nothing is owed."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The microphone was asked for, and no sample has come yet."""

    session: int


@dataclass(frozen=True, slots=True)
class Listening:
    """Samples flow."""

    session: int


@dataclass(frozen=True, slots=True)
class Draining:
    """The microphone is closed; text of what was spoken is still to come."""


@dataclass(frozen=True, slots=True)
class Faulted:
    """It cannot listen; the next start tries again."""

    error: ScribeletError


State = Idle | Opening | Listening | Draining | Faulted


@dataclass(frozen=True, slots=True)
class Desk:
    """The state, and what stands beside it."""

    state: State = field(default_factory=Idle)
    owed: tuple[int, ...] = ()
    """Finished sessions whose text is not complete, oldest first."""
    next_session: int = 1
    quitting: bool = False
    """The program ends as soon as nothing is open or owed."""

    @property
    def recording(self) -> int | None:
        """The open session."""
        return self.state.session if isinstance(self.state, Opening | Listening) else None


@dataclass(frozen=True, slots=True)
class Start:
    """Somebody wants to speak."""


@dataclass(frozen=True, slots=True)
class Finish:
    """Somebody has spoken."""

    push_to_talk: bool = False


@dataclass(frozen=True, slots=True)
class Toggle:
    """Start or finish, whichever is possible."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """The newest session is thrown away: the open one, else the one that is owed text."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Finish, and end the program."""


@dataclass(frozen=True, slots=True)
class SoundFlows:
    """The first sample of a session is there."""

    session: int


@dataclass(frozen=True, slots=True)
class SourceLost:
    """The source did not open, or died; what it has delivered stays."""

    session: int
    error: ScribeletError


@dataclass(frozen=True, slots=True)
class SourceEnded:
    """A file is at its end."""

    session: int


@dataclass(frozen=True, slots=True)
class TextComplete:
    """All text of a session is written."""

    session: int


@dataclass(frozen=True, slots=True)
class EarLost:
    """Sound cannot be turned into words; what waits for that goes on waiting."""

    error: ScribeletError


Event = Start | Finish | Toggle | Cancel | Quit | SoundFlows | SourceLost | SourceEnded | TextComplete | EarLost


@dataclass(frozen=True, slots=True)
class OpenSource:
    """Begin to capture a session."""

    session: int


@dataclass(frozen=True, slots=True)
class CloseSource:
    """Stop capturing; the flush follows behind the sound."""

    session: int
    push_to_talk: bool


@dataclass(frozen=True, slots=True)
class Discard:
    """A session is cancelled: nothing more of it is recognized, and what is written of it is struck."""

    session: int


@dataclass(frozen=True, slots=True)
class Postpone:
    """Recognize nothing more of a session now; its sound is kept for later."""

    session: int


@dataclass(frozen=True, slots=True)
class Leave:
    """End the program."""


Effect = OpenSource | CloseSource | Discard | Postpone | Leave


def step(desk: Desk, event: Event) -> tuple[Desk, tuple[Effect, ...]]:
    """The next state and what is to be done for it; what is impossible now changes nothing."""
    moved, effects = _move(desk, event)
    return moved, (*effects, Leave()) if _may_leave(moved) and not _may_leave(desk) else effects


def _may_leave(desk: Desk) -> bool:
    return desk.quitting and desk.recording is None and not desk.owed


def _move(desk: Desk, event: Event) -> tuple[Desk, tuple[Effect, ...]]:
    match event:
        case Toggle():
            return _move(desk, Start() if desk.recording is None else Finish())
        case Start():
            return _start(desk)
        case Finish(push_to_talk):
            return _finish(desk, push_to_talk=push_to_talk)
        case Cancel():
            return _cancel(desk)
        case Quit():
            finished, effects = _finish(desk, push_to_talk=False)
            return replace(finished, quitting=True), effects
        case SoundFlows(session):
            if desk.state == Opening(session):
                return replace(desk, state=Listening(session)), ()
            return desk, ()
        case SourceLost(session, error):
            return _lose_source(desk, session, error)
        case SourceEnded(session):
            return _finish(desk, push_to_talk=False) if desk.recording == session else (desk, ())
        case TextComplete(session):
            return _rest(replace(desk, owed=tuple(owed for owed in desk.owed if owed != session))), ()
        case EarLost(error):
            return _lose_ear(desk, error)
        case _:
            assert_never(event)


def _start(desk: Desk) -> tuple[Desk, tuple[Effect, ...]]:
    if desk.recording is not None or desk.quitting:
        return desk, ()
    session = desk.next_session
    return replace(desk, state=Opening(session), next_session=session + 1), (OpenSource(session),)


def _finish(desk: Desk, *, push_to_talk: bool) -> tuple[Desk, tuple[Effect, ...]]:
    session = desk.recording
    if session is None:
        return desk, ()
    finished = replace(desk, state=Draining(), owed=(*desk.owed, session))
    return finished, (CloseSource(session, push_to_talk),)


def _cancel(desk: Desk) -> tuple[Desk, tuple[Effect, ...]]:
    if desk.recording is not None:
        session = desk.recording
        # the session stays owed until its sound has its fate
        return replace(desk, state=Draining(), owed=(*desk.owed, session)), (Discard(session),)
    if desk.owed:
        return desk, (Discard(desk.owed[-1]),)
    return desk, ()


def _lose_source(desk: Desk, session: int, error: ScribeletError) -> tuple[Desk, tuple[Effect, ...]]:
    if desk.recording != session:
        return desk, ()
    lost = replace(desk, state=Faulted(error), owed=(*desk.owed, session))
    return lost, (CloseSource(session, push_to_talk=False),)


def _lose_ear(desk: Desk, error: ScribeletError) -> tuple[Desk, tuple[Effect, ...]]:
    owed = desk.owed if desk.recording is None else (*desk.owed, desk.recording)
    return replace(desk, state=Faulted(error), owed=owed), tuple(Postpone(session) for session in owed)


def _rest(desk: Desk) -> Desk:
    """Draining is over when nothing is owed any more."""
    return replace(desk, state=Idle()) if isinstance(desk.state, Draining) and not desk.owed else desk
