"""The settings file: read as a whole or refused, changed in place, never half written."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from tray.core.failures import SettingsError
from tray.core.settings import Settings
from tray.core.settings_keys import KEYS, RENAMED, Checked, Key, Problem, Renames, check, find
from tray.core.settings_rules import Value
from tray.system.files import replace

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

_SIZE_LIMIT = 1_000_000
"""Bytes; more than this is not a settings file."""
_MOST_DOTS = 200
"""In a line that is no comment; reading a key takes memory with the square of them."""
_TITLE = "# Settings of Scribelet. They are read again whenever this file is saved.\n"
_Stamp = tuple[int, int, int]
"""Inode, modification time in nanoseconds, size in bytes."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A settings file that can be used."""

    settings: Settings
    warnings: tuple[str, ...] = ()
    """Sentences about what is in it and does nothing."""


class SettingsFile:
    """One TOML file with all settings, which people edit while the program runs."""

    def __init__(self, path: Path, renamed: Renames = RENAMED) -> None:
        """`renamed` says what settings were called in earlier versions."""
        self.path = path
        self._renamed = renamed
        self._seen: _Stamp | None = None

    def read(self) -> Reading:
        """What the file says; a missing one is written with the defaults first.

        Raises SettingsError with key, line and reason if any value is wrong; settings read earlier stay good.
        """
        try:
            self._begin()
        except SettingsError as error:
            return Reading(Settings(), (f"{error}; the defaults are in force",))
        self._seen = self._stamp()
        text = self._text()
        checked = check(_tables(text, self.path), self._renamed)
        if checked.wrong:
            places = "; ".join(_placed(problem, text) for problem in checked.wrong)
            raise SettingsError(f"{self.path}: {places}", _remedy(checked, self._renamed))
        unread = (*checked.unknown, *checked.renamed)
        return Reading(checked.settings, tuple(_placed(problem, text) for problem in unread))

    def changed(self) -> bool:
        """Whether the file was saved since it was read; a missing one is not a change, an editor may be at work."""
        now = self._stamp()
        return now is not None and now != self._seen

    def set(self, name: str, text: str) -> None:
        """Change one setting to what a person typed and keep everything else, comments included.

        A line with the setting under an old name gives way to it.
        Raises SettingsError if there is no such setting, the value is wrong or the file cannot be changed.
        """
        key = find(name, self._renamed)
        value = key.read(text)
        self._begin()
        old = self._text()
        before = check(_tables(old, self.path), self._renamed)
        new = self._changed(old, key, value)
        after = check(_tables(new, self.path), self._renamed)
        if fresh := set(after.wrong) - set(before.wrong):
            raise SettingsError("; ".join(f"{one.key} {one.reason}" for one in fresh), f"It means: {key.meaning}")
        _save(self.path, new)

    def _changed(self, text: str, key: Key, value: Value) -> str:
        from tomlkit.exceptions import TOMLKitError

        try:
            for old in (one for one, new in self._renamed.items() if new == key.name):
                text = _renewed(text, old, key.name)
            return _with_value(text, key.name, value)
        except (TOMLKitError, TypeError, ValueError, RecursionError) as error:
            raise SettingsError(
                f"{key.name} cannot be changed in {self.path}: {error}", "Change it with an editor"
            ) from error

    def _begin(self) -> None:
        if not os.path.lexists(self.path):
            _save(self.path, default_text())

    def _stamp(self) -> _Stamp | None:
        try:
            found = self.path.stat()
        except OSError:  # missing, or in a folder that cannot be read: `read` says which
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _text(self) -> str:
        try:
            # a pipe or a device under this name would make the program wait or read for ever
            if self.path.exists() and not self.path.is_file():
                raise SettingsError(f"{self.path} is not a file", "Put it out of the way and start again")
            with self.path.open("rb") as file:
                content = file.read(_SIZE_LIMIT + 1)
            if len(content) > _SIZE_LIMIT:
                raise SettingsError(f"{self.path} is larger than any settings file", "Put it out of the way")
            return content.decode("utf-8-sig")
        except OSError as error:
            raise SettingsError(f"{self.path} cannot be read: {error.strerror}", "Look at its permissions") from error
        except UnicodeDecodeError as error:
            raise SettingsError(f"{self.path} is not UTF-8 text", "Save it as UTF-8") from error


