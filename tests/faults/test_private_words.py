"""What was said stands in the transcript and its index, for its owner alone, and nowhere else, crash or no crash."""

from __future__ import annotations

import os
import signal
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.desktop.running import words
from tests.faults.watched import WatchedDesktop, WatchedScribelet
from tray.control.client import Request, ask
from tray.control.logfile import EAR_LOG_NAME, LOG_NAME

CLIP = "quilter.wav"
RARE = ("apostle", "gospel")
"""Words of that recording that nothing else on this machine would say."""
CARELESS = ("sh", "-c", 'umask 0; ulimit -c unlimited; exec "$@"', "sh")
"""Runs what follows as somebody whose files are open to all unless closed, and who keeps what crashes leave."""
SETTINGS = '[log]\nlevel = "debug"\n\n[toast]\nshow = "live"\n'
"""Those under which most is written and shown."""


@pytest.fixture(scope="module")
def scribelet() -> Iterator[WatchedScribelet]:
    """Scribelet after a session, and after all the commands that look at it."""
    tell_where_it_crashed = {"PYTHONFAULTHANDLER": "1"}
    with (
        WatchedDesktop("execve", begin=CARELESS, variables=tell_where_it_crashed) as desktop,
        WatchedScribelet(desktop, SETTINGS) as running,
    ):
        running.dictate(CLIP)
        # a word of the same sentence, which builds the index; whoever types it says it to everybody
        for command in (("last",), ("history", "--search", "glad"), ("status", "--json")):
            assert running.command(*command).returncode == 0
        yield running


def _files(scribelet: WatchedScribelet) -> Iterator[Path]:
    """All files of this person and of this desktop, except for what the tests themselves note of toasts and calls."""
    folder = scribelet.desktop.folder
    for path in folder.rglob("*"):
        ours = path.name == "toasts.jsonl" or path.is_relative_to(folder / "trace")
        if path.is_file() and not path.is_symlink() and not ours:
            yield path


def _told(content: bytes | str) -> set[str]:
    """Which of the rare words are in this."""
    text = content if isinstance(content, str) else content.decode("latin-1")
    return set(RARE) & set(words(text))


def _holders(scribelet: WatchedScribelet) -> set[Path]:
    """The files that hold a rare word."""
    return {path for path in _files(scribelet) if _told(path.read_bytes())}


def _keepers(scribelet: WatchedScribelet) -> set[Path]:
    """The files that are meant to hold what was said."""
    desktop = scribelet.desktop
    pages = (desktop.home / "Documents" / "Scribelet").iterdir()
    return {*pages, Path(desktop.env["XDG_CACHE_HOME"]) / "scribelet" / "words.sqlite"}


def _state(scribelet: WatchedScribelet) -> Path:
    return Path(scribelet.desktop.env["XDG_STATE_HOME"]) / "scribelet"


def _limits(pid: int) -> Mapping[str, str]:
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return {line[:25].strip(): line[25:].split()[0] for line in lines[1:]}


def test_the_rare_words_were_understood_and_are_on_the_clipboard(scribelet: WatchedScribelet) -> None:
    assert _told(scribelet.texts()[-1]) == set(RARE)
    assert _told(scribelet.desktop.clipboard()) == set(RARE)
    assert _told(scribelet.command("last").stdout) == set(RARE)


def test_no_file_but_the_transcript_and_its_index_holds_what_was_said(scribelet: WatchedScribelet) -> None:
    assert _holders(scribelet) == _keepers(scribelet)


def test_the_files_that_hold_it_and_their_folders_are_for_their_owner_alone(scribelet: WatchedScribelet) -> None:
    holders = _holders(scribelet)
    assert {path: oct(path.stat().st_mode & 0o777) for path in holders} == dict.fromkeys(holders, "0o600")
    folders = {path.parent for path in holders}
    assert {path: oct(path.stat().st_mode & 0o777) for path in folders} == dict.fromkeys(folders, "0o700")


def test_logs_lock_and_socket_are_for_their_owner_alone(scribelet: WatchedScribelet) -> None:
    for folder in (_state(scribelet), scribelet.socket.parent):
        assert oct(folder.stat().st_mode & 0o777) == "0o700"
    for file in (_state(scribelet) / LOG_NAME, _state(scribelet) / EAR_LOG_NAME, scribelet.socket):
        assert oct(file.stat().st_mode & 0o777) == "0o600"


def test_no_process_gets_what_was_said_as_an_argument_or_in_its_environment(scribelet: WatchedScribelet) -> None:
    started = scribelet.desktop.trace.started
    ours = [(Path(program).name, text) for program, text in started if "PYTHONFAULTHANDLER=1" in text]
    assert {"xclip", "python"} <= {name for name, _ in ours}  # with the whole environment of each
    assert [program for program, text in started if _told(text)] == []


def test_the_log_that_says_most_tells_of_the_session_without_its_words(scribelet: WatchedScribelet) -> None:
    log = (_state(scribelet) / LOG_NAME).read_text("utf-8")
    assert "Listening" in log
    assert _told(log) == set()


def test_no_copy_of_the_memory_is_written_when_a_process_crashes(scribelet: WatchedScribelet) -> None:
    family = scribelet.family()
    assert len(family) == 2
    assert [_limits(pid)["Max core file size"] for pid in family] == ["0", "0"]


def test_recognition_that_crashes_in_mid_session_says_where_and_not_what(scribelet: WatchedScribelet) -> None:
    ask(scribelet.socket, Request("start"))
    scribelet.wait_for_state("listening")
    for number in (signal.SIGABRT, signal.SIGSEGV):
        before = len(scribelet.records())
        scribelet.say(CLIP)
        scribelet.wait_until(lambda: len(scribelet.records()) > before, "the words")  # noqa: B023 called at once
        os.kill(scribelet.family()[1], number)
    ask(scribelet.socket, Request("stop"))
    scribelet.wait_for_state("idle")
    complaints = (_state(scribelet) / EAR_LOG_NAME).read_text("utf-8")
    assert "Fatal Python error: Aborted" in complaints
    assert "Fatal Python error: Segmentation fault" in complaints
    assert _holders(scribelet) == _keepers(scribelet)


def test_a_desk_that_crashes_in_mid_session_says_where_and_not_what_and_neither_does_a_report(
    scribelet: WatchedScribelet,
) -> None:
    ask(scribelet.socket, Request("start"))
    scribelet.wait_for_state("listening")
    before = len(scribelet.records())
    scribelet.say(CLIP)
    scribelet.wait_until(lambda: len(scribelet.records()) > before, "the words")
    os.kill(scribelet.program.process.pid, signal.SIGABRT)
    assert scribelet.program.wait() == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in scribelet.program.output()
    report = scribelet.desktop.home / "report.zip"
    assert scribelet.command("report", "-o", str(report)).returncode == 0
    with zipfile.ZipFile(report) as pages:
        told = {name: _told(pages.read(name)) for name in pages.namelist()}
    assert EAR_LOG_NAME in told
    assert set().union(*told.values()) == set()
    assert report.stat().st_mode & 0o777 == 0o600
    assert _holders(scribelet) == _keepers(scribelet)
