"""What icon, tooltip, menu and `status` say: pure functions of what there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import assert_never

from tray.core.menu import Face, Item, Silhouette
from tray.core.settings import Settings
from tray.core.state import Desk, Draining, Faulted, Idle, Listening, Opening, State

LABEL = 48
"""Most characters of a segment in the menu."""


@dataclass(frozen=True, slots=True)
class View:
    """Everything a person may want to see."""

    desk: Desk = field(default_factory=Desk)
    settings: Settings = field(default_factory=Settings)
    warnings: tuple[str, ...] = ()
    """One sentence for each part that does not work."""
    recent: tuple[str, ...] = ()
    """The last segments, newest first."""
    microphones: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    """Names of the installed models."""
    hotkey_paused: bool = False
    session_seconds: float | None = None
    """Sound captured in the open session; None where there is none."""
    segments: int = 0
    """Segments of the open or newest session."""


def face(view: View) -> Face:
    """The icon with its tooltip and its menu."""
    return Face(_silhouette(view.desk), _tooltip(view), _menu(view))


def state_name(state: State) -> str:
    """One word for a state."""
    match state:
        case Idle():
            return "idle"
        case Opening():
            return "opening"
        case Listening():
            return "listening"
        case Draining():
            return "draining"
        case Faulted():
            return "faulted"
        case _:
            assert_never(state)


def _silhouette(desk: Desk) -> Silhouette:
    match desk.state:
        case Listening():
            return Silhouette.LISTENING
        case Opening() | Draining():
            return Silhouette.WORKING
        case Faulted():
            return Silhouette.FAULTED
        case Idle():
            return Silhouette.IDLE
        case _:
            assert_never(desk.state)


def _tooltip(view: View) -> str:
    match view.desk.state:
        case Idle():
            key = view.settings.hotkey.toggle
            said = f"Scribelet: press {key} to speak" if key and not view.hotkey_paused else "Scribelet: click to speak"
        case Opening():
            said = "Scribelet: opening the microphone"
        case Listening():
            said = "Scribelet: listening"
        case Draining():
            said = "Scribelet: writing the rest"
        case Faulted(error):
            said = f"Scribelet: {error}. {error.remedy}".replace("..", ".").rstrip()
        case _:
            assert_never(view.desk.state)
    return "\n".join((said, *view.warnings))


def _menu(view: View) -> tuple[Item, ...]:
    recording = view.desk.recording is not None
    owed = bool(view.desk.owed)
    return (
        Item("Stop" if recording else "Start", "toggle"),
        Item("Cancel" if recording or owed else "Cancel (nothing is being dictated)", "cancel", recording or owed),
        Item(""),
        *_recent(view.recent),
        Item("Open transcript", "open transcript"),
        Item(""),
        _microphones(view),
        _engines(view),
        _choice("Clipboard", "clipboard.mode", view.settings.clipboard.mode, CLIPBOARD),
        _choice("Toasts", "toast.show", view.settings.toast.show, TOASTS),
        Item("Settings file", "open settings"),
        Item("Pause hotkey", "pause hotkey", checked=view.hotkey_paused)
        if view.settings.hotkey.toggle
        else Item("Pause hotkey (none is set)", enabled=False),
        *(
            (Item(""), *(Item(_short(f"⚠ {warning}", 2 * LABEL), enabled=False) for warning in view.warnings))
            if view.warnings
            else ()
        ),
        Item(""),
        Item("Quit", "quit"),
    )


CLIPBOARD = (("session", "Whole session"), ("segment", "Newest segment"), ("off", "Off"))
TOASTS = (("each", "Every segment"), ("errors", "Problems only"), ("off", "Off"))


def _recent(texts: Sequence[str]) -> tuple[Item, ...]:
    if not texts:
        return (Item("Nothing dictated yet", enabled=False),)
    shown = (Item(_short(text, LABEL), f"copy recent {at}") for at, text in enumerate(texts))
    return (Item("Copy again", enabled=False), *shown)


def _microphones(view: View) -> Item:
    """By name; one that is set but not plugged in stays visible."""
    chosen = view.settings.microphone.device
    names = list(view.microphones)
    if chosen and not any(chosen.casefold() in name.casefold() for name in names):
        names.append(chosen)
    lines = [Item("System default", "set microphone.device ", checked=not chosen)]
    for name in names:
        match = bool(chosen) and chosen.casefold() in name.casefold()
        lines.append(Item(name, f"set microphone.device {name}", checked=match))
    return Item("Microphone", children=tuple(lines))


def _engines(view: View) -> Item:
    names = view.engines or (view.settings.engine.name,)
    return _choice("Engine", "engine.name", view.settings.engine.name, [(name, name) for name in names])


def _choice(label: str, key: str, chosen: str, options: Sequence[tuple[str, str]]) -> Item:
    lines = tuple(Item(name, f"set {key} {value}", checked=value == chosen) for value, name in options)
    return Item(label, children=lines)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def status(view: View, pid: int) -> dict[str, object]:
    """What the command `status` tells."""
    state = view.desk.state
    return {
        "state": state_name(state),
        "pid": pid,
        "session_seconds": view.session_seconds,
        "segments": view.segments,
        "warnings": [*([str(state.error)] if isinstance(state, Faulted) else []), *view.warnings],
        "microphone": view.settings.microphone.device or "system default",
        "engine": view.settings.engine.name,
        "hotkey": "" if view.hotkey_paused else view.settings.hotkey.toggle,
    }
