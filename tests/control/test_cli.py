"""The command line as people and scripts use it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.control.conftest import LISTENING
from tray import __version__
from tray.control.cli import build_cli
from tray.control.client import Reply, Request, state_line
from tray.control.parts import Parts
from tray.control.transcripts import Format as TranscriptFormat
from tray.core.failures import ModelError


class Program:
    """Notes what the command line asks of it."""

    def __init__(self) -> None:
        self.calls: list[tuple[object, ...]] = []

    def parts(self) -> Parts:
        return Parts(
            run=lambda: self.note("run"),
            transcribe=self.transcribe,
            last=lambda number, delivery: self.note("last", number, delivery),
            history=lambda words, day, reach: self.note("history", words, day, reach),
            verify=lambda day, form: self.note("verify", day, form),
            recover=lambda deed: self.note("recover", deed),
            restore=lambda wish: self.note("restore", wish),
            transcript_path=lambda: self.note("transcript_path"),
            transcript_folder=lambda: self.note("transcript_folder"),
            list_models=lambda: self.note("list_models"),
            install_model=self.install,
            devices=lambda: self.note("devices"),
            doctor=lambda: self.note("doctor"),
            check=lambda seconds: self.note("check", seconds),
            report=lambda output, force: self.note("report", output, force),
            autostart=lambda wanted: self.note("autostart", wanted),
            hotkey=lambda key, typed: self.note("hotkey", key.value, typed),
            demo=lambda file: self.note("demo", file),
            bench=lambda form, speech, place, pace: self.note("bench", form, speech, place, pace),
            bench_faults=lambda form, times, seed: self.note("bench_faults", form, times, seed),
        )

    def note(self, *call: object) -> int:
        self.calls.append(call)
        return 0

    def transcribe(self, files: Sequence[Path], engine: str, form: TranscriptFormat, output: Path | None) -> int:
        self.note("transcribe", tuple(files), engine, form, output)
        return 5

    def install(self, name: str, source: Path | None) -> int:
        if name == "nothing":
            raise ModelError("There is no model “nothing”.", "See: scribelet models list")
        return self.note("install_model", name, source)


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
def scribelet(home: Path, program: Program) -> Callable[..., Result]:
    """Runs a command in a home of its own."""
    assert home.exists()
    return lambda *words: CliRunner().invoke(build_cli(program.parts()), words, prog_name="scribelet")


@pytest.mark.parametrize("command", ["toggle", "start", "stop", "cancel", "quit"])
def test_a_command_reaches_the_running_program_and_says_nothing(
    command: str, scribelet: Callable[..., Result], desk: list[Request]
):
    done = scribelet(command)
    assert (done.exit_code, done.output) == (0, "")
    assert desk == [Request(command)]


@pytest.mark.parametrize("command", ["toggle", "start", "stop", "cancel", "quit", "status"])
def test_without_a_running_program_one_line_says_how_to_start_it(command: str, scribelet: Callable[..., Result]):
    done = scribelet(command)
    assert (done.exit_code, done.stdout) == (3, "")
    assert done.stderr == "scribelet: Scribelet is not running. Start it with: scribelet\n"


def test_the_state_is_one_line_for_people(scribelet: Callable[..., Result], desk: list[Request]):
    assert scribelet("status").stdout == (
        "Listening for 12 s, 1 segment. Microphone: Blue Yeti. Engine: moonshine-base-en. Hotkey: ctrl+alt+space. "
        "Warning: The clipboard is out of reach\n"
    )
    assert desk == [Request("status")]


@pytest.mark.parametrize(
    ("state", "line"),
    [
        ({"state": "idle", "session_seconds": None, "segments": 0, "warnings": []}, "Idle."),
        ({"state": "draining", "session_seconds": 3, "segments": 2}, "Draining for 3 s, 2 segments."),
        ({"state": "idle", "microphone": "", "engine": "x"}, "Idle. Engine: x."),
        ({}, "Unknown."),
    ],
)
def test_what_is_not_known_is_left_out_of_the_line(state: Reply, line: str):
    assert state_line(state) == line


@pytest.mark.usefixtures("desk")
def test_the_state_is_json_for_programs(scribelet: Callable[..., Result]):
    assert json.loads(scribelet("status", "--json").stdout) == LISTENING


def test_without_a_command_the_program_starts(scribelet: Callable[..., Result], program: Program):
    assert scribelet().exit_code == 0
    assert program.calls == [("run",)]


@pytest.mark.parametrize(
    ("words", "call", "code"),
    [
        ("transcribe a.wav b.wav", ("transcribe", (Path("a.wav"), Path("b.wav")), "", "text", None), 5),
        (
            "transcribe --engine vosk --format json -o out.json a.wav",
            ("transcribe", (Path("a.wav"),), "vosk", "json", Path("out.json")),
            5,
        ),
        ("transcribe --format srt -o folder -", ("transcribe", (Path("-"),), "", "srt", Path("folder")), 5),
        ("transcribe --format vtt a.m4a", ("transcribe", (Path("a.m4a"),), "", "vtt", None), 5),
        ("last", ("last", 1, "print"), 0),
        ("last 3 --copy", ("last", 3, "copy"), 0),
        ("last --insert", ("last", 1, "insert"), 0),
        ("history", ("history", "", "", "newest"), 0),
        ("history --search dear --day today --all", ("history", "dear", "today", "all"), 0),
        ("transcript path", ("transcript_path",), 0),
        ("transcript folder", ("transcript_folder",), 0),
        ("models list", ("list_models",), 0),
        ("models install small", ("install_model", "small", None), 0),
        ("models install small --from /tmp/x.zip", ("install_model", "small", Path("/tmp/x.zip")), 0),
        ("autostart", ("autostart", None), 0),
        ("autostart on", ("autostart", True), 0),
        ("autostart off", ("autostart", False), 0),
        ("hotkey", ("hotkey", "toggle", None), 0),
        ("hotkey cancel", ("hotkey", "cancel", None), 0),
        ("hotkey ctrl+alt+d", ("hotkey", "toggle", "ctrl+alt+d"), 0),
        ("hotkey cancel --none", ("hotkey", "cancel", ""), 0),
        ("check", ("check", 5.0), 0),
        ("check --seconds 2", ("check", 2.0), 0),
        ("report", ("report", None, False), 0),
        ("report -o out.zip -f", ("report", Path("out.zip"), True), 0),
        ("devices", ("devices",), 0),
        ("doctor", ("doctor",), 0),
        ("demo", ("demo", None), 0),
        ("demo talk.wav", ("demo", Path("talk.wav")), 0),
        ("bench", ("bench", "text", None, "here", "full"), 0),
        ("bench --desktop --fast", ("bench", "text", None, "desktop", "fast"), 0),
        ("bench --faults", ("bench_faults", "text", 10, 1), 0),
        ("bench --faults 3 --seed 7 --json", ("bench_faults", "json", 3, 7), 0),
        ("bench --json --speech talks", ("bench", "json", Path("talks"), "here", "full"), 0),
    ],
)
def test_other_commands_are_the_programs_own(
    words: str, call: tuple[object, ...], code: int, scribelet: Callable[..., Result], program: Program
):
    assert scribelet(*words.split()).exit_code == code
    assert program.calls == [call]


def test_a_failure_is_one_line_with_its_remedy_and_exit_code(scribelet: Callable[..., Result]):
    done = scribelet("models", "install", "nothing")
    assert done.stderr == "scribelet: There is no model “nothing”. See: scribelet models list\n"
    assert done.exit_code == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("nonsense", "No such command 'nonsense'. See: scribelet --help"),
        ("transcribe", "Missing argument 'FILES...'. See: scribelet transcribe --help"),
        ("config", "See: scribelet config --help"),
        ("config set hotkey.toggle", "See: scribelet config set --help"),
        ("--wrong", "See: scribelet --help"),
        ("bench --josn", "See: scribelet bench --help"),
    ],
)
def test_a_wrong_call_is_one_line_that_shows_where_help_is(words: str, said: str, scribelet: Callable[..., Result]):
    done = scribelet(*words.split())
    assert done.exit_code == 2
    assert done.stderr.startswith("scribelet: ")
    assert done.stderr.endswith(f"{said}\n")
    assert done.stderr.count("\n") == 1


def test_help_fits_on_a_screen_and_names_every_command(scribelet: Callable[..., Result]):
    shown = scribelet("--help").stdout
    for name in build_cli(Program().parts()).commands:
        assert f"\n  {name} " in shown
    assert len(shown.splitlines()) <= 48
    assert max(len(line) for line in shown.splitlines()) <= 80
    assert shown.index("toggle") < shown.index("transcribe") < shown.index("config") < shown.index("bench")


def test_the_version_is_told(scribelet: Callable[..., Result]):
    assert scribelet("--version").stdout == f"scribelet {__version__}\n"


def test_a_setting_is_changed_shown_and_checked(scribelet: Callable[..., Result], home: Path):
    path = home / "config_home/scribelet/config.toml"
    assert scribelet("config", "path").stdout == f"{path}\n"
    assert not path.exists()
    assert scribelet("config", "set", "clipboard.mode", "segment").exit_code == 0
    assert 'clipboard.mode = "segment"\n' in scribelet("config", "show").stdout
    assert scribelet("config", "check").stdout == f"{path}: every setting can be used\n"
    assert "# " in path.read_text()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("clipboard.mode", "all"), "clipboard.mode must be session, segment or off"),
        (("clipboard.limit", "-5"), "clipboard.limit must be a whole number from 100 to 10000000, not -5"),
        (("clipboard.made", "off"), 'There is no setting "clipboard.made". Valid are: hotkey.toggle, '),
    ],
)
def test_a_wrong_setting_is_refused_with_what_would_be_right(
    words: tuple[str, str], said: str, scribelet: Callable[..., Result]
):
    done = scribelet("config", "set", *words)
    assert done.exit_code == 6
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_broken_file_is_named_with_its_line(scribelet: Callable[..., Result], home: Path):
    scribelet("config", "show")
    path = home / "config_home/scribelet/config.toml"
    path.write_text("[log]\nlevel = loud\n")
    done = scribelet("config", "check")
    assert done.exit_code == 6
    assert f"{path}, line 2: " in done.stderr


def test_an_unknown_key_is_a_warning_of_the_check(scribelet: Callable[..., Result], home: Path):
    scribelet("config", "show")
    (home / "config_home/scribelet/config.toml").write_text("[log]\nlevle = 1\n")
    done = scribelet("config", "check")
    assert done.exit_code == 0
    assert "warning: log.levle, line 2, is not a setting; is log.level meant?" in done.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_learns_to_complete(shell: str, scribelet: Callable[..., Result]):
    assert f"_SCRIBELET_COMPLETE={shell}_complete" in scribelet("completion", shell).stdout
