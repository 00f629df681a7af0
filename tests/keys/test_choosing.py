"""The hotkey chosen by pressing it: what is heard, what is refused, and who is named that has the keys already."""

from __future__ import annotations

import gc
import os
import queue
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from Xlib import X

from tray.control.bindings import symbol
from tray.control.choose_hotkey import (
    ANSWER_WITHIN,
    KeyAccess,
    blamed,
    choose_by_toast,
    choose_hotkey,
    weigh,
)
from tray.control.desktop_keys import read, user_of
from tray.control.settings_file import SettingsFile
from tray.core.combination import KEYS, parse
from tray.core.failures import HotkeyError
from tray.core.keys import Key
from tray.core.settings import Hotkey
from tray.desktop.hotkeys_x11 import X11Hotkeys
from tray.desktop.keypress_x11 import next_keys

PATIENCE = 10.0
PRESENT = "ctrl+alt+space"
SPACE, A, D, ENTER = 65, 38, 40, 36


class Listening:
    """Somebody asks for keys, and hears what is pressed."""

    def __init__(self, display: str, seconds: float = PATIENCE) -> None:
        self._ready = threading.Event()
        self._answers: queue.SimpleQueue[str | HotkeyError] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._listen, args=(display, seconds), daemon=True)
        self._thread.start()

    def begun(self) -> Listening:
        assert self._ready.wait(PATIENCE), "nobody ever asked for keys"
        return self

    @property
    def answer(self) -> str:
        told = self._answers.get(timeout=2 * PATIENCE)
        if isinstance(told, HotkeyError):
            raise told
        return told

    def _listen(self, display: str, seconds: float) -> None:
        try:
            self._answers.put(next_keys(seconds, self._ready.set, display_name=display))
        except HotkeyError as error:
            self._answers.put(error)


# what is heard


@pytest.mark.parametrize(
    ("pressed", "heard"),
    [
        ("ctrl+alt+d", "ctrl+alt+d"),
        ("super+shift+F5", "shift+super+f5"),
        ("Pause", "pause"),
        ("ctrl+Escape", "ctrl+escape"),
        ("Escape", ""),
        ("d", "d"),
        ("ctrl+alt", "ctrl+alt"),
        ("alt+comma", "alt+comma"),
        ("XF86AudioPlay", "media_play"),
    ],
)
def test_what_is_pressed_is_heard_as_it_is_written(desk, pressed: str, heard: str) -> None:
    listening = Listening(desk.display).begun()
    desk.tap(pressed)
    assert listening.answer == heard


@pytest.mark.parametrize(
    ("layout", "place", "heard"),
    [("fr", 24, "a"), ("ru", 24, "q"), ("de", 52, "y"), ("fr", 10, "1"), ("de", 59, "comma"), ("fr", 13, "apostrophe")],
)
def test_under_every_layout_the_name_is_the_one_that_will_be_taken_again(desk, layout, place, heard) -> None:
    desk.layout(layout)
    listening = Listening(desk.display).begun()
    desk.tap_place(place)
    keys = listening.answer
    assert keys == f"ctrl+alt+{heard}"
    taken = threading.Event()
    with closing(X11Hotkeys(desk.display)) as hotkeys:
        hotkeys.bind(keys, "", lambda _: taken.set())
        desk.tap_place(place)
        assert taken.wait(PATIENCE)


def test_caps_lock_and_num_lock_make_no_difference_to_what_is_heard(desk, locked) -> None:
    with locked("Caps_Lock", "Num_Lock"):
        listening = Listening(desk.display).begun()
        desk.tap("ctrl+alt+d")
        assert listening.answer == "ctrl+alt+d"


def test_the_enter_that_started_the_command_may_still_be_down_and_be_chosen_afterwards(desk) -> None:
    desk.keys("keydown", str(ENTER))
    listening = Listening(desk.display).begun()
    desk.keys("sleep", "1", "keyup", str(ENTER), "key", "ctrl+alt+Return")
    assert listening.answer == "ctrl+alt+enter"


def test_a_modifier_that_was_too_much_can_be_let_go(desk) -> None:
    listening = Listening(desk.display).begun()
    desk.keys("keydown", "ctrl", "keydown", "shift", "keyup", "shift", "key", "d", "keyup", "ctrl")
    assert listening.answer == "ctrl+d"


