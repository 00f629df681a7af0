"""A year of dictation, searched as a whole."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, repeat
from pathlib import Path

from tests.sinks.archive.conftest import ROOT, texts
from tray.core.prose import Passage
from tray.core.speech import RATE, Segment, Span, Word
from tray.sinks.jsonl import lines


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
