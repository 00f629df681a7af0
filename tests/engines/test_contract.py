"""What every engine promises, asked of each of them in the same words."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from tests.engines.spoken import MOONSHINE, ROOT, VOSK, VOSK_FILES, Talk, clip, reference, text, wrong_words
from tray.core.speech import RATE, Certainty, Hypothesis, Piece
from tray.ports import Engine

Damage = Callable[[Path, str, bytes | None], Path]

SENTENCES = ("sb11", "sb12", "sb13", "sb14", "sb15", "quilter")

LOAD_EACH = """
import sys
from pathlib import Path
from tray.core.failures import ModelError
from tray.engines.{module} import {name}
for folder in sys.argv[1:]:
    try:
        {name}(Path(folder))
    except ModelError as error:
        print("refused" if str(error) and error.remedy else "refused without a remedy")
    else:
        print("loaded")
"""

MOONSHINE_FILES = ("encoder_q8.onnx", "decoder_q8.onnx", "tokenizer.bin")
IN_VOSK, IN_MOONSHINE = ("vosk", "VoskEngine"), ("moonshine.engine", "MoonshineEngine")


@pytest.mark.parametrize("block", [1023, 6400, 10_000_000])
def test_the_words_do_not_depend_on_the_size_of_the_blocks(engine: Engine, block: int) -> None:
    sound = clip("sb13")
    assert Talk(engine, block=block).say(sound) == Talk(engine).say(sound)


def test_times_rise_and_lie_in_the_piece(engine: Engine) -> None:
    sound, start = clip("jfk"), 12.5
    words = Talk(engine).say(sound, start=start).words
    assert words
    assert all(start <= word.start <= word.end <= start + len(sound) / 2 / RATE + 1e-6 for word in words)
    assert all(earlier.start <= later.start for earlier, later in pairwise(words))
    assert words[-1].end > start + 1


def test_times_are_measured_where_the_engine_says_so(engine: Engine) -> None:
    timing = "measured" if engine.traits.word_times else "estimated"
    assert {word.timing for word in Talk(engine).say(clip("sb12")).words} == {timing}


def test_confidence_is_between_nothing_and_one_or_unknown(engine: Engine) -> None:
    words = Talk(engine).say(clip("sb14")).words
    assert words
    assert all(word.confidence is None or 0 <= word.confidence <= 1 for word in words)


def test_a_word_is_never_empty_and_holds_no_space(engine: Engine) -> None:
    words = Talk(engine).say(clip("beckett")).words
    assert words
    assert all(word.text.split() == [word.text] for word in words)


def test_the_first_piece_of_a_session_says_nothing_of_the_one_before(engine: Engine) -> None:
    assert Talk(engine).say(clip("sb12")).before is None


def test_a_session_knows_nothing_of_the_one_before(engine: Engine) -> None:
    first = Talk(engine).say(clip("sb12"))
    earlier = Talk(engine)
    earlier.say(clip("sb14"))
    earlier.say(clip("sb15"), start=20, pause=0.6)
    assert Talk(engine).say(clip("sb12")) == first


def test_after_a_strike_the_next_piece_stands_alone(engine: Engine) -> None:
    one, other = Talk(engine), Talk(engine)
    one.say(clip("sb11"))
    other.say(clip("sb12"))
    for talk in (one, other):
        talk.recognizer.forget()
    heard = one.say(clip("sb15"), start=20, pause=0.6)
    assert heard == other.say(clip("sb15"), start=20, pause=0.6)
    assert heard.before is None


def test_two_sessions_at_once_do_not_disturb_each_other(engine: Engine) -> None:
    sounds = clip("sb14"), clip("sb12")
    alone = [Talk(engine).say(sound) for sound in sounds]
    talks = [Talk(engine), Talk(engine)]
    for at in range(0, max(map(len, sounds)), 8000):
        for talk, sound in zip(talks, sounds, strict=True):
            talk.hear(sound[at : at + 8000])
    assert [talk.end(sound) for talk, sound in zip(talks, sounds, strict=True)] == alone


def test_silence_has_no_words_where_the_engine_says_so(engine: Engine) -> None:
    words = Talk(engine).keep_silent(bytes(2 * RATE)).words
    assert not (engine.traits.silent_on_silence and words)


def test_a_piece_without_sound_has_no_words(engine: Engine) -> None:
    assert not Talk(engine).keep_silent(b"").words


def test_most_words_of_real_speech_are_right(real_engine: Engine) -> None:
    counts = [wrong_words(reference(name), text(Talk(real_engine).say(clip(name)))) for name in SENTENCES]
    assert sum(wrong for wrong, _ in counts) / sum(said for _, said in counts) < 0.25


def test_bare_words_have_no_marks(real_engine: Engine) -> None:
    heard = Talk(real_engine).say(clip("ls2412b"))
    shown = text(heard) + heard.held
    assert any(mark in shown for mark in ",.") == real_engine.traits.punctuated


def test_text_is_shown_while_somebody_speaks(streaming_engine: Engine) -> None:
    talk = Talk(streaming_engine)
    talk.hear(clip("quilter"))
    shown = [hypothesis.text for hypothesis in talk.shown]
    assert len(shown) > 3
    assert all(earlier != later for earlier, later in pairwise(shown))


def test_the_text_shown_belongs_to_the_open_piece_alone(streaming_engine: Engine) -> None:
    talk, fresh = Talk(streaming_engine), Talk(streaming_engine)
    talk.say(clip("sb11"))
    talk.shown.clear()
    talk.hear(clip("sb12"))
    fresh.hear(clip("sb12"))
    assert len(talk.shown[-1].text.split()) == len(fresh.shown[-1].text.split())


@pytest.mark.parametrize("content", [None, b""], ids=["missing", "empty"])
@pytest.mark.parametrize(
    ("engine_class", "model", "files"), [(IN_VOSK, VOSK, VOSK_FILES), (IN_MOONSHINE, MOONSHINE, MOONSHINE_FILES)]
)
def test_a_model_that_lacks_a_file_is_refused_and_the_process_lives(
    engine_class: tuple[str, str], model: Path, files: tuple[str, ...], content: bytes | None, broken: Damage
) -> None:
    folders = [broken(model, file, content) for file in files]
    assert _load_each(engine_class, folders) == dict.fromkeys(folders, "refused")


@pytest.mark.parametrize(
    ("engine_class", "model", "files"),
    [
        (IN_VOSK, VOSK, ("am/final.mdl", "graph/Gr.fst", "graph/HCLr.fst", "ivector/final.ie")),
        (IN_MOONSHINE, MOONSHINE, ("encoder_q8.onnx", "decoder_q8.onnx")),
    ],
)
def test_a_model_that_was_copied_in_half_is_refused(
    engine_class: tuple[str, str], model: Path, files: tuple[str, ...], broken: Damage
) -> None:
    halves = {file: (model / file).read_bytes()[: (model / file).stat().st_size // 2] for file in files}
    folders = [broken(model, file, half) for file, half in halves.items()]
    assert _load_each(engine_class, folders) == dict.fromkeys(folders, "refused")


@pytest.mark.parametrize("engine_class", [IN_VOSK, IN_MOONSHINE])
def test_a_folder_without_a_model_is_refused(engine_class: tuple[str, str], tmp_path: Path) -> None:
    folders = [tmp_path, tmp_path / "absent"]
    assert _load_each(engine_class, folders) == dict.fromkeys(folders, "refused")


def _load_each(engine_class: tuple[str, str], folders: list[Path]) -> dict[Path, str]:
    """What becomes of each folder in a process of its own, which must live to the end."""
    module, name = engine_class
    code = LOAD_EACH.format(module=module, name=name)
    child = subprocess.run(
        [sys.executable, "-c", code, *map(str, folders)], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert child.returncode == 0, child.stderr
    return dict(zip(folders, child.stdout.splitlines(), strict=True))


def test_words_that_were_prepared_are_the_same_words(engine: Engine) -> None:
    sound = clip("sb13")
    prepared = Talk(engine)
    prepared.hear(sound)
    for end in (len(sound) // 2 & ~1, len(sound)):
        prepared.recognizer.prepare(Piece(sound[:end], b"", 0.0, float("inf"), Certainty.SURE))
    assert prepared.end(sound) == Talk(engine).say(sound)


def test_who_looks_on_changes_no_word(engine: Engine) -> None:
    sound = clip("sb13")
    watched = Talk(engine)
    watched.hear(sound)
    guesses = [
        watched.recognizer.guess(Piece(sound[: at & ~1], b"", 0.0, float("inf"), Certainty.SURE))
        for at in range(RATE, len(sound), RATE)
        if not engine.traits.streaming
    ]
    assert all(guess is None or isinstance(guess, Hypothesis) for guess in guesses)
    assert watched.end(sound) == Talk(engine).say(sound)
