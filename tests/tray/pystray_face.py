"""Shows one face in whatever tray pystray finds, until its input ends: `python -m tests.tray.pystray_face STATE`."""

from __future__ import annotations

import sys
from threading import Thread

from tray.core.failures import ScribeletError
from tray.core.menu import Face, Item, Silhouette
from tray.desktop.icons import Icons
from tray.desktop.pystray_icon import PystrayTray
from tray.system.assets import asset_folder


def main(state: str) -> None:
    try:
        tray = PystrayTray(Icons(asset_folder("icons")), print)
    except ScribeletError as error:
        print(f"{error} {error.remedy}")
        return

    def close_at_the_end_of_input() -> None:
        sys.stdin.read()
        tray.close()

    tray.show(Face(Silhouette(state), "Scribelet", (Item("Start", "toggle"),)))
    Thread(target=close_at_the_end_of_input).start()
    tray.run()
    print("closed")


main(sys.argv[1])
