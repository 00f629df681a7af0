"""Files that are all old or all new, whenever somebody looks or the power goes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace(path: Path, content: bytes) -> None:
    """Give a file a new content, private and at one stroke; after an OSError it is as it was.

    A link stays and what it leads to is replaced; a device or a pipe is written to.
    """
    # asked of the path itself: where /dev/stdout leads to in a pipeline has no name
    if path.exists() and not path.is_file():
        path.write_bytes(content)
    else:
        _swap(Path(os.path.realpath(path)), content)


def _swap(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
