"""With `audio.keep` the sound of what was said can be listened to later."""

from __future__ import annotations

import stat
import tracemalloc
import wave
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.patience import until
from tests.surroundings.disk import Disk
from tray.core.news import Outcome, PutAway, Trouble
from tray.core.speech import RATE, AudioChunk, Span
from tray.spool.keeper import DiskKeeper
from tray.spool.recordings import save
from tray.spool.reel import ReelWriter, sessions
from tray.spool.spool import Spool

BEGUN = datetime(2026, 11, 23, 9, 14, 5, 250_000).astimezone()
SESSION = "20261123T091405.250000-1"
FILE = "2026-11-23 09-14-05.250.wav"


class Desk:
    """A keeper that is to keep sound, and what it reports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.reels, self.home = folder / "state" / "spool", folder / "transcript"
        self.told: list[Trouble | PutAway] = []
        self.keeper = DiskKeeper(self.reels, folder / "state" / "ledger", self.told.append)
        self.spool = Spool(self.keeper)
        self.keeper.use(self.home, keep_sound=True)
        self.keeper.start(self.spool)

    def dictate(self, outcome: Outcome) -> None:
        """A session of a second."""
        self.spool.begin(1, SESSION, BEGUN)
        self.spool.append(1, sound(0, RATE))
        self.keeper.put_away(1, Span(0, RATE, RATE), outcome)
        until(lambda: PutAway(1) in self.told, "the end of the session")

    def gone(self) -> bool:
        """Whether nothing is left in the spool."""
        return sessions(self.reels) == []


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    one = Desk(tmp_path)
    yield one
    one.keeper.close()


def sound(start: int, samples: int, rate: int = RATE) -> AudioChunk:
    return AudioChunk(bytes([start % 251, 1]) * samples, start, rate)


def record(folder: Path, *chunks: AudioChunk) -> None:
    """What a program leaves in the spool."""
    reel = ReelWriter(folder, SESSION, BEGUN)
    for chunk in chunks:
        reel.append(chunk)
    reel.close()


def heard(path: Path) -> tuple[int, bytes]:
    """Rate and sound of a file."""
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return file.getframerate(), file.readframes(file.getnframes())


def test_sound_that_became_text_is_kept_beside_the_transcript_for_its_owner_only(desk: Desk) -> None:
    desk.dictate(Outcome.WRITTEN)
    until(desk.gone, "the end of the reel")
    assert [path.name for path in (desk.home / "Sound").iterdir()] == [FILE]
    assert heard(desk.home / "Sound" / FILE) == (RATE, sound(0, RATE).pcm)
    assert stat.S_IMODE((desk.home / "Sound" / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((desk.home / "Sound").stat().st_mode) == 0o700


def test_sound_of_a_program_that_has_died_is_kept_too(desk: Desk) -> None:
    record(desk.reels, sound(0, RATE))
    desk.keeper.finish(SESSION, Span(0, RATE, RATE), Outcome.WRITTEN)
    until(desk.gone, "the end of the reel")
    assert heard(desk.home / "Sound" / FILE) == (RATE, sound(0, RATE).pcm)


def test_what_was_said_right_before_the_program_ends_is_kept(desk: Desk) -> None:
    record(desk.reels, sound(0, RATE))
    desk.keeper.finish(SESSION, Span(0, RATE, RATE), Outcome.WRITTEN)
    desk.keeper.close()
    assert desk.gone()
    assert heard(desk.home / "Sound" / FILE) == (RATE, sound(0, RATE).pcm)


@pytest.mark.parametrize("outcome", [Outcome.CANCELLED, Outcome.GIVEN_UP, Outcome.WAITING])
def test_sound_that_did_not_become_text_is_not_kept(desk: Desk, outcome: Outcome) -> None:
    desk.dictate(outcome)
    desk.keeper.close()
    assert not desk.home.exists()


def test_a_new_file_begins_where_the_rate_changes_and_behind_what_is_lost(tmp_path: Path) -> None:
    chunks = sound(0, 100), sound(100, 50), sound(150, 300, 48_000), sound(500, 20, 48_000)
    record(tmp_path / "spool", *chunks)
    save(tmp_path / "spool", SESSION, tmp_path / "Sound")
    stem = FILE.removesuffix(".wav")
    assert {path.name: heard(path) for path in (tmp_path / "Sound").iterdir()} == {
        FILE: (RATE, chunks[0].pcm + chunks[1].pcm),
        f"{stem} 2.wav": (48_000, chunks[2].pcm),
        f"{stem} 3.wav": (48_000, chunks[3].pcm),
    }


def test_a_long_session_takes_no_more_memory_than_a_few_seconds_of_it(tmp_path: Path) -> None:
    record(tmp_path / "spool", *(sound(number * 512, 512) for number in range(32_000)))
    tracemalloc.start()
    save(tmp_path / "spool", SESSION, tmp_path / "Sound")
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "Sound" / FILE).stat().st_size == 44 + 2 * 32_000 * 512
    assert most < 15_000_000


def test_on_a_full_disk_that_is_said_and_the_sound_waits_in_the_spool(tmp_path: Path) -> None:
    (tmp_path / "transcript").mkdir()
    with Disk(tmp_path / "transcript", tmp_path / "image") as disk:
        desk = Desk(tmp_path)
        disk.fill()
        desk.dictate(Outcome.WRITTEN)
        until(lambda: [news for news in desk.told if isinstance(news, Trouble) and news.error], "the trouble")
        [trouble] = [news for news in desk.told if isinstance(news, Trouble)]
        assert str(trouble.error) == "Sound cannot be kept as a file: No space left on device"
        assert sessions(desk.reels) == [SESSION]
        assert list(desk.home.glob("Sound/*")) == list(desk.home.glob("Sound/.*")) == []
        disk.make_room()
        desk.keeper.finish(SESSION, Span(0, RATE, RATE), Outcome.WRITTEN)
        until(desk.gone, "the end of the reel")
        assert heard(desk.home / "Sound" / FILE) == (RATE, sound(0, RATE).pcm)
        assert desk.told[-1] == Trouble("recordings", None)
        desk.keeper.close()


def test_while_sound_is_being_kept_nobody_recovers_it_and_new_sound_goes_to_the_disk(tmp_path: Path) -> None:
    (tmp_path / "transcript").mkdir()
    with Disk(tmp_path / "transcript", tmp_path / "image") as disk:
        desk = Desk(tmp_path)
        disk.stand_still()
        try:
            desk.dictate(Outcome.WRITTEN)
            assert desk.keeper.names() == {SESSION}
            later = SESSION[:-1] + "2"
            desk.spool.begin(2, later, BEGUN)
            desk.spool.append(2, sound(0, RATE))
            until(lambda: later in sessions(desk.reels), "new sound on the disk")
        finally:
            disk.wake()
        until(lambda: SESSION not in sessions(desk.reels), "the end of the reel")
        desk.keeper.close()
