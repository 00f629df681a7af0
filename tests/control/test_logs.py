"""The log that keeps silent, and the log on the terminal."""

from __future__ import annotations

import io
import logging
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.control.conftest import SECRETS, Wait
from tests.hearing.desk import EAR
from tests.hearing.made import nobody, voice
from tray.accounts import Books
from tray.audio.paced import PacedFile
from tray.control.logfile import LOG_NAME, LOG_SIZE, log_handler
from tray.control.upkeep import show_log
from tray.core.face import View
from tray.core.failures import ScribeletError
from tray.core.news import Asked
from tray.core.settings import Settings
from tray.core.state import Idle, Quit
from tray.sinks.console import ConsoleSink
from tray.sinks.toast import ToastSink
from tray.sinks.transcript import TranscriptSink
from tray.system.notifications import Note
from tray.wiring import Surroundings, Wiring


@pytest.fixture
def logging_to() -> Iterator[Callable[[Path], None]]:
    """Lets all of this process log into a file, as much as can be had."""
    root, before = logging.getLogger(), logging.getLogger().level
    handlers: list[logging.Handler] = []

    def begin(path: Path) -> None:
        handlers.append(log_handler(path))
        root.addHandler(handlers[-1])
        root.setLevel("DEBUG")

    yield begin
    root.setLevel(before)
    for handler in handlers:
        root.removeHandler(handler)
        handler.close()


class DeafDaemon:
    """A notification daemon that repeats in its refusal what it was to show."""

    def listen(self, act: Callable[[str], None]) -> None:
        """There is no button to press."""

    def show(self, key: str, note: Note) -> None:
        raise ScribeletError(f"The daemon does not show {key} with “{note.body}”")

    def showing(self, key: str) -> bool:
        return bool(key) and False

    def close(self, key: str) -> None:
        raise ScribeletError(f"There is no toast {key}")


class Dictation:
    """One session from a file, with an ear that dies once and a daemon that refuses."""

    def __init__(self, folder: Path, lines: str) -> None:
        from tests.desktop.sound import write_wav

        self.folder, self.screen = folder, io.StringIO()
        write_wav(folder / "talk.wav", b"".join(voice(0.6) + nobody(0.8) for _ in range(4)))
        (folder / "script.toml").write_text(f'progress = "played"\n{lines}', "utf-8")
        self._over, self._begun = threading.Event(), False
        self._wiring = Wiring(
            Surroundings(
                source=lambda _settings: PacedFile(folder / "talk.wav", pace=4),
                sinks=self._sinks,
                ear_command=lambda _settings: (sys.executable, EAR, folder / "script.toml", folder / "pid"),
                books=lambda _settings: Books(folder / "spool", folder / "ledger", folder),
                bind_keys=lambda _settings, _report: False,
                show=self._watch,
                tell=lambda _summary, _body: None,
                leave=self._over.set,
            ),
            Settings(),
        )

    def play(self) -> str:
        """From the first sample to the last word; the transcript."""
        self._wiring.start()
        self._wiring.conductor.post(Asked("start"))
        assert self._over.wait(40)
        assert self._wiring.close() == 0
        return "".join(page.read_text("utf-8") for page in self.folder.glob("*.md"))

    def _sinks(self, _settings: Settings, _report: object) -> tuple[TranscriptSink, list[ToastSink | ConsoleSink]]:
        toasts = ToastSink(DeafDaemon(), "each", lambda _action: None)
        return TranscriptSink(self.folder), [toasts, ConsoleSink(self.screen)]

    def _watch(self, view: View) -> None:
        self._begun = self._begun or view.desk.recording is not None
        if self._begun and isinstance(view.desk.state, Idle) and not view.desk.owed:
            self._wiring.conductor.post(Quit())


def test_not_a_word_of_a_whole_session_is_in_the_log(
    tmp_path: Path, logging_to: Callable[[Path], None], capfd: pytest.CaptureFixture[str]
) -> None:
    logging_to(tmp_path / LOG_NAME)
    lines = ("exits = 3", f'text = "{SECRETS[0]} {SECRETS[1]}."', f'text = "{SECRETS[2]}, {SECRETS[3]}?"')
    written = Dictation(tmp_path, "".join(f"[[lines]]\n{line}\n" for line in lines)).play()
    assert [word for word in SECRETS[:4] if word.casefold() in written.casefold()] == list(SECRETS[:4])
    logged = "".join(file.read_text("utf-8") for file in tmp_path.glob("*.log*")) + capfd.readouterr().err
    assert "session 1: written" in logged
    assert [word for word in SECRETS if word.casefold() in logged.casefold()] == []


