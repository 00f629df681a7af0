"""A settings file of an earlier version goes on working, and its old names go away with the first change."""

from __future__ import annotations

from pathlib import Path

import pytest

from tray.control.settings_file import SettingsFile
from tray.core.failures import SettingsError

EARLIER = {"toast.shown": "toast.show", "note.level": "log.level"}
OLD = """\
# mine
[toast]
# I like to see it
shown = "live"   # all of it

[note]
# too much otherwise
level = "error" # for now
"""


@pytest.fixture
def file(tmp_path: Path) -> SettingsFile:
    (tmp_path / "config.toml").write_text(OLD)
    return SettingsFile(tmp_path / "config.toml", EARLIER)


def test_what_stands_under_an_old_name_is_in_force_and_the_new_name_is_told_with_the_line(file: SettingsFile):
    reading = file.read()
    assert (reading.settings.toast.show, reading.settings.log.level) == ("live", "error")
    assert reading.warnings == (
        "toast.shown, line 4, is called toast.show now",
        "note.level, line 8, is called log.level now",
    )
    assert file.path.read_text() == OLD


def test_a_change_writes_the_new_name_in_the_place_of_the_old_one(file: SettingsFile):
    file.set("toast.show", "off")
    assert file.path.read_text() == OLD.replace('shown = "live"', 'show = "off"')
    assert file.read().warnings == ("note.level, line 8, is called log.level now",)


def test_a_setting_that_moved_to_another_group_leaves_its_comments_behind(file: SettingsFile):
    file.set("log.level", "debug")
    text = file.path.read_text()
    assert text.startswith(OLD.replace('level = "error" # for now', "# for now"))
    assert text.endswith('[log]\nlevel = "debug"\n')
    assert (file.read().settings.log.level, file.read().settings.toast.show) == ("debug", "live")


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ('[toast]\nshow = "each"\nshown = "live"\n', '[toast]\nshow = "off"\n'),
        ('[toast]\nshown = "live" # all\nshow = "each"\n', '[toast]\n# all\nshow = "off"\n'),
        ('toast.shown = "live" # all\n', 'toast.show = "off" # all\n'),
        ('toast = {shown = "live"} # all\n', 'toast = {show = "off"} # all\n'),
        ('[ toast ]\n"shown"="""live"""\n', '[ toast ]\nshow="off"\n'),
        ('note = "shown"\n[toast]\nshow = "each"\n', 'note = "shown"\n[toast]\nshow = "off"\n'),
    ],
    ids=["both", "both, with a comment", "dotted", "in one line", "as nobody writes it", "no group"],
)
def test_however_it_is_written_the_old_line_goes_and_the_comment_stays(file: SettingsFile, text: str, after: str):
    file.path.write_text(text)
    file.set("toast.show", "off")
    assert file.path.read_text() == after


def test_another_change_leaves_old_names_alone(file: SettingsFile):
    file.set("hotkey.hold_ms", "500")
    assert file.path.read_text().startswith(OLD)


def test_a_wrong_value_under_an_old_name_is_mended_under_the_new_one(file: SettingsFile):
    file.path.write_text('[toast]\nshown = "loud"\n')
    with pytest.raises(SettingsError, match=r"toast\.shown, line 2, must be") as caught:
        file.read()
    assert "scribelet config set toast.show" in caught.value.remedy
    file.set("toast.show", "off")
    assert file.read().settings.toast.show == "off"
