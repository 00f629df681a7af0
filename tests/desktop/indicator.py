"""A tray icon with a small menu that writes what was clicked to a file: indicator.py FILE. For the system's Python."""

import sys
from pathlib import Path

import gi

gi.require_version("Gtk", "3.0")
gi.require_version("AyatanaAppIndicator3", "0.1")
from gi.repository import AyatanaAppIndicator3, Gtk  # noqa: E402 the versions must be chosen first


def main(file: Path) -> None:
    """Show the icon until the process is ended."""
    menu = Gtk.Menu()
    for label in ("Speak", "Be_quiet"):
        line = Gtk.MenuItem(label=label)
        line.connect("activate", lambda clicked: file.write_text(clicked.get_label(), encoding="utf-8"))
        menu.append(line)
    menu.get_children()[1].set_sensitive(False)
    menu.show_all()
    kind = AyatanaAppIndicator3.IndicatorCategory.APPLICATION_STATUS
    icon = AyatanaAppIndicator3.Indicator.new("scribelet", "audio-input-microphone", kind)
    icon.set_status(AyatanaAppIndicator3.IndicatorStatus.ACTIVE)
    icon.set_menu(menu)
    Gtk.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