def test_keys_that_are_held_for_a_while_are_not_typed_into_the_terminal(desk, program) -> None:
    listening = Listening(desk.display).begun()
    desk.keys("keydown", "ctrl", "keydown", str(D), "sleep", "0.9", "keyup", str(D), "keyup", "ctrl")
    assert listening.answer == "ctrl+d"
    desk.keys("key", str(A))
    assert program.typed_until(A) == [A]


def test_the_terminal_with_the_focus_gets_nothing_of_it_and_everything_afterwards(desk, program) -> None:
    listening = Listening(desk.display).begun()
    desk.tap("ctrl+alt+d")
    assert listening.answer
    desk.keys("key", str(A))
    assert D not in program.typed_until(A)


@pytest.mark.usefixtures("hotkeys")
def test_the_present_hotkey_can_be_pressed_and_does_not_start_anything(desk, heard) -> None:
    listening = Listening(desk.display).begun()
    desk.tap(PRESENT)
    assert listening.answer == PRESENT
    heard.nothing_else(desk)


def test_where_nothing_is_pressed_it_is_given_up_and_the_keyboard_given_back(desk, other) -> None:
    with pytest.raises(HotkeyError, match=r"within 0\.2 seconds"):
        _ = Listening(desk.display, 0.2).answer
    root = other.screen().root
    assert root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime) == X.GrabSuccess
    other.ungrab_keyboard(X.CurrentTime)


def test_a_menu_that_is_just_closing_is_waited_for(desk, other) -> None:
    root = other.screen().root
    assert root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime) == X.GrabSuccess
    listening = Listening(desk.display)
    other.ungrab_keyboard(X.CurrentTime)
    other.sync()
    listening.begun()
    desk.tap("ctrl+alt+d")
    assert listening.answer == "ctrl+alt+d"


def test_a_program_that_keeps_the_keyboard_is_told(desk, other) -> None:
    root = other.screen().root
    assert root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime) == X.GrabSuccess
    with pytest.raises(HotkeyError, match="keeps the keyboard"):
        _ = Listening(desk.display).answer
    other.ungrab_keyboard(X.CurrentTime)
    other.sync()


def test_a_key_without_a_name_is_refused(desk) -> None:
    listening = Listening(desk.display).begun()
    desk.tap("KP_Multiply")
    with pytest.raises(HotkeyError, match="cannot be part of a hotkey"):
        _ = listening.answer


@pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")
def test_without_a_display_writing_the_keys_is_offered() -> None:
    # python-xlib leaves its socket to the garbage collector when it cannot connect, hence the filter
    assert "scribelet hotkey toggle" in remedy_without_display()
    gc.collect()


def remedy_without_display() -> str:
    """What to do where no key can be heard."""
    with pytest.raises(HotkeyError) as failure:
        next_keys(1, lambda: None, display_name=":4000")
    return failure.value.remedy


# what is refused


def nothing(_: str) -> None:
    """Everything can be had."""


def access(**changes: object) -> KeyAccess:
    """An X11 desktop without settings of its own, on which nothing is pressed."""
    return KeyAccess(**{"listen": None, "take": nothing, "ours": frozenset(), "environment": {}, **changes})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("d", "taken away from every other program"),
        ("ctrl+alt", "no key besides its modifiers"),
        ("spaec", "not the name"),
    ],
)
def test_what_cannot_be_a_hotkey_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(HotkeyError, match=why):
        weigh(text, Key.TOGGLE, Hotkey(), access())


@pytest.mark.parametrize(
    ("key", "text", "whose"), [(Key.TOGGLE, "control+alt+c", "cancel"), (Key.CANCEL, "alt+ctrl+space", "toggle")]
)
def test_our_other_key_is_no_second_time_to_be_had(key: Key, text: str, whose: str) -> None:
    with pytest.raises(HotkeyError, match=f"is the {whose} key already") as failure:
        weigh(text, key, Hotkey(cancel="ctrl+alt+c"), access())
    assert failure.value.remedy.endswith(f"scribelet hotkey {whose} --none")


