"""Sound files to text, as somebody with many of them sees it."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import termios
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tray import app
from tray.control.transcribe import Desk, transcribe
from tray.control.transcripts import Format
from tray.core.failures import ModelError, ScribeletError, UsageError
from tray.core.speech import RATE, AudioChunk, Heard, Segment, Span, Word

BROKEN, DEAD, STOPPED = "broken.wav", "dead.wav", "stopped.wav"


@dataclass(frozen=True)
class Tape:
    """One second in which somebody says the name of the file.

    The broken one ends in the middle, the dead one at once, and in the stopped one somebody presses Ctrl+C.
    """

    path: Path
    seconds: float = 1.0

    def chunks(self) -> Iterator[AudioChunk]:
        if self.path.name == DEAD:
            raise UsageError(f"{self.path} is damaged", "Convert it again")
        name = self.path.stem.encode()
        yield AudioChunk(name + bytes(2 * RATE - len(name)), 0, RATE)
        if self.path.name == BROKEN:
            raise UsageError(f"{self.path} is damaged", "Convert it again")
        if self.path.name == STOPPED:
            raise KeyboardInterrupt


class Listener:
    """Hears bytes as the word that they spell."""

    def hear(self, chunk: AudioChunk) -> list[Heard]:
        word = Word(chunk.pcm.rstrip(b"\0").decode(), 0.0, 1.0, None, "estimated")
        return [Segment(0, (word,), Span(0, RATE, RATE), ".")]

    def finish(self) -> list[Heard]:
        return []


DESK = Desk("small", Tape, Listener)


def write_down(*names: str, form: Format = "text", output: Path | None = None) -> int:
    return transcribe([Path(name) for name in names], DESK, form, output)


def test_several_files_are_written_one_below_the_other_with_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert write_down("one.wav", "two.wav") == 0
    assert capsys.readouterr().out == "one.wav:\n\nOne.\n\ntwo.wav:\n\nTwo.\n"


def test_a_recording_that_breaks_off_is_told_and_everything_that_can_be_heard_is_printed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert write_down("one.wav", BROKEN, DEAD, "two.wav") == 1
    said = capsys.readouterr()
    assert said.out == "one.wav:\n\nOne.\n\nbroken.wav:\n\nBroken.\n\ntwo.wav:\n\nTwo.\n"
    assert said.err == "".join(f"scribelet: {name} is damaged. Convert it again\n" for name in (BROKEN, DEAD))


def test_what_was_heard_before_a_file_broke_off_is_saved(tmp_path: Path) -> None:
    assert write_down("one.wav", BROKEN, form="json", output=tmp_path / "text.json") == 1
    assert [one["text"] for one in json.loads((tmp_path / "text.json").read_text())] == ["One.", "Broken."]


@pytest.mark.parametrize("place", ["text", "."])
def test_when_nothing_was_heard_the_text_of_last_time_stays(place: str, tmp_path: Path) -> None:
    for name in ("text", "dead.txt"):
        (tmp_path / name).write_text("from before")
    assert write_down(DEAD, output=tmp_path / place) == 1
    assert {path.read_text() for path in tmp_path.iterdir()} == {"from before"}


def test_a_text_is_printed_before_the_next_recording_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    printed: list[str] = []

    def hearing() -> Listener:
        printed.append(capsys.readouterr().out)
        return Listener()

    transcribe([Path("one.wav"), Path("two.wav")], Desk("small", Tape, hearing), "text", None)
    assert printed == ["", "one.wav:\n\nOne.\n"]


@pytest.mark.parametrize(("form", "text"), [("text", "One.\n\nstopped.wav:\n\nStopped.\n"), ("json", '"Stopped."')])
def test_after_control_c_everything_that_was_heard_is_printed(
    form: Format, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_down("one.wav", STOPPED, "two.wav", form=form)
    said = capsys.readouterr()
    assert text in said.out
    assert "Two" not in said.out
    assert said.err == "scribelet: Stopped at 1.0 s of stopped.wav; 1 of 3 recordings done.\n"


def test_after_control_c_everything_that_was_heard_is_saved(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_down("one.wav", STOPPED, output=tmp_path / "text")
    assert (tmp_path / "text").read_text() == "one.wav:\n\nOne.\n\nstopped.wav:\n\nStopped.\n"


@pytest.mark.parametrize(
    ("form", "name"), [("text", "one.txt"), ("json", "one.json"), ("srt", "one.srt"), ("vtt", "one.vtt")]
)
def test_in_a_folder_each_recording_has_a_file_named_after_it(form: Format, name: str, tmp_path: Path) -> None:
    assert write_down("one.wav", "far/two.mp3", form=form, output=tmp_path) == 0
    assert {path.name for path in tmp_path.iterdir()} == {name, name.replace("one", "two")}
    assert "One." in (tmp_path / name).read_text()
    assert "Two." not in (tmp_path / name).read_text()


def test_two_recordings_never_share_a_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"one\.wav and of far/one\.mp3 would both go into .*one\.txt"):
        write_down("one.wav", "far/one.mp3", output=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_recording_is_never_overwritten_with_its_text(tmp_path: Path) -> None:
    (tmp_path / "one.wav").write_bytes(b"sound")
    with pytest.raises(UsageError, match="would be lost"):
        write_down(str(tmp_path / "one.wav"), output=tmp_path / "one.wav")
    assert (tmp_path / "one.wav").read_bytes() == b"sound"


def test_captions_tell_that_their_times_are_estimated(capsys: pytest.CaptureFixture[str]) -> None:
    write_down("one.wav", form="srt")
    said = capsys.readouterr()
    assert said.out == "1\n00:00:00,000 --> 00:00:01,000\nOne.\n"
    assert said.err.count("estimated") == said.err.count("\n") == 1
    write_down("one.wav", form="vtt")
    said = capsys.readouterr()
    assert said.out.startswith("WEBVTT\n\nNOTE The times are estimated")
    assert said.out.endswith("\n\n00:00:00.000 --> 00:00:01.000\nOne.\n")
    assert said.err == ""


@pytest.mark.parametrize("form", ["srt", "vtt"])
def test_captions_of_several_recordings_need_a_folder(form: Format) -> None:
    with pytest.raises(UsageError, match="cannot go into one") as failure:
        write_down("one.wav", "two.wav", form=form)
    assert "folder" in failure.value.remedy


def test_standard_input_can_be_named_only_once() -> None:
    with pytest.raises(UsageError, match="only once"):
        write_down("-", "-")


def test_text_goes_into_a_private_file_and_nothing_else_is_left(tmp_path: Path) -> None:
    write_down("one.wav", output=tmp_path / "text")
    assert (tmp_path / "text").read_text() == "One.\n"
    assert [(path.name, path.stat().st_mode & 0o777) for path in tmp_path.iterdir()] == [("text", 0o600)]


def test_text_for_a_device_goes_through_it() -> None:
    far, near = os.openpty()
    try:
        write_down("one.wav", output=Path(os.ttyname(near)))
        assert os.read(far, 100) == b"One.\r\n"
    finally:
        os.close(near)
        os.close(far)


def test_text_for_a_link_goes_where_it_leads(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("text")
    write_down("one.wav", output=tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "text").read_text() == "One.\n"


def test_text_for_standard_output_by_its_name_reaches_a_pipe() -> None:
    code = "from pathlib import Path; from tray.system.files import replace; replace(Path('/dev/stdout'), b'One.')"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=30, check=True).stdout == b"One."


@pytest.mark.parametrize("place", ["file/text", "nowhere/text", "name" * 100])
def test_a_place_that_takes_no_text_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ScribeletError, match="cannot be written") as failure:
        write_down("one.wav", output=tmp_path / place)
    assert "-o" in failure.value.remedy


def test_a_mistyped_name_is_told_before_the_model_is_looked_for() -> None:
    with pytest.raises(UsageError, match=r"typo\.wav does not exist"):
        app.transcribe([Path("typo.wav")], "no-such-model", "text", None)


def test_a_missing_model_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    speech = Path(__file__).parents[1] / "speech" / "jfk.wav"
    with tempfile.TemporaryDirectory() as empty:
        monkeypatch.setenv("XDG_DATA_HOME", empty)
        with pytest.raises(ModelError):
            app.transcribe([speech], "moonshine-base-en", "text", None)


TALKATIVE = """
import sys
from pathlib import Path
from tray.app import command_line_parts
from tray.audio.files import open_recording
from tray.control.cli import build_cli
from tray.control.transcribe import Desk, transcribe
from tray.core.segmenter import Policy
from tray.ear import new_hearing
from tray.engines.script import ScriptEngine, spoken
from dataclasses import replace

