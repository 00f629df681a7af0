"""The clipboard of the desktop, whichever tool reaches it here."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Protocol

from tray.core.failures import ScribeletError, SinkError
from tray.system.processes import ProcessMissingError, feed, run

_SETTLING = 0.5
"""Seconds after which a text that cannot be read back belongs to somebody else."""
_PAUSE = 0.005
"""Seconds between two looks."""


class Clipboard(Protocol):
    """Text that other programs can paste."""

    def copy(self, text: str) -> None:
        """Put this text there. Raises SinkError."""
        ...

    def paste(self) -> str:
        """The text that is there; empty where there is none, for example because it holds a picture.

        Raises SinkError.
        """
        ...

    def ours(self) -> bool:
        """It still holds what was last put there by `copy`. Raises SinkError."""
        ...


@dataclass(frozen=True, slots=True)
class Tool:
    """A pair of commands that write and read the clipboard."""

    package: str
    """Name of the Debian package that brings it."""
    write: tuple[str, ...]
    read: tuple[str, ...]


# not xsel: it comes back before it owns the selection, so that 19 of 100 readers got the text before (measured)
XCLIP = Tool(
    "xclip",
    ("xclip", "-selection", "clipboard", "-in"),
    ("xclip", "-selection", "clipboard", "-out", "-target", "UTF8_STRING"),
)
# the type is named because wl-copy otherwise starts a second program to guess it
WL_COPY = Tool("wl-clipboard", ("wl-copy", "--type", "text/plain"), ("wl-paste", "--no-newline", "--type", "text"))


def find_clipboard(environment: Mapping[str, str]) -> Clipboard:
    """The clipboard of the desktop that these environment variables describe.

    Raises SinkError with what to install where no tool is there.
    """
    if sys.platform in ("win32", "darwin"):
        return LibraryClipboard()
    tools = _suitable(environment)
    if not tools:
        raise SinkError("There is no desktop, so there is no clipboard.", "Start Scribelet inside a desktop session.")
    for tool in tools:
        if shutil.which(tool.write[0], path=environment.get("PATH")):
            return ToolClipboard(tool, environment)
    raise SinkError("No clipboard tool is installed.", _install(tools[0]))


def _suitable(environment: Mapping[str, str]) -> Sequence[Tool]:
    """Tools that fit the desktop, the best first."""
    wayland, x11 = bool(environment.get("WAYLAND_DISPLAY")), bool(environment.get("DISPLAY"))
    desktop = environment.get("XDG_CURRENT_DESKTOP", "").split(":")
    if wayland and x11:
        # GNOME gives the clipboard to the focused window alone: wl-copy steals the focus there, or hangs until a click
        return (XCLIP,) if any(name.startswith("GNOME") for name in desktop) else (WL_COPY, XCLIP)
    return (WL_COPY,) if wayland else (XCLIP,) if x11 else ()


def _install(tool: Tool) -> str:
    return f"Run: sudo apt install {tool.package}"


class ToolClipboard:
    """The clipboard through a command-line tool; each call of the tool takes at most two seconds."""

    def __init__(self, tool: Tool, environment: Mapping[str, str]) -> None:
        self._tool = tool
        self._environment = dict(environment)
        self._last: bytes | None = None

    def copy(self, text: str) -> None:
        """Put this text there. Raises SinkError."""
        # half a surrogate pair is not text; a question mark is better than no clipboard
        written = text.encode("utf-8", "replace")
        try:
            finished = feed(self._tool.write, written, environment=self._environment)
        except ScribeletError as error:
            raise self._failure(error) from error
        if finished.code != 0:
            raise SinkError("The clipboard did not take the text.", "Look at: scribelet doctor")
        self._last = written
        self._settle()

    def paste(self) -> str:
        """The text that is there, or nothing. Raises SinkError."""
        try:
            return (self._read() or b"").decode("utf-8")
        except UnicodeDecodeError:
            return ""  # a picture: xclip as its owner hands it out as text when asked for text

    def ours(self) -> bool:
        """It still holds what was last put there. Raises SinkError."""
        return self._last is not None and self._read() == self._last

    def _settle(self) -> None:
        """Return when readers get the new text, or somebody else's."""
        # on a busy machine the tool comes back before the X server knows of the new owner: without this wait the text
        # of before is pasted, or overtakes a later one
        deadline = time.monotonic() + _SETTLING
        while not self.ours() and time.monotonic() < deadline:
            time.sleep(_PAUSE)

    def _read(self) -> bytes | None:
        try:
            finished = run(self._tool.read, environment=self._environment)
        except ScribeletError as error:
            raise self._failure(error) from error
        return finished.output if finished.code == 0 else None

    def _failure(self, error: ScribeletError) -> SinkError:
        if isinstance(error, ProcessMissingError):
            return SinkError("The clipboard tool is missing.", _install(self._tool))
        return SinkError("The clipboard does not answer.", "Copy something in another program, then go on.")


class LibraryClipboard:
    """The clipboard of Windows and macOS."""

    def __init__(self) -> None:
        self._last: str | None = None

    def copy(self, text: str) -> None:
        """Put this text there. Raises SinkError."""
        library = _pyperclip()
        try:
            library.copy(text)
        except (library.PyperclipException, OSError) as error:
            raise SinkError(
                "The clipboard did not take the text.", "Close programs that watch the clipboard."
            ) from error
        self._last = text

    def paste(self) -> str:
        """The text that is there, or nothing. Raises SinkError."""
        library = _pyperclip()
        try:
            text: str = library.paste()
        except UnicodeDecodeError:
            return ""
        except (library.PyperclipException, OSError) as error:
            raise SinkError("The clipboard cannot be read.", "Close programs that watch the clipboard.") from error
        return text

    def ours(self) -> bool:
        """It still holds what was last put there. Raises SinkError."""
        # Windows hands back its own line ends
        return self._last is not None and self.paste().replace("\r\n", "\n") == self._last.replace("\r\n", "\n")


def _pyperclip() -> ModuleType:
    import pyperclip  # pyright: ignore[reportMissingImports, reportMissingModuleSource, reportMissingTypeStubs]  # only installed on Windows and macOS, and without types

    return pyperclip
