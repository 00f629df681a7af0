"""What every place for text promises, asked of each of them in the same words."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from tests.insert.page import Page
from tray.core.failures import ScribeletError, SinkError
from tray.core.prose import Act, Change
from tray.ports import Sink
from tray.sinks.clipboard import ClipboardSink
from tray.sinks.console import ConsoleSink
from tray.sinks.insert import InsertSink
from tray.sinks.toast import ToastSink
from tray.sinks.transcript import TranscriptSink
from tray.system.notifications import Note


class Place(Protocol):
    """A sink together with the world it writes to."""

    sink: Sink

    def text(self) -> str:
        """What a person finds there."""
        ...

    def shut(self) -> None:
        """The world refuses text from now on."""
        ...

    def open(self) -> None:
        """It takes text again."""
        ...


class CapturingSink:
    """The reference: remembers the text of every session it was told of."""

    name = "capturing"

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.broken = False

    def write(self, change: Change) -> None:
        if self.broken:
            raise SinkError("The place is shut.", "Open it.")
        self.texts[change.passage.session] = change.passage.text()

    def close(self) -> None:
        pass


class Captured:
    def __init__(self, _folder: Path) -> None:
        self.sink = CapturingSink()

    def text(self) -> str:
        return " ".join(self.sink.texts.values())

    def shut(self) -> None:
        self.sink.broken = True

    def open(self) -> None:
        self.sink.broken = False


class Transcribed:
    def __init__(self, folder: Path) -> None:
        self._folder, self._away = folder / "Scribelet", folder / "elsewhere"
        self._folder.mkdir()
        self.sink = TranscriptSink(self._folder)

    def text(self) -> str:
        pages = sorted(self._folder.glob("*.md"))
        rows = [row for page in pages for row in page.read_text().splitlines() if row.startswith("**")]
        return " ".join(re.sub(r"^\*\*\d\d:\d\d\*\* ", "", row) for row in rows)

    def shut(self) -> None:
        self._folder.rename(self._away)
        self._folder.write_text("in the way")

    def open(self) -> None:
        self._folder.unlink()
        self._away.rename(self._folder)


class MemoryClipboard:
    def __init__(self) -> None:
        self.held = ""
        self.broken = False
        self._last: str | None = None

    def copy(self, text: str) -> None:
        self._answer()
        self.held = self._last = text

    def paste(self) -> str:
        self._answer()
        return self.held

    def ours(self) -> bool:
        return self.paste() == self._last

    def _answer(self) -> None:
        if self.broken:
            raise SinkError("The clipboard does not answer.", "Wait.")


class Copied:
    def __init__(self, _folder: Path) -> None:
        self._clipboard = MemoryClipboard()
        self.sink = ClipboardSink(self._clipboard)

    def text(self) -> str:
        return self._clipboard.held

    def shut(self) -> None:
        self._clipboard.broken = True

    def open(self) -> None:
        self._clipboard.broken = False


class Screen(io.StringIO):
    broken = False

    def write(self, text: str) -> int:
        if self.broken:
            raise OSError("gone")
        return super().write(text)


class Printed:
    def __init__(self, _folder: Path) -> None:
        self._screen = Screen()
        self.sink = ConsoleSink(self._screen)

    def text(self) -> str:
        return self._screen.getvalue().strip()

    def shut(self) -> None:
        self._screen.broken = True

    def open(self) -> None:
        self._screen.broken = False


class Toaster:
    """A desktop that shows toasts, or does not."""

    def __init__(self) -> None:
        self.notes: dict[str, Note] = {}
        self.broken = False

    def listen(self, act: Callable[[str], None]) -> None:
        pass

    def show(self, key: str, note: Note) -> None:
        if self.broken:
            raise ScribeletError("Nobody shows toasts.", "Start a notification daemon.")
        self.notes[key] = note

    def showing(self, key: str) -> bool:
        return key in self.notes

    def close(self, key: str) -> None:
        self.notes.pop(key, None)


class Toasted:
    def __init__(self, _folder: Path) -> None:
        self._toaster = Toaster()
        self.sink = ToastSink(self._toaster, "each", lambda _action: None)

    def text(self) -> str:
        return " ".join(note.body for note in self._toaster.notes.values())

    def shut(self) -> None:
        self._toaster.broken = True

    def open(self) -> None:
        self._toaster.broken = False


class Inserted:
    def __init__(self, _folder: Path) -> None:
        self._page = Page()
        self.sink = InsertSink(self._page)

    def text(self) -> str:
        return self._page.text

    def shut(self) -> None:
        self._page.refusing = True

    def open(self) -> None:
        self._page.refusing = False


PLACES: list[Callable[[Path], Place]] = [Captured, Transcribed, Copied, Printed, Toasted, Inserted]


@pytest.fixture(params=PLACES, ids=lambda place: place.__name__)
def place(request, tmp_path) -> Place:
    return request.param(tmp_path)


def test_the_whole_session_is_there_when_it_has_ended(place, speaker):
    for change in speaker().tells("Dear Anna", "thank you for the letter"):
        place.sink.write(change)
    assert place.text() == "Dear Anna. Thank you for the letter."


def test_the_words_are_there_before_their_mark_is_settled(place, speaker):
    anna = speaker()
    for change in (anna.begins(), anna.says("Dear Anna", held=",")):
        place.sink.write(change)
    assert place.text().startswith("Dear Anna")


def test_a_change_that_is_told_twice_counts_once(place, speaker):
    for change in speaker().tells("Dear Anna", "thank you")[:-1]:
        place.sink.write(change)
        place.sink.write(change)
    assert place.text() == "Dear Anna. Thank you."


def test_what_may_be_taken_back_is_not_in_the_text(place, speaker):
    anna = speaker()
    place.sink.write(anna.begins())
    place.sink.write(anna.says("Dear Anna", held=","))
    place.sink.write(Change(Act.GUESS, anna.passage, guess="bank you"))
    for change in (anna.settles(","), anna.says("thank you"), anna.settles("."), anna.ends()):
        place.sink.write(change)
    assert place.text() == "Dear Anna, thank you."


def test_a_session_without_words_leaves_no_words(place, speaker):
    for change in speaker().tells():
        place.sink.write(change)
    assert place.text() == ""


def test_a_place_that_is_shut_is_told_with_a_remedy(place, speaker):
    anna = speaker()
    place.sink.write(anna.begins())
    place.sink.write(anna.says("Dear Anna"))
    place.shut()
    with pytest.raises(SinkError) as failure:
        place.sink.write(anna.says("thank you"))
    assert str(failure.value).endswith(".")
    assert failure.value.remedy


def test_what_came_while_it_was_shut_is_there_once_it_opens_again(place, speaker):
    anna = speaker()
    place.sink.write(anna.begins())
    place.sink.write(anna.says("Dear Anna"))
    place.sink.write(anna.settles(","))
    place.shut()
    with pytest.raises(SinkError):
        place.sink.write(anna.says("thank you"))
    with contextlib.suppress(SinkError):  # some places have nothing to do for a mark that was shown already
        place.sink.write(anna.settles())
    with pytest.raises(SinkError):
        place.sink.write(anna.says("we met"))
    place.open()
    for change in (anna.settles(), anna.says("on Tuesday"), anna.settles(), anna.ends()):
        place.sink.write(change)
    assert place.text() == "Dear Anna, thank you. We met. On Tuesday."


def test_closing_twice_is_closing_once(place, speaker):
    for change in speaker().tells("Dear Anna"):
        place.sink.write(change)
    place.sink.close()
    place.sink.close()
    assert place.text() == "Dear Anna."


def test_closing_a_place_that_is_shut_fails_as_writing_does_or_not_at_all(place, speaker):
    anna = speaker()
    place.sink.write(anna.begins())
    place.sink.write(anna.says("Dear Anna"))
    place.shut()
    with pytest.raises(SinkError):
        place.sink.write(anna.says("thank you"))
    with contextlib.suppress(SinkError):
        place.sink.close()
