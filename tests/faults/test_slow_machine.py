"""Recognition is four times slower than speech: the text is late, in order and whole, and it is said how late."""

from __future__ import annotations

import sys
import threading
import time
import wave
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.faults.slow_ear import SlowEngine
from tests.patience import until
from tray.accounts import audit
from tray.audio.paced import PacedFile
from tray.catching_up import CatchingUp
from tray.core.face import View
from tray.core.ledger import Account, flaws, sums, waiting
from tray.core.news import Asked
from tray.core.prose import Entry
from tray.core.segmenter import Policy
from tray.core.settings import Settings
from tray.core.speech import AudioChunk, Segment
from tray.core.state import Idle, Quit
from tray.ear import new_hearing
from tray.ports import Sink
from tray.rehearsal import books
from tray.sinks.records import Records
from tray.sinks.transcript import TranscriptSink
from tray.spool.ledger_file import days
from tray.wiring import Surroundings, Wiring

RECORDING = Path(__file__).parents[1] / "speech" / "jfk.wav"
PACE = 20
"""Times as fast as it was spoken: that is how fast the sound comes."""
SLOWNESS = 4 / PACE
"""Seconds for a second of speech: four times what there is."""
TIMES = 4
"""How often the recording is heard: 44 s in all."""


def ear(slowness: float) -> Callable[[Settings], Sequence[str]]:
    return lambda _settings: [sys.executable, "-m", "tests.faults.slow_ear", str(slowness)]


class Slow:
    """A program with a slow ear, in a folder, and what a person saw of it."""

    def __init__(self, folder: Path, recording: Path) -> None:
        self.folder, self.views = folder, list[View]()
        self._left = threading.Event()
        self.wiring = Wiring(
            Surroundings(
                source=lambda _settings: PacedFile(recording, pace=PACE),
                sinks=self._sinks,
                ear_command=ear(SLOWNESS),
                books=lambda _settings: books(folder),
                bind_keys=lambda _settings, _report: None,
                show=self.views.append,
                tell=lambda _summary, _body: None,
                leave=self._left.set,
            ),
            Settings(),
        )

    def dictate(self) -> None:
        """Begin to speak."""
        self.wiring.start()
        self.wiring.conductor.post(Asked("start"))
        until(lambda: self.views and self.views[-1].desk.recording, "the beginning")

    def quit(self) -> float:
        """End it; seconds until it left."""
        begun = time.monotonic()
        self.wiring.conductor.post(Quit())
        assert self._left.wait(10)
        took = time.monotonic() - begun
        self.wiring.close()
        return took

    def recover(self) -> None:
        """Start the next program, whose ear is quick."""
        CatchingUp(lambda _settings: books(self.folder), ear(0.0), lambda _summary, _body: None).run(Settings())

    def account(self) -> Account:
        """The books of its one session."""
        [day] = days(self.folder / "ledger")
        [account] = audit(day, books(self.folder)).accounts
        return account

    def entries(self) -> list[Entry]:
        """What stands in the transcript, in the order in which it was written."""
        records = Records(self.folder / "transcript")
        return [entry for day in records.days() for passage in records.read(day) for entry in passage.entries]

    def _sinks(self, _settings: Settings, _report: object) -> tuple[TranscriptSink, Sequence[Sink]]:
        return TranscriptSink(books(self.folder).transcript), []


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Much speech."""
    with wave.open(str(RECORDING)) as once, wave.open(str(tmp_path / "long.wav"), "wb") as often:
        often.setparams(once.getparams())
        often.writeframes(once.readframes(once.getnframes()) * TIMES)
    return tmp_path / "long.wav"


def quick(recording: Path) -> list[str]:
    """What an ear hears that is fast enough."""
    with wave.open(str(recording)) as file:
        hearing, heard = new_hearing(SlowEngine(0.0), Policy()), list[object]()
        for start in range(0, file.getnframes(), 512):
            heard += hearing.hear(AudioChunk(file.readframes(512), start, file.getframerate()))
    heard += hearing.finish()
    return [word.text for one in heard if isinstance(one, Segment) for word in one.words]


def said(entries: Sequence[Entry]) -> list[str]:
    return [word.text for entry in entries for word in entry.segment.words]


def test_text_that_comes_late_is_whole_and_in_order_and_it_is_said_how_late(tmp_path: Path, recording: Path) -> None:
    program = Slow(tmp_path, recording)
    program.dictate()
    until(lambda: isinstance(program.views[-1].desk.state, Idle), "the last word", 60)
    program.quit()
    assert said(program.entries()) == quick(recording)
    assert (flaws(program.account()), waiting(program.account())) == ([], [])
    behind = [view.late.behind_s for view in program.views]
    assert max(behind) >= 10
    left = [view.late.left_s for view in program.views if view.late.left_s]
    assert left
    assert left[-1] <= left[0] <= TIMES * 11 * SLOWNESS * 2
    assert program.views[-1].farewell == ""
    assert behind[-1] == 0


def test_quitting_leaves_the_rest_to_the_next_start_which_writes_it(tmp_path: Path, recording: Path) -> None:
    program = Slow(tmp_path, recording)
    program.dictate()
    until(lambda: program.entries() and program.views[-1].late.behind_s >= 15, "words that are late")
    assert program.quit() < 3
    [gap] = waiting(program.account())
    assert gap.seconds > 5
    assert program.wiring.conductor.view().farewell == f"{gap.seconds:.0f} s of sound will be written at the next start"
    captured, before = sums(program.account()).captured, program.entries()
    program.recover()
    assert (flaws(program.account()), waiting(program.account())) == ([], [])
    assert sums(program.account()).captured == pytest.approx(captured)
    after = program.entries()
    assert [entry.segment for entry in after if not entry.recovered] == [entry.segment for entry in before]
    starts = [int(word[1:]) for word in said(after)]
    assert len(after) > len(before)
    assert starts == sorted(set(starts))
