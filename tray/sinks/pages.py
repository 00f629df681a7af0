"""The Markdown files of the transcript's folder."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Sequence
from datetime import date
from io import FileIO
from pathlib import Path

from tray.core.prose import Passage
from tray.sinks import files
from tray.sinks.markdown import Paragraph, added, mended, page, paragraphs, replaced
from tray.system.files import replace

_END = 1024
"""Bytes of a page that are looked at before something is added to it."""


class Pages:
    """What people read, one file a day, which also belongs to them: what they change in it stays.

    A file is only ever written where it lies, so that a program that holds it open and adds to it loses nothing.
    Every method raises OSError as the disk does; what failed is done by the next call.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._shown: dict[str, dict[int, Paragraph]] = {}
        """Paragraphs as they were written, by session and number of the first segment."""
        self._breaks: dict[str, set[int]] = {}
        """Segments that begin a paragraph because somebody changed the one before."""
        self._begun: set[date] = set()
        """Days whose file is about to be rewritten, as its plan says."""

    def begin(self, passage: Passage) -> None:
        """Take this much of a session for written."""
        self._shown[passage.session] = {block.first: block for block in paragraphs(passage)}
        self._breaks[passage.session] = set()

    def show(self, passage: Passage) -> None:
        """Bring what can be written of a session for good to the files."""
        shown, breaks = self._shown[passage.session], self._breaks[passage.session]
        self._carry_out()
        for block in paragraphs(passage, breaks):
            before = shown.get(block.first)
            if before == block:
                continue
            if not self._put(before, block) and before and block.last > before.last:
                breaks.add(_following(passage, before.last))
                self.show(passage)
                return
            shown[block.first] = block
            self._carry_out()

    def end(self, session: str) -> None:
        """Give the last paragraph of a session its line end and forget the session."""
        for day in {block.day for block in self._shown[session].values()}:
            if files.tail(self._path(day), 1) not in (b"", b"\n"):
                files.append(self._path(day), b"\n")
        del self._shown[session], self._breaks[session]

    def complete(self, day: date, passages: Sequence[Passage]) -> None:
        """Bring the file of a day up to what these sessions say, as far as a program that died has not.

        What somebody else wrote or changed in it stays. To be called before the first change.
        """
        self._begun.add(day)
        self._carry_out()
        content, whole = files.read(self._path(day)), _bytes(page(day, passages))
        if content == whole:
            return
        if whole.startswith(content):
            files.append(self._path(day), whole[len(content) :])
        elif len(content.rstrip()) < len(whole.rstrip()) or _older(self._path(day)):
            text = mended(_text(content), day, passages)
            self._rewrite(day, content, _bytes(text if text.endswith("\n") else f"{text}\n"))
            self._carry_out()

    def _put(self, before: Paragraph | None, block: Paragraph) -> bool:
        """Bring one paragraph to its file; False where its earlier form is not in it any more."""
        path = self._path(block.day)
        if before is None:
            files.append(path, _bytes(added(_text(_last_of(path)), block)))
            return True
        end = _bytes(f"\n{before.line}")
        if block.line.startswith(before.line) and files.tail(path, len(end)) == end:
            files.append(path, _bytes(block.line[len(before.line) :]))
            return True
        there = files.read(path)
        if not there:
            files.append(path, _bytes(added("", block)))
            return True
        changed = replaced(_text(there), before.line, block.line)
        if changed is not None:
            self._rewrite(block.day, there, _bytes(changed))
        return changed is not None

    def _rewrite(self, day: date, old: bytes, new: bytes) -> None:
        """Plan a new content for a file, and make room for it; what somebody else adds meanwhile comes behind it."""
        path, plan, room = self._path(day), self._plan(day), b"\n" * (len(new) - len(old))
        replace(plan, _planned(old + room, new))
        try:
            end = _lengthened(path, len(room))
            there = files.read(path)[:end]
            if not there.startswith(old):
                raise BlockingIOError(errno.EAGAIN, "Another program writes into it at the same moment")
            if there != old + room:
                replace(plan, _planned(there, new + there[len(old) : end - len(room)]))
        except OSError:
            plan.unlink(missing_ok=True)
            raise
        self._begun.add(day)

    def _carry_out(self) -> None:
        """Write what was planned, also by a program that died of it; not where somebody has changed the file since."""
        for day in tuple(self._begun):
            if planned := files.read(self._plan(day)):
                head, _, tails = planned.partition(b"\n")
                half = len(tails) // 2
                # a file that is gone is written anew by whoever has more to say, and what is no plan says nothing
                with contextlib.suppress(FileNotFoundError, ValueError):
                    _overwrite(self._path(day), int(head), (tails[:half], tails[half:]))
                self._plan(day).unlink(missing_ok=True)
            self._begun.discard(day)

    def _path(self, day: date) -> Path:
        return self._folder / f"{day}.md"

    def _plan(self, day: date) -> Path:
        return self._folder / f".{day}.md.plan"


def _last_of(path: Path) -> bytes:
    """The end of a file with something else than white space in it; all of it where there is nothing else."""
    end = files.tail(path, _END)
    return end if end.strip() else files.read(path)


def _planned(before: bytes, after: bytes) -> bytes:
    """A plan: where the first byte changes, then what is there to the end, and as many bytes that will be there."""
    after = after.ljust(len(before), b"\n")  # a file never gets shorter: that could cut off what others add
    at = next((at for at, (one, other) in enumerate(zip(before, after, strict=True)) if one != other), len(before))
    return b"%d\n" % at + before[at:] + after[at:]


def _older(path: Path) -> bool:
    """Whether the records went on without the page: each is written right before what it changes there."""
    return path.stat().st_mtime_ns < path.with_suffix(".jsonl").stat().st_mtime_ns


def _lengthened(path: Path, count: int) -> int:
    """Put so many line ends behind all that anybody has written; where they end. The file is as it was otherwise."""
    with FileIO(path, "a", opener=_existing) as file:
        done = file.write(b"\n" * count)
        end = file.tell()
        if done < count:
            if file.seek(0, os.SEEK_END) == end:
                file.truncate(end - done)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return end


def _existing(path: str, flags: int) -> int:
    return os.open(path, flags & ~os.O_CREAT)


def _overwrite(path: Path, at: int, tails: tuple[bytes, bytes]) -> None:
    """Put the second tail in the place of the first; a file that holds bytes of neither is left alone."""
    before, after = tails
    with path.open("r+b") as file:
        file.seek(at)
        there = file.read(len(after))
        # a mixture of the two is what a crash leaves
        if all(one in (old, new) for one, old, new in zip(there, before, after, strict=False)):
            file.seek(at)
            file.write(after)
            file.flush()
            os.fsync(file.fileno())  # else a lost mains plug might leave half of it, and no plan


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _following(passage: Passage, number: int) -> int:
    """The number of the segment after one."""
    numbers = [entry.segment.number for entry in passage.entries]
    return numbers[numbers.index(number) + 1]
