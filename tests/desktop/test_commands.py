"""The commands: what they do to the running program, what they print, and with what they end."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator

import pytest

from tests.desktop.running import Scribelet, alike
from tests.desktop.virtual import Desktop


@pytest.fixture(scope="module")
def scribelet(shared_desktop: Desktop) -> Iterator[Scribelet]:
    with Scribelet(shared_desktop) as running:
        yield running


def test_start_and_stop_begin_and_end_a_session(scribelet: Scribelet) -> None:
    assert scribelet.command("start").returncode == 0
    scribelet.wait_for_state("listening")
    scribelet.say("sb14.wav")
    assert scribelet.command("stop").returncode == 0
    scribelet.wait_for_state("idle")
    assert alike(scribelet.texts()[-1], "sb14.wav")


def test_toggle_does_what_is_possible_and_stop_at_rest_nothing(scribelet: Scribelet) -> None:
    scribelet.command("toggle")
    scribelet.wait_for_state("listening")
    scribelet.command("toggle")
    scribelet.wait_for_state("idle")
    assert scribelet.command("stop").returncode == 0
    assert scribelet.state == "idle"


def test_cancel_throws_away_what_is_being_said(scribelet: Scribelet) -> None:
    before = scribelet.desktop.transcript()
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    scribelet.say("sb13.wav")
    assert scribelet.command("cancel").returncode == 0
    scribelet.wait_for_state("idle")
    added = scribelet.desktop.transcript().removeprefix(before).strip()
    assert not added or added.partition(" ")[2].startswith("~~")


def test_status_is_a_sentence_for_people_and_json_for_programs(scribelet: Scribelet) -> None:
    told = scribelet.command("status").stdout
    assert told.startswith("Idle. Microphone: system default. Engine: moonshine-base-en.")
    state = json.loads(scribelet.command("status", "--json").stdout)
    assert (state["state"], state["pid"]) == ("idle", scribelet.program.process.pid)


def test_status_can_follow_every_change(scribelet: Scribelet) -> None:
    follower = scribelet.desktop.run_program("status", "--follow", "--json")
    scribelet.wait_until(follower.output, "the first line")
    scribelet.dictate("sb15.wav")

    def states() -> list[str]:
        lines = [json.loads(line)["state"] for line in follower.output().splitlines()]
        return [state for at, state in enumerate(lines) if not at or state != lines[at - 1]]

    scribelet.wait_until(lambda: len(states()) == 5, "all five states")
    assert states() == ["idle", "opening", "listening", "draining", "idle"]
    follower.end()


def test_a_second_one_names_the_first_one_and_ends_well(scribelet: Scribelet) -> None:
    second = scribelet.command()
    assert second.returncode == 0
    assert str(scribelet.program.process.pid) in second.stdout
    assert "Idle" in second.stdout
    scribelet.wait_until(lambda: scribelet.toasts("Scribelet is running already"), "the toast")


def test_the_settings_file_is_followed_when_it_is_saved(scribelet: Scribelet) -> None:
    text = scribelet.settings_file.read_text("utf-8")
    scribelet.settings_file.write_text(text.replace('toggle = "ctrl+alt+space"', 'toggle = "f8"'), encoding="utf-8")
    scribelet.desktop.wait_for(lambda: scribelet.status["hotkey"] == "f8", 3, "the new key")
    scribelet.desktop.keys("key", "F8")
    scribelet.wait_for_state("listening")
    scribelet.desktop.keys("key", "F8")
    scribelet.wait_for_state("idle")
    scribelet.settings_file.write_text(text, encoding="utf-8")
    scribelet.desktop.wait_for(lambda: scribelet.status["hotkey"] == "ctrl+alt+space", 3, "the old key")


def test_a_broken_settings_file_is_a_warning_with_its_line_and_changes_nothing(scribelet: Scribelet) -> None:
    text = scribelet.settings_file.read_text("utf-8")
    line = text[: text.index("hold_ms =")].count("\n") + 1
    scribelet.settings_file.write_text(text.replace("hold_ms = 350", "hold_ms = soon"), encoding="utf-8")
    scribelet.desktop.wait_for(lambda: f"line {line}" in scribelet.warnings, 3, "the warning")
    assert scribelet.status["hotkey"] == "ctrl+alt+space"
    scribelet.settings_file.write_text(text.replace("hold_ms = 350", "hold_ms = 5"), encoding="utf-8")
    scribelet.desktop.wait_for(lambda: "hotkey.hold_ms" in scribelet.warnings, 3, "the other warning")
    scribelet.settings_file.write_text(text, encoding="utf-8")
    scribelet.desktop.wait_for(lambda: not scribelet.warnings, 3, "the end of the warning")


def test_a_setting_nobody_reads_is_a_warning(scribelet: Scribelet) -> None:
    text = scribelet.settings_file.read_text("utf-8")
    scribelet.settings_file.write_text(text.replace("hold_ms =", "hold_msec ="), encoding="utf-8")
    scribelet.desktop.wait_for(lambda: "hold_msec" in scribelet.warnings, 3, "the warning")
    scribelet.settings_file.write_text(text, encoding="utf-8")
    scribelet.desktop.wait_for(lambda: not scribelet.warnings, 3, "the end of the warning")


def test_quit_ends_it_and_then_every_command_says_that_nothing_runs(scribelet: Scribelet) -> None:
    assert scribelet.command("quit").returncode == 0
    assert scribelet.program.wait() == 0
    for command in ("toggle", "start", "stop", "cancel", "status", "quit"):
        asked = scribelet.command(command)
        assert asked.returncode == 3
        assert asked.stderr == "scribelet: Scribelet is not running. Start it with: scribelet\n"


def test_what_was_said_until_the_end_of_the_day_is_written(shared_desktop: Desktop) -> None:
    _speak_until(shared_desktop, lambda program: os.kill(program, signal.SIGTERM))


def test_what_was_said_until_ctrl_c_in_its_terminal_is_written(shared_desktop: Desktop) -> None:
    # the terminal sends it to all that was started there, recognition included
    _speak_until(shared_desktop, lambda program: os.killpg(program, signal.SIGINT))


def _speak_until(desktop: Desktop, end: Callable[[int], None]) -> None:
    with Scribelet(desktop) as scribelet:
        scribelet.command("start")
        scribelet.wait_for_state("listening")
        scribelet.say("sb12.wav")
        end(scribelet.program.process.pid)
        assert scribelet.program.wait() == 0
        assert alike(scribelet.texts()[-1], "sb12.wav")
        assert not scribelet.socket.exists()
        assert scribelet.program.output() == ""
