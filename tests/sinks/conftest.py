"""A speaker whose session can be told step by step, and a private desktop for the clipboard."""

from __future__ import annotations

import os
import select
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.sinks.other_programs import copy
from tray.core.prose import Act, Change, Entry, Passage
from tray.core.speech import RATE, Segment, Span, Word
from tray.sinks.transcript import TranscriptSink
from tray.system.clipboard import Clipboard, find_clipboard

MORNING = datetime(2026, 11, 23, 9, 14, 5, tzinfo=timezone(timedelta(hours=1)))


class Speaker:
    """Tells the changes of one session in the order in which a writer would."""

    def __init__(self, begun: datetime = MORNING, session: str = "first") -> None:
        self.passage = Passage(session, begun)
        self._now = 0.0

    def begins(self) -> Change:
        return Change(Act.BEGAN, self.passage)

    def says(self, text: str, held: str = ".", *, after: float = 0.5) -> Change:
        """One second of speech, `after` seconds behind what was said before."""
        start = self._now + after
        self._now = start + 1.0
        number = len(self.passage.entries)
        words = tuple(Word(word, start, self._now, 0.9, "measured") for word in text.split(" "))
        span = Span(round(start * RATE), round(self._now * RATE), RATE)
        self.passage = self.passage.add(Segment(number, words, span, held))
        return self._change(Act.SEGMENT, number)

    def settles(self, mark: str | None = None) -> Change:
        """The mark of the newest segment, as it was held unless another one is given."""
        entry = self.passage.entries[-1]
        number = entry.segment.number
        self.passage = self.passage.settle(number, entry.segment.held if mark is None else mark)
        return self._change(Act.MARK, number)

    def strikes(self, number: int = -1) -> Change:
        number = self.passage.entries[number].segment.number
        self.passage = self.passage.strike(number)
        return self._change(Act.STRIKE, number)

    def restores(self, *numbers: int) -> Change:
        self.passage = self.passage.restore(numbers)
        return Change(Act.RESTORED, self.passage)

    def ends(self) -> Change:
        return Change(Act.ENDED, self.passage)

    def cancels(self) -> Change:
        return Change(Act.CANCELLED, self.passage)

    def tells(self, *texts: str) -> list[Change]:
        """A whole session of these segments."""
        begun = self.begins()
        middle = [change for text in texts for change in (self.says(text), self.settles())]
        return [begun, *middle, self.ends()]

    def _change(self, act: Act, number: int) -> Change:
        entry: Entry = self.passage.entries[number]
        return Change(act, self.passage, entry)


@pytest.fixture
def speaker() -> Callable[..., Speaker]:
    """Makes speakers: `speaker(begun, session)`."""
    return Speaker


@pytest.fixture(scope="module")
def desktop() -> Iterator[dict[str, str]]:
    """The environment of an X server that nobody else uses."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "320x200x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        ready, _, _ = select.select([reading], [], [], 20)
        assert ready, "the X server did not start"
        number = os.read(reading, 16).decode().strip()
        yield {"DISPLAY": f":{number}", "PATH": os.environ["PATH"]}
    finally:
        os.close(reading)
        server.terminate()
        server.wait(10)


@pytest.fixture
def clipboard(desktop) -> Clipboard:
    copy(desktop, b"from before")
    return find_clipboard(desktop)


def tell(sink, *changes) -> None:
    for change in changes:
        sink.write(change)


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path / "Documents" / "Scribelet"


@pytest.fixture
def sink(folder) -> TranscriptSink:
    return TranscriptSink(folder)
