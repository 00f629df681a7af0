"""The texts of the last sessions, for the menu and for the buttons of toasts."""

from __future__ import annotations

from tray.core.failures import UsageError
from tray.core.prose import Passage, plain

REMEMBERED = 8
"""Sessions whose whole text can be copied again."""
RECENT = 5
"""Segments in the menu."""


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

    def recent(self) -> tuple[str, ...]:
        """The last segments that stand, newest first."""
        standing = (entry for one in self._passages.values() for entry in one.entries if not entry.struck)
        texts = [plain(entry.segment.words) + entry.mark for entry in standing]
        return tuple(texts[: -RECENT - 1 : -1])

    def text(self, session: str) -> str:
        """The whole text of a session. Raises UsageError where it is too old."""
        if session not in self._passages:
            raise UsageError("That text is too old to be copied from here", "It is in the transcript")
        return self._passages[session].text()
