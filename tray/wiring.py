"""The conductor with its hands and its household: what runs on a desktop, and in a demonstration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from tray.accounts import Books, DaySum
from tray.conductor.conductor import Conductor
from tray.conductor.inbox import Inbox
from tray.core.errands import AddUp, Errand, Recover, Restore
from tray.core.face import View
from tray.core.failures import HotkeyError, ScribeletError, kind
from tray.core.keys import KeyEvent
from tray.core.ledger import sum_line
from tray.core.news import AddedUp, Found, Trouble, Undone, Waiting
from tray.core.settings import Settings
from tray.hearing.child import Patience
from tray.pipeline import Ends, Pipeline
from tray.ports import Hotkeys, Sink, SoundSource
from tray.spool.bounds import Bounds
from tray.system.memory import give_back
from tray.undoing import described, newest_undone
from tray.writer.places import Transcript

Report = Callable[[Trouble], None]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the pipeline is put into: a desktop, or the throw-away folder of a demonstration."""

    source: Callable[[Settings], SoundSource]
    sinks: Callable[[Settings, Report], tuple[Transcript, Sequence[Sink]]]
    """Where text goes; a place that cannot be had is reported and left out."""
    ear_command: Callable[[Settings], Sequence[str]]
    books: Callable[[Settings], Books]
    """Where sound, its ledger and the transcript are kept."""
    bind_keys: Callable[[Settings, Report], object]
    """Take the combinations, give empty ones back; one that cannot be had is reported."""
    show: Callable[[View], None]
    tell: Callable[[str, str], None]
    """Show a summary and a body somewhere."""
    leave: Callable[[], None]
    reread: Callable[[], Settings | None] = lambda: None
    change: Callable[[str, str], None] = lambda _key, _value: None
    errand: Callable[[Errand], Found | None] = lambda _errand: None
    """May take seconds. Raises ScribeletError."""
    holds_key: Callable[[], bool] = lambda: False
    """Whether the toggle key reaches us now."""
    hush: Callable[[bool], None] = lambda _wanted: None
    """Show nothing more from now on, or do so again; asks no other program."""
    wipe: Callable[[], None] = lambda: None
    """While nothing is to be shown, take away what is; may take seconds."""
    let_sleep: Callable[[], None] = lambda: None
    bounds: Bounds | None = None
    """Of the sound that waits though nobody can hear it now; None: it may be any amount."""
    rested: Callable[[], None] = lambda: None
    """Nothing of earlier sessions waits, or nobody can hear it now."""
    ear_log: Path | None = None
    """Where an ear complains; None: where this process does."""
    patience: Patience = field(default_factory=Patience)
    """How long an ear may give no sign of life."""


