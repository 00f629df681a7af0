"""The settings file as people meet it: written once, edited by hand, changed by commands."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tray.control.settings_file import SettingsFile
from tray.core.failures import SettingsError
from tray.core.settings import Settings
from tray.core.settings_keys import KEYS, check, find
from tray.core.settings_rules import Value

EDITED = """\
# my own words
[clipboard]
mode = "off"   # I use another clipboard program

[hotkey]
# on the keyboard at work
toggle = "super+d"
"""


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    return SettingsFile(tmp_path / "deep" / "config.toml")


def _write(file: SettingsFile, text: str | bytes) -> None:
    file.path.parent.mkdir(parents=True, exist_ok=True)
    file.path.write_bytes(text if isinstance(text, bytes) else text.encode())


def test_the_first_start_writes_the_defaults_for_the_owner_alone(file: SettingsFile):
    reading = file.read()
    assert (reading.settings, reading.warnings) == (Settings(), ())
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert file.path.parent.stat().st_mode & 0o777 == 0o700


def test_the_written_file_explains_every_setting_and_reads_back_as_the_defaults(file: SettingsFile):
    file.read()
    text = file.path.read_text()
    for key in KEYS.values():
        assert f"# {key.meaning}\n{key.name.split('.')[1]} = " in text
    assert file.read().settings == Settings()
    assert max(len(line) for line in text.splitlines()) <= 120


def test_a_hand_written_file_counts_and_what_it_leaves_out_is_default(file: SettingsFile):
    _write(file, EDITED)
    found = file.read().settings
    assert (found.clipboard.mode, found.hotkey.toggle, found.hotkey.hold_ms) == ("off", "super+d", 350)
    assert file.path.read_text() == EDITED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[hotkey]\n\nhold_ms = "long"\n', "hotkey.hold_ms, line 3, must be a whole number"),
        ('log.level = "loud"\n', "log.level, line 1, must be"),
        ('x = 1\ntoast = {show = "never"}\n', "toast.show, line 2, must be"),
        ('[ "toast" ]\n"show" = "never"\n', "toast.show, line 2, must be"),
        ('[log]\nlevel = "loud"\n[toast]\nshow = "never"\n', "log.level, line 2, must be"),
        ('[log]\nlevel = "loud"\n[toast]\nshow = "never"\n', "toast.show, line 4, must be"),
        ("[log\n", "line 1: "),
        ('[log]\nlevel = "info"\nlevel = "info"\n', "line 3: "),
        ('[log]\n\nlevel = "inf', "line 3: "),
        ("a = " + "[" * 100_000, "line 1: "),
    ],
)
def test_a_wrong_file_is_refused_with_key_line_and_reason(file: SettingsFile, text: str, said: str):
    _write(file, text)
    with pytest.raises(SettingsError) as caught:
        file.read()
    assert said in str(caught.value)
    assert str(file.path) in str(caught.value)
    assert caught.value.remedy
    assert file.path.read_text() == text


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff\xfe", "not UTF-8"), (b"#" * 1_000_001, "larger than any settings file")],
)
def test_a_file_that_is_no_settings_file_is_refused(file: SettingsFile, content: bytes, said: str):
    _write(file, content)
    with pytest.raises(SettingsError, match=said):
        file.read()


def test_a_pipe_under_the_name_of_the_file_does_not_hang_the_program(file: SettingsFile):
    file.path.parent.mkdir()
    os.mkfifo(file.path)
    with pytest.raises(SettingsError, match="is not a file"):
        file.read()


def test_an_unknown_key_is_a_warning_with_its_line(file: SettingsFile):
    _write(file, EDITED + "\n[hotkey.extra]\nx = 1\n[log]\nlevle = 1\n")
    warnings = file.read().warnings
    assert warnings[1] == "log.levle, line 12, is not a setting; is log.level meant?"
    assert "hotkey.extra" in warnings[0]


def test_a_byte_order_mark_from_another_editor_does_no_harm(file: SettingsFile):
    _write(file, "\ufeff" + EDITED)
    assert file.read().settings.clipboard.mode == "off"


def test_a_change_keeps_every_other_line_and_comment(file: SettingsFile):
    _write(file, EDITED)
    file.set("clipboard.mode", "segment")
    assert file.path.read_text() == EDITED.replace('"off"', '"segment"')


def test_a_change_to_a_setting_the_file_left_out_is_added(file: SettingsFile):
    _write(file, EDITED)
    file.set("hotkey.hold_ms", "500")
    file.set("toast.show", "off")
    found = file.read().settings
    assert (found.hotkey.hold_ms, found.toast.show, found.hotkey.toggle) == (500, "off", "super+d")
    assert file.path.read_text().startswith(EDITED)


@pytest.mark.parametrize("text", ['toast.show = "off"\n', 'toast = {show = "off"}\n', '[toast]\r\nshow = "off"\r\n'])
def test_a_change_works_in_whatever_way_the_file_is_written(file: SettingsFile, text: str):
    _write(file, text)
    file.set("toast.show", "errors")
    assert file.path.read_bytes() == text.replace("off", "errors").encode()


def test_a_change_before_the_first_start_writes_the_whole_file(file: SettingsFile):
    file.set("toast.show", "errors")
    assert "# Milliseconds" in file.path.read_text()
    assert file.read().settings.toast.show == "errors"


@pytest.mark.parametrize(
    ("name", "typed", "said"),
    [
        ("clipboard.mode", "all", "must be session, segment or off"),
        ("hotkey.hold_ms", "5", "whole number from 100 to 3000"),
        ("hotkey.cancel", "super+d", "another combination"),
        ("clipboard.made", "off", "no setting"),
    ],
)
def test_a_wrong_change_is_refused_and_the_file_stays_as_it_was(file: SettingsFile, name: str, typed: str, said: str):
    _write(file, EDITED)
    with pytest.raises(SettingsError, match=said):
        file.set(name, typed)
    assert file.path.read_text() == EDITED


def test_a_wrong_value_can_be_mended_by_a_change_even_beside_another_wrong_one(file: SettingsFile):
    _write(file, '[log]\nlevel = "loud"\n[toast]\nshow = "never"\n')
    file.set("log.level", "debug")
    with pytest.raises(SettingsError) as caught:
        file.read()
    assert "toast.show" in str(caught.value)
    assert "log.level" not in str(caught.value)


def test_a_broken_file_is_not_changed(file: SettingsFile):
    _write(file, "[log\n")
    with pytest.raises(SettingsError, match="line 1"):
        file.set("log.level", "debug")
    assert file.path.read_text() == "[log\n"


def test_a_table_that_is_none_is_left_to_the_editor(file: SettingsFile):
    _write(file, "log = 3\n")
    with pytest.raises(SettingsError, match=r"log\.level cannot be changed"):
        file.set("log.level", "debug")


def test_a_link_into_a_repository_stays_a_link(file: SettingsFile, tmp_path: Path):
    real = tmp_path / "dotfiles.toml"
    real.write_text(EDITED)
    file.path.parent.mkdir()
    file.path.symlink_to(real)
    file.set("clipboard.mode", "segment")
    assert file.path.is_symlink()
    assert '"segment"' in real.read_text()


def test_no_temporary_file_is_left(file: SettingsFile):
    file.set("toast.show", "errors")
    assert [entry.name for entry in file.path.parent.iterdir()] == ["config.toml"]


def test_a_saved_file_is_noticed_once_read_it_is_not(file: SettingsFile):
    file.read()
    assert not file.changed()
    _write(file, EDITED)
    assert file.changed()
    file.read()
    assert not file.changed()


def test_a_change_by_a_command_is_noticed(file: SettingsFile):
    file.read()
    SettingsFile(file.path).set("toast.show", "off")
    assert file.changed()


def test_a_refused_file_is_not_read_over_and_over(file: SettingsFile):
    _write(file, "[log\n")
    with pytest.raises(SettingsError):
        file.read()
    assert not file.changed()


def test_a_file_that_is_gone_for_a_moment_is_not_a_change(file: SettingsFile):
    file.read()
    file.path.unlink()
    assert not file.changed()


def _as_another_user(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run code as somebody whom permissions stop, which they do not do to root."""
    drop = "import os, sys; os.setgid(65534); os.setuid(65534)\n"
    return subprocess.run(
        [sys.executable, "-c", f"{IMPORTS}{drop}{code}", *arguments], capture_output=True, text=True, timeout=30
    )


