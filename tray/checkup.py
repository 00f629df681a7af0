"""Everything that the doctor looks at on this machine, in the order in which it matters."""

from __future__ import annotations

import logging
import os
import platform
import re
import shlex
import shutil
import sys
from collections.abc import Mapping
from contextlib import closing
from importlib import metadata
from pathlib import Path
from typing import Any, cast

from tray import __version__
from tray.belongings import shelf
from tray.control.bindings import Desktop, binding, desktop_of
from tray.control.choose_hotkey import blamed
from tray.control.client import Reply, Request, ask, state_line
from tray.control.doctor import Check, Finding, examine, look_at_folder, look_at_model, look_at_session
from tray.control.settings_file import SettingsFile
from tray.core.combination import parse
from tray.core.face import written
from tray.core.failures import HotkeyError, MicrophoneError, ModelError, NotRunningError, SettingsError
from tray.core.settings import Hotkey, Settings
from tray.core.speech import FRAME
from tray.system.assets import asset_folder
from tray.system.folders import running_socket, runtime_folder, settings_path, state_folder, transcript_folder

SLOW_MS = 150
"""Milliseconds until a microphone delivers, above which a first word may be lost."""
_PROCESSOR_FLAGS = {"avx2": "AVX2", "avx512_vnni": "AVX-512 VNNI", "avx_vnni": "AVX-VNNI"}
"""What makes 8-bit arithmetic fast, as /proc/cpuinfo writes it and as people do."""
_BAR = "Run: sudo apt install waybar\nIts tray shows the icon; see: man waybar-tray"
_PANELS: Mapping[Desktop | None, str] = {
    Desktop.GNOME: "Run: sudo apt install gnome-shell-extension-appindicator\n"
    "Then log in again, and switch it on in the program Extensions.",
    Desktop.KDE: "Add the widget System Tray to the panel.",
}
_PANEL = "Run: sudo apt install xfce4-panel\nIts plugin Status Tray shows the icon."


def examine_all() -> int:
    """Look at everything and print what is found; the exit code says whether dictation works."""
    # what the parts log stands in the findings, and would come in between them
    logging.getLogger("tray").addHandler(logging.NullHandler())
    return examine(checks(_in_force(), os.environ))


def checks(settings: Settings, environment: Mapping[str, str]) -> list[Check]:
    """What to look at with these settings, on the desktop that these environment variables describe."""
    linux = sys.platform == "linux"
    transcripts = "Run: scribelet config set transcript.folder ~/Scribelet"
    return [
        Check("Versions", look_at_versions),
        Check("Processor", look_at_processor),
        Check("Running", look_at_running),
        Check("Settings", lambda: look_at_settings(settings_path()), SettingsError.exit_code),
        Check("Model", lambda: look_at_model(shelf(), settings.engine.name), ModelError.exit_code),
        Check("Voice gate", look_at_gate, ModelError.exit_code),
        Check("Microphone", lambda: look_at_microphone(settings.microphone.device), MicrophoneError.exit_code),
        Check("Transcript", lambda: look_at_folder(transcript_folder(settings.transcript.folder), transcripts), 1),
        Check("State", look_at_state, 1),
        *((Check("Desktop", lambda: look_at_session(environment)),) if linux else ()),
        *((Check("Tray", lambda: look_at_tray(environment)), Check("Toasts", look_at_toasts)) if linux else ()),
        Check("Clipboard", lambda: look_at_clipboard(environment)),
        Check("Hotkey", lambda: look_at_hotkey(settings.hotkey, environment)),
    ]


def _in_force() -> Settings:
    """The settings as the program would start with them."""
    try:
        return SettingsFile(settings_path()).read().settings if settings_path().exists() else Settings()
    except (SettingsError, OSError):  # the look at the settings says so
        return Settings()


def look_at_versions() -> Finding:
    """Versions of what recognition needs."""
    try:
        runtime = f"onnxruntime {metadata.version('onnxruntime')}"
    except metadata.PackageNotFoundError:  # a frozen program carries no metadata; whether it loads, the gate tells
        runtime = "onnxruntime of an unknown version"
    return Finding(True, f"Scribelet {__version__}, Python {platform.python_version()}, {runtime}")


