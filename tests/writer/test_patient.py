"""A disk that does not answer: the words go on to other places, and follow later."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.writer.conftest import DEADLINE, FULL, NOON, Disk, segment
from tray.core.failures import SinkError
from tray.core.prose import Act, Change, Passage
from tray.writer.patient import PatientTranscript

PASSAGE = Passage("first", NOON)
HELLO = Change(Act.SEGMENT, PASSAGE.add(segment(0, "hello")))
WORLD = Change(Act.SEGMENT, HELLO.passage.add(segment(1, "world")))


class StandingDisk(Disk):
    """A transcript that keeps everybody waiting until it is woken."""

    def __init__(self) -> None:
        super().__init__([])
        self.awake = threading.Event()
        self.awake.set()
        self.empty = threading.Event()
        """Closed, and so done with everything before."""

    def write(self, change: Change) -> None:
        assert self.awake.wait(DEADLINE)
        super().write(change)

    def close(self) -> None:
        super().close()
        self.empty.set()


@pytest.fixture
def disk() -> Iterator[StandingDisk]:
    disk = StandingDisk()
    yield disk
    disk.awake.set()


@pytest.fixture
def transcript(disk: StandingDisk) -> PatientTranscript:
    return PatientTranscript(disk, patience_s=0.5)


def test_what_the_disk_takes_is_written_at_once(transcript: PatientTranscript, disk: StandingDisk) -> None:
    transcript.write(HELLO)
    assert disk.text() == "Hello."
    assert transcript.unwritten == 0


def test_a_disk_that_does_not_answer_is_told_and_its_words_count_as_unwritten_until_they_are_there(
    transcript: PatientTranscript, disk: StandingDisk
) -> None:
    disk.awake.clear()
    for change in (HELLO, WORLD):
        with pytest.raises(SinkError, match="does not answer"):
            transcript.write(change)
    assert transcript.unwritten
    with pytest.raises(SinkError, match="does not answer"):
        transcript.retry()
    disk.awake.set()
    transcript.close()
    assert disk.empty.wait(DEADLINE)
    assert [change.passage for change in disk.changes()] == [HELLO.passage, WORLD.passage]
    assert transcript.unwritten == 0


def test_what_a_disk_refuses_is_told_as_it_is(transcript: PatientTranscript, disk: StandingDisk) -> None:
    disk.broken = FULL
    with pytest.raises(SinkError, match="full"):
        transcript.write(HELLO)
    assert transcript.unwritten == disk.unwritten


def test_nobody_waits_for_it_at_the_end_either(transcript: PatientTranscript, disk: StandingDisk) -> None:
    transcript.write(HELLO)
    disk.awake.clear()
    with pytest.raises(SinkError):
        transcript.write(WORLD)
    with pytest.raises(SinkError, match="does not answer"):
        transcript.close()
    transcript.close()
    disk.awake.set()
    assert disk.empty.wait(DEADLINE)
    assert disk.closed == 1
