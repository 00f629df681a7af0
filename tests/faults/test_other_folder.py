"""Scribelet is killed while somebody speaks, and another transcript folder is set before it starts again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.faults.rehearsals import TOOLS, at_home
from tray.accounts import Books, audit
from tray.bench.faults.killed import killed
from tray.bench.faults.remains import Remains, texts
from tray.catching_up import CatchingUp
from tray.core.ledger import Account, flaws, waiting
from tray.core.prose import Entry
from tray.core.settings import Settings
from tray.live import ear_command
from tray.rehearsal import books
from tray.sinks.records import Records
from tray.spool.ledger_file import days

pytestmark = pytest.mark.usefixtures(at_home.__name__)


@dataclass(frozen=True)
class Elsewhere:
    """The next program, which writes into another folder."""

    books: Books

    def recover(self) -> None:
        """Write what waits."""
        CatchingUp(lambda _settings: self.books, ear_command, lambda _summary, _body: None).run(Settings())

    def account(self) -> Account:
        """The books of the one session."""
        [account] = [one for day in days(self.books.ledger) for one in audit(day, self.books).accounts]
        return account

    def entries(self) -> list[Entry]:
        """What stands in the other folder."""
        records = Records(self.books.transcript)
        return [entry for day in records.days() for passage in records.read(day) for entry in passage.entries]


@pytest.fixture
def remains(tmp_path: Path) -> Remains:
    one = Remains(TOOLS, tmp_path)
    killed(one, 6.0)
    return one


@pytest.fixture
def elsewhere(tmp_path: Path) -> Elsewhere:
    return Elsewhere(replace(books(tmp_path), transcript=tmp_path / "elsewhere"))


def test_the_words_go_where_the_others_of_that_session_stand(remains: Remains, elsewhere: Elsewhere) -> None:
    [gap], old = waiting(remains.account()), remains.entries()
    elsewhere.recover()
    account = elsewhere.account()
    assert (flaws(account), waiting(account)) == ([], [])
    assert not elsewhere.books.transcript.exists()
    found = remains.entries()
    assert [entry.segment for entry in found[: len(old)]] == [entry.segment for entry in old]
    assert [texts(entry.segment) for entry in found if entry.recovered] == remains.fresh(gap, len(old))
    assert all(entry.settled for entry in found)


def test_if_the_folder_of_before_is_gone_all_words_go_into_the_new_one(remains: Remains, elsewhere: Elsewhere) -> None:
    (remains.folder / "transcript").rename(remains.folder / "gone")
    elsewhere.recover()
    account = elsewhere.account()
    assert (flaws(account), waiting(account)) == ([], [])
    assert not (remains.folder / "transcript").exists()
    said = " ".join(word.text for entry in elsewhere.entries() for word in entry.segment.words)
    assert said.lower().count("fellow") == 1
