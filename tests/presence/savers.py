"""Screen savers, which say on the session bus that the screen is locked."""

from __future__ import annotations

from tests.patience import until
from tests.presence.conftest import Watch
from tests.presence.machine import Stranger
from tray.core.news import Moment

SAVERS = [
    ("org.freedesktop.ScreenSaver", "/org/freedesktop/ScreenSaver"),
    ("org.freedesktop.ScreenSaver", "/ScreenSaver"),
    ("org.gnome.ScreenSaver", "/org/gnome/ScreenSaver"),
    ("org.xfce.ScreenSaver", "/org/xfce/ScreenSaver"),
    ("org.cinnamon.ScreenSaver", "/org/cinnamon/ScreenSaver"),
    ("org.mate.ScreenSaver", "/org/mate/ScreenSaver"),
]


def saver_heard(saver: Stranger, watch: Watch, *, active: bool, at: tuple[str, str] = SAVERS[0]) -> Moment:
    """What is heard of a screen saver that goes on saying the same: nobody knows from when on it is listened to."""
    name, path = at
    heard: list[Moment] = []

    def said() -> list[Moment]:
        saver.say(path, f"{name}.ActiveChanged", "b", active)
        heard.extend(watch.waiting())
        return heard

    return until(said, "a word of the screen saver")[0]
