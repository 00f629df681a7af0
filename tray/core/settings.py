"""Every setting: its meaning, its default, and what it may be."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from operator import attrgetter
from pathlib import PurePath
from typing import Any, TypeVar, cast
from unicodedata import category

from tray.core.combination import parse
from tray.core.failures import HotkeyError, SettingsError

Value = str | int | float | bool
Rule = Callable[[object], Value]
"""Takes what stands in the file, gives what the program uses; raises ValueError with the reason."""
_V = TypeVar("_V", str, int, float, bool)
_UNWRITABLE = ("Cc", "Cs", "Zl", "Zp")
"""Unicode categories that break a line of the file or cannot stand in it."""


def _number(least: float, most: float, kind: type[int | float] = float) -> Rule:
    name = "a whole number" if kind is int else "a number"
    taken = int if kind is int else (int, float)

    def check(value: object) -> Value:
        # true and false are whole numbers to Python, not to the person who wrote them
        if isinstance(value, taken) and not isinstance(value, bool) and least <= value <= most:
            return kind(value)
        raise ValueError(f"must be {name} from {least} to {most}, not {_shown(value)}")

    return check


def _choice(*options: str) -> Rule:
    def check(value: object) -> Value:
        if isinstance(value, str) and value in options:
            return value
        raise ValueError(f"must be {', '.join(options[:-1])} or {options[-1]}, not {_shown(value)}")

    return check


def _flag(value: object) -> Value:
    if isinstance(value, bool):
        return value
    raise ValueError(f"must be true or false, not {_shown(value)}")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"must be a text in quotes, not {_shown(value)}")
    if any(category(letter) in _UNWRITABLE for letter in value):
        raise ValueError("must be one line without control characters")
    return value


def _name(value: object) -> str:
    if not _text(value):
        raise ValueError("must not be empty")
    return _text(value)


def _folder(value: object) -> str:
    text, path = _text(value), PurePath(_text(value))
    # a relative folder would move with the place the program is started from, and ~name may be nobody's home
    if text and path.parts[:1] != ("~",) and not path.is_absolute():
        raise ValueError(f"must begin with / or ~/, not {_shown(value)}")
    return text


def _combination(value: object) -> str:
    text = _text(value)
    try:
        return text if not text or parse(text) else ""
    except HotkeyError as error:
        raise ValueError(f"cannot be used: {error} {error.remedy}".rstrip(" .")) from error


def _shown(value: object) -> str:
    """A value as it stands in the file, cut short."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 40 else text[:39] + "…"


def _setting(default: _V, rule: Rule, meaning: str) -> _V:
    """A field whose meaning is its documentation and also the comment above it in the settings file."""
    return field(default=default, metadata={"rule": rule, "meaning": meaning})


@dataclass(frozen=True, slots=True)
class Hotkey:
    """Keys that work in every program."""

    toggle: str = _setting(
        "ctrl+alt+space",
        _combination,
        "Key combination that starts and ends dictation; hold it to talk only while it is down. Empty for none.",
    )
    cancel: str = _setting("", _combination, "Key combination that throws away what is being dictated. Empty for none.")
    hold_ms: int = _setting(
        350, _number(100, 3000, int), "Milliseconds. A press shorter than this is a tap: dictation goes on after it."
    )


@dataclass(frozen=True, slots=True)
class Microphone:
    """Where the sound comes from."""

    device: str = _setting(
        "",
        _text,
        "Name of the microphone, or a part of it. Empty follows the system's default, also when that changes.",
    )
    ready: bool = _setting(
        False,
        _flag,
        "true keeps the microphone open, so that also the half second before the key is heard; nothing of it is kept.",
    )


@dataclass(frozen=True, slots=True)
class Engine:
    """What turns sound into words."""

    name: str = _setting(
        "moonshine-base-en", _name, "Name of the model that recognizes speech; `scribelet models list` shows them."
    )
    idle_minutes: float = _setting(
        10.0, _number(0.01, 1440), "Minutes without dictation after which the model leaves the memory."
    )


@dataclass(frozen=True, slots=True)
class Session:
    """Where dictation pauses and ends."""

    endpoint_s: float = _setting(0.5, _number(0.2, 5), "Seconds of silence that end a segment, which is then written.")
    silence_minutes: float = _setting(
        5.0, _number(0.05, 1440), "Minutes in which nobody speaks after which dictation that was forgotten ends."
    )
    hold_minutes: float = _setting(
        10.0, _number(0.01, 120), "Minutes after which dictation ends although the key still seems to be held."
    )


@dataclass(frozen=True, slots=True)
class Transcript:
    """The file that keeps everything."""

    folder: str = _setting(
        "", _folder, "Folder of the transcripts, beginning with / or ~/. Empty is Scribelet in your documents."
    )


@dataclass(frozen=True, slots=True)
class Clipboard:
    """What can be pasted."""

    mode: str = _setting(
        "session",
        _choice("session", "segment", "off"),
        "session: everything since dictation began. segment: only the newest piece. off: the clipboard stays yours.",
    )
    limit: int = _setting(
        100_000, _number(100, 10_000_000, int), "Characters on the clipboard; beyond them the oldest are left out."
    )


@dataclass(frozen=True, slots=True)
class Insert:
    """Text into the program in front."""

    mode: str = _setting(
        "off",
        _choice("off", "paste", "type"),
        "paste: by the clipboard, which then holds again what it held. type: key by key, where pasting fails. off.",
    )
    focus: str = _setting(
        "follow",
        _choice("follow", "hold"),
        "Where text goes when another window came to the front meanwhile. follow: there. hold: nowhere.",
    )


@dataclass(frozen=True, slots=True)
class Toast:
    """Notes that pop up."""

    show: str = _setting(
        "each",
        _choice("live", "each", "errors", "off"),
        "live: words while you speak. each: every new text. errors: only what went wrong. off: nothing.",
    )


@dataclass(frozen=True, slots=True)
class Cues:
    """Sounds for those who do not look."""

    play: str = _setting(
        "off", _choice("off", "quiet"), "quiet: a soft tone when it listens, and one when it has stopped. off: none."
    )


@dataclass(frozen=True, slots=True)
class Log:
    """The log file, which never holds a word that was said."""

    level: str = _setting(
        "info",
        _choice("debug", "info", "warning", "error"),
        "The least that is worth a line: debug, info, warning or error.",
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, checked; the groups are the tables of the settings file."""

    hotkey: Hotkey = field(default_factory=Hotkey)
    microphone: Microphone = field(default_factory=Microphone)
    engine: Engine = field(default_factory=Engine)
    session: Session = field(default_factory=Session)
    transcript: Transcript = field(default_factory=Transcript)
    clipboard: Clipboard = field(default_factory=Clipboard)
    insert: Insert = field(default_factory=Insert)
    toast: Toast = field(default_factory=Toast)
    cues: Cues = field(default_factory=Cues)
    log: Log = field(default_factory=Log)


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
    raise SettingsError(f"There is no setting {_shown(name)}", f"Valid are: {', '.join(KEYS)}")


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
