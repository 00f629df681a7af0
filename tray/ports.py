"""The seams of the house, on one page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tray.core.keys import KeyEvent
from tray.core.menu import Face
from tray.core.prose import Change
from tray.core.speech import Hypothesis, Piece, Recognized, Word


@dataclass(frozen=True, slots=True)
class Traits:
    """What an engine can do."""

    streaming: bool
    """It wants the sound while it comes, and answers with hypotheses."""
    punctuated: bool
    """Its words carry marks and capitals."""
    word_times: bool
    """Times of words are measured, not estimated."""
    languages: tuple[str, ...]
    """ISO 639-1 codes."""
    silent_on_silence: bool
    """It answers sound without speech with no words."""


class Engine(Protocol):
    """A loaded model: heavy, shared, opened once for each session."""

    traits: Traits

    def open(self) -> Recognizer:
        """A fresh recognizer that knows nothing of earlier sessions."""
        ...


class Recognizer(Protocol):
    """The words of one session; pieces come in order."""

    def hear(self, sound: bytes) -> Hypothesis | None:
        """Sound of the open piece as it comes, 16-bit mono 16 kHz. Only called on streaming engines."""
        ...

    def prepare(self, piece: Piece) -> None:
        """If nobody goes on speaking, this will be the piece: its words may be made meanwhile. Returns at once."""
        ...

    def guess(self, piece: Piece) -> Hypothesis | None:
        """What the open piece says, or said a moment ago; somebody looks on. Returns at once.

        Only called on engines that do not stream.
        """
        ...

    def end(self, piece: Piece) -> Recognized:
        """The words of a finished piece. A streaming engine has heard its sound already."""
        ...

    def settle(self) -> None:
        """The held mark of the last piece is written now and cannot change any more."""
        ...

    def forget(self) -> None:
        """Earlier pieces were struck: what comes next stands alone."""
        ...


class Punctuator(Protocol):
    """Marks and capitals for bare words; one per session."""

    def punctuate(self, words: Sequence[Word], pause: float) -> Recognized:
        """Words of one piece, spoken after `pause` seconds without speech."""
        ...

    def settle(self) -> str:
        """The mark with which the last piece ends if nothing follows it."""
        ...

    def forget(self) -> None:
        """Earlier words were struck: the next ones begin a sentence."""
        ...


class SoundSource(Protocol):
    """A microphone, or a file played in real time."""

    endless: bool
    """It ends only when it dies."""

    def open(self, deliver: Callable[[bytes, int], None]) -> None:
        """Start delivering blocks of 16-bit mono sound from another thread, each with its rate in hertz.

        The rate may change between two blocks. An empty block says that the source has ended or died.
        Raises MicrophoneError.
        """
        ...

    def close(self) -> None:
        """Stop; everything captured so far has been delivered when this returns. Idempotent."""
        ...


class Sink(Protocol):
    """A place where text goes. One failing sink never takes another down."""

    name: str

    def write(self, change: Change) -> None:
        """Take one change of a session's text. Raises SinkError; may be called again with a later change."""
        ...

    def close(self) -> None:
        """Nothing more will come. Raises SinkError if something could not be delivered to the last; idempotent."""
        ...


class Tray(Protocol):
    """An icon with a menu."""

    def show(self, face: Face) -> None:
        """Draw this face. May be called from any thread; returns at once."""
        ...

    def close(self) -> None:
        """Take the icon away. May be called from any thread; idempotent."""
        ...


class Hotkeys(Protocol):
    """Global key combinations."""

    def bind(self, toggle: str, cancel: str, report: Callable[[KeyEvent], None]) -> None:
        """Take these combinations ("" = none), releasing earlier ones; events come on another thread.

        Raises HotkeyError where one is taken or cannot be understood; the other one still works.
        """
        ...

    def close(self) -> None:
        """Give every combination back. Idempotent."""
        ...
