"""Where Scribelet keeps its files: settings, models, state, socket and transcripts."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tray.core.failures import ScribeletError

if TYPE_CHECKING:
    from platformdirs.api import PlatformDirsABC

_NAME = "scribelet"
_SOCKET_ROOM = 80
"""Bytes of a folder's path: the system takes 107 (104 on macOS) for a socket, its name included."""
_FULL = (errno.ENOSPC, errno.EDQUOT)


def settings_path() -> Path:
    """The settings file; neither it nor its folder need exist."""
    return Path(_dirs().user_config_dir) / "config.toml"


def models_folder() -> Path:
    """Where models are installed, made if missing. Raises ScribeletError."""
    return _made(Path(_dirs().user_data_dir) / "models")


def cache_folder() -> Path:
    """Where things are kept that can be made again at any time; it need not exist."""
    return Path(_dirs().user_cache_dir)


def state_folder() -> Path:
    """Where log, lock and spool are kept, made if missing. Raises ScribeletError."""
    return _private(Path(_dirs().user_state_dir))


def transcript_folder(chosen: str) -> Path:
    """Where transcripts go: the setting `transcript.folder`, or Scribelet in the documents if that is empty."""
    if chosen:
        return Path(chosen).expanduser()
    return Path(_dirs().user_documents_dir) / "Scribelet"


def socket_path() -> Path:
    """The control socket, in a folder that only its owner can enter, made if missing. Raises ScribeletError."""
    return runtime_folder() / "control.socket"


def running_socket() -> Path:
    """Where commands reach the running program: in this session, or else where `announce` was told last."""
    own = socket_path()
    if own.exists():
        return own
    with suppress(OSError, ValueError, ScribeletError):
        told = Path(_announcement().read_text(encoding="utf-8"))
        return told if told.exists() and not told.is_dir() else own
    return own


def announce(socket: Path) -> None:
    """Tell commands in other sessions of the same person where the program listens, as far as the disk allows."""
    with suppress(OSError, ScribeletError):
        _announcement().touch(mode=0o600)
        _announcement().write_text(str(socket), encoding="utf-8")


def _announcement() -> Path:
    return state_folder() / "scribelet.socket"


def runtime_folder() -> Path:
    """A folder for sockets that only its owner can enter, made if missing. Raises ScribeletError.

    The session's own if it is really ours, else one beside the state, else one in the folder for temporary files.
    """
    for session in _session_folders():
        if _ours(session) and _short(session / _NAME):
            return _private(session / _NAME)
    state = state_folder()
    if _short(state / "run"):
        return _private(state / "run")
    return _temporary(state)


def _temporary(state: Path) -> Path:
    # `scribelet toggle` hardly ever comes here, and should not wait for these
    from tempfile import gettempdir
    from zlib import crc32

    # two programs with different states must not meet in one place
    mark = crc32(os.fsencode(state))
    folder = _made(Path(gettempdir()) / f"{_NAME}-{_user()}-{mark:08x}")
    # anybody may have put something under this name before, and the end of a link must not be closed to others
    if sys.platform != "win32" and not _ours(folder):
        raise ScribeletError(
            f"The folder {folder} belongs to somebody else", "Set XDG_RUNTIME_DIR to a folder of your own"
        )
    return _private(folder)


def _session_folders() -> list[Path]:
    if sys.platform == "win32":
        return []
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    # cron jobs and other bare shells lack the variable, yet they shall find the running program
    return [Path(given) if given else Path(f"/run/user/{_user()}")]


def _dirs() -> PlatformDirsABC:
    # its import takes longer than everything else a command needs to reach the socket
    from platformdirs import PlatformDirs

    return PlatformDirs(_NAME, appauthor=False)


def _short(folder: Path) -> bool:
    return len(os.fsencode(folder)) <= _SOCKET_ROOM


def _user() -> int:
    return os.getuid() if sys.platform != "win32" else 0


def _ours(folder: Path) -> bool:
    """Whether it is a folder, not a link, that belongs to us and in which nobody else can make anything."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == _user() and not found.st_mode & 0o022


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        remedy = "Free some space on the disk" if error.errno in _FULL else "Look at who owns it"
        raise ScribeletError(f"The folder {folder} cannot be made: {error.strerror}", remedy) from error
    return folder


def _private(folder: Path) -> Path:
    """The folder, made if missing, closed to everybody else."""
    try:
        if _made(folder).stat().st_mode & 0o077 and sys.platform != "win32":
            folder.chmod(0o700)
    except OSError as error:
        raise ScribeletError(f"The folder {folder} is not ours: {error.strerror}", "Have it removed") from error
    return folder
