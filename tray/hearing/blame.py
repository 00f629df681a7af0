"""Which sound ends one ear after the other: so that it is set aside before it ends a third one."""

from __future__ import annotations

from dataclasses import dataclass

from tray.core.speech import Span
from tray.hearing.messages import Decoding
from tray.hearing.progress import Progress


@dataclass(frozen=True, slots=True)
class PutAside:
    """Sound that has ended two ears; no ear gets it again in this session."""

    session: int
    span: Span


class Blame:
    """Remembers what an ear was decoding when it died; a fresh one may draw the borders a little differently."""

    def __init__(self) -> None:
        self._under_way: Decoding | None = None
        self._suspect: Decoding | None = None
        """What the ear before was decoding when it died."""

    def note(self, decoding: Decoding) -> None:
        """An ear begins to decode this."""
        self._under_way = decoding

    def judge(self, progress: Progress) -> PutAside | None:
        """An ear has died: the sound that goes without words from now on, if it is the second time in that place."""
        now, self._under_way = self._under_way, None
        if now is None or not progress.owes(now.session, now.span):
            return None
        before, self._suspect = self._suspect, now
        if before is None or not _meet(before, now):
            return None
        self._suspect = None
        return PutAside(now.session, progress.put_aside(now.session, now.span))


def _meet(one: Decoding, other: Decoding) -> bool:
    return one.session == other.session and one.span.start < other.span.end and other.span.start < one.span.end
