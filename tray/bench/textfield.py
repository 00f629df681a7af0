"""A window with a text field whose text is always in a file: textfield.py FILE TITLE. For the system's Python."""

# pyright: reportMissingImports=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportUnknownArgumentType=false
# GTK belongs to the system's Python and is not in our environment, so nothing is known of it here

import sys
from pathlib import Path

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # noqa: E402 the version must be chosen first


def keep(buffer: Gtk.TextBuffer, file: Path) -> None:
    """Write the text so that a reader never sees half of it."""
    text = buffer.get_text(*buffer.get_bounds(), True)
    draft = file.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(file)


def main(file: Path, title: str) -> None:
    """Show the window until it is closed."""
    field = Gtk.TextView(wrap_mode=Gtk.WrapMode.WORD)
    field.get_buffer().connect("changed", keep, file)
    window = Gtk.Window(title=title, default_width=600, default_height=300)
    window.connect("destroy", Gtk.main_quit)
    window.add(field)
    window.show_all()
    field.grab_focus()
    keep(field.get_buffer(), file)
    Gtk.main()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