IMPORTS = """
import tempfile
from pathlib import Path
from tray.control.settings_file import SettingsFile
from tray.core.failures import SettingsError
"""


def test_a_folder_that_cannot_be_written_leaves_the_defaults_in_force_and_says_so():
    done = _as_another_user("reading = SettingsFile(Path('/proc/scribelet/config.toml')).read()\nprint(reading)")
    assert "cannot be written" in done.stdout, done.stderr
    assert "the defaults are in force" in done.stdout


def test_a_file_of_somebody_else_is_refused_with_the_reason():
    code = "try:\n SettingsFile(Path(sys.argv[1])).read()\nexcept SettingsError as error:\n print(error)"
    with tempfile.TemporaryDirectory() as folder:  # others cannot enter the folders of pytest
        Path(folder).chmod(0o755)
        SettingsFile(Path(folder) / "config.toml").read()
        assert "Permission denied" in _as_another_user(code, f"{folder}/config.toml").stdout


def _typed(name: str) -> st.SearchStrategy[Value]:
    samples: dict[str, st.SearchStrategy[Value]] = {
        "hotkey.toggle": st.sampled_from(["", "ctrl+alt+space", "super+d", "f9"]),
        "hotkey.cancel": st.sampled_from(["", "pause", "shift+ctrl+x"]),
        "hotkey.hold_ms": st.integers(100, 3000),
        "microphone.ready": st.booleans(),
        "audio.keep": st.booleans(),
        "engine.idle_minutes": st.floats(0.01, 1440),
        "session.endpoint_s": st.floats(0.2, 5),
        "session.silence_minutes": st.floats(0.05, 1440),
        "session.hold_minutes": st.floats(0.01, 120),
        "transcript.folder": st.text(st.characters(exclude_categories=("C", "Z"))).map("/".__add__),
        "clipboard.mode": st.sampled_from(["session", "segment", "off"]),
        "clipboard.limit": st.integers(100, 10_000_000),
        "insert.mode": st.sampled_from(["off", "paste", "type"]),
        "insert.focus": st.sampled_from(["follow", "hold"]),
        "cues.play": st.sampled_from(["off", "quiet"]),
        "toast.show": st.sampled_from(["live", "each", "errors", "off"]),
        "log.level": st.sampled_from(["debug", "info", "warning", "error"]),
    }
    words = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1)
    return samples.get(name, words)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.fixed_dictionaries({name: _typed(name) for name in KEYS}))
def test_any_valid_settings_written_one_by_one_are_read_back_equal(file: SettingsFile, chosen: dict[str, Value]):
    file.path.unlink(missing_ok=True)
    for name, value in chosen.items():
        file.set(name, str(value))
    found = file.read().settings
    assert {name: find(name).of(found) for name in KEYS} == chosen
    comments = [line for line in file.path.read_text().splitlines() if line.startswith("#")]
    assert comments[1:] == [f"# {key.meaning}" for key in KEYS.values()]
    assert check({}).settings == Settings()
