"""Terminals that do not speak UTF-8: a letter they do not know costs only itself, and files are as anywhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

import tray
from tests.desktop.running import SPEECH, alike
from tests.desktop.session import MODELS

SAID = "“Café” 中 😀 naïve"
"""Words with marks of typographers and letters that not every terminal knows."""
WRITE = """
import sys
from datetime import datetime
from pathlib import Path
from tray.core.prose import Act, Change, Passage
from tray.core.speech import Segment, Span, Word
from tray.sinks.transcript import TranscriptSink

words = tuple(Word(word, 0.0, 1.0, None, "estimated") for word in ascii_words.split())
empty = Passage("a session", datetime.now().astimezone())
said = empty.add(Segment(0, words, Span(0, 16000, 16000), ".")).settle(0, ".")
sink = TranscriptSink(Path.home() / "Documents" / "Scribelet")
for change in (Change(Act.BEGAN, empty), Change(Act.SEGMENT, said, said.entries[0]), Change(Act.ENDED, said)):
    sink.write(change)
sink.close()
"""
"""What a session leaves behind, written by the program's own sink."""
TERMINALS: Mapping[str, tuple[dict[str, str], str]] = {
    "C": ({"LC_ALL": "C"}, "utf-8"),
    "POSIX": ({"LC_ALL": "POSIX"}, "utf-8"),
    "C without UTF-8": ({"LC_ALL": "C", "PYTHONUTF8": "0"}, "utf-8"),
    "ASCII": ({"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "ascii"}, "utf-8"),
    "Latin-1": ({"LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "latin-1"}, "latin-1"),
    "C and Latin-1": ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "latin-1"}, "latin-1"),
}
"""What the environment says, and in what text comes out: where ASCII is all it says, it is UTF-8 that is meant."""

Type = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def home() -> Iterator[Path]:
    """The home of somebody whose name not every terminal can write, with a speech model."""
    with tempfile.TemporaryDirectory(prefix="sl-", dir="/tmp") as folder:
        home = Path(folder) / "Zoë 中"
        models = home / ".local" / "share" / "scribelet" / "models"
        models.parent.mkdir(parents=True)
        models.symlink_to(MODELS)
        yield home


@pytest.fixture(params=TERMINALS)
def terminal(request: pytest.FixtureRequest) -> tuple[dict[str, str], str]:
    """What a terminal says of itself, and the letters it knows."""
    return TERMINALS[request.param]


@pytest.fixture
def run(home: Path, terminal: tuple[dict[str, str], str]) -> Type:
    """Runs Python with these arguments in the terminal."""
    path = str(Path(tray.__file__).parents[1])
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_RUNTIME_DIR": str(home), "PYTHONPATH": path}

    def run(*arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=home, env=environment | terminal[0], capture_output=True, timeout=60, check=False
        )

    return run


def _type(run: Type, *arguments: str | Path) -> subprocess.CompletedProcess[bytes]:
    """Type one of our commands; whatever becomes of it, there is no traceback."""
    done = run("-m", "tray", *arguments)
    assert b"Traceback" not in done.stderr, done.stderr.decode(errors="replace")
    return done


def _write_session(run: Type) -> None:
    written = run("-c", f"ascii_words = {SAID!a}{WRITE}")
    assert written.returncode == 0, written.stderr.decode(errors="replace")


def _known(text: str, letters: str) -> bytes:
    """A text as a terminal shows it that knows these letters."""
    return text.encode(letters, "replace")


def test_what_was_said_is_shown_as_far_as_the_terminal_knows_its_letters(
    run: Type, terminal: tuple[dict[str, str], str]
) -> None:
    _write_session(run)
    shown = _known(f"{SAID}.\n", terminal[1])
    for command in (("last",), ("history",), ("history", "--search", "naive")):
        done = _type(run, *command)
        assert (done.returncode, done.stdout[-len(shown) :]) == (0, shown), command


def test_the_transcript_is_utf_8_whatever_the_terminal(run: Type, home: Path) -> None:
    _write_session(run)
    [records], [page] = ([*home.glob(f"Documents/Scribelet/*.{kind}")] for kind in ("jsonl", "md"))
    assert json.loads(records.read_text("utf-8").splitlines()[0])["text"] == SAID
    assert page.read_text("utf-8").endswith(f"** {SAID}.\n")


def test_commands_end_as_they_should_in_a_home_whose_name_the_terminal_cannot_write(run: Type, home: Path) -> None:
    _write_session(run)
    expected = {
        ("config", "show"): 0,
        ("config", "check"): 0,
        ("config", "path"): 0,
        ("transcript", "path"): 0,
        ("--help",): 0,
        ("status",): 3,
        ("transcribe", f"{home}/nö.wav"): 2,
        ("config", "set", "nö", "中"): 6,
        ("autostart", "on"): 0,
    }
    assert {command: _type(run, *command).returncode for command in expected} == expected


def test_recordings_are_written_down_whatever_their_names(
    run: Type, home: Path, terminal: tuple[dict[str, str], str]
) -> None:
    recording, other = home / "Größe 😀.wav", home / "b.wav"
    shutil.copy(SPEECH / "sb11.wav", recording)
    shutil.copy(SPEECH / "sb12.wav", other)
    done = _type(run, "transcribe", recording, other)
    assert done.returncode == 0, done.stderr
    assert alike(_text_below(done.stdout.decode(terminal[1])), "sb11.wav", "sb12.wav")
    assert _type(run, "transcribe", recording, other, "-o", home / "out.txt").returncode == 0
    written = (home / "out.txt").read_text("utf-8")
    assert str(recording) in written
    assert alike(_text_below(written), "sb11.wav", "sb12.wav")


def _text_below(titled: str) -> str:
    """What was said, without the names of the files."""
    return " ".join(line for line in titled.splitlines() if not line.endswith(":"))