def look_at_processor(listing: Path = Path("/proc/cpuinfo")) -> Finding:
    """What the processor is, and whether it has what makes recognition fast."""
    if platform.machine().casefold() not in ("x86_64", "amd64") or not listing.exists():
        return Finding(True, platform.processor() or platform.machine())
    told = dict(re.findall(r"^(model name|flags)\s*: (.+)$", listing.read_text(), re.MULTILINE))
    fast = [name for flag, name in _PROCESSOR_FLAGS.items() if flag in told.get("flags", "").split()]
    says = f"{told.get('model name', platform.machine())} with {' and '.join(fast) or 'neither AVX2 nor VNNI'}"
    return Finding(True, says) if fast else Finding(None, f"{says}: text will come slowly")


def look_at_running() -> Finding:
    """What the running Scribelet says about itself. Raises ScribeletError where it does not answer."""
    reply = _running()
    told = f"process {reply.get('pid')}: {state_line(reply)}" if reply else "no; start it with: scribelet"
    return Finding(True, told)


def _running() -> Reply | None:
    try:
        return ask(running_socket(), Request("status"))
    except NotRunningError:
        return None


def look_at_settings(path: Path) -> Finding:
    """Whether every line of the settings file can be used. Raises SettingsError."""
    if not os.path.lexists(path):  # reading would write it
        return Finding(True, f"{path} is not there yet, so every setting has its default")
    warnings = SettingsFile(path).read().warnings
    if warnings:
        return Finding(None, f"{path}: {'; '.join(warnings)}", "Take out what is unknown, or correct its name")
    return Finding(True, str(path))


def look_at_gate() -> Finding:
    """Whether the network that tells speech from noise can be run. Raises ModelError."""
    try:
        from tray.audio.gate import SileroGate, load_network
    except ImportError as error:
        again = f"Run: {sys.executable} -m pip install --force-reinstall onnxruntime numpy"
        return Finding(False, f"onnxruntime cannot be loaded: {error}", again)
    file = asset_folder("models") / "silero-vad" / "silero_vad.onnx"
    if SileroGate(load_network(file))(bytes(2 * FRAME)).score < 0.5:
        return Finding(True, "loads, and takes silence for silence")
    return Finding(False, f"{file} takes silence for speech", "Install Scribelet again")


def look_at_microphone(name: str) -> Finding:
    """Whether sound comes from the microphone of this name ("" = the default), and how soon. Raises MicrophoneError."""
    from tray.audio.microphone import default_microphone, measure_first_block
    from tray.audio.portaudio import SilenceError

    called = f"“{name}”" if name else f"the system's default, “{default_microphone()}”"
    try:
        took_ms = round(1000 * measure_first_block(name))
    except SilenceError:
        return Finding(None, f"{called}: only exact zeros arrive, so it may be muted or not permitted", _unmute())
    says = f"{called}: sound arrives after {took_ms} ms"
    if took_ms <= SLOW_MS:
        return Finding(True, says)
    remedy = "Wait until the icon says that it listens, or run: scribelet config set microphone.ready true"
    return Finding(None, says, remedy)


def _unmute() -> str:
    if sys.platform == "linux":
        pipewire, pulse = "wpctl set-mute @DEFAULT_AUDIO_SOURCE@ 0", "pactl set-source-mute @DEFAULT_SOURCE@ 0"
        return f"Run: {pipewire if shutil.which('wpctl') else pulse}"
    return "Look in the privacy settings of the system whether this terminal may use the microphone"


def look_at_state() -> Finding:
    """Whether log, spool and socket have their place. Raises ScribeletError."""
    folder = state_folder()
    runtime_folder()
    return look_at_folder(folder, f'Run: sudo chown -R "$(id -u)" {shlex.quote(str(folder))}')


def look_at_tray(environment: Mapping[str, str]) -> Finding:
    """Whether a panel would show the icon."""
    wayland, x11 = environment.get("WAYLAND_DISPLAY"), environment.get("DISPLAY")
    remedy = _PANELS.get(desktop_of(environment), _BAR if wayland else _PANEL)
    if _panel():
        return Finding(True, "a panel shows the icon and its menu")
    if not (wayland or x11):
        return Finding(False, "no desktop, so no tray", "Everything can be done with: scribelet toggle")
    if not wayland and _older_tray():
        return Finding(None, "a tray of the older kind (XEmbed), which may show the icon without its menu", remedy)
    return Finding(False, "no panel here shows icons", remedy)


