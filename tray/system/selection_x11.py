"""Selections of an X server: what other programs copied, our text lent to them for a paste, and theirs given back."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportAttributeAccessIssue=false
# python-xlib ships no types and makes attributes at run time; what comes out of it is typed where it enters a class

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from Xlib import X, Xatom
from Xlib.ext import xfixes
from Xlib.protocol import event, request, rq

from tray.system.wire_x11 import STALL, Form, Wire

CLIPBOARD, PRIMARY = "CLIPBOARD", "PRIMARY"
_CHUNK = 200_000
"""Bytes that go in one piece; a request of the core protocol holds 262,140 at most."""
_LARGEST = 64_000_000
"""Bytes of foreign content that are remembered at most."""
_LINGER = 0.3
"""Seconds that our text stays after the program has fetched it: some fetch it twice; 20 ms were too few (measured)."""
_NOT_CONTENT = ("TARGETS", "MULTIPLE", "TIMESTAMP", "SAVE_TARGETS", "DELETE", "INSERT_PROPERTY", "INSERT_SELECTION")
_FIRST = ("UTF8_STRING", "text/plain;charset=utf-8", "image/png", "text/uri-list", "text/html", "STRING")
"""Forms that are read first, should the time not suffice for all, and of which the first is what is left behind."""
_WORDS = ("UTF8_STRING", "text/plain;charset=utf-8", "text/plain", "TEXT", "STRING")
"""Forms of plain text."""
_HINT = "x-kde-passwordManagerHint"


Content = Mapping[int, Form]
"""By the atom of the target with which a program asks for it."""


class _Reader:
    """Reads selections of other programs, whole, in every form they are offered in."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def read(self, selection: int, deadline: float) -> Content:
        """What the owner gives until the deadline; the forms that do not come in time are missing."""
        if not self._wire.display.get_selection_owner(selection):
            return {}
        content: dict[int, Form] = {}
        room = _LARGEST
        for target in self._targets(selection, deadline):
            form = self._convert(selection, target, deadline, room)
            if form is not None:
                content[target] = form
                room -= len(form.value)
        return content

    def _targets(self, selection: int, deadline: float) -> list[int]:
        atom = self._wire.atom
        first = [atom(name) for name in _FIRST]
        offered = self._convert(selection, atom("TARGETS"), deadline, _LARGEST)
        found = set(memoryview(offered.value).cast("I")) if offered and offered.width == 32 else set[int]()
        found -= {atom(name) for name in _NOT_CONTENT}
        return [one for one in first if one in found] + sorted(found - set(first))

    def _convert(self, selection: int, target: int, deadline: float, room: int) -> Form | None:
        wire = self._wire
        # a property for each target: an answer that comes too late cannot be taken for another one
        wire.window.convert_selection(selection, target, target, X.CurrentTime)
        wire.display.flush()
        asked = (selection, target)
        answer = wire.until(
            lambda one: one.type == X.SelectionNotify and (one.selection, one.target) == asked, _patience(deadline)
        )
        if answer is None or answer.property == X.NONE:
            return None
        form = wire.take(target)
        if form is not None and form.kind == wire.atom("INCR"):
            return self._collect(target, deadline, room)
        return form if form is not None and len(form.value) <= room else None

    def _collect(self, name: int, deadline: float, room: int) -> Form | None:
        """Content that comes in pieces until an empty one (ICCCM 2.7.2)."""
        pieces: list[bytes] = []
        while room >= 0:
            if not self._wire.until(lambda one: _is_property(one, name, X.PropertyNewValue), _patience(deadline)):
                return None
            form = self._wire.take(name)
            if form is not None and not form.value:
                return replace(form, value=b"".join(pieces))
            if form is not None:
                pieces.append(form.value)
                room -= len(form.value)
        return None


@dataclass(slots=True)
class _Transfer:
    """Content on its way in pieces."""

    selection: int
    form: Form
    sent: int = 0
    """Bytes."""