engine = ScriptEngine(spoken(*["So it goes."] * 100))
def write_down(files, name, form, output):
    return transcribe(files, Desk("script", open_recording, lambda: new_hearing(engine, Policy())), form, output)
build_cli(replace(command_line_parts(), transcribe=write_down))(prog_name="scribelet")
"""
SPEECH = Path(__file__).parents[1] / "speech" / "jfk.wav"


def test_a_recording_comes_through_standard_input() -> None:
    command = [sys.executable, "-c", TALKATIVE, "transcribe", "-"]
    done = subprocess.run(command, input=SPEECH.read_bytes(), capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"So it goes.")


def unread(pipe: int) -> int:
    """Bytes in a pipe that nobody has taken out yet."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


def test_control_c_ends_a_live_recording_with_the_text_so_far(tmp_path: Path, wait: Callable[..., None]) -> None:
    whole = SPEECH.read_bytes()
    at = whole.index(b"data") + 4
    endless = whole[:at] + b"\xff\xff\xff\xff" + whole[at + 4 :]
    command = [sys.executable, "-c", TALKATIVE, "transcribe", "-o", str(tmp_path), "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        pipe, complaints = program.stdin, program.stderr
        assert pipe is not None
        assert complaints is not None
        pipe.write(endless)
        pipe.flush()
        wait(lambda: unread(pipe.fileno()) == 0)
        program.send_signal(signal.SIGINT)
        errors = complaints.read()
        assert program.wait(30) == 130
    assert errors.startswith(b"scribelet: Stopped at ")
    assert b" s of standard input; 0 of 1 recording done." in errors
    assert (tmp_path / "standard input.txt").read_text().startswith("So it goes.")
