"""The Markdown files of the transcript's folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from tray.core.prose import Passage
from tray.sinks import files
from tray.sinks.markdown import Paragraph, added, page, paragraphs, replaced
from tray.system.files import replace


class Pages:
    """What people read, one file a day, which also belongs to them: what they change in it stays.

    Every method raises OSError as the disk does; what failed is done by the next call.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shown: dict[str, dict[int, Paragraph]] = {}
        """Paragraphs as they were written, by session and number of the first segment."""
        self._breaks: dict[str, set[int]] = {}
        """Segments that begin a paragraph because somebody changed the one before."""

    def begin(self, passage: Passage) -> None:
        """Take this much of a session for written."""
        self._shown[passage.session] = {block.first: block for block in paragraphs(passage)}
        self._breaks[passage.session] = set()

    def show(self, passage: Passage) -> None:
        """Bring what can be written of a session for good to the files."""
        shown, breaks = self._shown[passage.session], self._breaks[passage.session]
        for block in paragraphs(passage, breaks):
            before = shown.get(block.first)
            if before == block:
                continue
            if not self._put(before, block) and before and block.last > before.last:
                breaks.add(_following(passage, before.last))
                self.show(passage)
                return
            shown[block.first] = block

    def end(self, session: str) -> None:
        """Give the last paragraph of a session its line end and forget the session."""
        for day in {block.day for block in self._shown[session].values()}:
            content = files.read(self._path(day))
            if content and not content.endswith(b"\n"):
                files.append(self._path(day), b"\n")
        del self._shown[session], self._breaks[session]

    def complete(self, day: date, passages: Sequence[Passage]) -> None:
        """Write the file of a day anew if it is missing or shorter than what these sessions say."""
        whole = _bytes(page(day, passages))
        if len(files.read(self._path(day))) < len(whole):
            replace(self._path(day), whole)

    def _put(self, before: Paragraph | None, block: Paragraph) -> bool:
        """Bring one paragraph to its file; False where its earlier form is not in it any more."""
        path = self._path(block.day)
        content = files.read(path).decode("utf-8", "surrogateescape")
        if before is None or not content:
            files.append(path, _bytes(added(content, block)))
        elif block.line.startswith(before.line) and content.endswith(f"\n{before.line}"):
            files.append(path, _bytes(block.line[len(before.line) :]))
        else:
            changed = replaced(content, before.line, block.line)
            if changed is None:
                return False
            replace(path, _bytes(changed))
        return True

    def _path(self, day: date) -> Path:
        return self._folder / f"{day}.md"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _following(passage: Passage, number: int) -> int:
    """The number of the segment after one."""
    numbers = [entry.segment.number for entry in passage.entries]
    return numbers[numbers.index(number) + 1]
