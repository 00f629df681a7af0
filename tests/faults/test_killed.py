"""Scribelet is killed while somebody speaks; the next start writes what was said, once, at its true time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import wave
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from time import monotonic, sleep

import pytest

from tests.engines.spoken import MODELS, MOONSHINE
from tests.faults.cut_off import books
from tray.accounts import Books, audit
from tray.catching_up import CatchingUp
from tray.core.ledger import Account, flaws, sums, waiting
from tray.core.prose import Entry
from tray.core.segmenter import Policy
from tray.core.settings import Settings
from tray.core.speech import AudioChunk, Segment, Span, Word
from tray.ear import new_hearing
from tray.engines.moonshine.engine import MoonshineEngine
from tray.hearing.hearing import Beginning
from tray.live import ear_command
from tray.ports import Engine
from tray.sinks.records import Records
from tray.spool.ledger_file import days

SEED = int(os.environ.get("FAULTS_SEED", "1"))
KILLS = int(os.environ.get("FAULTS_KILLS", "6"))
RECORDING = Path(__file__).parents[1] / "speech" / "jfk.wav"
LENGTH_S = 11.0
LATE_S = 0.2
"""Seconds of sound that may still have been on their way to the disk."""
BLOCK = 512
"""Samples that the recording brings at once, and an ear gets."""


def moments() -> list[float]:
    """Seconds after the first sound."""
    random = Random(SEED)
    return [round(random.uniform(0.1, LENGTH_S), 2) for _ in range(KILLS)]


@dataclass
class Remains:
    """What a killed program has left."""

    folder: Path
    spoken_s: float
    """Seconds between its first sound and its death."""

    def account(self, transcript: str = "transcript") -> Account:
        """The books of its one session, as they are for a program that writes into this folder."""
        [day] = days(self.folder / "ledger")
        [account] = audit(day, self.books(transcript)).accounts
        return account

    def entries(self, transcript: str = "transcript") -> list[Entry]:
        """What stands in the transcript, in the order of the sound."""
        records = Records(self.folder / transcript)
        found = [entry for day in records.days() for passage in records.read(day) for entry in passage.entries]
        return sorted(found, key=lambda entry: entry.segment.span.start)

    def recover(self, transcript: str = "transcript") -> list[str]:
        """Start the next program, which writes into this folder; what it tells."""
        told: list[str] = []
        CatchingUp(
            lambda _settings: self.books(transcript), ear_command, lambda summary, _body: told.append(summary)
        ).run(Settings())
        return told

    def books(self, transcript: str) -> Books:
        """Those of a program that writes into this folder."""
        return replace(books(self.folder), transcript=self.folder / transcript)


@cache
def engine() -> Engine:
    return MoonshineEngine(MOONSHINE)


@cache
def recording() -> bytes:
    with wave.open(str(RECORDING)) as file:
        return file.readframes(file.getnframes())


def fresh(gap: Span, segment: int) -> list[tuple[str, ...]]:
    """The words that a fresh ear hears in that sound, for each segment."""
    hearing = new_hearing(engine(), Policy(), Beginning(segment, gap.start / gap.rate))
    heard: list[object] = []
    for start in range(gap.start, gap.end, BLOCK):
        pcm = recording()[2 * start : 2 * min(start + BLOCK, gap.end)]
        heard += hearing.hear(AudioChunk(pcm, start, gap.rate))
    heard += hearing.finish()
    return [texts(one.words) for one in heard if isinstance(one, Segment)]


def texts(words: Sequence[Word]) -> tuple[str, ...]:
    return tuple(word.text for word in words)


def killed(folder: Path, at: float) -> Remains:
    """A program that was killed so many seconds after its first sound."""
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.cut_off", str(folder), str(RECORDING), "1"],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert program.stdout
    with program.stdout as said:
        assert said.readline() == b"listening\n"
        begun = monotonic()
        sleep(at)  # the moment is what is tested
        os.kill(program.pid, signal.SIGKILL)
        program.wait()
        return Remains(folder, monotonic() - begun)


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The models are where an installed program finds them."""
    home = tmp_path / "home"
    (home / "scribelet").mkdir(parents=True)
    (home / "scribelet" / "models").symlink_to(MODELS)
    for folder in ("DATA", "CONFIG", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{folder}_HOME", str(home))


@pytest.mark.parametrize("at", moments())
def test_after_a_kill_every_sample_has_its_fate_and_the_words_are_those_of_a_fresh_ear(
    at: float, tmp_path: Path
) -> None:
    remains = killed(tmp_path, at)
    before, old = remains.account(), remains.entries()
    assert sums(before).captured >= remains.spoken_s - LATE_S
    assert flaws(before) == []
    gaps = waiting(before)
    expected = [words for gap in gaps for words in fresh(gap, len(old))]

    told = remains.recover()

    after, found = remains.account(), remains.entries()
    assert (flaws(after), waiting(after)) == ([], [])
    assert sums(after).captured == sums(before).captured
    assert list((tmp_path / "spool").iterdir()) == []
    assert [texts(entry.segment.words) for entry in found if entry.recovered] == expected
    assert [entry.segment for entry in found if not entry.recovered] == [entry.segment for entry in old]
    assert all(entry.settled for entry in found)
    assert ("Words of an earlier session are back" in told) == bool(expected)


def test_what_is_recovered_is_written_once_however_often_the_recovery_is_killed(tmp_path: Path) -> None:
    remains = killed(tmp_path, 6.0)
    captured = sums(remains.account()).captured
    for after_s in (0.2, 0.5, 0.9, 1.3):
        rescue = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.cut_off", str(tmp_path)],
            stdout=subprocess.DEVNULL,
            cwd=Path(__file__).parents[2],
        )
        sleep(after_s)  # the moment is what is tested
        rescue.kill()
        rescue.wait()
    remains.recover()
    account = remains.account()
    assert (flaws(account), waiting(account), sums(account).captured) == ([], [], captured)
    said = " ".join(word.text for entry in remains.entries() for word in entry.segment.words)
    assert said.lower().count("fellow") == 1