def attempt(display: str) -> Callable[[str], None]:
    """Takes a combination on this display for a moment."""

    def take(keys: str) -> None:
        with closing(X11Hotkeys(display)) as hotkeys:
            hotkeys.bind(keys, "", lambda _: None)

    return take


def test_a_combination_of_another_program_is_refused_until_that_gives_it_back(desk, other) -> None:
    other.screen().root.grab_key(D, X.ControlMask | X.Mod1Mask, False, X.GrabModeAsync, X.GrabModeAsync)
    other.sync()
    with pytest.raises(HotkeyError, match=r"taken “ctrl\+alt\+d”"):
        weigh("ctrl+alt+d", Key.TOGGLE, Hotkey(), access(take=attempt(desk.display)))
    other.screen().root.ungrab_key(D, X.ControlMask | X.Mod1Mask)
    other.sync()
    assert weigh("ctrl+alt+d", Key.TOGGLE, Hotkey(), access(take=attempt(desk.display))).keys == parse("ctrl+alt+d")


@pytest.mark.usefixtures("hotkeys")
def test_the_grab_of_the_running_program_is_no_conflict(desk) -> None:
    ours = access(take=attempt(desk.display), ours=frozenset({PRESENT, ""}))
    assert weigh("alt+ctrl+space", Key.TOGGLE, Hotkey(), ours).keys == parse(PRESENT)
    with pytest.raises(HotkeyError, match="Another program"):
        weigh(PRESENT, Key.TOGGLE, Hotkey(), access(take=attempt(desk.display)))


# who has it


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("<Primary><Alt>t", "ctrl+alt+t"),
        ("<Super>Page_Up", "super+page_up"),
        ("<Shift><Control>bracketleft", "ctrl+shift+left_bracket"),
        ("Meta+PgUp", "super+page_up"),
        ("Ctrl+Alt+Del", "ctrl+alt+delete"),
        ("Mod4+Shift+Return", "shift+super+enter"),
        ("CTRL ALT, SPACE", "ctrl+alt+space"),
        ("SUPER + F5", "super+f5"),
        ("XF86AudioMute", "volume_mute"),
        ("Print", "print_screen"),
    ],
)
def test_the_keys_of_every_desktop_are_understood(text: str, keys: str) -> None:
    assert read(text) == parse(keys)


