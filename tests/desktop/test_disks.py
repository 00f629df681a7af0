"""Disks that are full or do not answer: dictation goes on, and all of it is written when there is room."""

from __future__ import annotations

from tests.desktop.running import Scribelet, alike
from tests.desktop.virtual import Desktop
from tests.surroundings.disk import Disk
from tests.surroundings.elsewhere import FOLDERS, Elsewhere, Resident, expect_a_good_end, expect_each_once


def test_while_the_disk_is_full_dictation_goes_on_the_icon_says_so_and_later_all_is_written(
    desktop: Desktop, disk: Disk
) -> None:
    with Scribelet(desktop) as scribelet:
        disk.fill()
        scribelet.command("start")
        scribelet.wait_for_state("listening")
        scribelet.say("sb11.wav")
        scribelet.wait_until(lambda: "full" in str(desktop.tray.icon().properties["ToolTip"]), "the icon that says so")
        scribelet.wait_until(lambda: alike(desktop.clipboard(), "sb11.wav"), "the text on the clipboard")
        assert scribelet.state == "listening"
        scribelet.say("sb12.wav")
        scribelet.command("stop")
        scribelet.wait_until(lambda: alike(desktop.clipboard(), "sb11.wav", "sb12.wav"), "all on the clipboard")
        scribelet.command("start")
        scribelet.wait_for_state("listening")
        scribelet.say("sb13.wav")
        scribelet.wait_until(lambda: alike(desktop.clipboard(), "sb13.wav"), "the next session")
        assert scribelet.records() == []
        disk.make_room()
        scribelet.command("stop")
        scribelet.wait_for_state("idle")
        expect_each_once(scribelet, ("sb11.wav", "sb12.wav"), ("sb13.wav",))
        scribelet.wait_until(lambda: not scribelet.warnings, "the end of the warning")
        expect_a_good_end(scribelet)


def test_a_home_without_room_for_a_single_byte_keeps_nobody_from_dictating() -> None:
    with Elsewhere(without=FOLDERS) as desktop:
        with Resident(desktop) as scribelet:  # the first start makes its folders
            expect_a_good_end(scribelet)
        with Disk(desktop.home, desktop.folder / "disk") as disk:
            disk.fill()
            with Resident(desktop) as scribelet:
                scribelet.command("start")
                scribelet.wait_for_state("listening")
                scribelet.say("sb11.wav")
                scribelet.wait_until(lambda: alike(desktop.clipboard(), "sb11.wav"), "the text on the clipboard")
                assert "full" in scribelet.warnings
                disk.make_room()
                scribelet.command("stop")
                scribelet.wait_for_state("idle")
                expect_each_once(scribelet, ("sb11.wav",))
                expect_a_good_end(scribelet)


def test_while_the_disk_does_not_answer_it_listens_on_and_later_all_is_written(desktop: Desktop, disk: Disk) -> None:
    with Scribelet(desktop) as scribelet:
        scribelet.command("start")
        scribelet.wait_for_state("listening")
        scribelet.say("sb11.wav")
        scribelet.wait_until(scribelet.records, "the first sentence in the transcript")
        disk.stand_still()
        scribelet.say("sb12.wav")
        scribelet.wait_until(lambda: alike(desktop.clipboard(), "sb11.wav", "sb12.wav"), "the text on the clipboard")
        scribelet.wait_until(lambda: "does not answer" in scribelet.warnings, "the warning")
        assert scribelet.state == "listening"
        scribelet.say("sb13.wav")
        assert scribelet.command("stop").returncode == 0
        scribelet.wait_until(lambda: scribelet.silhouette == "working", "the icon of work")
        assert scribelet.state == "draining"
        disk.wake()
        scribelet.wait_for_state("idle")
        assert not scribelet.warnings
        expect_each_once(scribelet, ("sb11.wav", "sb12.wav", "sb13.wav"))
        assert alike(desktop.clipboard(), "sb11.wav", "sb12.wav", "sb13.wav")
        expect_a_good_end(scribelet)
