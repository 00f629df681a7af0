"""A toast that shows what was written, and grows with the session."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Literal

from tray.core.failures import ScribeletError, SinkError
from tray.core.prose import Act, Change, Entry, Passage, join
from tray.system.notifications import Note, Toasts

LENGTH = 200
"""Characters of text in a toast: about four lines, all that most desktops show."""
Mode = Literal["live", "each", "errors", "off"]


class ToastSink:
    """One toast for each session, replaced whole at every change; a toast dismissed comes back with the next words."""

    name = "toast"

    def __init__(self, toasts: Toasts, mode: Mode, act: Callable[[str], None]) -> None:
        """`each` shows text, failures and notes, `live` also what seems to be said, `errors` only failures and notes.

        `act` gets `copy SESSION` or `undo SESSION` from the buttons, on another thread, and must only enqueue.
        """
        self._toasts = toasts
        self._mode = mode
        self._hushed = False
        self._sessions: tuple[str, ...] = ()
        """Those whose words may still be on the screen."""
        toasts.listen(act)

    def hush(self, wanted: bool) -> None:  # noqa: FBT001 there is nothing else it could be
        """Show nothing, since the screen is locked or somebody else's. From any thread; returns at once."""
        self._hushed = wanted

    def wipe(self) -> None:
        """While nothing is to be shown, take away the words that are on the screen. From any thread; takes seconds."""
        for session in self._sessions:
            self._take_back(session)

    def write(self, change: Change) -> None:
        """Show the text as it now stands. Raises SinkError."""
        if self._hushed or self._mode not in ("live", "each"):
            return
        try:
            self._follow(change)
        except ScribeletError as error:
            raise _translated(error) from error

    def tell(self, summary: str, body: str) -> None:
        """Show a failure or a note; the same summary again replaces the earlier toast. Raises SinkError."""
        if self._hushed or self._mode == "off":
            return
        try:
            self._show(f"note {summary}", Note(summary, body, lasting=True))
        except ScribeletError as error:
            raise _translated(error) from error

    def close(self) -> None:
        """Leave the last toast to the desktop: its text may not be read yet. Idempotent."""

    def _follow(self, change: Change) -> None:
        session = change.passage.session
        # before anything is shown: whoever wipes must know of it
        self._sessions = (*(one for one in self._sessions if one != session and self._toasts.showing(one)), session)
        match change.act:
            case Act.SEGMENT | Act.STRIKE if change.passage.text():
                self._show(session, _note(change.passage))
            case Act.RESTORED:
                self._show(session, _restored(change.passage))
            case Act.MARK if _other_than_held(change.entry) and self._toasts.showing(session):
                # a full stop alone is no reason to bring a dismissed toast back
                self._show(session, _note(change.passage))
            case Act.GUESS if self._mode == "live" and change.guess:
                self._show(session, _guess(change.passage, change.guess))
            case Act.STRIKE | Act.CANCELLED:
                self._toasts.close(session)
            case _:
                pass  # a session that begins or ends has no new words

    def _show(self, key: str, note: Note) -> None:
        """Show it, unless the screen is locked by the time it is up: the desktop takes a while to show it."""
        self._toasts.show(key, note)
        self._take_back(key)

    def _take_back(self, key: str) -> None:
        """Close a toast if nothing is to be shown."""
        if self._hushed:
            with contextlib.suppress(ScribeletError):  # where it cannot be taken back, the desktop hides it
                self._toasts.close(key)


def _other_than_held(entry: Entry | None) -> bool:
    return entry is not None and entry.mark != entry.segment.held


def _note(passage: Passage) -> Note:
    buttons = ((f"copy {passage.session}", "Copy"), (f"undo {passage.session}", "Undo"))
    return Note("Written", ending(passage.text(), LENGTH), buttons)


def _restored(passage: Passage) -> Note:
    return Note("Restored", ending(passage.text(), LENGTH), ((f"copy {passage.session}", "Copy"),))


def _guess(passage: Passage, guess: str) -> Note:
    return Note("Listening", ending(f"{join(passage.text(), guess)} …", LENGTH))


def ending(text: str, length: int) -> str:
    """At most the last `length` characters, beginning with a whole word behind an ellipsis if something is left out."""
    if len(text) <= length:
        return text
    tail = text[-(length - 2) :]
    whole = text[-(length - 1)].isspace() or tail[0].isspace()
    _, _, rest = tail.partition(" ")
    return "… " + (tail.lstrip() if whole or not rest else rest)


def _translated(error: ScribeletError) -> SinkError:
    return SinkError(
        f"No toast could be shown: {error}",
        error.remedy or 'Start a notification daemon, such as dunst, or set toast.show = "off".',
    )