def test_if_another_folder_is_set_before_the_next_start_the_words_go_where_the_others_of_that_session_stand(
    tmp_path: Path,
) -> None:
    remains = killed(tmp_path, 6.0)
    [gap], old = waiting(remains.account()), remains.entries()
    remains.recover("elsewhere")
    account = remains.account("elsewhere")
    assert (flaws(account), waiting(account)) == ([], [])
    assert not (tmp_path / "elsewhere").exists()
    found = remains.entries()
    assert [entry.segment for entry in found[: len(old)]] == [entry.segment for entry in old]
    assert [texts(entry.segment.words) for entry in found if entry.recovered] == fresh(gap, len(old))
    assert all(entry.settled for entry in found)


def test_if_the_folder_of_before_is_gone_all_words_go_into_the_new_one(tmp_path: Path) -> None:
    remains = killed(tmp_path, 6.0)
    (tmp_path / "transcript").rename(tmp_path / "gone")
    remains.recover("elsewhere")
    account = remains.account("elsewhere")
    assert (flaws(account), waiting(account)) == ([], [])
    assert not (tmp_path / "transcript").exists()
    said = " ".join(word.text for entry in remains.entries("elsewhere") for word in entry.segment.words)
    assert said.lower().count("fellow") == 1


def test_a_session_that_was_written_to_its_end_leaves_nothing_to_recover(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "tests.faults.cut_off", str(tmp_path), str(RECORDING), "4"],
        stdout=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
        check=True,
        timeout=60,
    )
    remains = Remains(tmp_path, LENGTH_S)
    assert (flaws(remains.account()), waiting(remains.account())) == ([], [])
    assert sums(remains.account()).captured == pytest.approx(LENGTH_S, abs=0.01)
    assert remains.recover() == []
    assert list((tmp_path / "spool").iterdir()) == []
