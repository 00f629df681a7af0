"""installers/run.sh as people use it: to install, to install anew under a running program, and to take all away."""

from __future__ import annotations

import os
import pty
import subprocess
import time
from pathlib import Path

import pytest

from tests.desktop.session import wait_for
from tests.installers.conftest import DICTATES, ROOT, RUN, Person
from tray.desktop.autostart import DesktopEntry

pytestmark = pytest.mark.timeout(300)

HOLDS = """
import signal
from tray.control.instance import Instance
from tray.system.folders import state_folder
instance = Instance.claim(state_folder())
print("ready", flush=True)
signal.pause()
"""
"""A program of which only the lock can be seen, as where an update has broken its socket."""


def test_installing_again_waits_until_nobody_dictates_and_then_starts_the_new_program(person: Person) -> None:
    person.install_by_hand()
    old = person.starts("-c", DICTATES, ROOT / "tests/speech/jfk.wav")
    person.run(person.scribelet, "start")
    installing = person.command(RUN, "--yes", DISPLAY=":977")
    assert installing.stdout
    said = ""
    while "It is dictating" not in said:
        line = installing.stdout.readline()
        assert line, said
        said += line
    assert old.poll() is None
    assert old.wait(60) == 0
    [page] = person.transcripts.glob("*.md")
    assert page.read_text("utf-8").rstrip(".\n").endswith("what you can do for your country")
    wait_for(lambda: person.status() or installing.poll() is not None, 120, "the new program")
    assert installing.poll() is None, installing.communicate()
    assert person.state.joinpath("scribelet.pid").read_text().strip() == str(installing.pid)
    assert not (person.data / "venv/bin/scribelet").read_text().startswith('#!/bin/sh\nexec "$(dirname')
    entry = (person.home / ".local/share/applications/scribelet.desktop").read_text("utf-8")
    assert f'Exec="{person.scribelet}"\n' in entry
    icon = next(line for line in entry.splitlines() if line.startswith("Icon="))
    assert Path(icon.removeprefix("Icon=")).is_file()
    assert (person.home / ".local/bin/scribelet").resolve() == person.scribelet
    person.run(person.scribelet, "quit")
    assert installing.wait(30) == 0


def belongings(person: Person) -> None:
    """What collects in a home over the time."""
    person.install_by_hand()
    for folder in (".local/bin", ".local/share/applications", ".config/autostart", ".cache/scribelet"):
        (person.home / folder).mkdir(parents=True)
    (person.home / ".local/bin/scribelet").symlink_to(person.scribelet)
    for folder in (".local/share/applications", ".config/autostart"):
        DesktopEntry(person.home / folder, [str(person.scribelet)]).switch(on=True)
    person.run(person.scribelet, "config", "set", "toast.show", "off")
    person.state.mkdir(parents=True)
    (person.state / "scribelet.log").write_text("INFO ready\n")
    person.transcripts.mkdir(parents=True)
    (person.transcripts / "2026-11-23.jsonl").write_text("{}\n")
    (person.transcripts / "2026-11-23.md").write_text("# Monday\n")


def left(person: Person) -> set[str]:
    """Every file and link in the home, apart from what the sound server keeps for itself."""
    found = (Path(folder) / name for folder, folders, names in os.walk(person.home) for name in (*folders, *names))
    files = {str(path.relative_to(person.home)) for path in found if path.is_symlink() or not path.is_dir()}
    return {file for file in files if not file.startswith(".config/pulse")}


def test_taking_it_away_leaves_transcripts_and_settings_and_says_where_they_are(person: Person) -> None:
    belongings(person)
    running = person.starts("-m", "tray")
    said = person.run(RUN, "--uninstall", "--yes")
    assert running.wait(10) == 0
    day = "Documents/Scribelet/2026-11-23"
    assert left(person) == {".config/scribelet/config.toml", f"{day}.jsonl", f"{day}.md"}
    assert f"Your transcripts stay: {person.transcripts}" in said
    assert f"Your settings stay: {person.settings}" in said
    assert not person.data.exists()


def test_what_is_dictated_while_it_is_taken_away_is_written(person: Person) -> None:
    person.install_by_hand()
    running = person.starts("-c", DICTATES, ROOT / "tests/speech/sb13.wav")
    person.run(person.scribelet, "start")
    wait_for(lambda: "Listening for 2 s" in person.status() or "Listening for 3 s" in person.status(), 30, "speech")
    person.run(RUN, "--uninstall", "--yes")
    assert running.wait(10) == 0
    [page] = person.transcripts.glob("*.md")
    assert "At that high level" in page.read_text("utf-8")


