"""The log, which never holds a word that was said: how it is written."""

from __future__ import annotations

import io
import logging
import logging.handlers
import os
import sys
import traceback
from pathlib import Path
from types import TracebackType

LOG_NAME, EAR_LOG_NAME = "scribelet.log", "ear.log"
"""Names of the log and of what the ear complains of, in the state folder."""
LOG_SIZE, LOG_BACKUPS = 500_000, 2
"""Bytes of a log before another one is begun, and how many older ones are kept."""

_ExceptionInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def log_handler(path: Path) -> logging.Handler:
    """Writes the log: rotated, for its owner alone, and without what others might have put into it. Raises OSError."""
    handler = _PrivateLog(path, maxBytes=LOG_SIZE, backupCount=LOG_BACKUPS, encoding="utf-8", errors="replace")
    handler.setFormatter(_Wordless("%(asctime)s %(levelname)s %(name)s %(message)s"))
    return handler


class _PrivateLog(logging.handlers.RotatingFileHandler):
    def _open(self) -> io.TextIOWrapper:
        # each log that follows a full one is a new file, and would be open to everybody
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return io.TextIOWrapper(os.fdopen(descriptor, "ab", 0), self.encoding, self.errors, write_through=True)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 the name is that of the library
        # on a full disk each record would go to standard error, with whatever others have put into it
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


class _Wordless(logging.Formatter):
    """Libraries put into a record what they were working with: a toast, a menu, a key. Of theirs only the first line
    stays, with nothing filled in, and of every exception only its kind and its place.
    """

    def format(self, record: logging.LogRecord) -> str:
        # a copy: what another formatter has made of the exception would be taken over, and ours by others
        bare = logging.makeLogRecord({**record.__dict__, "exc_text": None})
        if record.name.partition(".")[0] != "tray":
            bare.msg, bare.args = str(record.msg).partition("\n")[0], None
        return super().format(bare)

    def formatException(self, ei: _ExceptionInfo) -> str:  # noqa: N802 the name is that of the library
        kind, _, trace = ei
        frames = (f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace))
        return "\n".join((*frames, f"  {kind.__name__ if kind else 'no exception'}"))
