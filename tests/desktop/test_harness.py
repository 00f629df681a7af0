"""The virtual desktop itself does what the tests on it rely on."""

import random
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection

from tests.desktop.session import HERE
from tests.desktop.sni import TrayError
from tests.desktop.sound import FAINTEST, Sound, write_wav
from tests.desktop.virtual import Desktop, wait_for
from tray.audio.microphone import Microphone

NOTIFICATIONS = DBusAddress(
    "/org/freedesktop/Notifications", "org.freedesktop.Notifications", "org.freedesktop.Notifications"
)


@contextmanager
def hearing(desktop: Sound, monkeypatch: pytest.MonkeyPatch) -> Iterator[bytearray]:
    """What a microphone of this desktop hears, all of it once the block has ended."""
    for name, value in desktop.env.items():
        monkeypatch.setenv(name, value)
    heard, flowing = bytearray(), threading.Event()

    def hear(block: bytes, _rate: int) -> None:
        heard.extend(block)
        flowing.set()

    microphone = Microphone("vmic")
    microphone.open(hear)
    assert flowing.wait(5)
    yield heard
    microphone.close()


def test_what_is_said_reaches_the_microphone_bit_for_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(7)
    voice = struct.pack("<16000h", *(chance.randint(-9000, 9000) for _ in range(16000)))
    write_wav(tmp_path / "voice.wav", voice)
    with Sound(absent=("tray", "toasts", "noise")) as desktop, hearing(desktop, monkeypatch) as heard:
        assert desktop.say(tmp_path / "voice.wav").wait() == 0
    assert voice in bytes(heard)


def test_a_microphone_in_a_room_is_never_quite_silent(shared_desktop: Desktop, monkeypatch: pytest.MonkeyPatch) -> None:
    with hearing(shared_desktop, monkeypatch) as heard:
        wait_for(lambda: any(heard), 10, "the noise")
        heard.clear()
        wait_for(lambda: len(heard) >= 6400, 10, "a fifth of a second of it")
    samples = struct.unpack(f"<{len(heard) // 2}h", heard)
    assert 0 < max(map(abs, samples)) <= FAINTEST
    assert all(any(samples[at : at + 512]) for at in range(0, len(samples) - 512, 512))


def test_a_toast_is_seen_with_all_that_was_asked_for(shared_desktop: Desktop) -> None:
    body = ("Scribelet", 0, "", "Heard", "“Grüße”", ["undo", "Undo"], {"urgency": ("y", 0)}, -1)
    with open_dbus_connection(bus=shared_desktop.env["DBUS_SESSION_BUS_ADDRESS"]) as bus:
        bus.send_and_get_reply(new_method_call(NOTIFICATIONS, "Notify", "susssasa{sv}i", body), timeout=5)
    (toast,) = shared_desktop.wait_for(shared_desktop.toasts, 5, "the toast")
    assert (toast.app, toast.title, toast.body) == ("Scribelet", "Heard", "“Grüße”")
    assert toast.actions == ("undo", "Undo")
    assert toast.hints["urgency"] == 0


def test_what_is_copied_is_on_the_clipboard(shared_desktop: Desktop) -> None:
    shared_desktop.copy("voilà 漢字 😀\n")
    assert shared_desktop.clipboard() == "voilà 漢字 😀\n"


def test_keys_reach_the_text_field(shared_desktop: Desktop) -> None:
    editor = shared_desktop.editor()
    shared_desktop.keys("type", "--delay", "5", "Dear Anna,")
    shared_desktop.wait_for(lambda: editor.text == "Dear Anna,", 5, "the text")
    editor.program.end()


def test_a_screenshot_shows_the_desktop(shared_desktop: Desktop, tmp_path: Path) -> None:
    picture = shared_desktop.screenshot(tmp_path / "screen.png")
    assert picture.size == (1280, 800)
    assert picture.convert("RGB").getpixel((640, 700)) == (0x33, 0x44, 0x55)
    assert (tmp_path / "screen.png").stat().st_size > 1000


def test_the_menu_of_a_tray_icon_can_be_read_and_clicked(shared_desktop: Desktop, tmp_path: Path) -> None:
    clicked = tmp_path / "clicked"
    program = shared_desktop.launch("/usr/bin/python3", HERE / "indicator.py", clicked)
    assert [line.label for line in shared_desktop.tray.menu().lines] == ["Speak", "Be_quiet"]
    shared_desktop.tray.click("Speak")
    shared_desktop.wait_for(clicked.exists, 5, "the click")
    with pytest.raises(TrayError, match="greyed out"):
        shared_desktop.tray.click("Be_quiet")
    program.end()
    shared_desktop.wait_for(lambda: not shared_desktop.tray.shown(), 5, "the icon to leave")


def test_nothing_is_written_yet_where_nothing_was_said(shared_desktop: Desktop) -> None:
    assert shared_desktop.transcript() == ""


def test_silence_lasts_as_long_as_asked(shared_desktop: Desktop) -> None:
    assert shared_desktop.play_silence(0.2).wait(10) == 0


def test_a_desktop_leaves_nothing_behind() -> None:
    with Desktop(absent=("tray", "toasts")) as desktop:
        program = desktop.launch("sleep", "60")
    assert not desktop.folder.exists()
    assert program.process.returncode is not None
