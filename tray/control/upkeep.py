"""The log on the terminal, and a report of a fault for those who mend it."""

from __future__ import annotations

import io
import os
import platform
import re
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, redirect_stdout, suppress
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from tray import __version__
from tray.control.logfile import EAR_LOG_NAME, LOG_BACKUPS, LOG_NAME
from tray.control.settings_file import SettingsFile, literal
from tray.core.failures import ModelError, ScribeletError, SettingsError
from tray.core.prose import one_line
from tray.core.settings import Settings
from tray.core.settings_keys import KEYS
from tray.system.files import replace

if TYPE_CHECKING:
    from tray.store.shelf import Shelf

LOOK = 0.25
"""Seconds between two looks for new lines."""
ENDING = 300_000
"""Bytes of each log that go into a report, from its end."""
VARIABLES = (
    *("XDG_CURRENT_DESKTOP", "XDG_SESSION_TYPE", "XDG_SESSION_DESKTOP", "DESKTOP_SESSION", "DISPLAY"),
    *("WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "PULSE_SERVER", "PIPEWIRE_REMOTE"),
    *("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "LANG", "LC_ALL", "LC_CTYPE", "TERM", "SWAYSOCK"),
)
"""What in the environment says which desktop it is; nothing else of it is told."""
_OTHER_HOMES = re.compile(r"(?:/home|/Users|[A-Za-z]:\\Users)[/\\][^/\\\n\"'“”,;:]+")


def show_log(path: Path, *, lines: int, follow: bool) -> int:
    """Print the last lines of the log, the older logs included, then perhaps whatever comes, until Ctrl+C.

    Raises ScribeletError where there is none.
    """
    with closing(_Tail(path)) as tail:
        if not (follow or tail.there):
            raise ScribeletError("There is no log yet", "Start Scribelet with: scribelet")
        for line in _last(path, tail.more(), lines):
            click.echo(one_line(line))
        while follow:
            more = tail.more()
            click.echo("\n".join(map(one_line, more.split("\n"))), nl=False)
            time.sleep(0 if more else LOOK)
    return 0


def _last(path: Path, text: str, count: int) -> Sequence[str]:
    found = text.splitlines()
    for number in range(1, LOG_BACKUPS + 1):
        if len(found) < count:
            with closing(_Tail(path.with_name(f"{path.name}.{number}"))) as older:
                found = older.more().splitlines() + found
    return found[max(0, len(found) - count) :]


class _Tail:
    """What comes to the end of a log, also when another one is begun; it need not be there yet."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _opened(path)

    @property
    def there(self) -> bool:
        """Whether there is a log."""
        return self._file is not None

    def more(self) -> str:
        """What was written since the last time, at first everything."""
        content = self._file.read() if self._file else b""
        if not content and self._replaced():
            content = self._file.read() if self._file else b""  # written just before the new one was begun
            self.close()
            self._file = _opened(self._path)
            content += self._file.read() if self._file else b""
        return _decoded(content)

    def close(self) -> None:
        """Let go of the file. Idempotent."""
        if self._file:
            self._file.close()

    def _replaced(self) -> bool:
        try:
            return self._file is None or not os.path.samestat(self._path.stat(), os.fstat(self._file.fileno()))
        except OSError:  # between two logs
            return True


def _opened(path: Path) -> BinaryIO | None:
    try:
        return path.open("rb")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ScribeletError(f"{path} cannot be read: {error.strerror}", "Look at its permissions") from error


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Case:
    """What a report is about."""

    doctor: Callable[[], object]
    """Prints how every part of this machine is."""
    shelf: Shelf
    settings: SettingsFile
    state: Path
    """The folder of the logs."""
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Page:
    name: str
    holds: str
    text: str


def write_report(case: Case, output: Path | None, *, force: bool) -> int:
    """Write a zip for a report of a fault: nothing in it was said, copied or recorded, and no folder names its user.

    `output` is the file, an existing folder for it, or None for the current one. Raises ScribeletError, also where the
    file is there already and `force` does not say that it may go.
    """
    path = _place(output)
    if os.path.lexists(path) and not force:
        raise ScribeletError(f"{path} is there already", "Overwrite it with -f, or choose another place with -o")
    pages = _pages(case)
    try:
        replace(path, _zipped(pages))
    except OSError as error:
        raise ScribeletError(f"{path} cannot be written: {error.strerror}", "Choose another place with -o") from error
    click.echo(f"The report is in {path.absolute()}. In it:")
    width = max(len(page.name) for page in pages)
    for page in pages:
        click.echo(f"  {page.name:{width}}  {page.holds}, {len(page.text.encode()):,} bytes")
    click.echo("No transcript, no clipboard and no sound is in it. Look through it before you hand it on.")
    return 0


def _place(output: Path | None) -> Path:
    name = f"scribelet-report-{datetime.now().astimezone():%Y-%m-%d}.zip"
    if output is None:
        return Path(name)
    return output / name if output.is_dir() else output


def _zipped(pages: Sequence[_Page]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for page in pages:
            archive.writestr(page.name, page.text)
    return content.getvalue()


def _pages(case: Case) -> list[_Page]:
    logs = [LOG_NAME, *(f"{LOG_NAME}.{number}" for number in range(1, LOG_BACKUPS + 1)), EAR_LOG_NAME]
    kinds = {name: "what recognition complained of" if name == EAR_LOG_NAME else "the log" for name in logs}
    pages = [
        _Page("about.txt", "version, system and desktop", _about(case.environment)),
        _Page("doctor.txt", "what the doctor finds", _printed(case.doctor)),
        _Page("settings.txt", "every setting", _settings(case.settings)),
        _Page("models.txt", "the installed models", _models(case.shelf)),
        _Page("packages.txt", "versions of Python packages", _packages()),
        *(_Page(name, kinds[name], _ending(case.state / name)) for name in logs if (case.state / name).is_file()),
    ]
    hide = _hider(case.environment)
    return [_Page(page.name, page.holds, hide(page.text)) for page in pages]


def _about(environment: Mapping[str, str]) -> str:
    system = (f"Scribelet {__version__}", platform.platform(), f"Python {platform.python_version()}")
    with suppress(OSError):  # a system that does not say what it is called, as Windows
        system += (platform.freedesktop_os_release().get("PRETTY_NAME", ""),)
    desktop = (f"{name}={environment[name]}" for name in VARIABLES if environment.get(name))
    return "\n".join((*system, "", *desktop, ""))


def _printed(act: Callable[[], object]) -> str:
    page = io.TextIOWrapper(io.BytesIO(), "utf-8", newline="\n")
    with redirect_stdout(page):
        act()
    page.seek(0)
    return page.read()


def _settings(file: SettingsFile) -> str:
    try:
        # reading would write it
        reading = file.read() if os.path.lexists(file.path) else None
    except SettingsError as error:
        return f"{error}\n"
    settings = reading.settings if reading else Settings()
    lines = [f"{key.name} = {literal(key.of(settings))}" for key in KEYS.values()]
    return "\n".join((str(file.path), *lines, *(reading.warnings if reading else ("There is no file yet.",)), ""))


def _models(shelf: Shelf) -> str:
    try:
        installed = shelf.installed()
        sizes = [sum(file.stat().st_size for file in model.folder.rglob("*") if file.is_file()) for model in installed]
    except (ModelError, OSError) as error:
        return f"They cannot be looked at: {error}\n"
    rows = zip(installed, sizes, strict=True)
    return "".join(f"{model.name}  {model.kind}  {size / 1e6:.1f} MB\n" for model, size in rows) or "There is none.\n"


def _packages() -> str:
    found = {(one.name, one.version) for one in metadata.distributions()}
    return "".join(f"{name} {version}\n" for name, version in sorted(found, key=str))


def _ending(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - ENDING))
            return _decoded(file.read())
    except OSError as error:
        return f"It cannot be read: {error.strerror}\n"


def _hider(environment: Mapping[str, str]) -> Callable[[str], str]:
    """Puts ~ in the place of home folders, and of the user's name where it is the name of a folder."""
    home = Path(environment.get("HOME") or Path.home())
    own = {str(place) for place in (home, home.resolve()) if len(place.parts) > 1}
    own |= {Path(place).as_uri().removeprefix("file://") for place in own}  # as in the address of an icon
    users = {environment.get(name, "") for name in ("USER", "LOGNAME", "USERNAME")} | {home.name}
    homes = "|".join(re.escape(place) for place in sorted(own, key=len, reverse=True))
    names = "|".join(re.escape(name) for name in sorted(users, key=len, reverse=True) if name)
    end = r"(?![\w-]|\.\w)"
    patterns = [rf"(?:{homes}){end}"] if homes else []
    patterns += [_OTHER_HOMES.pattern, rf"(?<=[/\\])(?:{names}){end}"] if names else [_OTHER_HOMES.pattern]
    return lambda text: re.sub("|".join(patterns), "~", text)
