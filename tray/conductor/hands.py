"""What the conductor can have done, wherever the program runs: with speech, and on the desktop around it."""

from __future__ import annotations

from typing import Protocol

from tray.core.errands import Errand
from tray.core.face import View
from tray.core.ledger import Fate
from tray.core.news import Outcome, Undone, Waiting
from tray.core.settings import Settings
from tray.core.speech import Span


class Hands(Protocol):
    """They handle speech. Every call returns soon; what it leads to comes back as news."""

    def open_source(self, session: int) -> None:
        """Begin to capture."""
        ...

    def let_go(self, session: int) -> None:
        """Capture only what is still on its way of the last word; CaptureEnded comes back."""
        ...

    def close_source(self, session: int) -> None:
        """Stop capturing at once; CaptureEnded comes back."""
        ...

    def flush(self, session: int, *, push_to_talk: bool) -> None:
        """The session has no more sound."""
        ...

    def release(self, session: int, span: Span, fate: Fate) -> None:
        """This sound has its fate and need not be kept."""
        ...

    def put_away(self, session: int, captured: Span, outcome: Outcome) -> None:
        """A session is over, of which this was captured; PutAway comes back."""
        ...

    def recall(self, session: int, waiting: Waiting) -> None:
        """Recognize what waits of an earlier session, under this number; what comes of it is news as of any other."""
        ...

    def discard(self, session: int, *, struck: bool) -> None:
        """Recognize nothing more of a session; SessionWritten comes back."""
        ...

    def strike(self, name: str) -> None:
        """Strike the last segment of the session with this name; Struck and Revised come back."""
        ...

    def restore(self, undone: Undone) -> None:
        """Let struck words stand again; Back comes back."""
        ...

    def restore_sound(self, undone: Undone) -> None:
        """Let sound wait again that was cancelled; Revised comes back."""
        ...

    def forget(self, session: int) -> None:
        """Build nothing on the words of this session."""
        ...

    def captured_s(self, session: int) -> float:
        """Seconds of sound of the session that is captured now, up to this moment; 0 for any other."""
        ...

    def waiting_s(self) -> float:
        """Seconds of sound that nobody has listened to yet, of what was dictated since the program began."""
        ...


class Household(Protocol):
    """It serves the person. Every call returns soon; what it leads to comes back as news."""

    def show(self, view: View) -> None:
        """Let everybody see what there is."""
        ...

    def tell(self, summary: str, body: str) -> None:
        """Show a note."""
        ...

    def errand(self, errand: Errand) -> None:
        """Do something that may take its time; Found, Waiting or Trouble comes back."""
        ...

    def reread(self) -> Settings | None:
        """The settings, if they were saved since the last look. Raises SettingsError."""
        ...

    def change(self, key: str, value: str) -> None:
        """Keep a choice in the settings file. Raises SettingsError."""
        ...

    def apply(self, settings: Settings, *, hotkey_paused: bool) -> None:
        """Work with these settings from now on. What cannot be had comes back as Trouble."""
        ...

    def holds_key(self) -> bool:
        """Whether the toggle key reaches us now."""
        ...

    def hush(self, *, wanted: bool) -> None:
        """Show nothing on a screen that others may see, and give the microphone back; or do so again."""
        ...

    def let_sleep(self) -> None:
        """The machine need not wait for us any longer."""
        ...

    def leave(self) -> None:
        """The program ends."""
        ...