class Wiring:
    """The household of the conductor, and everything behind it."""

    def __init__(self, around: Surroundings, settings: Settings) -> None:
        self._around, self._settings = around, settings
        self._errands = ThreadPoolExecutor(1, "errands")
        self._followed = False
        self._today = DaySum()
        inbox = Inbox()
        self._post = inbox.put
        ends = Ends(
            lambda: around.source(self._settings),
            around.ear_command(settings),
            around.sinks(settings, self._post),
            lambda: around.books(self._settings),
            around.patience,
        )
        self._pipeline = Pipeline(ends, settings, self._post)
        self.conductor = Conductor(inbox, self._pipeline, self, settings)

    def start(self) -> None:
        """Start every thread; the ear waits for the first session."""
        self._pipeline.start(ear_log=self._around.ear_log)
        self.conductor.start()

    def close(self) -> int:
        """End what is still running, text last; how many records of the transcript the disk never took."""
        unwritten = self._pipeline.close()
        self._errands.shutdown(wait=False, cancel_futures=True)
        return unwritten

    @property
    def at_ease(self) -> bool:
        """Whether nobody speaks, so that sound may come in bunches."""
        return self._pipeline.at_ease

    def watch(self, *, followed: bool) -> None:
        """Hypotheses cost time, so they are made only where somebody sees them. From any thread."""
        self._followed = followed
        self._pipeline.watch(wanted=followed or self._settings.toast.show == "live")

    def show(self, view: View) -> None:
        """Let everybody see what there is."""
        self._around.show(view)

    def tell(self, summary: str, body: str) -> None:
        """Show a note."""
        self._errands.submit(self._run, "note", lambda: self._around.tell(summary, body))

    def errand(self, errand: Errand) -> None:
        """Do what may take its time, one after the other, and tell what came of it."""
        part = type(errand).__name__.lower()
        self._errands.submit(self._run, part, lambda: self._do(errand))

    def hush(self, *, wanted: bool) -> None:
        """Show nothing on a screen that others may see, or do so again."""
        self._around.hush(wanted)
        if wanted:
            self._errands.submit(self._run, "screen", self._around.wipe)

    def let_sleep(self) -> None:
        """The machine need not wait for us any longer."""
        self._around.let_sleep()

    def reread(self) -> Settings | None:
        """The settings, if they were saved since the last look."""
        return self._around.reread()

    def change(self, key: str, value: str) -> None:
        """Keep a choice in the settings file."""
        self._around.change(key, value)

    def apply(self, settings: Settings, *, hotkey_paused: bool) -> None:
        """Work with these settings from now on."""
        self._settings = settings
        self._around.source(settings)  # a microphone that is to be ready is taken now
        places = self._around.sinks(settings, self._post)
        self._pipeline.use(self._around.ear_command(settings), settings, places)
        self.watch(followed=self._followed)
        self._around.bind_keys(_without_keys(settings) if hotkey_paused else settings, self._post)

    def holds_key(self) -> bool:
        """Whether the toggle key reaches us now."""
        return self._around.holds_key()

    def leave(self) -> None:
        """The program ends."""
        self._around.leave()

    def _do(self, errand: Errand) -> Found | Waiting | Undone | AddedUp | None:
        if isinstance(errand, AddUp):
            return self._add_up()
        if isinstance(errand, Restore):
            return self._look_for_undone()
        if isinstance(errand, Recover):
            if errand.aside:
                self._pipeline.take_back()
            waiting = self._pipeline.look_for_waiting(anew=errand.anew)
            if waiting is None:
                self._make_room()
                self._around.rested()
            return waiting
        return self._around.errand(errand)

    def _add_up(self) -> AddedUp:
        day, books = date.today(), self._around.books(self._settings)
        known, undone = self._today.of(day, books), newest_undone(books)
        # a session is over: what it took for a while is little, but over a day it would not come back by itself
        give_back()
        return AddedUp(day, sum_line(known), described(undone) if undone else "")

    def _look_for_undone(self) -> Undone | None:
        undone = newest_undone(self._around.books(self._settings))
        if undone is None:
            self._around.tell("Nothing to restore", "Nothing was undone or cancelled that is still kept.")
        return undone

    def _make_room(self) -> None:
        """What can be heard was heard: what waits now may be too much."""
        if self._around.bounds and (told := self._pipeline.make_room(self._around.bounds)):
            self._around.tell("Old sound was thrown away", told)

    def _run(self, part: str, errand: Callable[[], Found | Waiting | Undone | AddedUp | None]) -> None:
        try:
            found = errand()
        except ScribeletError as error:
            self.conductor.post(Trouble(part, error))
            return
        except Exception as error:  # noqa: BLE001 the one catch-all of this thread
            failed = ScribeletError(f"Something could not be done ({part}): {kind(error)}", "Try again")
            self.conductor.post(Trouble(part, failed))
            return
        if found:
            self.conductor.post(found)
        self.conductor.post(Trouble(part, None))


class KeyRing:
    """The combinations for toggle and cancel, taken anew only when the settings name others."""

    def __init__(self, hotkeys: Hotkeys | None, press: Callable[[KeyEvent], None]) -> None:
        """`press` gets what is pressed, on another thread, and must only enqueue."""
        self._hotkeys, self._press = hotkeys, press
        self._keys: tuple[str, str] | None = None
        self.held = False
        """The toggle key reaches us, whatever becomes of the other."""

    def take(self, settings: Settings, report: Report) -> None:
        """Take the combinations that are set, and report what cannot be had."""
        toggle, cancel = keys = (settings.hotkey.toggle, settings.hotkey.cancel)
        if self._hotkeys is None or keys == self._keys:
            return
        self._keys = keys
        refused = self._refusal(self._hotkeys, toggle, "")
        self.held = refused is None
        report(Trouble("hotkey", self._refusal(self._hotkeys, toggle, cancel) if cancel else refused))

    def change(self, error: ScribeletError | None) -> None:
        """The keys that were taken are lost, or are back. From any thread."""
        self.held = error is None

    def _refusal(self, hotkeys: Hotkeys, toggle: str, cancel: str) -> HotkeyError | None:
        try:
            hotkeys.bind(toggle, cancel, self._press)
        except HotkeyError as error:
            return error
        return None


def _without_keys(settings: Settings) -> Settings:
    return replace(settings, hotkey=replace(settings.hotkey, toggle="", cancel=""))
