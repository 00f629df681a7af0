"""The window of an X server that has the keyboard, and what is known of its program."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false
# python-xlib ships no types and makes attributes at run time; what comes out of it is typed where it enters a class

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from Xlib import X, Xatom, error
from Xlib.display import Display
from Xlib.ext.res import LocalClientPIDMask
from Xlib.protocol import rq

_BY_SHIFT_INSERT = frozenset({"xterm", "uxterm", "urxvt", "rxvt", "st", "st-256color", "aterm", "eterm", "mlterm"})
_TERMINALS = _BY_SHIFT_INSERT | {
    *("konsole", "yakuake", "gnome-terminal", "gnome-terminal-server", "kgx", "org.gnome.console", "ptyxis"),
    *("org.gnome.ptyxis", "xfce4-terminal", "mate-terminal", "kitty", "alacritty", "foot", "footclient", "terminator"),
    *("tilix", "wezterm", "org.wezfurlong.wezterm", "wezterm-gui", "lxterminal", "qterminal", "terminology", "guake"),
    *("tilda", "cool-retro-term", "sakura", "roxterm", "deepin-terminal", "io.elementary.terminal", "termite", "hyper"),
    *("com.mitchellh.ghostty", "ghostty", "rio", "contour", "blackbox", "com.raggesilver.blackbox", "black-box"),
}
_PROMPTS = ("pinentry", "askpass", "polkit", "policykit", "gcr-prompter", "kwallet", "keyring", "screensaver", "kdesu")
_LOCKS = frozenset({"gksu", "gksudo", "kscreenlocker_greet", "i3lock", "slock", "xlock", "xsecurelock", "light-locker"})


@dataclass(frozen=True, slots=True)
class Window:
    """The window of a program."""

    id: int
    """0 where no window has the keyboard."""
    names: frozenset[str]
    """The two names of its WM_CLASS, in lower case."""
    foreign: bool = False
    """Its program is known to run as another user."""

    @property
    def terminal(self) -> bool:
        """A shell reads what is written there."""
        return not self.names.isdisjoint(_TERMINALS)

    @property
    def wants_shift_insert(self) -> bool:
        """It pastes with shift+insert, from the primary selection, and not with ctrl+shift+v."""
        return not self.names.isdisjoint(_BY_SHIFT_INSERT)

    @property
    def secret(self) -> bool:
        """It is known to ask for a password.

        Only programs that do nothing else are known, by name: X11 does not tell what a field in a page, or a question
        in a terminal, is for; a screen lock that holds the keyboard without a window in front is not seen either.
        """
        return not self.names.isdisjoint(_LOCKS) or any(part in name for name in self.names for part in _PROMPTS)


def focused(display: Display) -> Window:
    """The window that gets the keys."""
    root = display.screen().root
    focus = display.get_input_focus().focus
    if focus == X.PointerRoot:
        # without a window manager the keys go where the pointer is
        focus = root.query_pointer().child
    if isinstance(focus, int):
        return Window(focus, frozenset())
    at = focus
    while at and at.id != root.id:
        # the focus is often on a part of a window, and the name on the whole
        if names := _names(at):
            return Window(at.id, names, _foreign(display, focus.id))
        at = at.query_tree().parent
    return Window(focus.id, frozenset(), _foreign(display, focus.id))


def _names(window: rq.Window) -> frozenset[str]:
    found = window.get_full_property(Xatom.WM_CLASS, X.AnyPropertyType)
    names = bytes(found.value).decode("latin-1").lower().split("\0") if found and found.format == 8 else ()
    return frozenset(filter(None, names))


def _foreign(display: Display, window: int) -> bool:
    """Whether the program of a window is known to run as another user.

    By the server's word (X-Resource 1.2, QueryClientIds), since what a window says of its process may be wrong.
    """
    client = window & ~display.display.info.resource_id_mask
    if not client or not display.has_extension("X-Resource"):
        return False  # windows of the server itself, such as the background, belong to no program
    ours: int = display.display.info.resource_id_base
    try:
        answer = display.res_query_client_ids([{"client": one, "mask": LocalClientPIDMask} for one in (ours, client)])
    except error.BadRequest:  # an older version
        return False
    processes: dict[int, int] = {one.spec.client: one.value[0] for one in answer.ids if one.value}
    # a server on another machine or outside of our container counts processes that are not ours to look at
    if client not in processes or processes.get(ours) != os.getpid():
        return False
    return _owner(processes[client]) not in (None, os.getuid())


def _owner(process: int) -> int | None:
    """User id with whose rights a process acts; None where it has ended or is hidden."""
    try:
        # the folder itself is the acting user's even where a program hides its memory, unlike the files in it
        return Path(f"/proc/{process}").stat().st_uid
    except OSError:
        return None
