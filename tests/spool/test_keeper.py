"""Sound and fates come to the disk in order, wait for a disk that takes nothing, and go when nobody needs them."""

from __future__ import annotations

import resource
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.patience import until
from tests.surroundings.disk import Disk
from tray.core.ledger import Decision, Fate
from tray.core.news import Outcome, PutAway, Revised, Trouble
from tray.core.speech import RATE, AudioChunk, Ending, Released, Span
from tray.spool.keeper import DiskKeeper
from tray.spool.ledger_file import DayLedger, read
from tray.spool.reel import Kept, Reel, read_reel, sessions
from tray.spool.spool import Spool

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
BLOCK = b"\1\0" * 512


def name(session: int) -> str:
    return f"{NOON:%Y%m%dT%H%M%S.%f}-{session}"


class Desk:
    """A spool and its keeper, and all that the keeper reports."""

    def __init__(self, folder: Path) -> None:
        self.reels, self.ledger = folder / "spool", folder / "ledger"
        self.told: list[Trouble | PutAway | Revised] = []
        self.keeper = DiskKeeper(self.reels, self.ledger, self.told.append)
        self.spool = Spool(self.keeper)
        self.keeper.start(self.spool)

    def begin(self, session: int) -> None:
        """A session has its first sound."""
        self.spool.begin(session, name(session), NOON)

    def hear(self, session: int, count: int, first: int = 0) -> None:
        """Blocks of a session."""
        for number in range(first, first + count):
            self.spool.append(session, AudioChunk(BLOCK, number * 512, RATE))

    def put_away(self, session: int, samples: int, outcome: Outcome) -> None:
        """A session is over."""
        self.keeper.put_away(session, Span(0, samples, RATE), outcome)
        until(lambda: PutAway(session) in self.told, "the end of the session")

    def reel(self, session: int) -> Reel:
        """What the disk has of a session."""
        return read_reel(self.reels, name(session))

    def samples(self, session: int) -> int:
        """How much sound the disk has of a session."""
        return sum(item.samples for item in self.reel(session).items if isinstance(item, Kept))

    def booked(self) -> DayLedger:
        """What the ledger says."""
        return read(self.ledger, NOON.date())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    one = Desk(tmp_path)
    yield one
    one.keeper.close()


def dictate(desk: Desk, session: int, outcome: Outcome) -> None:
    """A whole session of two blocks."""
    desk.begin(session)
    desk.hear(session, 2)
    desk.put_away(session, 1024, outcome)


def test_all_that_happens_in_a_session_is_on_the_disk_in_its_order(desk: Desk) -> None:
    desk.begin(1)
    desk.hear(1, 2)
    desk.spool.mark(1, Released(1024))
    desk.hear(1, 1, first=2)
    desk.spool.end(1, Ending(push_to_talk=True))
    until(lambda: desk.reel(1).ending, "the ending")
    kinds = [(item.start if isinstance(item, Kept) else item) for item in desk.reel(1).items]
    assert kinds == [0, 512, Released(1024), 1024, Ending(push_to_talk=True)]


def test_nobody_else_can_look_into_it(desk: Desk) -> None:
    dictate(desk, 1, Outcome.WAITING)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in desk.reels.iterdir()}
    assert modes == {0o600}
    assert stat.S_IMODE(desk.reels.stat().st_mode) == stat.S_IMODE(desk.ledger.stat().st_mode) == 0o700


def test_the_ledger_has_every_fate_but_that_of_written_sound(desk: Desk) -> None:
    desk.begin(1)
    desk.hear(1, 2)
    desk.spool.release(1, Span(0, 300, RATE), Fate.SKIPPED)
    desk.spool.release(1, Span(300, 1000, RATE), Fate.WRITTEN)
    desk.spool.release(1, Span(1000, 1024, RATE), Fate.CANCELLED)
    desk.put_away(1, 1024, Outcome.CANCELLED)
    [booked] = desk.booked().sessions
    assert booked.decided == (
        Decision(Span(0, 300, RATE), Fate.SKIPPED),
        Decision(Span(1000, 1024, RATE), Fate.CANCELLED),
    )
    assert (booked.begun, booked.captured) == (NOON, 1024)


def test_sound_goes_once_its_text_is_safe_and_its_session_has_ended(desk: Desk) -> None:
    desk.begin(1)
    desk.hear(1, 2)
    until(lambda: desk.samples(1) == 1024, "the sound")
    desk.spool.release(1, Span(0, 1024, RATE), Fate.WRITTEN)
    desk.put_away(1, 1024, Outcome.WRITTEN)
    assert sessions(desk.reels) == []


