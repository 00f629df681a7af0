"""A desktop with programs to write into, somebody who copies things there, and a speaker."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from Xlib import X
from Xlib.display import Display
from Xlib.protocol import rq

from tests.desktop.session import TEXT_FIELD
from tests.desktop.virtual import Desktop, Editor, wait_for
from tests.insert.board import PATIENCE, Board
from tests.insert.server import Server
from tray.core.prose import Act, Change, Passage
from tray.core.speech import RATE, Segment, Span, Word
from tray.sinks.insert import InsertSink
from tray.sinks.insert_x11 import X11Hand

MORNING = datetime(2026, 11, 23, 9, 14, 5, tzinfo=timezone(timedelta(hours=1)))


class Speaker:
    """Tells the changes of one session in the order in which a writer would."""

    def __init__(self, session: str = "first") -> None:
        self.passage = Passage(session, MORNING)

    def begins(self) -> Change:
        return Change(Act.BEGAN, self.passage)

    def says(self, text: str, held: str = ".") -> Change:
        number = len(self.passage.entries)
        words = tuple(Word(word, number, number + 1, 0.9, "measured") for word in text.split(" "))
        span = Span(number * RATE, (number + 1) * RATE, RATE)
        self.passage = self.passage.add(Segment(number, words, span, held))
        return self._change(Act.SEGMENT)

    def settles(self, mark: str | None = None) -> Change:
        entry = self.passage.entries[-1]
        self.passage = self.passage.settle(entry.segment.number, entry.mark if mark is None else mark)
        return self._change(Act.MARK)

    def strikes(self) -> Change:
        self.passage = self.passage.strike(self.passage.entries[-1].segment.number)
        return self._change(Act.STRIKE)

    def ends(self) -> Change:
        return Change(Act.ENDED, self.passage)

    def cancels(self) -> Change:
        self.passage = self.passage.cancel()
        return Change(Act.CANCELLED, self.passage)

    def _change(self, act: Act) -> Change:
        return Change(act, self.passage, self.passage.entries[-1])


def becomes(editor: Editor, text: str) -> None:
    """What stands in a window is this, sooner or later."""
    try:
        wait_for(lambda: editor.text == text, PATIENCE, "the text")
    except AssertionError as failure:
        raise AssertionError(f"{editor.text!r} instead of {text!r}") from failure


@pytest.fixture(scope="session")
def desktop() -> Iterator[Desktop]:
    """One for all tests here; each brings its own windows."""
    with Desktop(absent=("tray", "toasts", "server")) as started:
        yield started


def bring_forward(desktop: Desktop, title: str) -> None:
    """Give a window the keyboard, as soon as it is there."""
    # a search meets windows that close under its eyes, and fails
    command = ["xdotool", "search", "--onlyvisible", "--name", f"^{title}$", "windowactivate", "--sync"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    wait_for(
        lambda: subprocess.run(command, env=desktop.env, timeout=PATIENCE, **quiet).returncode == 0, PATIENCE, title
    )


def open_editor(desktop: Desktop, title: str) -> Editor:
    """A text field in front."""
    file = desktop.folder / f"{title}.txt"
    program = desktop.launch("/usr/bin/python3", TEXT_FIELD, file, title)
    wait_for(file.exists, PATIENCE, title)
    bring_forward(desktop, title)
    return Editor(program, file)


@pytest.fixture(scope="module")
def field(desktop: Desktop, request: pytest.FixtureRequest) -> Iterator[Editor]:
    """A text field for all tests of a file."""
    editor = open_editor(desktop, f"field of {request.module.__name__.rpartition('.')[2]}")
    yield editor
    editor.program.end()


@pytest.fixture
def editor(desktop: Desktop, field: Editor, request: pytest.FixtureRequest) -> Editor:
    """An empty text field in front."""
    bring_forward(desktop, f"field of {request.module.__name__.rpartition('.')[2]}")
    if field.text:
        desktop.keys("key", "ctrl+a", "key", "BackSpace")
        becomes(field, "")
    return field


@pytest.fixture
def other_editor(desktop: Desktop) -> Iterator[Callable[[], Editor]]:
    """Opens a second text field in front of the first."""
    opened: list[Editor] = []

    def _open() -> Editor:
        opened.append(open_editor(desktop, "another field"))
        return opened[-1]

    yield _open
    for editor in opened:
        editor.program.end()


@pytest.fixture
def terminal(desktop: Desktop, tmp_path: Path) -> Iterator[Editor]:
    """An xterm in front, in which `cat` writes every line to a file."""
    file, title = tmp_path / "typed.txt", f"terminal {tmp_path.name}"
    program = desktop.launch("xterm", "-title", title, "-e", f"stty -echo; cat > {file}")
    wait_for(file.exists, PATIENCE, title)
    bring_forward(desktop, title)
    yield Editor(program, file)
    program.end()


@pytest.fixture
def board(desktop: Desktop) -> Iterator[Board]:
    board = Board(desktop)
    yield board
    for copier in board.copiers:
        copier.leave()


@pytest.fixture
def hand(desktop: Desktop) -> Iterator[X11Hand]:
    with closing(X11Hand(desktop.env["DISPLAY"])) as hand:
        yield hand


@pytest.fixture
def sink(hand: X11Hand) -> InsertSink:
    return InsertSink(hand)


@pytest.fixture
def speaker() -> Callable[..., Speaker]:
    return Speaker


@pytest.fixture
def layout(desktop: Desktop) -> Iterator[Callable[[str], None]]:
    """Chooses the keyboard's layouts, for one test."""

    def choose(name: str) -> None:
        environment = os.environ | {"DISPLAY": desktop.env["DISPLAY"]}
        subprocess.run(["setxkbmap", "-option", "", name], env=environment, check=True, timeout=PATIENCE)

    yield choose
    choose("us")


class _LockGroup(rq.Request):
    """XkbLatchLockState: put another of the installed layouts in force, as a layout switcher in a panel does."""

    _request = rq.Struct(
        *(rq.Card8("opcode"), rq.Opcode(5), rq.RequestLength(), rq.Card16("device", 0x100), rq.Pad(2)),
        *(rq.Card8("lock", 1), rq.Card8("group"), rq.Pad(6)),
    )


@pytest.fixture
def choose_group(desktop: Desktop) -> Iterator[Callable[[int], None]]:
    """Puts another of the installed layouts in force, for one test."""
    with closing(Display(desktop.env["DISPLAY"])) as display:
        opcode = display.query_extension("XKEYBOARD").major_opcode

        def choose(group: int) -> None:
            _LockGroup(display=display.display, opcode=opcode, group=group)
            display.sync()

        yield choose
        choose(0)


@pytest.fixture
def plain_window(desktop: Desktop):
    """Opens a window of a given class that has the keyboard and does nothing with it."""

    @contextmanager
    def opened(name: str = "plain") -> Iterator[int]:
        with closing(Display(desktop.env["DISPLAY"])) as display:
            window = display.screen().root.create_window(0, 0, 80, 60, 0, X.CopyFromParent)
            window.set_wm_class(name, name.title())
            window.map()
            display.sync()
            desktop.keys("windowactivate", "--sync", str(window.id))
            wait_for(lambda: display.get_input_focus().focus == window, PATIENCE, "the focus")
            yield window.id

    return opened


@pytest.fixture
def server() -> Iterator[Server]:
    with closing(Server()) as server:
        yield server


@pytest.fixture
def bare_editor(server: Server, tmp_path: Path) -> Iterator[Editor]:
    """A text field on a server without a window manager, which would be busy with changed keys for long."""
    editor = server.open_editor(tmp_path)
    yield editor
    editor.program.end()
