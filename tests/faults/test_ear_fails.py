"""The ear raises, hangs or crashes in the middle of what is said; the words come all the same, each of them once."""

from __future__ import annotations

import json
import os
import sys
import threading
import wave
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from random import Random
from time import monotonic

import pytest

from tests.faults.faulty_ear import TROUBLES, talk, word
from tests.patience import until
from tray.accounts import audit
from tray.audio.paced import PacedFile
from tray.catching_up import CatchingUp
from tray.core.face import View
from tray.core.ledger import Account, flaws, sums, waiting
from tray.core.news import AddedUp, Asked
from tray.core.prose import Entry
from tray.core.settings import Settings
from tray.core.speech import RATE
from tray.core.state import Idle, Listening, Quit
from tray.hearing.child import Patience
from tray.ports import Sink
from tray.recovery import left_behind, take_back
from tray.rehearsal import books
from tray.sinks.records import Records
from tray.sinks.transcript import TranscriptSink
from tray.spool.ledger_file import days
from tray.wiring import Surroundings, Wiring

SEED = int(os.environ.get("FAULTS_SEED", "1"))
PLACES = int(os.environ.get("FAULTS_PLACES", "2"))
TONES = 8
PACE = 6.0
"""Times as fast as it would be spoken."""
DEADLINE = 30.0
ANSWERS_S = 0.2
"""Seconds in which icon and `status` show what is new."""
HASTY = Patience(still_s=0.5, decoding=0.5)
"""An ear that hangs in a tone is replaced after little more than a second."""
ENDED = "Recognition ended unexpectedly and starts again"


def places() -> list[int]:
    """The tones in which the ear fails."""
    random = Random(SEED)
    return [random.randrange(TONES) for _ in range(PLACES)]


