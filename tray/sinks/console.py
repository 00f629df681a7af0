"""The terminal as a place for text."""

from __future__ import annotations

from dataclasses import replace
from typing import TextIO

from tray.core.failures import SinkError
from tray.core.prose import Act, Change, Passage, plain
from tray.sinks.wording import lasting, one_line


class ConsoleSink:
    """Prints what is said while it comes: words at once, their mark when it is settled, a line for each session."""

    name = "console"

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._printed: dict[str, int] = {}
        """Characters of each running session that are on the terminal."""

    def write(self, change: Change) -> None:
        """Print what is new. Raises SinkError; a later change then brings the whole text."""
        session = change.passage.session
        if change.act is Act.RESTORED:
            return  # it was never taken away here
        text = _flow(change.passage)
        self._print(text[self._printed.get(session, 0) :] + _note(change))
        self._printed[session] = len(text)
        if change.act in (Act.ENDED, Act.CANCELLED):
            del self._printed[session]

    def close(self) -> None:
        """Nothing more will come."""

    def _print(self, text: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        try:
            # a letter that the terminal does not know must not cost the others
            self._stream.write(text.encode(encoding, "replace").decode(encoding))
            self._stream.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream is closed
            raise SinkError("The terminal does not take the text.", "Start the program again in a terminal.") from error


def _flow(passage: Passage) -> str:
    """The text as far as it only grows; what is on a terminal cannot be taken back, so struck words stay in it."""
    entries = tuple(replace(entry, struck=False) for entry in lasting(passage))
    return one_line(replace(passage, entries=entries).text())


def _note(change: Change) -> str:
    match change.act:
        case Act.STRIKE if change.entry:
            return f"\n(struck: {one_line(plain(change.entry.segment.words))})\n"
        case Act.CANCELLED:
            return "\n(cancelled)\n"
        case Act.ENDED:
            return "\n"
        case _:
            return ""