def _panel() -> bool:
    """Whether a StatusNotifier host is on the session bus."""
    from tray.desktop.status_notifier import WATCHER, WATCHER_PROPERTIES
    from tray.system.session_bus import BusError, SessionBus

    try:
        with closing(SessionBus()) as bus:
            (hosted,) = bus.call(WATCHER_PROPERTIES, "Get", "ss", [WATCHER.interface, "IsStatusNotifierHostRegistered"])
            return hosted.value is True
    except BusError:
        return False


def _older_tray() -> bool:
    """Whether somebody is the system tray of the X screen (freedesktop.org, System Tray Protocol 0.4)."""
    from Xlib import X, error
    from Xlib.display import Display

    try:
        display: Any = Display()
    except (error.DisplayError, error.XauthError, error.ConnectionClosedError, OSError):
        return False
    with closing(display):
        selection = display.intern_atom(f"_NET_SYSTEM_TRAY_S{display.get_default_screen()}")
        return display.get_selection_owner(selection) != X.NONE


def look_at_toasts() -> Finding:
    """Which program shows toasts, and whether it has buttons. Raises BusError where there is no session bus."""
    from tray.system.notifications import DAEMON
    from tray.system.session_bus import BusError, SessionBus

    with closing(SessionBus()) as bus:
        try:
            name, _, version, _ = bus.call(DAEMON, "GetServerInformation")
            (features,) = bus.call(DAEMON, "GetCapabilities")
        except BusError:
            return Finding(False, "no notification daemon, so no toasts", "Run: sudo apt install dunst")
    buttons = "with buttons" if "actions" in features else "without buttons, so there is none for undo"
    return Finding(True, f"{name} {version}, {buttons}")


def look_at_clipboard(environment: Mapping[str, str]) -> Finding:
    """Whether the clipboard answers. Raises SinkError."""
    from tray.system.clipboard import find_clipboard

    find_clipboard(environment).paste()
    return Finding(True, "it answers")


def look_at_hotkey(hotkey: Hotkey, environment: Mapping[str, str]) -> Finding:
    """Whether the keys that are set can be had. Raises HotkeyError."""
    wayland, x11 = environment.get("WAYLAND_DISPLAY"), environment.get("DISPLAY")
    if sys.platform == "darwin" or wayland:
        keys = parse(hotkey.toggle or Hotkey().toggle)
        config = Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config")
        bound = binding(desktop_of(environment), keys, config)
        return Finding(None, "this desktop gives keys to no program; it has to run `scribelet toggle` itself", bound)
    if sys.platform == "linux" and not x11:
        return Finding(False, "no desktop, so no hotkey", "Everything can be done with: scribelet toggle")
    if not hotkey.toggle:
        return Finding(None, "none is set", f"Run: scribelet config set hotkey.toggle {Hotkey().toggle}")
    try:
        return _held_by(reply, hotkey.toggle) if (reply := _running()) else _try(hotkey)
    except HotkeyError as error:
        raise blamed(error, parse(hotkey.toggle), environment) from error


def _held_by(reply: Reply, toggle: str) -> Finding:
    """What the running Scribelet knows of its keys."""
    warnings = reply.get("warnings")
    told = cast("list[object]", warnings) if isinstance(warnings, list) else []
    if refused := next((str(one) for one in told if f"“{parse(toggle)}”" in str(one)), ""):
        raise HotkeyError(refused, "Choose another one with: scribelet config set hotkey.toggle …")
    if not reply.get("hotkey"):
        return Finding(None, f"{written(toggle)} is paused", "Click in its menu: Resume hotkey")
    return Finding(True, f"{written(toggle)}, held by the running Scribelet")


def _try(hotkey: Hotkey) -> Finding:
    if sys.platform == "win32":
        from tray.desktop.hotkeys_windows import WindowsHotkeys as Hotkeys
    else:
        from tray.desktop.hotkeys_x11 import X11Hotkeys as Hotkeys

    with closing(Hotkeys()) as hotkeys:
        hotkeys.bind(hotkey.toggle, hotkey.cancel, lambda _: None)
    return Finding(True, f"{written(hotkey.toggle)} can be had")