class Desk:
    """A Scribelet without a desktop, to which tones are played, and which is asked all the time how it is."""

    def __init__(self, folder: Path, **troubles: Sequence[str]) -> None:
        self.folder = folder
        (folder / "troubles").write_text(json.dumps(troubles), "ascii")
        self.told: list[str] = []
        self._view = View()
        self._seen, self._over = threading.Condition(), threading.Event()
        self._wiring = Wiring(
            Surroundings(
                source=lambda _settings: PacedFile(folder / "talk.wav", pace=PACE),
                sinks=self._sinks,
                ear_command=self.ear_command,
                books=lambda _settings: books(folder),
                bind_keys=lambda _settings, _report: None,
                show=self._show,
                tell=lambda summary, _body: self.told.append(summary),
                leave=self._over.set,
                ear_log=folder / "ear.log",
                patience=HASTY,
            ),
            Settings(),
        )

    def ear_command(self, _settings: Settings) -> list[str]:
        """What starts the ear that fails."""
        return [sys.executable, str(Path(__file__).with_name("faulty_ear.py")), str(self.folder)]

    def dictate(self, *, asking: str = "") -> float:
        """Hear all of it, ask for something if need be, and end; the longest time that an answer took in seconds."""
        with wave.open(str(self.folder / "talk.wav"), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(talk(TONES))
        self._wiring.start()
        self._wiring.conductor.post(Asked("start"))
        self._wait(lambda view: isinstance(view.desk.state, Listening))
        slowest = max(self._answers())
        if asking:
            self._wiring.conductor.post(Asked(asking))
            until(lambda: len(self.words()) == TONES and not self.kept(), "all words", DEADLINE)
        self._wiring.conductor.post(Quit())
        assert self._over.wait(DEADLINE)
        self._wiring.close()
        return slowest

    def _answers(self) -> Iterator[float]:
        """How long it takes to see what is new, until all is written."""
        deadline, number = monotonic() + DEADLINE, 0
        while not (isinstance(self._view.desk.state, Idle) and not self._view.desk.owed):
            assert monotonic() < deadline, self._view
            asked, line, number = monotonic(), f"question {number}", number + 1
            self._wiring.conductor.post(AddedUp(date.today(), line))
            self._wait(lambda view, line=line: bool(view.today and view.today.line == line))
            yield monotonic() - asked
            self._over.wait(0.02)  # or it would have nothing else to do

    def _wait(self, condition: Callable[[View], bool]) -> None:
        with self._seen:
            assert self._seen.wait_for(lambda: condition(self._view), DEADLINE), self._view

    def _show(self, view: View) -> None:
        with self._seen:
            self._view = view
            self._seen.notify_all()

    def _sinks(self, _settings: Settings, _report: object) -> tuple[TranscriptSink, Sequence[Sink]]:
        return TranscriptSink(books(self.folder).transcript), []

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong at the end."""
        return self._view.warnings

    def account(self) -> Account:
        """The books of its one session."""
        [day] = days(self.folder / "ledger")
        [account] = audit(day, books(self.folder)).accounts
        return account

    def entries(self) -> list[Entry]:
        """What stands in the transcript, in the order of the sound."""
        records = Records(self.folder / "transcript")
        found = [entry for day in records.days() for passage in records.read(day) for entry in passage.entries]
        return sorted(found, key=lambda entry: entry.segment.span.start)

    def words(self) -> list[str]:
        """All that was heard."""
        return [one.text for entry in self.entries() for one in entry.segment.words]

    def recover(self) -> None:
        """As the next start does."""
        CatchingUp(lambda _settings: books(self.folder), self.ear_command, lambda *_: None).run(Settings())

    def kept(self) -> list[Path]:
        """Sound that still lies on the disk."""
        return list((self.folder / "spool").iterdir())


@pytest.mark.parametrize("tone", places())
@pytest.mark.parametrize("trouble", TROUBLES)
def test_an_ear_that_fails_once_costs_no_word(trouble: str, tone: int, tmp_path: Path) -> None:
    desk = Desk(tmp_path, **{str(tone): [trouble]})
    assert desk.dictate() < ANSWERS_S
    assert desk.words() == [word(each) for each in range(TONES)]
    account = desk.account()
    assert (flaws(account), waiting(account), desk.kept()) == ([], [], [])
    assert sums(account).captured == pytest.approx(len(talk(TONES)) / 2 / RATE)
    assert (desk.told, desk.warnings) == ([ENDED], ())


@pytest.mark.parametrize("trouble", ["segfaults", "hangs"])
def test_sound_that_ends_the_ear_twice_is_kept_and_heard_again_when_somebody_asks(trouble: str, tmp_path: Path) -> None:
    desk = Desk(tmp_path, **{"3": [trouble] * 2})
    desk.dictate()
    others = [word(each) for each in range(TONES) if each != 3]
    assert desk.words() == others
    account = desk.account()
    assert (flaws(account), waiting(account)) == ([], [])
    assert 0.5 <= sums(account).aside < 1.5
    assert sum("ended recognition twice" in one for one in desk.told) == 1

    desk.recover()
    assert desk.words() == others
    assert [round(one.seconds, 2) for one in left_behind(books(tmp_path))] == [round(sums(account).aside, 2)]

    take_back(books(tmp_path))
    desk.recover()
    assert desk.words() == [word(each) for each in range(TONES)]
    assert (flaws(desk.account()), sums(desk.account()).aside, desk.kept()) == ([], 0.0, [])


def test_sound_that_was_set_aside_is_heard_again_beside_the_running_program(tmp_path: Path) -> None:
    desk = Desk(tmp_path, **{"3": ["segfaults"] * 2})
    desk.dictate(asking="recover all")
    assert desk.words() == [word(each) for each in range(TONES)]
    assert (flaws(desk.account()), sums(desk.account()).aside) == ([], 0.0)


def test_what_an_ear_complains_of_has_its_place_but_no_word(tmp_path: Path) -> None:
    desk = Desk(tmp_path, **{"1": ["raises"], "4": ["segfaults"]})
    desk.dictate()
    log = (tmp_path / "ear.log").read_text()
    for kind in ("Ended by RuntimeError", "faulty_ear.py", "Segmentation fault"):
        assert kind in log
    assert word(1) not in log
