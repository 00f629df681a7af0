"""The texts of the last sessions, for the menu and for the buttons of toasts."""

from __future__ import annotations

from dataclasses import dataclass

from tray.core.failures import UsageError
from tray.core.prose import Passage, plain

REMEMBERED = 8
"""Sessions whose whole text can be copied again."""
RECENT = 5
"""Segments in the menu."""


@dataclass(frozen=True, slots=True)
class Recent:
    """A segment that stands."""

    key: str
    """Names it, whatever is said later."""
    text: str


class Book:
    """Passages by session, each as it stood last."""

    def __init__(self) -> None:
        self._passages: dict[str, Passage] = {}

    def keep(self, passage: Passage) -> None:
        """Keep a passage in place of its earlier form."""
        self._passages.pop(passage.session, None)
        self._passages[passage.session] = passage
        for old in list(self._passages)[:-REMEMBERED]:
            del self._passages[old]

    def recent(self) -> tuple[Recent, ...]:
        """The last segments that stand, newest first."""
        return tuple(self._standing()[: -RECENT - 1 : -1])

    def segment(self, key: str) -> str:
        """The text of a segment. Raises UsageError where it is too old or struck."""
        for one in self._standing():
            if one.key == key:
                return one.text
        raise UsageError("That segment is too old to be copied from here", "It is in the transcript")

    def text(self, session: str) -> str:
        """The whole text of a session. Raises UsageError where it is too old."""
        if session not in self._passages:
            raise UsageError("That text is too old to be copied from here", "It is in the transcript")
        return self._passages[session].text()

    def _standing(self) -> list[Recent]:
        return [
            Recent(f"{passage.session}/{entry.segment.number}", plain(entry.segment.words) + entry.mark)
            for passage in self._passages.values()
            for entry in passage.entries
            if not entry.struck
        ]