def default_text() -> str:
    """The file as it is written at the first start: every setting with its default, its meaning above it."""
    lines = [_TITLE]
    group = ""
    for key in KEYS.values():
        table, name = key.name.split(".")
        lines += [f"[{table}]\n"] if table != group else []
        lines.append(f"# {key.meaning}\n{name} = {literal(key.default)}\n")
        group = table
    return "\n".join(lines).replace("]\n\n#", "]\n#")


def literal(value: Value) -> str:
    """A value as it stands in a TOML file."""
    # a text without control characters is written alike in JSON and in TOML
    return json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Value) -> Value:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _tables(text: str, path: Path) -> Mapping[str, object]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.count(".") > _MOST_DOTS and not line.lstrip().startswith("#"):
            raise SettingsError(f"{path}, line {number}: too many dots", "Mend this line; see: scribelet config check")
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        reason = str(error).split(" (at ")[0]
        found = re.search(r"\(at line (\d+)", str(error))
        line = found[1] if found else max(1, len(text.splitlines()))
        raise SettingsError(f"{path}, line {line}: {reason}", "Mend this line; see: scribelet config check") from error


def _placed(problem: Problem, text: str) -> str:
    line = _line_of(problem.key, text)
    return f"{problem.key}{f', line {line},' if line else ''} {problem.reason}"


def _line_of(name: str, text: str) -> int | None:
    """Where a setting stands, counted from 1; None if it is written in a way that nobody uses."""
    group, _, field = name.partition(".")
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        # simple forms: one with a choice of how to match would take for ever over a long line of something else
        if found := re.match(r"\s*\[([^\[\]]+)\]", line):
            table = found[1].strip()
        elif found := re.match(r"([\s\w.\"'-]+)=", line):
            written = re.sub(r"[\s\"']", "", f"{table}.{found[1]}" if table else found[1])
            if written in (name, group) or (not field and table == name):
                return number
    return None


def _remedy(checked: Checked, renamed: Renames) -> str:
    first = renamed.get(checked.wrong[0].key, checked.wrong[0].key)
    return f"Mend it with: scribelet config set {first} VALUE" if first in KEYS else "Mend the file"


def _with_value(text: str, name: str, value: Value) -> str:
    import tomlkit  # only needed for a change; reading does without it

    group, field = name.split(".")
    document: TOMLDocument = tomlkit.parse(text)
    # the library's tables are typed as mappings of anything
    table = cast("dict[str, Any]", document.setdefault(group, tomlkit.table()))
    table[field] = _plain(value)
    return document.as_string()


def _renewed(text: str, old: str, new: str) -> str:
    """The file with a setting under its new name, in its place if it may stay there; else only its comment stays."""
    import tomlkit
    from tomlkit.items import Comment, InlineTable, Table, Trivia

    group, field = old.split(".")
    document = cast("Any", tomlkit.parse(text))  # the library says little about what is inside
    table = document.get(group)
    if not isinstance(table, Table | InlineTable) or field not in table:
        return text
    body = cast("list[Any]", table.value.body)
    at = next(number for number, (key, _) in enumerate(body) if key is not None and key.key == field)
    key, item = body[at]
    if new.startswith(f"{group}.") and new.removeprefix(f"{group}.") not in table:
        body[at] = (_named(key, new.removeprefix(f"{group}.")), item)
    elif item.trivia.comment:
        body[at] = (None, Comment(Trivia(item.trivia.indent, "", item.trivia.comment, item.trivia.trail)))
    else:
        table.remove(field)
    return document.as_string()


def _named(key: Any, name: str) -> object:
    """Another key with the spaces of this one."""
    from tomlkit.items import SingleKey

    written = key.as_string()
    return SingleKey(name, sep=key.sep, original=name + written[len(written.rstrip()) :])


def _save(path: Path, text: str) -> None:
    """Put a text in place of the settings file, in a folder that is made if missing."""
    try:
        # a link, as people keep their settings in a repository, may lead to a folder that is not there yet
        Path(os.path.realpath(path)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(path, text.encode())
    except OSError as error:
        raise SettingsError(
            f"{path} cannot be written: {error.strerror}", "Look at the folder's permissions"
        ) from error
