"""Sound that people want to keep, in files that every program plays."""

from __future__ import annotations

import os
import queue
import threading
import wave
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from tray.core.failures import ScribeletError, kind
from tray.spool.parts import moment, sync_folder
from tray.spool.reel import Kept, ReelDamagedError, read_sound, sounds

FOLDER = "Sound"
"""Beside the transcript."""
_LONGEST = 2**30
"""Samples of the longest file: a WAV file has room for 4 GB."""


def save(spool: Path, session: str, folder: Path) -> None:
    """Write the sound of a session into a file named by day and time, and one more behind each hole or change of rate.

    16-bit mono WAV; needs no more memory than a part of a reel. What is there already is written anew.
    Raises OSError or ReelDamagedError, and then nothing half stays.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{moment(session):%Y-%m-%d %H-%M-%S.%f}"[:-3]
    for number, stretch in groupby(_numbered(sounds(spool, session)), key=itemgetter(0)):
        _write(folder / f"{name}{f' {number}' if number > 1 else ''}.wav", (kept for _, kept in stretch))
    sync_folder(folder)


def _numbered(found: Iterable[Kept]) -> Iterator[tuple[int, Kept]]:
    """Each with the number of its file."""
    number, begun, before = 0, 0, None
    for kept in found:
        end = before and (before.start + before.samples, before.rate)
        if end != (kept.start, kept.rate) or kept.start - begun > _LONGEST:
            number, begun = number + 1, kept.start
        before = kept
        yield number, kept


def _write(path: Path, stretch: Iterable[Kept]) -> None:
    half = path.with_name(f".{path.name}.half")
    try:
        with open(half, "wb", opener=_private) as file:
            with wave.open(file, "wb") as wav:
                wav.setnchannels(1)
                wav.setsampwidth(2)
                for kept in stretch:
                    if not wav.getnframes():
                        wav.setframerate(kept.rate)
                    wav.writeframesraw(read_sound(kept.place))
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class Recordings:
    """Saves one session after the other, on a thread of its own: while hours are copied, new sound needs the disk."""

    def __init__(self, spool: Path, done: Callable[[str, ScribeletError | None], None]) -> None:
        """`done` gets the name of a session and what has kept its sound from being saved; it must only enqueue."""
        self._spool, self._done = spool, done
        self._wanted: queue.SimpleQueue[tuple[str, Path] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="recordings", daemon=True)

    def save(self, session: str, home: Path) -> None:
        """Save the sound of a session beside the transcript in this folder; returns at once."""
        self._wanted.put((session, home))
        if self._thread.ident is None:
            self._thread.start()

    def close(self, patience: float) -> None:
        """End behind what was asked for, or after so many seconds: the rest is saved at the next start."""
        self._wanted.put(None)
        if self._thread.is_alive():
            self._thread.join(patience)

    def _run(self) -> None:
        while wanted := self._wanted.get():
            session, home = wanted
            self._done(session, self._fault(session, home / FOLDER))

    def _fault(self, session: str, folder: Path) -> ScribeletError | None:
        try:
            save(self._spool, session, folder)
        except (OSError, ReelDamagedError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            remedy = f"It stays in the spool; look after {folder}, or: scribelet config set audio.keep false"
            return ScribeletError(f"Sound cannot be kept as a file: {why}", remedy)
        except Exception as error:  # noqa: BLE001 the one catch-all of this thread
            return ScribeletError(f"Sound cannot be kept as a file: {kind(error)}", "Start Scribelet again")
        return None
