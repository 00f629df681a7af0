"""The settings file, which people edit while the program runs."""

from __future__ import annotations

from pathlib import Path

from tests.fuzz.worker import Parse
from tray.control.settings_file import SettingsFile, default_text
from tray.core.failures import SettingsError
from tray.core.settings import Settings
from tray.core.settings_keys import KEYS, find

_EDITED = b"""\
# my own words
[clipboard]
mode = "off"   # another program
limit = 0x1_000
[ "hotkey" ]
toggle = "super+d"
cancel = 'ctrl+alt+x'
[transcript]
folder = '''~/Text'''
"""
_SHORT = b'toast.show = "live"\nsession = {endpoint_s = 1.5, hold_minutes = 2}\nlog.level = "debug" # why\n'
_WRONG = b"[hotkey]\ntoggle.a.b = 1\n[toast]\nshow = [[1], {a = 2}]\n"
_STRANGE = (
    b'[microphone]\ndevice = """\nUSB\n"""\nready = true\n[mine]\nlist = [\n [1, 2.5],\n 1979-05-27T07:32:00Z\n]\n'
)
TOKENS = (
    *(key.encode() for key in KEYS),
    *(
        b"[[hotkey]]",
        b"[hotkey.toggle]",
        b"hotkey.toggle.a",
        b"=",
        b"'''",
        b'"""',
        b"inf",
        b"-nan",
        b"0x",
        b"# ",
        b"{}",
    ),
    *(b"1979-05-27", b"hotkey = 1\n", b"[session]\n", b"x = '''\n"),
)
_CHANGES = (
    *(("toast.show", "off"), ("hotkey.hold_ms", "500"), ("session.endpoint_s", "0.7"), ("microphone.device", "a\\b")),
    *(
        ("microphone.ready", "true"),
        ("hotkey.cancel", "ctrl+alt+c"),
        ("transcript.folder", "~/x y"),
        ("log.level", "x"),
    ),
)


def valid() -> list[bytes]:
    return [_EDITED, _SHORT, _STRANGE, _WRONG, default_text().encode()]


def reading(folder: Path) -> Parse:
    """Reads the file as the program does whenever it was saved."""
    file = SettingsFile(folder / "config.toml")

    def parse(content: bytes) -> None:
        file.path.write_bytes(content)
        found = file.read()
        assert isinstance(found.settings, Settings)
        assert all(warning.strip() for warning in found.warnings)

    return parse


def changing(folder: Path) -> Parse:
    """Changes one setting in it, which then has its value; what could be read before can be read after."""
    file = SettingsFile(folder / "config.toml")

    def parse(content: bytes) -> None:
        file.path.write_bytes(content)
        name, text = _CHANGES[len(content) % len(_CHANGES)]
        fine = _fine(file)
        file.set(name, text)
        if fine:
            assert find(name).of(file.read().settings) == find(name).read(text)

    return parse


def _fine(file: SettingsFile) -> bool:
    try:
        file.read()
    except SettingsError:
        return False
    return True
