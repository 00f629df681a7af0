"""The fake engine does what its script says."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.engines.spoken import ROOT, Talk, text
from tray.core.failures import ModelError
from tray.core.speech import RATE
from tray.engines.script import Line, Script, ScriptEngine, spoken

SECOND = b"\1\0" * RATE

DIES = """
import sys
from pathlib import Path
from tests.engines.spoken import Talk, text
from tray.engines.script import ScriptEngine
talk = Talk(ScriptEngine.read(Path(sys.argv[1])))
for _ in range(3):
    print(text(talk.say(b"\\1\\0" * 16000)), flush=True)
"""


def test_each_piece_has_the_next_line() -> None:
    talk = Talk(ScriptEngine(spoken("One two.", "Three.")))
    assert [text(talk.say(SECOND)) for _ in range(3)] == ["One two", "Three", ""]


@pytest.mark.parametrize(
    ("line", "before", "words", "held"),
    [
        ("Dear Anna,", None, "Dear Anna", ","),
        (", thank you", ",", "thank you", ""),
        (". Well, yes?", ".", "Well, yes", "?"),
        ("", None, "", ""),
    ],
)
def test_marks_at_the_ends_of_a_line_are_held(line: str, before: str | None, words: str, held: str) -> None:
    heard = Talk(ScriptEngine(spoken(line))).say(SECOND)
    assert (heard.before, text(heard), heard.held) == (before, words, held)


def test_the_words_share_the_piece_evenly() -> None:
    words = Talk(ScriptEngine(spoken("One two three four."))).say(SECOND, start=3.0).words
    assert [(word.start, word.end) for word in words] == [(3.0, 3.25), (3.25, 3.5), (3.5, 3.75), (3.75, 4.0)]


def test_silence_uses_up_no_line() -> None:
    talk = Talk(ScriptEngine(spoken("One.")))
    assert text(talk.say(bytes(len(SECOND)))) == ""
    assert text(talk.say(SECOND)) == "One"


def test_an_engine_that_hears_words_in_silence_can_be_played() -> None:
    talk = Talk(ScriptEngine(Script((Line("You."),), silent_on_silence=False)))
    assert text(talk.say(bytes(len(SECOND)))) == "You"


def test_a_streaming_script_shows_its_line_word_by_word() -> None:
    talk = Talk(ScriptEngine(Script((Line("One two three."), Line("Four five six.")), streaming=True)))
    assert [text(talk.say(SECOND)), text(talk.say(SECOND))] == ["One two three", "Four five six"]
    shown = ["One", "One two", "One two three", "Four", "Four five", "Four five six"]
    assert [hypothesis.text for hypothesis in talk.shown] == shown


def test_a_line_can_fail_and_the_next_one_be_heard() -> None:
    talk = Talk(ScriptEngine(Script((Line(raises="The model is gone"), Line("Well.")))))
    with pytest.raises(ModelError, match="The model is gone"):
        talk.say(SECOND)
    assert text(talk.say(SECOND)) == "Well"


def test_a_line_can_hang() -> None:
    begun = time.monotonic()
    assert text(Talk(ScriptEngine(Script((Line("Late.", hangs_s=0.3),)))).say(SECOND)) == "Late"
    assert time.monotonic() - begun >= 0.3


def test_a_process_that_dies_of_a_line_goes_on_behind_it(tmp_path: Path) -> None:
    path = tmp_path / "script.toml"
    path.write_text('progress = "played"\n[[lines]]\ntext = "One."\n[[lines]]\nexits = 7\n[[lines]]\ntext = "Two."\n')
    runs = [
        subprocess.run(
            [sys.executable, "-c", DIES, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
        for _ in range(2)
    ]
    assert [(run.returncode, run.stdout.split()) for run in runs] == [(7, ["One"]), (0, ["Two"])]


def test_a_progress_file_that_is_no_number_says_so(tmp_path: Path) -> None:
    (tmp_path / "played").write_text("many")
    with pytest.raises(ModelError, match="played"):
        Talk(ScriptEngine(Script((Line("One."),), progress=tmp_path / "played"))).say(SECOND)


def test_a_text_file_is_a_line_a_piece(tmp_path: Path) -> None:
    path = tmp_path / "script.txt"
    path.write_text("One two.\nThree.\n", "utf-8")
    talk = Talk(ScriptEngine.read(path))
    assert [text(talk.say(SECOND)) for _ in range(2)] == ["One two", "Three"]


def test_a_toml_file_says_what_the_engine_can_do(tmp_path: Path) -> None:
    path = tmp_path / "script.toml"
    path.write_text('streaming = true\nsilent_on_silence = false\n[[lines]]\ntext = "One."\n', "utf-8")
    traits = ScriptEngine.read(path).traits
    assert (traits.streaming, traits.silent_on_silence, traits.punctuated) == (True, False, True)


@pytest.mark.parametrize("content", ["= nothing", "tempo = 3", '[[lines]]\nsays = "One."'])
def test_a_script_that_cannot_be_played_says_so(content: str, tmp_path: Path) -> None:
    path = tmp_path / "script.toml"
    path.write_text(content)
    with pytest.raises(ModelError, match=r"script\.toml"):
        ScriptEngine.read(path)


def test_a_script_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"absent\.txt"):
        ScriptEngine.read(tmp_path / "absent.txt")
