"""Every setting by its name, and the judgement of what a settings file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from operator import attrgetter
from typing import Any, cast

from tray.core.combination import parse
from tray.core.failures import SettingsError
from tray.core.settings import Settings
from tray.core.settings_rules import Rule, Value, shown


@dataclass(frozen=True, slots=True)
class Key:
    """One setting as the file and the command line know it."""

    name: str
    """Group and field: `hotkey.toggle`."""
    default: Value
    rule: Rule
    meaning: str

    def of(self, settings: Settings) -> Value:
        """What it is in these settings."""
        return cast("Value", attrgetter(self.name)(settings))

    def read(self, text: str) -> Value:
        """The value a person typed. Raises SettingsError with the reason."""
        try:
            return self.rule(text if isinstance(self.default, str) else _typed(text))
        except ValueError as error:
            raise SettingsError(f"{self.name} {error}", f"It means: {self.meaning}") from error


def _typed(text: str) -> object:
    """What a person may have meant who typed no text."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    try:
        number = float(text)
    except ValueError:
        return text
    return int(number) if number.is_integer() else number


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in the settings that is not as it should be."""

    key: str
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """Settings as far as they are right; whatever is wrong or missing has its default."""

    settings: Settings
    wrong: tuple[Problem, ...] = ()
    """Values that cannot be used."""
    unknown: tuple[Problem, ...] = ()
    """Keys nobody reads."""
    renamed: tuple[Problem, ...] = ()
    """Keys under a name of earlier versions."""


def _keys() -> dict[str, Key]:
    groups = {group.name: cast("type[Any]", group.default_factory) for group in fields(Settings)}
    own = [(f"{name}.{one.name}", one) for name, group in groups.items() for one in fields(group)]
    return {name: Key(name, cast("Value", one.default), **one.metadata) for name, one in own}


KEYS = _keys()
"""Every setting by its name, in the order of the file."""
Renames = Mapping[str, str]
"""Name in earlier versions → the name in `KEYS`."""
RENAMED: Renames = {}
"""What settings were called before; an old file is understood for ever."""


def find(name: str, renamed: Renames = RENAMED) -> Key:
    """The setting of this name. Raises SettingsError that names the valid ones, or the new name of an old one."""
    if name in KEYS:
        return KEYS[name]
    if name in renamed:
        new = renamed[name]
        raise SettingsError(f"The setting {name} is called {new} now", f"Run: scribelet config set {new} VALUE")
    raise SettingsError(f"There is no setting {shown(name)}", f"Valid are: {', '.join(KEYS)}")


def check(values: Mapping[str, object], renamed: Renames = RENAMED) -> Checked:
    """Judge what stands in a settings file: a table of tables, one for each group.

    A setting under its old name counts unless it is there under its new one, too.
    """
    good, wrong, unknown = dict[str, Value](), list[Problem](), list[Problem]()
    flat = _flat(values)
    old = {name: renamed[name] for name in flat if name in renamed}
    for name, value in flat.items():
        key = KEYS.get(old.get(name, name))
        if key is None:
            unknown.append(Problem(name, _guess(name)))
        elif name not in old or key.name not in flat:
            try:
                good[key.name] = key.rule(value)
            except ValueError as error:
                wrong.append(Problem(name, str(error)))
    settings = _built(good)
    if _same(settings.hotkey.toggle, settings.hotkey.cancel):
        wrong.append(Problem("hotkey.cancel", "must be another combination than hotkey.toggle"))
        settings = _built(good | {"hotkey.cancel": ""})
    aged = tuple(Problem(name, _renaming(new, there=new in flat)) for name, new in old.items())
    return Checked(settings, tuple(wrong), tuple(unknown), aged)


def _flat(values: Mapping[str, object]) -> dict[str, object]:
    flat = dict[str, object]()
    for group, content in values.items():
        table = cast("Mapping[str, object]", content) if isinstance(content, Mapping) else None
        flat |= {group: content} if table is None else {f"{group}.{name}": value for name, value in table.items()}
    return flat


def _guess(name: str) -> str:
    near = get_close_matches(name, KEYS, n=1)
    return f"is not a setting; is {near[0]} meant?" if near else "is not a setting"


def _renaming(new: str, *, there: bool) -> str:
    return f"does nothing beside {new}, as it is called now" if there else f"is called {new} now"


def _same(toggle: str, cancel: str) -> bool:
    return bool(toggle and cancel) and parse(toggle) == parse(cancel)


def _built(good: Mapping[str, Value]) -> Settings:
    groups: dict[str, Any] = {}
    for group in fields(Settings):
        kind, prefix = cast("type[Any]", group.default_factory), f"{group.name}."
        groups[group.name] = kind(**{n.removeprefix(prefix): v for n, v in good.items() if n.startswith(prefix)})
    return Settings(**groups)
