"""Every setting: its meaning, its default, and what it may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from tray.core.settings_rules import Rule, any_text, flag, folder_path, key_combination, number, one_of, some_text

_V = TypeVar("_V", str, int, float, bool)


def _setting(default: _V, rule: Rule, meaning: str) -> _V:
    """A field whose meaning is its documentation and also the comment above it in the settings file."""
    return field(default=default, metadata={"rule": rule, "meaning": meaning})


@dataclass(frozen=True, slots=True)
class Hotkey:
    """Keys that work in every program."""

    toggle: str = _setting(
        "ctrl+alt+space",
        key_combination,
        "Key combination that starts and ends dictation; hold it to talk only while it is down. Empty for none.",
    )
    cancel: str = _setting(
        "", key_combination, "Key combination that throws away what is being dictated. Empty for none."
    )
    hold_ms: int = _setting(
        350, number(100, 3000, int), "Milliseconds. A press shorter than this is a tap: dictation goes on after it."
    )


@dataclass(frozen=True, slots=True)
class Microphone:
    """Where the sound comes from."""

    device: str = _setting(
        "",
        any_text,
        "Name of the microphone, or a part of it. Empty follows the system's default, also when that changes.",
    )
    ready: bool = _setting(
        False,
        flag,
        "true keeps the microphone open, so that also the half second before the key is heard; nothing of it is kept.",
    )


@dataclass(frozen=True, slots=True)
class Engine:
    """What turns sound into words."""

    name: str = _setting(
        "moonshine-base-en", some_text, "Name of the model that recognizes speech; `scribelet models list` shows them."
    )
    idle_minutes: float = _setting(
        10.0, number(0.01, 1440), "Minutes without dictation after which the model leaves the memory."
    )


@dataclass(frozen=True, slots=True)
class Session:
    """Where dictation pauses and ends."""

    endpoint_s: float = _setting(0.5, number(0.2, 5), "Seconds of silence that end a segment, which is then written.")
    silence_minutes: float = _setting(
        5.0, number(0.05, 1440), "Minutes in which nobody speaks after which dictation that was forgotten ends."
    )
    hold_minutes: float = _setting(
        10.0, number(0.01, 120), "Minutes after which dictation ends although the key still seems to be held."
    )


@dataclass(frozen=True, slots=True)
class Transcript:
    """The file that keeps everything."""

    folder: str = _setting(
        "", folder_path, "Folder of the transcripts, beginning with / or ~/. Empty is Scribelet in your documents."
    )


@dataclass(frozen=True, slots=True)
class Clipboard:
    """What can be pasted."""

    mode: str = _setting(
        "session",
        one_of("session", "segment", "off"),
        "session: everything since dictation began. segment: only the newest piece. off: the clipboard stays yours.",
    )
    limit: int = _setting(
        100_000, number(100, 10_000_000, int), "Characters on the clipboard; beyond them the oldest are left out."
    )


@dataclass(frozen=True, slots=True)
class Insert:
    """Text into the program in front."""

    mode: str = _setting(
        "off",
        one_of("off", "paste", "type"),
        "paste: by the clipboard, which then holds again what it held. type: key by key, where pasting fails. off.",
    )
    focus: str = _setting(
        "follow",
        one_of("follow", "hold"),
        "Where text goes when another window came to the front meanwhile. follow: there. hold: nowhere.",
    )


@dataclass(frozen=True, slots=True)
class Toast:
    """Notes that pop up."""

    show: str = _setting(
        "each",
        one_of("live", "each", "errors", "off"),
        "live: words while you speak. each: every new text. errors: only what went wrong. off: nothing.",
    )


@dataclass(frozen=True, slots=True)
class Cues:
    """Sounds for those who do not look."""

    play: str = _setting(
        "off", one_of("off", "quiet"), "quiet: a soft tone when it listens, and one when it has stopped. off: none."
    )


@dataclass(frozen=True, slots=True)
class Audio:
    """The sound of what was said."""

    keep: bool = _setting(
        False, flag, "true keeps the sound of each session that became text, in the folder Sound beside the transcript."
    )


@dataclass(frozen=True, slots=True)
class Log:
    """The log file, which never holds a word that was said."""

    level: str = _setting(
        "info",
        one_of("debug", "info", "warning", "error"),
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
    audio: Audio = field(default_factory=Audio)
    log: Log = field(default_factory=Log)