def test_sound_that_waits_stays_and_its_session_does_not_count_as_ended(desk: Desk) -> None:
    dictate(desk, 1, Outcome.WAITING)
    dictate(desk, 2, Outcome.WRITTEN)
    assert sessions(desk.reels) == [name(1)]
    assert [one.captured for one in desk.booked().sessions] == [None, 1024]
    assert desk.keeper.names() == frozenset()


def test_cancelled_sound_stays_until_the_next_session_has_ended(desk: Desk) -> None:
    dictate(desk, 1, Outcome.CANCELLED)
    assert sessions(desk.reels) == [name(1)]
    assert desk.keeper.names() == {name(1)}
    dictate(desk, 2, Outcome.CANCELLED)
    assert sessions(desk.reels) == [name(2)]
    dictate(desk, 3, Outcome.WRITTEN)
    assert sessions(desk.reels) == []


def _a_file_instead(desk: Desk) -> Callable[[], None]:
    desk.reels.write_bytes(b"")
    return desk.reels.unlink


def _full(desk: Desk) -> Callable[[], None]:
    desk.reels.mkdir(mode=0o700)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, before[1]))
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("trouble", [_a_file_instead, _full])
def test_a_disk_that_takes_nothing_is_said_and_gets_everything_later(
    desk: Desk, trouble: Callable[[Desk], Callable[[], None]]
) -> None:
    mend = trouble(desk)
    try:
        desk.begin(1)
        desk.hear(1, 3)
        until(lambda: any(isinstance(news, Trouble) and news.error for news in desk.told), "the trouble")
        assert desk.spool.take(5) == (1, AudioChunk(BLOCK, 0, RATE))
    finally:
        mend()
    until(lambda: desk.samples(1) == 3 * 512, "the sound")
    until(lambda: desk.told[-1] == Trouble("sound", None), "the end of the trouble")


def test_a_folder_that_is_deleted_in_mid_session_takes_no_word_with_it(desk: Desk) -> None:
    desk.begin(1)
    desk.hear(1, 2)
    until(lambda: desk.samples(1) == 1024, "the sound")
    for path in desk.reels.iterdir():
        path.unlink()
    desk.reels.rmdir()
    desk.hear(1, 2, first=2)
    taken = [desk.spool.take(5) for _ in range(4)]
    assert taken == [(1, AudioChunk(BLOCK, number * 512, RATE)) for number in range(4)]
    until(lambda: desk.samples(1) == 1024, "what came later")


def test_a_disk_that_does_not_answer_is_said_and_keeps_no_sound_from_the_ear(tmp_path: Path) -> None:
    folder = tmp_path / "mounted"
    folder.mkdir()
    with Disk(folder, tmp_path / "image") as disk:
        one = Desk(folder)
        one.begin(1)
        one.hear(1, 1)
        until(lambda: one.samples(1) == 512, "the first sound")
        disk.stand_still()
        try:
            numbers = iter(range(1, 10_000))

            def speak() -> bool:
                one.hear(1, 1, first=next(numbers))
                return any(isinstance(news, Trouble) and news.error for news in one.told)

            until(speak, "the trouble")
            assert [one.spool.take(5) for _ in range(2)] == [(1, AudioChunk(BLOCK, at, RATE)) for at in (0, 512)]
        finally:
            disk.wake()
        last = next(numbers)
        until(lambda: one.samples(1) == last * 512, "all of it")
        one.keeper.close()


def cancel(desk: Desk, session: int) -> Span:
    """A whole session of two blocks, of which nothing is wanted."""
    desk.begin(session)
    desk.hear(session, 2)
    whole = Span(0, 1024, RATE)
    desk.keeper.decide(session, whole, Fate.CANCELLED)
    desk.put_away(session, 1024, Outcome.CANCELLED)
    return whole


def test_cancelled_sound_that_is_wanted_back_waits_and_outlives_the_next_session(desk: Desk) -> None:
    sound = cancel(desk, 1)
    assert name(1) in desk.keeper.names()
    desk.keeper.restore(name(1), (sound,))
    until(lambda: Revised(sound=True) in desk.told, "the sound")
    assert [one.decided for one in desk.booked().sessions] == [()]
    assert name(1) not in desk.keeper.names()
    dictate(desk, 2, Outcome.WRITTEN)
    assert desk.samples(1) == 1024


def test_cancelled_sound_that_is_gone_stays_cancelled(desk: Desk) -> None:
    sound = cancel(desk, 1)
    dictate(desk, 2, Outcome.WRITTEN)
    desk.keeper.restore(name(1), (sound,))
    until(lambda: Revised(sound=True) in desk.told, "an answer")
    assert desk.booked().sessions[0].decided == (Decision(sound, Fate.CANCELLED),)
