"""How far the sessions have come that were handed to an ear: what a fresh ear needs to go on."""

from __future__ import annotations

from dataclasses import dataclass

from tray.core.speech import AudioChunk, Mark, Resumed, Segment, Span
from tray.hearing.messages import Done, Guessed, Hushed, Open, Passed, Said, Settled

Account = Said | Settled | Passed | Hushed | Done | Guessed
"""What an ear says of a session."""


@dataclass(slots=True)
class _Session:
    segments: int = 0
    held: Mark | None = None
    sample: int = 0
    seconds: float = 0.0

    def say(self, segment: Segment) -> None:
        self.segments, self.held = segment.number + 1, Mark(segment.number, segment.held)
        self.give_fate(segment.span)

    def give_fate(self, span: Span) -> None:
        self.sample, self.seconds = span.end, self.seconds + span.seconds


class Progress:
    """Sessions that an ear has begun and is not done with; written by the reader, the rest is for when it has ended.

    The spool hears of a fate only when the words are on the disk, which would be too late: a fresh ear that began there
    would say again what was said already.
    """

    def __init__(self) -> None:
        self._sessions: dict[int, _Session] = {}

    @property
    def sessions(self) -> frozenset[int]:
        """Their numbers."""
        return frozenset(self._sessions.copy())

    def resume(self, session: int, resumed: Resumed) -> None:
        """A session goes on there, unless it has come further since."""
        self._sessions.setdefault(session, _Session(resumed.segment, None, resumed.end, resumed.seconds))

    def begin(self, session: int) -> Open:
        """What opens a session in an ear that does not know it: at the first sample without a fate."""
        done = self._sessions.setdefault(session, _Session())
        return Open(session, done.segments, done.seconds)

    def rest(self, session: int, chunk: AudioChunk) -> AudioChunk | None:
        """What of a chunk has no fate yet."""
        sample = self._sessions.get(session, _Session()).sample
        if sample >= chunk.end:
            return None
        unheard = max(0, sample - chunk.start)
        return AudioChunk(chunk.pcm[2 * unheard :], chunk.start + unheard, chunk.rate)

    def note(self, said: Account) -> None:
        """An ear has said this."""
        session = self._sessions.get(said.session, _Session())
        match said:
            case Said(_, segment):
                session.say(segment)
            case Passed(_, skipped):
                session.give_fate(skipped.span)
            case Settled():
                session.held = None
            case Done(number):
                self._sessions.pop(number, None)
            case Guessed() | Hushed():
                pass  # no sound has got its fate

    def owes(self, session: int, span: Span) -> bool:
        """Whether the end of this sound has no fate yet."""
        return session in self._sessions and self._sessions[session].sample < span.end

    def put_aside(self, session: int, span: Span) -> Span:
        """No ear gets the sound up to the end of this span, which it owes; all of that."""
        done = self._sessions[session]
        aside = Span(done.sample, span.end, span.rate)
        done.give_fate(aside)
        return aside

    def settle(self) -> list[Settled]:
        """The marks that nobody will decide on any more, as they were held."""
        settled = [Settled(number, one.held) for number, one in self._sessions.copy().items() if one.held]
        for said in settled:
            self.note(said)
        return settled

    def clear(self) -> None:
        """Nothing is owed of any session."""
        self._sessions.clear()
