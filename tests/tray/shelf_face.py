"""Keeps an icon in whatever older tray there is or comes, until its input ends: `python -m tests.tray.shelf_face`."""

from __future__ import annotations

import sys
from threading import Thread

from tray.core.face import View
from tray.equipment import IconShelf


def main() -> None:
    shelf = IconShelf(None, print, lambda trouble: print(trouble.part, trouble.error))

    def close_at_the_end_of_input() -> None:
        sys.stdin.read()
        shelf.close()

    shelf.show(View())
    Thread(target=close_at_the_end_of_input).start()
    shelf.run()
    print("closed")


main()
