"""The clipboard as other programs have it: one that has copied something, and one that pastes."""

from __future__ import annotations

import select
import subprocess
from contextlib import closing
from dataclasses import dataclass, field
from threading import Event, Thread

from Xlib import X, Xatom
from Xlib.display import Display
from Xlib.protocol import event

from tests.desktop.virtual import Desktop, wait_for

PATIENCE = 15.0


class Copier:
    """Another program that has copied something in many forms, and serves it in one piece."""

    def __init__(self, display: str, selection: str, content: dict[str, tuple[str, bytes]]) -> None:
        self._display = Display(display)
        self._window = self._display.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
        atom = self._display.intern_atom
        self._targets = atom("TARGETS")
        self._content = {atom(target): (atom(kind), value) for target, (kind, value) in content.items()}
        self._window.set_selection_owner(atom(selection), X.CurrentTime)
        self._display.sync()
        self.asked = 0
        self.answers = True
        self._ended = Event()
        self._thread = Thread(target=self._serve, daemon=True)
        self._thread.start()

    def leave(self) -> None:
        """End the program, and its clipboard with it."""
        self._ended.set()
        self._thread.join(PATIENCE)

    def hang(self) -> None:
        """Answer nobody any more."""
        self.answers = False

    def _serve(self) -> None:
        with closing(self._display):
            while not self._ended.is_set():
                select.select([self._display.fileno()], [], [], 0.02)
                while self._display.pending_events():
                    happened = self._display.next_event()
                    if happened.type == X.SelectionRequest and self.answers:
                        self._answer(happened)

    def _answer(self, asked) -> None:
        self.asked += 1
        where = asked.property
        if asked.target == self._targets:
            asked.requestor.change_property(where, Xatom.ATOM, 32, [self._targets, *self._content])
        elif asked.target in self._content:
            kind, value = self._content[asked.target]
            asked.requestor.change_property(where, kind, 8, value)
        else:
            where = X.NONE
        asked.requestor.send_event(
            event.SelectionNotify(
                time=asked.time,
                requestor=asked.requestor,
                selection=asked.selection,
                target=asked.target,
                property=where,
            )
        )
        self._display.sync()


@dataclass
class Board:
    """What other programs find on the clipboard."""

    desktop: Desktop
    copiers: list[Copier] = field(default_factory=list)

    @property
    def display(self) -> str:
        return self.desktop.env["DISPLAY"]

    def paste(self, target: str = "UTF8_STRING", selection: str = "clipboard") -> bytes:
        command = ["xclip", "-selection", selection, "-out", "-target", target]
        return subprocess.run(command, env=self.desktop.env, capture_output=True, timeout=PATIENCE).stdout

    def copy(self, content: bytes, target: str = "UTF8_STRING", selection: str = "clipboard") -> None:
        """Somebody copies something, and everybody knows."""
        command = ["xclip", "-selection", selection, "-in", "-target", target]
        nowhere = subprocess.DEVNULL
        subprocess.run(
            command, env=self.desktop.env, input=content, stdout=nowhere, stderr=nowhere, check=True, timeout=PATIENCE
        )
        wait_for(lambda: self.paste(target, selection) == content, PATIENCE, "the copy")

    def owned(self) -> bool:
        with closing(Display(self.display)) as display:
            return display.get_selection_owner(display.intern_atom("CLIPBOARD")) != X.NONE

    def becomes(self, content: bytes, target: str = "UTF8_STRING", selection: str = "clipboard") -> None:
        wait_for(lambda: self.paste(target, selection) == content, PATIENCE, f"{target} of the {selection}")

    def copier(self, content: dict[str, tuple[str, bytes]], selection: str = "CLIPBOARD") -> Copier:
        self.copiers.append(Copier(self.display, selection, content))
        return self.copiers[-1]