def test_a_program_that_answers_nobody_is_ended_by_the_number_in_its_lock(person: Person) -> None:
    person.install_by_hand()
    holder = person.command(person.data / "venv/bin/python", "-P", "-c", HOLDS)
    bystander = person.command("sleep", "200")
    assert holder.stdout
    assert holder.stdout.readline() == "ready\n"
    person.run(RUN, "--uninstall", "--yes")
    assert holder.wait(5) == -15
    assert bystander.poll() is None
    assert left(person) == set()


def test_a_number_that_was_left_behind_ends_nobody(person: Person) -> None:
    person.install_by_hand()
    bystander = person.command("sleep", "200")
    person.state.mkdir(parents=True)
    (person.state / "scribelet.lock").touch()
    (person.state / "scribelet.pid").write_text(f"{bystander.pid}\n")
    person.run(RUN, "--uninstall", "--yes")
    assert bystander.poll() is None
    assert left(person) == set()


def test_what_is_somebody_elses_stays(person: Person) -> None:
    person.install_by_hand()
    (person.home / ".local/bin").mkdir(parents=True)
    (person.home / ".local/bin/scribelet").write_text("#!/bin/sh\n")
    (person.home / ".config/autostart").mkdir(parents=True)
    (person.home / ".config/autostart/scribelet.desktop").write_text("[Desktop Entry]\nExec=mine\n")
    (person.data / "notes.txt").write_text("mine")
    person.run(RUN, "--uninstall", "--yes")
    assert left(person) == {
        ".local/bin/scribelet",
        ".config/autostart/scribelet.desktop",
        ".local/share/scribelet/notes.txt",
    }


def test_transcripts_stay_wherever_they_are_kept(person: Person) -> None:
    person.install_by_hand()
    chosen = person.state / "my texts"
    person.run(person.scribelet, "config", "set", "transcript.folder", chosen)
    chosen.mkdir(parents=True)
    (chosen / "2026-11-23.jsonl").write_text("{}\n")
    said = person.run(RUN, "--uninstall", "--yes")
    assert f"Your transcripts stay: {chosen}" in said
    assert (chosen / "2026-11-23.jsonl").exists()
    assert not person.data.exists()


def test_a_model_that_lies_elsewhere_loses_only_its_link(person: Person) -> None:
    person.install_by_hand()
    elsewhere = (person.data / "models/moonshine-base-en").resolve()
    before = sorted(elsewhere.iterdir())
    assert before
    person.run(RUN, "--uninstall", "--yes")
    assert sorted(elsewhere.iterdir()) == before


@pytest.mark.parametrize(
    ("answers", "settings", "program"),
    [("n\n", True, True), ("y\nn\n", True, False), ("\n\n", True, False), ("y\ny\n", False, False)],
    ids=["no", "yes, but not the settings", "just Enter", "yes, all"],
)
def test_a_person_is_asked_first_and_about_the_settings_too(
    person: Person, answers: str, *, settings: bool, program: bool
) -> None:
    belongings(person)
    keyboard, terminal = pty.openpty()
    asked = subprocess.Popen(
        [RUN, "--uninstall"],
        env=person.environment,
        stdin=terminal,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.write(keyboard, answers.encode())
    assert asked.wait(60) == (1 if program else 0)
    os.close(keyboard)
    os.close(terminal)
    assert person.settings.exists() == settings
    assert person.data.exists() == program
    assert (person.transcripts / "2026-11-23.jsonl").exists()


def test_where_nobody_can_be_asked_nothing_is_removed(person: Person) -> None:
    belongings(person)
    before = left(person)
    refused = person.command(RUN, "--uninstall")
    said, _ = refused.communicate(timeout=60)
    assert refused.returncode == 1
    assert "say --yes" in said
    assert left(person) == before


def test_taking_away_what_is_not_there_says_so(person: Person) -> None:
    begun = time.monotonic()
    assert "There is no Scribelet to remove" in person.run(RUN, "--uninstall", "--yes")
    assert time.monotonic() - begun < 30
    assert left(person) == set()
