"""What there is to see, put together from what everybody tells, and shown when it changes."""

from __future__ import annotations

from dataclasses import replace

from tray.conductor.hands import Household
from tray.core.book import Book
from tray.core.face import View, minutes
from tray.core.failures import ScribeletError
from tray.core.news import AddedUp, Found, Lacking
from tray.core.prose import Passage
from tray.core.settings import Settings


class Picture:
    """The view as it stands; a part that fails is told once and stays in the picture until it works again."""

    def __init__(self, household: Household, settings: Settings, book: Book) -> None:
        self._household, self._book = household, book
        self.view = View(settings=settings, hotkey_held=False)
        """A value, safe on any thread."""
        self._shown: View | None = None
        self._warnings: dict[str, str] = {}
        self._newest = ""
        """Name of the session that began last."""

    def warn(self, part: str, error: ScribeletError | None) -> None:
        """A part does not work, or works again."""
        if error is None:
            self._warnings.pop(part, None)
            return
        if str(error) not in self._warnings.values():
            self._household.tell(str(error), error.remedy)
        self._warnings[part] = str(error)

    def warned(self, part: str) -> bool:
        """Whether a part does not work."""
        return part in self._warnings

    def begin(self) -> None:
        """A session begins."""
        self.view = replace(self.view, segments=0, words=0, hypothesis="")

    def find(self, found: Found) -> None:
        """What there is on this machine."""
        self.view = replace(self.view, found=found)

    def add_up(self, sums: AddedUp) -> None:
        """What became of the sound of a day."""
        self.view = replace(self.view, today=sums)

    def lack(self, lacking: Lacking) -> None:
        """What has to come before dictation can begin."""
        self.view = replace(self.view, lacking=lacking.lines)

    def suppose(self, text: str) -> None:
        """What seems to be said."""
        self.view = replace(self.view, hypothesis=text)

    def remember(self, passage: Passage) -> None:
        """The text of a session as it now stands."""
        self._book.keep(passage)
        self._newest = max(self._newest, passage.session)  # the name begins with the time
        if passage.session == self._newest:
            standing = [len(entry.segment.words) for entry in passage.entries if not entry.struck]
            self.view = replace(self.view, segments=len(standing), words=sum(standing), hypothesis="")
        self.view = replace(self.view, recent=self._book.recent())

    def show(self, view: View) -> None:
        """Let everybody see it, if it is another one than before."""
        self.view = replace(view, warnings=tuple(dict.fromkeys(self._warnings.values())))
        # seconds alone are no reason to draw anything anew
        timeless = replace(self.view, session_seconds=minutes(self.view))
        if timeless != self._shown:
            self._shown = timeless
            self._household.show(self.view)
