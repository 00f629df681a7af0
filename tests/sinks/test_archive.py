"""The transcript as somebody asks it for what was said long ago."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path

import pytest

from tray.core.failures import SinkError
from tray.core.prose import Passage
from tray.core.speech import RATE, Segment, Span, Word
from tray.sinks.archive import Archive, Paragraph
from tray.sinks.jsonl import lines, passages
from tray.sinks.transcript import TranscriptSink

ROOT = Path(__file__).parents[2]
MONDAY = date(2026, 11, 23)
TUESDAY = datetime(2026, 11, 24, 8, 5, tzinfo=UTC)


def year(folder: Path, sentences: Iterable[str], words: int, days: int = 365) -> None:
    """Files of daily dictation, the same at each call: about this many words that come round the sentences again."""
    chance, source = random.Random(7), chain.from_iterable(repeat([one.split() for one in sentences]))
    folder.mkdir(parents=True, exist_ok=True)
    for day in range(days):
        begun, left, content = datetime(2026, 1, 1, 8, tzinfo=UTC) + timedelta(days=day), words // days, b""
        while left > 0:
            said = _session(begun, [next(source) for _ in range(chance.randint(1, 20))], chance)
            content += b"".join(line.text for line in lines(replace(said, entries=()), said))
            left -= sum(len(entry.segment.words) for entry in said.entries)
            begun += timedelta(minutes=10)
        (folder / f"{begun.date()}.jsonl").write_bytes(content)


def _session(begun: datetime, sentences: Iterable[list[str]], chance: random.Random) -> Passage:
    passage, now = Passage(f"{begun:%Y%m%d-%H%M}", begun), 0.0
    for number, sentence in enumerate(sentences):
        start = now + chance.choice([0.6, 0.9, 1.5, 12.0])
        times = [round(start + 0.35 * at, 3) for at in range(len(sentence) + 1)]
        said = zip(sentence, times, times[1:], strict=False)
        spoken = tuple(Word(word, *span, round(chance.random(), 4), "estimated") for word, *span in said)
        now = times[-1]
        span = Span(round(start * RATE), round(now * RATE), RATE)
        passage = passage.add(Segment(number, spoken, span, ".")).settle(number, ".")
    return passage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "Scribelet"


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "scribelet" / "words.sqlite"


@pytest.fixture
def archive(folder, index) -> Archive:
    return Archive(folder, index)


@pytest.fixture
def sink(folder) -> TranscriptSink:
    return TranscriptSink(folder)


@pytest.fixture
def two_days(sink, speaker) -> None:
    tell(sink, *speaker().tells("dear Anna", "the café at Łódź is closed"))
    tell(sink, *speaker(TUESDAY, "second").tells("call the plumber", "about the red one"))


def tell(sink, *changes) -> None:
    for change in changes:
        sink.write(change)


def find(archive: Archive, *phrases: str, day: date | None = None) -> list[str]:
    return texts(archive.search(phrases, lambda _done: None, day=day, limit=None).paragraphs)


def texts(found: Iterable[Paragraph]) -> list[str]:
    return ["".join(one.pieces) for one in found]


ANNA, PLUMBER = "Dear Anna. The café at Łódź is closed.", "Call the plumber. About the red one."


# what is found


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize(
    ("phrases", "found"),
    [
        (["anna"], [ANNA]),
        (["the"], [ANNA, PLUMBER]),
        (["closed", "DEAR"], [ANNA]),
        (["cafe"], [ANNA]),
        (["CAFE\u0301"], [ANNA]),
        (["plum"], []),
        (["plum*"], [PLUMBER]),
        (["the", "plum*"], [PLUMBER]),
        (["dear", "plumber"], []),
        (["red one"], [PLUMBER]),
        (["one red"], []),
        (["the pl*"], [PLUMBER]),
        (['red" OR "anna'], []),
        (["NOT", "anna"], []),
    ],
)
def test_words_are_found_in_any_order_without_case_and_diacritics(archive, phrases, found):
    assert find(archive, *phrases) == found


@pytest.mark.usefixtures("two_days")
def test_the_matches_are_known(archive):
    (found,) = archive.search(["red one", "call"], lambda _done: None, day=None, limit=None).paragraphs
    assert found.pieces == ("", "Call", " the plumber. About the ", "red one", ".")
    assert (found.day, f"{found.begun:%H:%M}") == (TUESDAY.date(), "08:05")


@pytest.mark.usefixtures("two_days")
def test_one_day_can_be_searched_alone(archive):
    assert find(archive, "the", day=MONDAY) == [ANNA]
    assert find(archive, "the", day=date(2026, 11, 22)) == []


@pytest.mark.usefixtures("two_days")
def test_of_many_the_newest_are_shown_and_the_others_counted(archive):
    found = archive.search(["the"], lambda _done: None, day=None, limit=1)
    assert (texts(found.paragraphs), found.more) == ([PLUMBER], 1)


def test_struck_words_are_not_found_and_held_marks_are_shown(archive, sink, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("call him"), anna.settles(","), anna.says("nonsense"), anna.strikes())
    tell(sink, anna.says("or write", held="?"))
    assert find(archive, "nonsense") == []
    assert find(archive, "write") == ["Call him, or write?"]


def test_ten_seconds_of_silence_part_what_is_found(archive, sink, speaker):
    anna = speaker()
    tell(sink, anna.begins(), anna.says("one"), anna.says("two", after=9.9), anna.says("three", after=10.1))
    assert texts(archive.paragraphs(MONDAY)) == ["One. Two.", "Three."]
    assert find(archive, "three") == ["Three."]


def test_text_cannot_steer_the_terminal(archive, sink, speaker):
    tell(sink, *speaker().tells("red\x1b[31m \x9b2J\u202etxet \x07bell \x02mark\ud800 two\nlines"))
    assert texts(archive.paragraphs(MONDAY)) == ["Red[31m 2Jtxet bell mark two lines."]
    assert find(archive, "bell") == ["Red[31m 2Jtxet bell mark two lines."]
    assert archive.last(1) == "Red[31m 2Jtxet bell mark two\nlines."


def test_words_that_were_rescued_later_stand_where_they_were_said(archive, sink, speaker):
    tell(sink, *speaker(TUESDAY + timedelta(hours=1), "second").tells("afterwards"))
    tell(sink, *speaker(TUESDAY, "first").tells("before"))
    assert texts(archive.paragraphs(TUESDAY.date())) == ["Before.", "Afterwards."]
    assert archive.last(1) == "Afterwards."


# the files


@pytest.mark.usefixtures("two_days")
def test_what_is_said_after_a_search_is_found_by_the_next_one(archive, sink, speaker):
    assert find(archive, "giraffe") == []
    tell(sink, *speaker(TUESDAY + timedelta(hours=1), "third").tells("a giraffe"))
    assert find(archive, "giraffe") == ["A giraffe."]
    assert find(archive, "plumber") == [PLUMBER]


@pytest.mark.usefixtures("two_days")
def test_a_day_that_did_not_change_is_not_read_again(archive, folder):
    find(archive, "anna")
    _misheard(folder)
    assert find(archive, "anna") == [ANNA]
    os.utime(folder / f"{MONDAY}.jsonl")
    assert find(archive, "anna") == []
    assert find(archive, "lena") == [ANNA.replace("Anna", "Lena")]


@pytest.mark.usefixtures("two_days")
def test_a_deleted_day_leaves_no_word_in_the_index(archive, folder, index):
    assert find(archive, "plumber") == [PLUMBER]
    assert b"plumber" in index.read_bytes()
    (folder / f"{TUESDAY.date()}.jsonl").unlink()
    assert find(archive, "plumber") == []
    assert b"plumber" not in index.read_bytes()
    assert find(archive, "anna") == [ANNA]


@pytest.mark.usefixtures("two_days")
def test_a_line_that_is_being_written_is_passed_over_until_it_is_whole(archive, folder, sink, speaker):
    path = folder / f"{MONDAY}.jsonl"
    before = path.read_bytes()
    tell(sink, *speaker(session="third").tells("a giraffe"))
    whole = path.read_bytes()
    path.write_bytes(before + whole[len(before) : len(before) + 60])
    assert (find(archive, "giraffe"), find(archive, "anna"), archive.last(3)[:9]) == ([], [ANNA], "The café ")
    path.write_bytes(whole)
    assert find(archive, "giraffe") == ["A giraffe."]


def _segment(number: int = 7, **fields: object) -> bytes:
    """A record like one of the files, with some fields otherwise."""
    word = {"text": "giraffe", "start": 0.0, "end": 1.0, "confidence": None, "timing": "estimated"}
    span = {"start": 16000, "end": 32000, "rate": 16000}
    record = {"type": "segment", "session": "odd", "number": number, "time": "2026-11-23T09:00:01+01:00"}
    return json.dumps(record | {"span": span, "words": [word], "held": "."} | fields).encode()


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        _segment(),
        _segment() + b"\n" + _segment(held="?"),
        _segment(words=[{"text": "giraffe"}]),
        _segment(words=None),
        _segment(words=[]),
        _segment(held=3),
        _segment(time="yesterday"),
        _segment(time="2026-11-23T09:00:01"),
        _segment(number="7"),
        _segment(type="of a later version"),
        _segment(span={"start": 0, "end": 1, "rate": 0}),
        b'{"type": "mark", "session": "nobody", "number": 7, "text": "!"}',
        b'{"type": "mark", "session": "odd", "number": 9, "text": "!"}',
        _segment() + b'\n{"type": "mark", "session": "odd", "number": 7, "text": "!"}',
        _segment() + b'\n{"type": "mark", "session": "odd", "number": 7}',
        _segment() + b'\n{"type": "strike", "session": "odd", "number": 7}',
        _segment() + b"\n" + _segment(8, words=[{"text": 1, "start": "2", "end": 3, "confidence": 1, "timing": "?"}]),
    ],
)
def test_a_damaged_line_counts_as_in_the_transcript(archive, folder, line):
    path = folder / f"{MONDAY}.jsonl"
    path.write_bytes(path.read_bytes() + line + b"\n" + _segment(10, session="after"))
    expected = sorted(filter(None, (one.text() for one in passages(path.read_bytes()))))
    assert sorted(texts(archive.paragraphs(MONDAY))) == expected
    assert find(archive, "giraffe", day=MONDAY)[-1:] == ["Giraffe."]


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize("span", [{"start": 0, "end": 1, "rate": 0}, {"start": 10**30, "end": 10**400, "rate": 1}])
def test_a_segment_that_lies_at_no_time_takes_no_other_away(archive, folder, span):
    path = folder / f"{MONDAY}.jsonl"
    path.write_bytes(path.read_bytes() + _segment(1) + b"\n" + _segment(2, span=span) + b"\n")
    assert find(archive, "giraffe") == ["Giraffe."]
    assert archive.last(9).startswith("Giraffe.\nDear Anna.")


@pytest.mark.usefixtures("two_days")
def test_a_day_that_cannot_be_read_is_told(archive, folder):
    path = folder / f"{MONDAY}.jsonl"
    path.unlink()
    path.mkdir()
    with pytest.raises(SinkError, match="2026-11-23 cannot be read"):
        find(archive, "anna")


# the index


@pytest.mark.usefixtures("two_days")
def test_only_its_owner_can_read_the_index(archive, index):
    index.parent.mkdir(parents=True, mode=0o755)
    index.touch(mode=0o644)
    find(archive, "anna")
    assert [one.name for one in index.parent.iterdir()] == [index.name]
    assert (index.parent.stat().st_mode & 0o777, index.stat().st_mode & 0o777) == (0o700, 0o600)


def _garbage(index: Path) -> None:
    index.write_bytes(b"no database at all" * 1000)


def _half(index: Path) -> None:
    index.write_bytes(index.read_bytes()[: index.stat().st_size // 2])


def _holes(index: Path) -> None:
    content = index.read_bytes()
    index.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


def _without_words(index: Path) -> None:
    with closing(sqlite3.connect(index)) as database:
        database.execute("DROP TABLE said")
        database.commit()


def _other_version(index: Path) -> None:
    with closing(sqlite3.connect(index)) as database:
        database.execute("DROP TABLE days")
        database.execute("CREATE TABLE other (one)")
        database.execute("PRAGMA user_version = 99")
        database.commit()


@pytest.mark.usefixtures("two_days")
@pytest.mark.parametrize("harm", [_garbage, _half, _holes, _without_words, _other_version, Path.unlink])
def test_an_index_that_cannot_be_used_is_made_anew(archive, index, harm):
    find(archive, "anna")
    harm(index)
    assert find(archive, "anna") == [ANNA]
    with closing(sqlite3.connect(index)) as database:
        assert database.execute("SELECT count(*) FROM said WHERE said MATCH 'anna'").fetchone() == (1,)


def _misheard(folder: Path) -> None:
    """Another name in the file of Monday, which looks unchanged from outside."""
    path = folder / f"{MONDAY}.jsonl"
    then = path.stat()
    path.write_bytes(path.read_bytes().replace(b"Anna", b"Lena"))
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))


@pytest.mark.usefixtures("two_days")
def test_an_index_of_another_transcript_is_made_anew(archive, folder, index, tmp_path):
    assert find(archive, "anna") == [ANNA]
    shutil.copytree(folder, tmp_path / "other")
    _misheard(tmp_path / "other")
    assert find(Archive(tmp_path / "other", index), "anna") == []
    assert b"anna" not in index.read_bytes()
    assert find(archive, "anna") == [ANNA]


@pytest.mark.usefixtures("two_days")
def test_while_another_command_writes_the_index_the_answer_comes_without_it(archive, index):
    find(archive, "anna")
    with closing(sqlite3.connect(index, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert find(archive, "anna") == [ANNA]
        other.execute("ROLLBACK")
    assert find(archive, "anna") == [ANNA]


@pytest.mark.usefixtures("two_days")
def test_another_command_that_is_about_to_write_stops_no_search(archive, folder, index):
    find(archive, "anna")
    _misheard(folder)
    with closing(sqlite3.connect(index, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert find(archive, "anna") == [ANNA]


@pytest.mark.usefixtures("two_days")
def test_an_index_in_the_way_of_something_else_is_done_without(archive, index):
    index.parent.parent.mkdir()
    index.parent.write_text("a file where the folder should be")
    assert find(archive, "anna") == [ANNA]


def _elsewhere(code: str, folder: Path, index: Path) -> str:
    """What a search for Anna prints in a process of its own that did this first."""
    search = (
        "import sys, os, resource, sqlite3, msgspec; from pathlib import Path\n"
        "from tray.sinks.archive import Archive\n"
        f"{code}\n"
        "found = Archive(Path(sys.argv[1]), Path(sys.argv[2])).search(['anna'], print, day=None, limit=None)\n"
        "print(*(''.join(one.pieces) for one in found.paragraphs))"
    )
    command = [sys.executable, "-c", search, str(folder), str(index)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()[-1]


@pytest.mark.usefixtures("two_days")
def test_a_full_disk_costs_only_time(folder, index):
    assert _elsewhere("resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))", folder, index) == ANNA
    assert index.stat().st_size <= 4096


@pytest.fixture
def readable(folder, two_days) -> Iterator[Path]:
    """The transcript where everybody may read it, and a folder beside it that belongs to nobody in particular."""
    assert two_days is None
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        place = Path(name)
        place.chmod(0o755)
        shutil.copytree(folder, place / "text")
        for path in (place / "text").iterdir():
            path.chmod(0o644)
        (place / "text").chmod(0o755)
        (place / "cache").mkdir()
        yield place


_NOBODY = "os.setgid(65534); os.setuid(65534)"


def test_a_cache_that_may_not_be_written_costs_only_time(readable):
    assert _elsewhere(_NOBODY, readable / "text", readable / "cache/words") == ANNA
    assert list((readable / "cache").iterdir()) == []


def test_an_index_that_may_only_be_read_still_saves_time(readable):
    find(Archive(readable / "text", readable / "cache/words"), "anna")
    _misheard(readable / "text")
    for path, mode in ((readable / "cache/words", 0o400), (readable / "cache", 0o500)):
        os.chown(path, 65534, 65534)
        path.chmod(mode)
    assert _elsewhere(_NOBODY, readable / "text", readable / "cache/words") == ANNA


# the last words


@pytest.mark.usefixtures("two_days")
def test_the_last_segments_are_one_text_with_a_line_for_each_session(archive):
    assert archive.last(1) == "About the red one."
    assert archive.last(3) == "The café at Łódź is closed.\nCall the plumber. About the red one."
    assert archive.last(99) == f"{ANNA}\n{PLUMBER}"


def test_the_last_segment_is_one_that_stands(archive, sink, speaker):
    anna = speaker()
    tell(sink, *anna.tells("call the plumber", "about the red one"), anna.strikes())
    assert archive.last(1) == "Call the plumber."


def test_a_session_that_went_over_midnight_is_one_line(archive, sink, speaker):
    late = speaker(datetime(2026, 11, 23, 23, 59, 58, tzinfo=UTC))
    tell(sink, *late.tells("good night", "and good morning"))
    assert len(archive.days()) == 2
    assert archive.last(2) == "Good night. And good morning."


def test_without_a_transcript_there_is_nothing(archive):
    assert (archive.last(1), archive.days(), find(archive, "anna")) == ("", [], [])


# a whole year


def _spoken() -> Iterator[str]:
    """What is said in the recordings of the suite; their sources and licences stand beside it."""
    for row in (ROOT / "tests/speech/manifest.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        yield row.rpartition("\t")[2]


def test_in_a_year_every_word_is_found_as_often_as_it_was_said(archive, folder):
    year(folder, _spoken(), 40_000)
    progress: list[float] = []
    found = archive.search(["the"], progress.append, day=None, limit=50)
    said = Counter(
        "the" in text.lower().replace(",", " ").replace(".", " ").split()
        for day in archive.days()
        for text in texts(archive.paragraphs(day))
    )
    assert (len(found.paragraphs), found.more) == (50, said[True] - 50)
    assert found.paragraphs[-1].day == archive.days()[-1]
    assert [one.begun for one in found.paragraphs] == sorted(one.begun for one in found.paragraphs)
    assert (progress, progress[-1]) == (sorted(progress), 1.0)
