"""The clipboard as a place for text: always the whole of it, ready to be pasted."""

from __future__ import annotations

import contextlib
from typing import Literal

from tray.core.failures import SinkError
from tray.core.prose import Act, Change, Passage, join, plain
from tray.system.clipboard import Clipboard

Mode = Literal["session", "segment", "off"]
LIMIT = 100_000
"""Characters that the clipboard gets at most."""


def newest(text: str, limit: int) -> str:
    """The last `limit` characters of a text, from the beginning of a word where one begins there."""
    if len(text) <= limit:
        return text
    tail = text[len(text) - limit :]
    if text[-limit - 1].isspace():
        return tail
    _, blank, rest = tail.partition(" ")
    return rest if blank else tail


class ClipboardSink:
    """Puts what was said on the clipboard: the session so far, or its newest segment."""

    name = "clipboard"

    def __init__(self, clipboard: Clipboard, mode: Mode = "session", limit: int = LIMIT) -> None:
        self._clipboard = clipboard
        self._mode: Mode = mode
        self._limit = limit
        self._before: dict[str, str] = {}
        """What the clipboard held when a session began, by session, as far as it could be read."""
        self._shown = ("", "")
        """The session whose text the clipboard got last, and that text."""
        self._owed: str | None = None
        """The session whose words the clipboard refused."""

    def write(self, change: Change) -> None:
        """Take one change. Raises SinkError; a later change then brings the whole text."""
        if self._mode == "off":
            return
        session = change.passage.session
        match change.act:
            case Act.BEGAN:
                self._remember(session)
            case Act.SEGMENT | Act.RESTORED:
                self._put(session, self._text(change.passage))
            case Act.MARK | Act.STRIKE:
                self._renew(session, self._text(change.passage))
            case Act.ENDED:
                self._before.pop(session, None)
                self._renew(session, self._text(change.passage))
            case Act.CANCELLED:
                self._owed = None if self._owed == session else self._owed
                # what nobody knows any more cannot be brought back, and an empty clipboard is worse than the words
                if (before := self._before.pop(session, None)) is not None:
                    self._renew(session, before)
            case Act.GUESS:
                pass  # it may be taken back

    def close(self) -> None:
        """Nothing more will come; the text stays on the clipboard."""

    def _remember(self, session: str) -> None:
        # only for a cancel: a clipboard that cannot be read now must not spoil the start of a session
        with contextlib.suppress(SinkError):
            self._before[session] = self._clipboard.paste()

    def _renew(self, session: str, text: str) -> None:
        """Put a text there in place of an earlier one, if the clipboard is still ours or was owed this one."""
        if self._owed == session or (self._shown[0] == session and self._shown[1] != text and self._clipboard.ours()):
            self._put(session, text)

    def _put(self, session: str, text: str) -> None:
        self._owed = session
        self._clipboard.copy(newest(text, self._limit))
        self._shown = (session, text)
        self._owed = None

    def _text(self, passage: Passage) -> str:
        if self._mode == "session":
            return passage.text()
        last = passage.last()
        return join("", plain(last.segment.words)) + last.mark if last else ""
