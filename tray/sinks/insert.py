"""The window in front as a place for text: what is said appears where the person would type it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

from tray.core.failures import SinkError
from tray.core.prose import Act, Change, Passage, join, plain

if TYPE_CHECKING:
    # python-xlib is only there where X11 can be
    from tray.system.windows_x11 import Window

Mode = Literal["paste", "type"]
Focus = Literal["follow", "hold"]
_RELEASE_AT_THE_END = 1.0
"""Seconds for a person to let go, after the last word, of a hotkey that a program still takes."""
_BLANK = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")
REMEDY = "It is in the transcript and, unless that is off, on the clipboard."


class Hand(Protocol):
    """What writes into the window that has the keyboard; all of it raises SinkError and takes 1.5 s at most."""

    def window(self) -> Window:
        """The window that has the keyboard."""
        ...

    def remember(self) -> None:
        """Have a look at the clipboard, so that it need not be read when the words are there; returns at once."""
        ...

    def free(self, patience: float) -> bool:
        """Whether keys reach the window now, or within these seconds; they do not while a hotkey is held."""
        ...

    def paste(self, text: str, window: Window, /) -> int:
        """Paste a text into this window, which has the keyboard; how many of its characters are there."""
        ...

    def type(self, text: str, window: Window, /) -> int:
        """Type a text; how many of its characters are there."""
        ...

    def close(self) -> None:
        """Leave the clipboard and the keys as they were. Idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class _Take:
    """What became of one session in windows."""

    window: int | None
    """Where it began; None where that could not be found out."""
    said: str = ""
    """All that went out; what comes next is joined to it."""
    owed: str = ""
    """What comes next."""
    number: int = -1
    """The last segment whose words are in one of the two."""
    marked: bool = True
    """So is its mark, if it gets one."""
    dropped: bool = False
    """The window changed, and nothing more is written."""

    def grown(self, passage: Passage, *, ended: bool) -> _Take:
        """With words that are new, and with marks that cannot change any more."""
        text, number, marked = self.said + self.owed, self.number, self.marked
        newest = max((one.segment.number for one in passage.entries if not one.struck), default=-1)
        for entry in passage.entries:
            if entry.segment.number > number:
                number, marked = entry.segment.number, False
                text = text if entry.struck else join(text, plain(entry.segment.words))
            if entry.segment.number == number and not marked and (entry.settled or ended or number < newest):
                marked = True
                text = text if entry.struck else text + entry.mark
        return replace(self, owed=text[len(self.said) :], number=number, marked=marked)

    def sent(self, count: int) -> _Take:
        """With so many characters gone out."""
        return replace(self, said=self.said + self.owed[:count], owed=self.owed[count:])


class InsertSink:
    """Writes words into the window in front as soon as they are there, and their mark once it is settled.

    What was written stays, whatever is struck or cancelled later. Windows that are known to ask for passwords, or to
    be another user's, get nothing; in terminals, where the end of a line would run a command, it becomes a space.
    """

    name = "insert"

    def __init__(self, hand: Hand, mode: Mode = "paste", focus: Focus = "follow") -> None:
        """`focus`: when another window comes to the front, `follow` it, or `hold` back the rest of the session."""
        self._hand, self._focus = hand, focus
        self._put = hand.paste if mode == "paste" else hand.type
        self._takes: dict[str, _Take] = {}
        self._hushed = False

    def write(self, change: Change) -> None:
        """Take one change. Raises SinkError; a later change of the session then brings what is missing."""
        session = change.passage.session
        match change.act:
            case Act.BEGAN:
                if session not in self._takes:
                    self._takes[session] = self._begin()
            case Act.CANCELLED:
                self._takes.pop(session, None)
            case Act.ENDED:
                try:
                    self._deliver(change, last=True)
                finally:
                    self._takes.pop(session, None)
            case Act.SEGMENT | Act.MARK | Act.STRIKE:
                self._join_in(change)
                self._deliver(change, last=False)
            case _:
                pass  # a guess may be taken back, which a window cannot; what is restored was never taken from it

    def hush(self, wanted: bool) -> None:  # noqa: FBT001 there is nothing else it could be
        """Write nothing, since the screen is locked or somebody else's. From any thread."""
        self._hushed = wanted

    def close(self) -> None:
        """Nothing more will come; the clipboard holds again what it held."""
        self._hand.close()

    def _begin(self) -> _Take:
        try:
            window = self._hand.window().id
            self._hand.remember()
        except SinkError:
            # that there is no window yet must not spoil the start of a session; the words will tell
            return _Take(None)
        return _Take(window)

    def _join_in(self, change: Change) -> None:
        """Words of a session whose beginning was not told: those before them are not written any more."""
        if change.act is Act.SEGMENT and change.entry and change.passage.session not in self._takes:
            self._takes[change.passage.session] = replace(self._begin(), number=change.entry.segment.number - 1)

    def _deliver(self, change: Change, *, last: bool) -> None:
        session = change.passage.session
        take = self._takes.get(session)
        if take is None:
            return
        if take.dropped:  # it is still so: going well would be taken for mended
            raise SinkError("The window has changed, so nothing more was inserted.", REMEDY)
        take = take.grown(change.passage, ended=last)
        while take.owed:
            window = self._window(session)
            if not self._hand.free(_RELEASE_AT_THE_END if last else 0.0):
                if last:
                    raise SinkError("A key was held too long for the text to be inserted.", REMEDY)
                return  # while a hotkey is held, its owner would get the keys; the words go out with a later change
            take = take.sent(self._write(take.owed, window))
            self._takes[session] = take
        self._takes[session] = take

    def _window(self, session: str) -> Window:
        """The window to write to. Raises SinkError if there is none that may be written to."""
        window, take = self._hand.window(), self._takes[session]
        _check(window)
        if self._hushed:
            self._takes[session] = replace(take, dropped=True)
            raise SinkError("The screen is locked, so nothing more was inserted.", REMEDY)
        if self._focus == "hold" and take.window not in (None, window.id):
            self._takes[session] = replace(take, dropped=True)
            raise SinkError("The window has changed, so nothing more was inserted.", REMEDY)
        return window

    def _write(self, text: str, window: Window) -> int:
        count = self._put(_fit(text, window), window)
        if not count:
            raise SinkError("The text could not be typed.", REMEDY)
        return count


def insert_once(hand: Hand, text: str) -> None:
    """Paste one text into the window in front, under the same rules as what is dictated. Raises SinkError."""
    window = hand.window()
    _check(window)
    if not hand.free(_RELEASE_AT_THE_END):
        raise SinkError("A key was held too long for the text to be inserted.", "Let it go and try again.")
    hand.paste(_fit(text, window), window)


def _check(window: Window) -> None:
    """Raise SinkError unless this window may be written to."""
    if not window.id:
        raise SinkError("No window has the keyboard.", f"Click into a text field. {REMEDY}")
    if window.secret:
        raise SinkError("The window in front asks for a password, so nothing was inserted.", REMEDY)
    if window.foreign:
        what = "The window in front belongs to a program of another user, so nothing was inserted."
        raise SinkError(what, REMEDY)


def _fit(text: str, window: Window) -> str:
    """In a terminal the end of a line would run a command."""
    return text.translate(_BLANK) if window.terminal else text