@pytest.mark.parametrize("text", ["", "none", "disabled", "<Alt>", "Ctrl+Alt", "override", "a b", "code:38"])
def test_what_is_no_combination_is_nobodys(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_is_understood_as_gnome_writes_it(key: str) -> None:
    found = read(f"<Super>{symbol(key)}")
    assert found is not None
    assert found.key == key


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody whose settings are in an empty folder."""
    return {"HOME": str(tmp_path), "PATH": f"{tmp_path}:{os.environ['PATH']}"}


def tool(folder: Path, name: str, answers: dict[str, str]) -> None:
    """A program that answers its arguments with what is written here."""
    program = folder / name
    program.write_text(f"#!{sys.executable}\nimport sys\nprint({answers!r}.get(' '.join(sys.argv[1:]), ''))\n")
    program.chmod(0o755)


def test_gnome_itself_is_asked_for_its_keys(home) -> None:
    gnome = {**home, "XDG_CURRENT_DESKTOP": "GNOME", "GSETTINGS_BACKEND": "memory"}
    assert user_of(parse("alt+f8"), gnome) == "GNOME uses Alt+F8 for “begin resize”."
    assert user_of(parse("ctrl+alt+super+f8"), gnome) == ""


MEDIA_KEYS = "org.gnome.settings-daemon.plugins.media-keys"
ADDED = "/org/gnome/settings-daemon/plugins/media-keys/custom-keybindings/custom0/"
CINNAMON = "org.cinnamon.desktop.keybindings"
CINNAMON_ADDED = f"{CINNAMON}.custom-keybinding:/org/cinnamon/desktop/keybindings/custom-keybindings/custom0/"
LISTINGS = {
    "ubuntu:GNOME": {
        "list-recursively": f"{MEDIA_KEYS} screenreader ['<Alt><Super>s']\n"
        "org.gnome.desktop.interface note '<Alt><Super>x'\n"
        f"{MEDIA_KEYS} custom-keybindings ['{ADDED}']",
        f"list-recursively {MEDIA_KEYS}.custom-keybinding:{ADDED}": f"{MEDIA_KEYS}.custom-keybinding name 'Notes'\n"
        f"{MEDIA_KEYS}.custom-keybinding command 'gnome-text-editor'\n"
        f"{MEDIA_KEYS}.custom-keybinding binding '<Control><Alt>n'",
    },
    "X-Cinnamon": {
        "list-recursively": f"{CINNAMON}.wm close ['<Alt>F4']\n{CINNAMON} custom-list ['__dummy__', 'custom0']",
        f"list-recursively {CINNAMON_ADDED}": f"{CINNAMON}.custom-keybinding command 'xed'\n"
        f"{CINNAMON}.custom-keybinding binding ['<Primary><Alt>n']",
    },
    "MATE": {"list-recursively": "org.mate.Marco.global-keybindings run-command-terminal '<Control><Alt>t'"},
}


@pytest.mark.parametrize(
    ("name", "keys", "says"),
    [
        ("ubuntu:GNOME", "alt+super+s", "GNOME uses Alt+Super+S for “screenreader”."),
        ("ubuntu:GNOME", "ctrl+alt+n", "GNOME uses Ctrl+Alt+N for “Notes”."),
        ("ubuntu:GNOME", "alt+super+x", ""),
        ("X-Cinnamon", "alt+f4", "Cinnamon uses Alt+F4 for “close”."),
        ("X-Cinnamon", "ctrl+alt+n", "Cinnamon uses Ctrl+Alt+N for “xed”."),
        ("MATE", "ctrl+alt+t", "MATE uses Ctrl+Alt+T for “run command terminal”."),
    ],
)
def test_keys_that_people_added_are_named_like_those_of_the_desktop(home, tmp_path, name, keys, says) -> None:
    tool(tmp_path, "gsettings", LISTINGS[name])
    assert user_of(parse(keys), {**home, "XDG_CURRENT_DESKTOP": name}) == says


XFCE = """/commands/custom/<Primary><Alt>t                 exo-open --launch TerminalEmulator
/commands/custom/<Primary><Alt>t/startup-notify  true
/commands/custom/override                        true
/commands/default/<Alt>F2                        xfce4-appfinder --collapsed
/xfwm4/custom/<Alt>F4                            close_window_key"""


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("ctrl+alt+t", "Xfce uses Ctrl+Alt+T for “exo-open --launch TerminalEmulator”."),
        ("alt+f4", "Xfce uses Alt+F4 for “close_window_key”."),
        ("alt+f2", ""),
    ],
)
def test_xfce_is_asked_for_the_keys_in_force(home, tmp_path, keys: str, says: str) -> None:
    tool(tmp_path, "xfconf-query", {"-c xfce4-keyboard-shortcuts -lv": XFCE})
    assert user_of(parse(keys), {**home, "XDG_CURRENT_DESKTOP": "XFCE"}) == says


FILES = {
    "KDE": (
        "kglobalshortcutsrc",
        "[kwin]\n_k_friendly_name=KWin\nWindow Close=Alt+F4,Alt+F4,Close Window\n"
        "Walk=Meta+Tab\\tAlt+Tab,none,Walk Through Windows\n"
        "[services][org.kde.konsole.desktop]\n_launch=Ctrl+Alt+T\n",
    ),
    "sway": (
        "sway/config",
        "# bindsym Mod4+x kill\nset $mod Mod4\nbindsym $mod+Return exec foot\n"
        "bindsym --locked $mod+Shift+q kill\ninclude more/*\n"
        'mode "resize" {\n    bindsym Ctrl+Left resize shrink\n}\nbindsym $mod+f fullscreen\n',
    ),
    "Hyprland": (
        "hypr/hyprland.conf",
        "$mainMod = SUPER\nbind = $mainMod, Q, exec, kitty\nbindel = ,XF86AudioMute, exec, wpctl\n"
        "bind = CTRL ALT, space, exec, wofi\n",
    ),
}


@pytest.mark.parametrize(
    ("name", "keys", "use"),
    [
        ("KDE", "alt+f4", "Close Window"),
        ("KDE", "alt+tab", "Walk Through Windows"),
        ("KDE", "super+tab", "Walk Through Windows"),
        ("KDE", "ctrl+alt+t", "_launch"),
        ("sway", "super+enter", "exec foot"),
        ("sway", "shift+super+q", "kill"),
        ("sway", "super+f", "fullscreen"),
        ("sway", "super+m", "exec mail"),
        ("sway", "super+x", ""),
        ("sway", "ctrl+left", ""),
        ("Hyprland", "super+q", "exec, kitty"),
        ("Hyprland", "ctrl+alt+space", "exec, wofi"),
        ("Hyprland", "volume_mute", "exec, wpctl"),
    ],
)
def test_the_settings_files_of_a_desktop_are_read(home, tmp_path, name: str, keys: str, use: str) -> None:
    place, text = FILES[name]
    file = tmp_path / ".config" / place
    (file.parent / "more").mkdir(parents=True)
    file.write_text(text)
    (file.parent / "more" / "mail").write_text("bindsym $mod+m exec mail\n")
    said = user_of(parse(keys), {**home, "XDG_CURRENT_DESKTOP": name})
    assert said.endswith(f"for “{use}”." if use else "")
    assert bool(said) == bool(use)


def test_a_hyprland_in_lua_is_read_too(home, tmp_path) -> None:
    file = tmp_path / ".config" / "hypr" / "hyprland.lua"
    file.parent.mkdir(parents=True)
    file.write_text('hl.bind("SUPER + D", hl.dsp.exec_cmd("wofi"))\n')
    assert "wofi" in user_of(parse("super+d"), {**home, "XDG_CURRENT_DESKTOP": "Hyprland"})


@pytest.mark.parametrize("name", ["GNOME", "KDE", "XFCE", "sway", "i3", "Hyprland", "MATE", "X-Cinnamon", "niri", ""])
def test_where_a_desktop_has_no_settings_nobody_is_accused(home, tmp_path, name: str) -> None:
    bare = {**home, "PATH": str(tmp_path), "XDG_CURRENT_DESKTOP": name}
    assert user_of(parse("ctrl+alt+space"), bare) == ""


def test_a_pipe_in_place_of_a_settings_file_holds_nobody_up(home, tmp_path) -> None:
    (tmp_path / ".config").mkdir()
    os.mkfifo(tmp_path / ".config" / "kglobalshortcutsrc")
    began = time.monotonic()
    assert user_of(parse("ctrl+alt+space"), {**home, "XDG_CURRENT_DESKTOP": "KDE"}) == ""
    assert time.monotonic() - began < ANSWER_WITHIN


def test_a_desktop_that_does_not_answer_accuses_nobody(home, tmp_path) -> None:
    program = tmp_path / "xfconf-query"
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    began = time.monotonic()
    assert user_of(parse("ctrl+alt+space"), {**home, "XDG_CURRENT_DESKTOP": "XFCE"}) == ""
    assert time.monotonic() - began < PATIENCE


def test_a_refusal_names_the_part_of_the_desktop_that_has_the_keys(home) -> None:
    gnome = {**home, "XDG_CURRENT_DESKTOP": "GNOME", "GSETTINGS_BACKEND": "memory"}
    told = blamed(HotkeyError("Another program has taken “alt+f8”.", "Choose."), parse("alt+f8"), gnome)
    assert str(told) == "Another program has taken “alt+f8”. GNOME uses Alt+F8 for “begin resize”."
    assert told.remedy == "Choose."


# the command


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "config.toml")


@pytest.fixture
def command(file: SettingsFile) -> Callable[..., Result]:
    """Runs the command with what is typed behind it (None = nothing) and, at its question, below it."""

    def call(typed: str | None, where: KeyAccess, key: Key = Key.TOGGLE, answer: str = "") -> Result:
        line = click.Command("hotkey", callback=lambda: choose_hotkey(key, typed, where, file))
        return CliRunner().invoke(line, input=answer)

    return call


def toggle(file: SettingsFile) -> str:
    return file.read().settings.hotkey.toggle


def test_pressed_keys_are_shown_as_they_stand_on_the_keyboard_and_written_to_the_settings(desk, command, file) -> None:
    def listen(seconds: float, ready: Callable[[], None]) -> str:
        def asked() -> None:
            ready()
            desk.tap("ctrl+alt+d")

        return next_keys(seconds, asked, display_name=desk.display)

    result = command(None, access(listen=listen, take=attempt(desk.display)))
    assert result.output.splitlines() == [
        "Press the keys you want, Esc to leave it.",
        "Ctrl+Alt+D is the toggle key now.",
    ]
    assert toggle(file) == "ctrl+alt+d"


def test_escape_leaves_everything_as_it_is(command, file) -> None:
    result = command(None, access(listen=lambda _seconds, _ready: ""))
    assert result.output == "The toggle key stays as it is.\n"
    assert toggle(file) == PRESENT


def test_what_is_refused_is_not_written(command, file) -> None:
    result = command(None, access(listen=lambda _seconds, _ready: "d"))
    assert isinstance(result.exception, HotkeyError)
    assert toggle(file) == PRESENT


def test_a_key_can_be_taken_away(command, file) -> None:
    assert command("", access()).output == "There is no toggle key now.\n"
    assert toggle(file) == ""


def test_the_cancel_key_is_set_the_same_way(command, file) -> None:
    assert command("ctrl+alt+c", access(), Key.CANCEL).output == "Ctrl+Alt+C is the cancel key now.\n"
    assert file.read().settings.hotkey.cancel == "ctrl+alt+c"


def test_on_wayland_the_keys_are_typed_and_the_line_for_this_desktop_is_printed(command, file) -> None:
    sway = {"WAYLAND_DISPLAY": "wayland-1", "XDG_CURRENT_DESKTOP": "sway", "XDG_CONFIG_HOME": "/nowhere"}
    result = command(None, access(take=None, environment=sway), answer="super+d\n")
    assert "gives keys to no program" in result.output
    assert result.output.splitlines()[-1] == "bindsym Mod4+d exec scribelet toggle"
    assert toggle(file) == "super+d"


def test_on_wayland_keys_that_the_desktop_uses_are_named(command, home, tmp_path) -> None:
    (tmp_path / ".config" / "sway").mkdir(parents=True)
    (tmp_path / ".config" / "sway" / "config").write_text("bindsym Mod4+d exec wofi\n")
    sway = {**home, "WAYLAND_DISPLAY": "wayland-1", "XDG_CURRENT_DESKTOP": "sway"}
    result = command("super+d", access(take=None, environment=sway))
    assert "Super+D is the toggle key now. sway uses Super+D for “exec wofi”." in result.output


def test_without_a_display_the_keys_are_typed(command, file) -> None:
    result = command(None, access(take=None), answer="f9\n")
    assert result.output.endswith("F9 is the toggle key now.\n")
    assert toggle(file) == "f9"


# the menu


class Menu:
    """What “Choose hotkey…” shows and changes."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []
        self.changes: list[tuple[str, str]] = []

    def choose(self, where: KeyAccess, hotkey: Hotkey | None = None) -> None:
        choose_by_toast(
            Key.TOGGLE,
            hotkey or Hotkey(),
            where,
            lambda *told: self.told.append(told),
            lambda *change: self.changes.append(change),
        )


def pressing(keys: str) -> KeyAccess:
    """A desktop on which these keys are pressed as soon as they are asked for."""

    def listen(_seconds: float, ready: Callable[[], None]) -> str:
        ready()
        return keys

    return access(listen=listen)


def test_the_menu_asks_with_a_toast_and_answers_with_another() -> None:
    menu = Menu()
    menu.choose(pressing("ctrl+alt+d"))
    assert menu.told[0] == ("Press the keys you want", "Esc: leave it")
    assert menu.told[-1][1] == "Ctrl+Alt+D is the toggle key now."
    assert menu.changes == [("hotkey.toggle", "ctrl+alt+d")]


@pytest.mark.parametrize(
    ("keys", "says"), [("", "stays as it is."), ("d", "taken away from every other"), ("ctrl+alt", "no key besides")]
)
def test_the_menu_says_why_nothing_was_changed(keys: str, says: str) -> None:
    menu = Menu()
    menu.choose(pressing(keys))
    assert says in menu.told[-1][1]
    assert menu.changes == []


def test_where_no_program_hears_keys_the_menu_names_the_command() -> None:
    menu = Menu()
    menu.choose(access())
    assert menu.told[-1][1] == "Run: scribelet hotkey toggle ctrl+alt+d"