class _Server:
    """Gives other programs what we own."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.owned: dict[int, Content] = {}
        """Content by selection, as long as nobody else takes that selection."""
        self.fetched: dict[int, set[int]] = {}
        """Windows that got text, by selection."""
        self._since: dict[int, int] = {}
        self._transfers: dict[tuple[int, int], _Transfer] = {}
        self._words = {wire.atom(name) for name in _WORDS}
        wire.listeners.append(self._hear)

    def own(self, selection: int, content: Content, at: int) -> None:
        """Take a selection as of a server time; without content, leave it to nobody."""
        self.fetched[selection] = set()
        self._since[selection] = at
        if content:
            self.owned[selection] = content
            self._wire.window.set_selection_owner(selection, at)
        else:
            self.owned.pop(selection, None)
            inner = self._wire.display.display
            request.SetSelectionOwner(display=inner, window=X.NONE, selection=selection, time=at)
        self._wire.display.sync()

    def _hear(self, happened: rq.Event) -> None:
        if happened.type == X.SelectionRequest:
            self._answer(happened)
        elif happened.type == X.SelectionClear and happened.time >= self._since.get(happened.atom, 0):
            # an older one tells of what we left ourselves
            self.owned.pop(happened.atom, None)
        elif happened.type == X.PropertyNotify and happened.state == X.PropertyDelete:
            self._go_on(happened.window, happened.atom)
        elif happened.type == X.DestroyNotify:
            self._transfers = {key: one for key, one in self._transfers.items() if key[0] != happened.window.id}

    def _answer(self, asked: rq.Event) -> None:
        # programs of before 1994 name no property
        where = asked.property or asked.target
        form = self._form(asked)
        if form is None:
            where = X.NONE
        elif len(form.value) <= _CHUNK:
            asked.requestor.change_property(where, form.kind, form.width, form.value)
        else:
            self._begin(asked, where, form)
        told = event.SelectionNotify(
            time=asked.time, requestor=asked.requestor, selection=asked.selection, target=asked.target, property=where
        )
        asked.requestor.send_event(told)
        # python-xlib's flush may leave a part of what is large unsent
        self._wire.display.sync()
        if form is not None and len(form.value) <= _CHUNK and asked.target in self._words:
            self.fetched[asked.selection].add(asked.requestor.id)

    def _form(self, asked: rq.Event) -> Form | None:
        content = self.owned.get(asked.selection)
        if content is not None and asked.target == self._wire.atom("TARGETS"):
            return Form(Xatom.ATOM, 32, array("I", [asked.target, *content]).tobytes())
        return content.get(asked.target) if content is not None else None

    def _begin(self, asked: rq.Event, where: int, form: Form) -> None:
        asked.requestor.change_attributes(event_mask=X.PropertyChangeMask | X.StructureNotifyMask)
        asked.requestor.change_property(where, self._wire.atom("INCR"), 32, [len(form.value)])
        self._transfers[asked.requestor.id, where] = _Transfer(asked.selection, form)

    def _go_on(self, window: rq.Window, name: int) -> None:
        transfer = self._transfers.get((window.id, name))
        if transfer is None:
            return
        piece = transfer.form.value[transfer.sent : transfer.sent + _CHUNK]
        transfer.sent += len(piece)
        window.change_property(name, transfer.form.kind, transfer.form.width, piece)
        self._wire.display.sync()
        if not piece:
            del self._transfers[window.id, name]
            if name in self._words or transfer.form.kind in self._words:
                self.fetched[transfer.selection].add(window.id)


class Selections:
    """Lends selections our text and gives back what they held; lives on the thread that owns the connection."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._reader, self._server = _Reader(self._wire), _Server(self._wire)
        self._before: dict[int, Content] = {}
        """What others had copied, as long as it is known to be there still or our text stands in its place."""
        self._lent: set[int] = set()
        self._due = 0.0
        self._watched = bool(wire.display.has_extension("XFIXES"))
        self._wire.listeners.append(self._hear)
        self._watch()

    def listen(self) -> float | None:
        """Serve other programs, and give back what is due; seconds until there is more to be given back."""
        self._wire.drain()
        if self._lent and time.monotonic() >= self._due:
            self.give_back()
        return max(0.0, self._due - time.monotonic()) if self._lent else None

    def remember(self, names: Iterable[str], seconds: float) -> None:
        """Read what others have in these selections, unless it is known; gives up after this time."""
        deadline = time.monotonic() + seconds
        self._wire.display.sync()
        self._wire.drain()
        for selection in map(self._wire.atom, names):
            if selection in self._lent:
                continue
            if selection in self._server.owned:
                self._before[selection] = self._server.owned[selection]
            elif selection not in self._before or not self._watched:
                self._before[selection] = self._reader.read(selection, deadline)

    def lend(self, text: str, names: Iterable[str]) -> None:
        """Put a text there; what stood there, as far as it is remembered, can be given back."""
        at = self._wire.now()
        for selection in map(self._wire.atom, names):
            content = _text(text, self._wire.atom)
            self._server.own(selection, content, at)
            self._lent.add(selection)
        self._due = time.monotonic() + 10 * _LINGER

    def fetched(self, by: int, seconds: float) -> bool:
        """Whether somebody fetched the text; returns as soon as the program with the window `by` has done so."""
        deadline = time.monotonic() + seconds
        mine = self._client(by)
        self._wire.until(lambda _: mine in map(self._client, self._readers()), deadline)
        self._due = time.monotonic() + _LINGER
        return bool(self._readers())

    def give_back(self) -> None:
        """What was lent holds again what it held before, unless somebody else took it meanwhile."""
        if not self._lent:
            return
        # a rival who comes between this moment and our request is later than it, so the server ignores us
        at = self._wire.now()
        for selection in self._lent & set(self._server.owned):
            self._server.own(selection, self._before.get(selection, {}), at)
        self._lent.clear()

    def remains(self) -> tuple[str, bytes] | None:
        """Target and content of what the clipboard would lose with us; None where it is somebody else's."""
        self._wire.drain()
        content = self._server.owned.get(self._wire.atom(CLIPBOARD), {})
        return next(((name, content[at].value) for name in _FIRST if (at := self._wire.atom(name)) in content), None)

    def _readers(self) -> set[int]:
        return {one for selection in self._server.owned for one in self._server.fetched[selection]}

    def _client(self, window: int) -> int:
        return window & ~self._wire.display.display.info.resource_id_mask

    def _hear(self, happened: rq.Event) -> None:
        if isinstance(happened, xfixes.SelectionNotify) and happened.owner.id != self._wire.window.id:
            self._before.pop(happened.selection, None)
            self._lent.discard(happened.selection)

    def _watch(self) -> None:
        """Be told when somebody copies; without it, a second copy in the same program would go unnoticed."""
        if self._watched:
            self._wire.display.xfixes_query_version()
            for selection in (self._wire.atom(CLIPBOARD), self._wire.atom(PRIMARY)):
                self._wire.display.xfixes_select_selection_input(self._wire.window, selection, 7)


def _patience(deadline: float) -> float:
    return min(deadline, time.monotonic() + STALL)


def _is_property(happened: rq.Event, name: int, state: int) -> bool:
    return happened.type == X.PropertyNotify and (happened.atom, happened.state) == (name, state)


def _text(text: str, atom: Callable[[str], int]) -> Content:
    """A text in every form that programs ask for, and a hint for keepers of histories to leave it out."""
    utf8 = Form(atom("UTF8_STRING"), 8, text.encode("utf-8", "replace"))
    content = {atom(name): replace(utf8, kind=atom(name)) for name in _WORDS[:3]}
    content |= {atom("TEXT"): utf8, Xatom.STRING: Form(Xatom.STRING, 8, text.encode("latin-1", "replace"))}
    return content | {atom(_HINT): Form(atom(_HINT), 8, b"secret")}
