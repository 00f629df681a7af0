"""Sound files to text, as somebody with many of them sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tray import app
from tray.control.transcribe import Desk, Format, transcribe
from tray.core.failures import ModelError, ScribeletError, UsageError
from tray.core.speech import RATE, AudioChunk, Heard, Segment, Span, Word

BROKEN = "broken.wav"


@dataclass(frozen=True)
class Tape:
    """One second in which somebody says the name of the file; the broken one ends in the middle."""

    path: Path
    seconds: float = 1.0

    def chunks(self) -> Iterator[AudioChunk]:
        yield AudioChunk(self.path.stem.encode(), 0, RATE)
        if self.path.name == BROKEN:
            raise UsageError(f"{self.path} is damaged", "Convert it again")


class Listener:
    """Hears bytes as the word that they spell."""

    def __init__(self) -> None:
        self._heard: list[Heard] = []

    def hear(self, chunk: AudioChunk) -> list[Heard]:
        word = Word(chunk.pcm.decode(), 0.0, 1.0, None, "estimated")
        self._heard.append(Segment(0, (word,), Span(0, RATE, RATE), "."))
        return []

    def finish(self) -> list[Heard]:
        return self._heard


DESK = Desk("small", Tape, Listener)


def write_down(*names: str, form: Format = "text", output: Path | None = None) -> int:
    return transcribe([Path(name) for name in names], DESK, form, output)


def test_several_files_are_written_one_below_the_other_with_their_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert write_down("one.wav", "two.wav") == 0
    assert capsys.readouterr().out == "one.wav:\n\nOne.\n\ntwo.wav:\n\nTwo.\n"


def test_what_was_written_down_before_a_file_broke_off_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ScribeletError, match=r"broken\.wav is damaged") as failure:
        write_down("one.wav", BROKEN, "two.wav")
    assert (failure.value.exit_code, failure.value.remedy) == (1, "Convert it again")
    assert "One." in capsys.readouterr().out


def test_what_was_written_down_before_a_file_broke_off_is_saved(tmp_path: Path) -> None:
    with pytest.raises(ScribeletError, match="damaged"):
        write_down("one.wav", BROKEN, form="json", output=tmp_path / "text.json")
    assert [one["text"] for one in json.loads((tmp_path / "text.json").read_text())] == ["One."]


def test_when_nothing_was_written_down_the_text_of_last_time_stays(tmp_path: Path) -> None:
    output = tmp_path / "text"
    output.write_text("from before")
    with pytest.raises(ScribeletError):
        write_down(BROKEN, output=output)
    assert output.read_text() == "from before"


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


@pytest.mark.parametrize("place", ["folder", "nowhere/text"])
def test_a_place_that_takes_no_text_is_told(tmp_path: Path, place: str) -> None:
    (tmp_path / "folder").mkdir()
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
