"""What goes wrong on a desktop, what is said about it, and that nothing that was said is lost."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desktop.running import SPEECH, Scribelet, alike
from tests.desktop.virtual import Desktop


@pytest.fixture(scope="module")
def scribelet(shared_desktop: Desktop) -> Iterator[Scribelet]:
    with Scribelet(shared_desktop) as running:
        yield running


def test_recognition_killed_in_mid_sentence_loses_no_word_and_doubles_none(scribelet: Scribelet) -> None:
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    before = len(scribelet.records())
    speech = scribelet.begin_to_say("jfk.wav")
    scribelet.wait_until(lambda: len(scribelet.records()) == before + 1, "the first segment")
    os.kill(scribelet.family()[1], signal.SIGKILL)
    assert speech.wait() == 0
    scribelet.command("stop")
    scribelet.wait_for_state("idle")
    assert alike(scribelet.texts()[-1], "jfk.wav")
    assert scribelet.toasts("Recognition ended unexpectedly and starts again")
    assert not scribelet.warnings


def test_recognition_killed_at_rest_comes_back_for_the_next_session(scribelet: Scribelet) -> None:
    scribelet.dictate("sb11.wav")
    os.kill(scribelet.family()[1], signal.SIGKILL)
    scribelet.dictate("sb12.wav")
    assert alike(scribelet.texts()[-1], "sb12.wav")


def test_a_settings_file_that_cannot_be_read_at_the_start_does_not_keep_anybody_from_dictating(
    desktop: Desktop,
) -> None:
    running = Scribelet(desktop, settings="[hotkey\n")
    with running:
        running.wait_until(lambda: running.warnings, "the warning")
        assert "config.toml" in running.warnings
        running.dictate("sb15.wav")
        assert alike(running.texts()[-1], "sb15.wav")


def test_a_panel_that_starts_again_gets_the_icon_again(scribelet: Scribelet) -> None:
    scribelet.desktop.tray.icon()
    scribelet.desktop.send_signal("xfce4-panel", signal.SIGKILL)
    scribelet.wait_until(lambda: not scribelet.desktop.tray.shown(), "the panel to be gone")
    scribelet.desktop.launch("xfce4-panel", "--sm-client-disable")
    scribelet.wait_until(scribelet.desktop.tray.shown, "the icon")
    scribelet.desktop.tray.activate()
    scribelet.wait_for_state("listening")
    scribelet.command("cancel")
    scribelet.wait_for_state("idle")


def test_without_toasts_the_text_is_written_and_the_lack_is_a_warning(scribelet: Scribelet) -> None:
    follower = scribelet.desktop.run_program("status", "--follow")
    scribelet.desktop.send_signal("dunst", signal.SIGTERM)
    scribelet.dictate("sb14.wav")
    assert alike(scribelet.texts()[-1], "sb14.wav")
    assert alike(scribelet.desktop.clipboard(), "sb14.wav")
    scribelet.wait_until(lambda: "Warning: No toast could be shown" in follower.output(), "the warning")
    follower.end()


def test_a_microphone_that_dies_takes_nothing_with_it_and_a_new_one_is_used(scribelet: Scribelet) -> None:
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    scribelet.say("sb15.wav")
    scribelet.desktop.unplug_everything()
    scribelet.wait_for_state("faulted")
    scribelet.wait_until(lambda: alike(scribelet.texts()[-1], "sb15.wav"), "what was said")
    assert scribelet.silhouette == "faulted"
    assert "microphone" in scribelet.warnings

    scribelet.command("start")
    scribelet.wait_until(lambda: "cannot be opened" in scribelet.warnings, "the fault of the next start")
    scribelet.desktop.plug_microphone("webcam")
    scribelet.desktop.choose_microphone("webcam")
    scribelet.command("start")
    scribelet.wait_for_state("listening")
    assert scribelet.desktop.say(SPEECH / "sb11.wav", "webcam").wait() == 0
    scribelet.command("stop")
    scribelet.wait_for_state("idle")
    assert alike(scribelet.texts()[-1], "sb11.wav")


def test_after_a_kill_the_next_start_is_free_and_recognition_does_not_stay_behind(scribelet: Scribelet) -> None:
    family = scribelet.family()
    os.kill(family[0], signal.SIGKILL)
    scribelet.program.wait()
    scribelet.wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family), "both processes to end")
    with Scribelet(scribelet.desktop) as again:
        again.command("start")
        again.wait_for_state("listening")


def test_without_a_microphone_the_fault_is_said_with_its_remedy_until_one_is_plugged_in() -> None:
    with Desktop(absent=("source",)) as desktop, Scribelet(desktop) as scribelet:
        scribelet.command("start")
        scribelet.wait_for_state("faulted")
        scribelet.wait_until(lambda: scribelet.silhouette == "faulted", "the icon")
        toast = desktop.wait_for(lambda: next((t for t in desktop.toasts() if "microphone" in t.title), None), 10, "it")
        assert "plugged in" in toast.body
        desktop.plug_microphone("webcam")
        desktop.choose_microphone("webcam")
        scribelet.command("start")
        scribelet.wait_for_state("listening")


def test_without_a_tray_everything_else_works_and_a_panel_that_comes_later_shows_the_icon() -> None:
    with Desktop(absent=("tray",)) as desktop, Scribelet(desktop) as scribelet:
        scribelet.dictate("sb13.wav")
        assert alike(scribelet.texts()[-1], "sb13.wav")
        panel = desktop.launch("xfce4-panel", "--sm-client-disable")
        scribelet.wait_until(desktop.tray.shown, "the icon")
        scribelet.command("quit")
        assert scribelet.program.wait() == 0
        panel.end()
