"""What icon, tooltip, menu and `status` say: pure functions of what there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from tray.core.book import Recent
from tray.core.combination import PUNCTUATION, parse
from tray.core.failures import ScribeletError
from tray.core.keys import Key
from tray.core.lateness import Late, duration
from tray.core.menu import LABEL, SENTENCE, Face, Item, Silhouette, short
from tray.core.news import AddedUp, Found
from tray.core.settings import Settings
from tray.core.state import Desk, Draining, Faulted, Idle, Listening, Opening, State

CLIPBOARD = (("session", "Whole session"), ("segment", "Newest segment"), ("off", "Off"))
TOASTS = (("live", "While you speak"), ("each", "Every segment"), ("errors", "Problems only"), ("off", "Off"))


@dataclass(frozen=True, slots=True)
class View:
    """Everything a person may want to see."""

    desk: Desk = field(default_factory=Desk)
    settings: Settings = field(default_factory=Settings)
    warnings: tuple[str, ...] = ()
    """One sentence for each part that does not work."""
    recent: tuple[Recent, ...] = ()
    """The last segments, newest first."""
    found: Found = field(default_factory=Found)
    """What there is on this machine."""
    hotkey_paused: bool = False
    session_seconds: float | None = None
    """Sound captured in the open session; None where there is none."""
    segments: int = 0
    """Segments of the open or newest session."""
    words: int = 0
    """Words of the open or newest session."""
    hypothesis: str = ""
    """What the open segment says so far, if anybody wants to see it; it may be taken back."""
    lacking: tuple[Item, ...] = ()
    """Lines about what has to come before dictation can begin."""
    late: Late = field(default_factory=Late)
    farewell: str = ""
    """What the program leaves undone when it ends; empty: nothing, or it does not end."""
    today: AddedUp | None = None
    """Of the day on which a session ended last; None until that is known."""
    hotkey_held: bool = True
    """The keys that are set reach Scribelet; not so where the desktop or another program keeps them."""


def face(view: View) -> Face:
    """The icon with its tooltip and its menu."""
    return Face(_silhouette(view.desk), _tooltip(view), _menu(view))


def status(view: View, pid: int) -> dict[str, object]:
    """What the command `status` tells."""
    state = view.desk.state
    return {
        "state": state_name(state),
        "pid": pid,
        "session_seconds": view.session_seconds,
        "segments": view.segments,
        "words": view.words,
        "behind_s": view.late.behind_s,
        "left_s": view.late.left_s,
        "farewell": view.farewell,
        "hypothesis": view.hypothesis,
        "warnings": [*([str(state.error)] if isinstance(state, Faulted) else []), *view.warnings],
        "microphone": view.settings.microphone.device or "system default",
        "microphone_ready": view.settings.microphone.ready,
        "engine": view.settings.engine.name,
        "hotkey": view.settings.hotkey.toggle if _keys_count(view) else "",
    }


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


def written(combination: str) -> str:
    """A combination as it stands on the keys: `Ctrl+Alt+Space`. Raises HotkeyError if it is none."""
    names = str(parse(combination)).split("+")
    return "+".join(PUNCTUATION.get(name) or name.replace("_", " ").title() for name in names)


def _keys_count(view: View) -> bool:
    return view.hotkey_held and not view.hotkey_paused


def _keys(view: View, combination: str) -> str:
    """What to press; empty where pressing it does nothing."""
    return written(combination) if combination and _keys_count(view) else ""


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
    return "\n".join((f"Scribelet: {_doing(view)}", *view.warnings))


def _doing(view: View) -> str:
    key = _keys(view, view.settings.hotkey.toggle)
    match view.desk.state:
        case Idle():
            open_already = ", the microphone is open" if view.settings.microphone.ready else ""
            return (f"press {key} to speak" if key else "click to speak") + open_already
        case Opening():
            return "opening the microphone"
        case Listening():
            return f"listening{_progress(view)}{_late(view.late)}, {f'press {key}' if key else 'click'} to stop"
        case Draining():
            return f"writing the rest{_late(view.late)}"
        case Faulted(error):
            return _told(error)
        case _:
            assert_never(view.desk.state)


def minutes(view: View) -> int:
    """Whole minutes of sound in the open session."""
    return int(view.session_seconds or 0) // 60


def _progress(view: View) -> str:
    """Where that is worth a word: for how long, and how many words."""
    age = f" for {minutes(view)} min" if minutes(view) else ""
    said = f", {view.words} word{'' if view.words == 1 else 's'}" if view.words else ""
    return age + said


def _late(late: Late) -> str:
    """How long the rest takes where that is known, else how much of it there is."""
    if late.left_s:
        return f", about {duration(late.left_s)} left"
    return f", {duration(late.behind_s)} behind" if late.behind_s else ""


def _told(error: ScribeletError) -> str:
    """What happened and what to do next, as sentences."""
    said = (str(error), error.remedy)
    return " ".join(text if text.endswith((".", "?", "!")) else f"{text}." for text in said if text)


def _menu(view: View) -> tuple[Item, ...]:
    chosen = view.settings
    return (
        *view.lacking,
        *([Item("")] if view.lacking else []),
        _toggle(view),
        _cancel(view),
        _restore(view),
        Item(""),
        *_recent(view),
        Item("Open transcript", "open transcript"),
        Item(""),
        _microphones(view),
        _engines(view),
        _place(_choice("Clipboard", "clipboard.mode", chosen.clipboard.mode, CLIPBOARD), there=view.found.clipboard),
        _place(_choice("Toasts", "toast.show", chosen.toast.show, TOASTS), there=view.found.toasts),
        Item("Open settings file", "open settings"),
        _pause(view),
        Item("Choose hotkey…", f"choose {Key.TOGGLE.value}"),
        *_autostart(view),
        *_problems(view),
        Item(""),
        Item("Quit", "quit"),
    )


def _toggle(view: View) -> Item:
    if view.desk.recording is None and view.desk.quitting:
        return Item("Start (Scribelet is ending)", "toggle", enabled=False)
    label = "Start" if view.desk.recording is None else "Stop"
    return Item(_with_keys(label, _keys(view, view.settings.hotkey.toggle)), "toggle")


def _cancel(view: View) -> Item:
    if view.desk.recording is None and not view.desk.owed:
        return Item("Cancel (nothing is being dictated)", "cancel", enabled=False)
    return Item(_with_keys("Cancel", _keys(view, view.settings.hotkey.cancel)), "cancel")


def _restore(view: View) -> Item:
    undone = view.today.undone if view.today else ""
    if not undone:
        return Item("Restore (nothing was undone)", "restore", enabled=False)
    return Item(short(f"Restore {undone}", LABEL), "restore")


def _with_keys(label: str, keys: str) -> str:
    return f"{label}  ({keys})" if keys else label


def _pause(view: View) -> Item:
    if not view.settings.hotkey.toggle:
        return Item("Pause hotkey (none is set)", enabled=False)
    if view.hotkey_paused:  # first: keys that were given back do not reach Scribelet either
        return Item("Resume hotkey", "pause hotkey")
    if not view.hotkey_held:
        return Item("Pause hotkey (it does not reach Scribelet)", enabled=False)
    return Item("Pause hotkey", "pause hotkey")


def _autostart(view: View) -> tuple[Item, ...]:
    on = view.found.autostart
    if on is None:
        return (Item("Start at login (not possible here)", enabled=False),)
    return (Item("Start at login", f"autostart {'off' if on else 'on'}", checked=on, alone=True),)


def _problems(view: View) -> tuple[Item, ...]:
    """Not every panel shows tooltips, so the menu says it, too."""
    state = view.desk.state
    late = _late(view.late).removeprefix(", ")
    told = [*([_told(state.error)] if isinstance(state, Faulted) else []), *view.warnings]
    told += [f"The text is late: {late}"] if late else []
    lines = tuple(Item(short(f"⚠ {problem}", SENTENCE), enabled=False) for problem in told)
    return (Item(""), *lines) if lines else ()


def _recent(view: View) -> tuple[Item, ...]:
    if not view.recent:
        return (Item("Copy again (nothing was dictated yet)", enabled=False),)
    there = view.found.clipboard
    title = "Copy again" if there else "Copy again (no clipboard was found)"
    shown = (Item(short(one.text, LABEL), f"copy segment {one.key}", enabled=there) for one in view.recent)
    return (Item(title, enabled=False), *shown)


def _microphones(view: View) -> Item:
    chosen = view.settings.microphone.device
    names = view.found.microphones
    used = _meant(chosen, names)
    lines = [Item("System default", "set microphone.device ", checked=not chosen)]
    lines += [Item(name, f"set microphone.device {name}", checked=name == used) for name in names]
    if chosen and not used:
        lines.append(Item(f"{chosen} (not plugged in)", enabled=False, checked=True))
    return Item("Microphone", children=tuple(lines))


def _meant(chosen: str, names: Sequence[str]) -> str:
    """The microphone that this setting opens; empty if it is the default, or not there."""
    alike = [name for name in names if chosen and chosen.casefold() in name.casefold()]
    return min(alike, key=lambda name: name.casefold() != chosen.casefold(), default="")


def _engines(view: View) -> Item:
    chosen = view.settings.engine.name
    item = _choice("Engine", "engine.name", chosen, [(name, name) for name in view.found.engines])
    missing = () if chosen in view.found.engines else (Item(f"{chosen} (not installed)", enabled=False, checked=True),)
    return Item(item.label, children=(*item.children, *missing))


def _choice(label: str, key: str, chosen: str, options: Sequence[tuple[str, str]]) -> Item:
    lines = tuple(Item(name, f"set {key} {value}", checked=value == chosen) for value, name in options)
    return Item(label, children=lines)


def _place(item: Item, *, there: bool) -> Item:
    """A place where text goes: one that is not there can only be switched off."""
    if there:
        return item
    lines = tuple(replace(line, enabled=line.action.endswith(" off")) for line in item.children)
    return Item(f"{item.label} (none was found)", children=lines)
