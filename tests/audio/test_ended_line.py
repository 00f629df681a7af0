"""A line that is ended: its last session is heard to the end, and what it has told is taken back."""

from __future__ import annotations

from tests.audio.connection import DEADLINE, Ear, Told, threads
from tests.audio.players import BLOCK, ZEROS, Player, connected
from tests.desktop.session import wait_for
from tray.audio.sitting import Voice
from tray.core.failures import MicrophoneError


def test_closing_and_ending_twice_does_nothing() -> None:
    with connected(Player(), ready=True) as (one, told):
        one.close()
        one.end()
        one.end()
        one.rest()
        one.resume()
    assert told.all == []


def test_a_line_that_is_ended_in_the_middle_of_a_session_ends_behind_it() -> None:
    player, ear = Player(), Ear()
    with connected(player, ready=True) as (one, _):
        one.open(ear)
        player.play(BLOCK)
        one.end()
        player.play(BLOCK)
        player.last = BLOCK
        one.close()
        wait_for(lambda: "microphone line" not in threads(), DEADLINE, "the end of the thread")
        player.play(BLOCK)
    assert ear.sound == BLOCK * 3


def test_a_line_that_nobody_uses_any_more_takes_back_what_it_has_told() -> None:
    with connected(Player(), name="webcam", ready=True) as (one, told):
        told.wait_for("“webcam”")
        one.end()
        assert told.now == ""


def test_a_line_that_was_ended_goes_on_telling_for_as_long_as_its_session_lasts() -> None:
    player = Player()
    with connected(player, name="webcam") as (one, told):
        one.open(Ear())
        one.end()
        assert "“webcam”" in told.now
        player.play(*[ZEROS] * 32 * 3)
        told.wait_for("delivers only silence")
        one.close()
        assert told.now == ""
        count = len(told.all)
        one.open(Ear())
        assert "“webcam”" in told.now
        one.close()
        assert told.now == ""
    assert len(told.all) > count


def test_what_a_line_notices_late_is_told_only_if_it_is_used_again() -> None:
    told, late = Told(), MicrophoneError("The microphone is muted", "Unmute it")
    voice = Voice(told)
    voice.fall()
    voice.tell(late)
    assert told.all == []
    voice.rise()
    assert told.all == [late]


def test_a_session_that_opens_a_line_that_was_just_ended_is_heard_all_the_same() -> None:
    player, ear = Player(), Ear()
    with connected(player) as (one, _):
        one.end()
        one.open(ear)
        player.play(BLOCK)
    assert ear.sound == BLOCK