def test_what_libraries_say_of_the_words_they_carry_is_not_in_the_log(
    tmp_path: Path, logging_to: Callable[[Path], None]
) -> None:
    logging_to(tmp_path / LOG_NAME)
    foreign = logging.getLogger("dbus_fast.message_bus")
    foreign.error("could not send %s", SECRETS[0])
    foreign.error(f"Task exception was never retrieved\nfuture: ValueError('{SECRETS[1]}')")
    try:
        raise ValueError(SECRETS[2])
    except ValueError as error:
        foreign.exception("A message handler raised an exception: %s", error)
        logging.getLogger("tray.system").exception("work stopped")
    logged = (tmp_path / LOG_NAME).read_text("utf-8")
    assert [word for word in SECRETS if word in logged] == []
    for told in ("could not send %s", "never retrieved", "ValueError", "test_logs.py", "work stopped"):
        assert told in logged


def test_what_the_house_logs_is_logged_in_full(tmp_path: Path, logging_to: Callable[[Path], None]) -> None:
    logging_to(tmp_path / LOG_NAME)
    logging.getLogger("tray.capture").info("session %d: %s", 3, "written 2 s")
    assert (tmp_path / LOG_NAME).read_text("utf-8").endswith("INFO tray.capture session 3: written 2 s\n")


def test_each_log_is_for_its_owner_alone_and_the_oldest_go(tmp_path: Path, logging_to: Callable[[Path], None]) -> None:
    logging_to(tmp_path / LOG_NAME)
    before = os.umask(0)
    try:
        for _ in range(5):
            logging.getLogger("tray").info("x" * (LOG_SIZE - 100))
    finally:
        os.umask(before)
    logs = sorted(tmp_path.iterdir())
    assert [log.name for log in logs] == [LOG_NAME, f"{LOG_NAME}.1", f"{LOG_NAME}.2"]
    assert {stat.S_IMODE(log.stat().st_mode) for log in logs} == {0o600}
    assert all(log.stat().st_size <= LOG_SIZE for log in logs)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Six lines, of which the first two are in an older log."""
    (tmp_path / f"{LOG_NAME}.1").write_text("one\ntwö\n", "utf-8")
    (tmp_path / LOG_NAME).write_text("three\nfour\nfive\nsix\n", "utf-8")
    return tmp_path / LOG_NAME


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (2, "five\nsix\n"),
        (4, "three\nfour\nfive\nsix\n"),
        (5, "twö\nthree\nfour\nfive\nsix\n"),
        (99, "one\ntwö\nthree\nfour\nfive\nsix\n"),
        (0, ""),
    ],
)
def test_the_last_lines_are_shown_across_logs(
    log: Path, lines: int, shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert show_log(log, lines=lines, follow=False) == 0
    assert capsys.readouterr().out == shown


def test_a_line_that_is_no_text_does_no_harm(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log.write_bytes(b"good\nb\xffd")
    show_log(log, lines=2, follow=False)
    assert capsys.readouterr().out == "good\nb\ufffdd\n"


def test_before_the_first_start_there_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(ScribeletError, match="no log yet") as caught:
        show_log(tmp_path / LOG_NAME, lines=10, follow=False)
    assert caught.value.remedy == "Start Scribelet with: scribelet"


FOLLOW = """
import sys
from pathlib import Path
from tray.control.upkeep import show_log
show_log(Path(sys.argv[1]), lines=1, follow=True)
"""


class Screen:
    """What a program prints, as it comes."""

    def __init__(self, program: subprocess.Popen[str]) -> None:
        self.shown = ""
        self._pipe = program.stdout
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._pipe
        for line in self._pipe:
            self.shown += line


@pytest.mark.parametrize("rotated", [False, True])
def test_new_lines_are_followed_also_into_the_next_log(
    log: Path, python: Callable[..., subprocess.Popen[str]], wait: Wait, *, rotated: bool
) -> None:
    screen = Screen(python(FOLLOW, log))
    wait(lambda: screen.shown == "six\n")
    with log.open("a") as file:
        file.write("seven\n")
        file.flush()
        wait(lambda: screen.shown == "six\nseven\n")
        file.write("eight\n")
    if rotated:
        log.rename(log.with_name(f"{LOG_NAME}.1"))
    with log.open("a") as file:
        file.write("nine\n")
    wait(lambda: screen.shown == "six\nseven\neight\nnine\n")


def test_a_log_that_is_not_there_yet_is_waited_for(
    tmp_path: Path, python: Callable[..., subprocess.Popen[str]], wait: Wait
) -> None:
    follower = python(FOLLOW, tmp_path / LOG_NAME)
    screen = Screen(follower)
    (tmp_path / LOG_NAME).write_text("first\n")
    wait(lambda: screen.shown == "first\n")
    assert follower.poll() is None
