"""A microphone on ordinary days: it is pulled out, muted, replaced and late, and what is said is heard all the same."""

from __future__ import annotations

import random
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.desktop.session import HERE, wait_for
from tests.desktop.sound import FAINTEST, Sound, write_wav
from tray.audio.exchange import GIVEN_UP_S, LOOK_S, SILENT_S, TRIES
from tray.audio.line import Line
from tray.audio.microphone import Microphone
from tray.audio.sitting import KEPT_S, Deliver, Voice
from tray.core.failures import MicrophoneError

DEADLINE = 15.0
BLOCK = b"\1\0" * 512
ZEROS = bytes(1024)


class Ear:
    """Keeps what a session delivers."""

    def __init__(self) -> None:
        self.blocks: list[tuple[bytes, int]] = []

    def __call__(self, block: bytes, rate: int) -> None:
        self.blocks.append((block, rate))

    @property
    def sound(self) -> bytes:
        return b"".join(block for block, _ in self.blocks)

    @property
    def ends(self) -> int:
        """How often it was told that the microphone has died."""
        return sum(not block for block, _ in self.blocks)

    def wait_for_more(self) -> None:
        """Until sound comes that has not been there yet."""
        count = len(self.blocks)
        wait_for(lambda: len(self.blocks) > count and self.blocks[-1][0], DEADLINE, "more sound")

    def wait_for_a_voice(self) -> None:
        """Until sound comes that is louder than the room."""
        count = len(self.blocks)
        wait_for(lambda: any(loudest(block) > FAINTEST for block, _ in self.blocks[count:]), DEADLINE, "a voice")


def loudest(block: bytes) -> int:
    return max(map(abs, struct.unpack(f"<{len(block) // 2}h", block)), default=0)


class Told:
    """Keeps what a line reports."""

    def __init__(self) -> None:
        self.all: list[MicrophoneError | None] = []

    def __call__(self, error: MicrophoneError | None) -> None:
        self.all.append(error)

    @property
    def now(self) -> str:
        """What is the matter at the moment."""
        return str(self.all[-1] or "") if self.all else ""

    def wait_for(self, words: str) -> None:
        """Until this is the matter; "" waits until nothing is."""
        wait_for(lambda: words in self.now if words else not self.now, DEADLINE, words or "the end of the trouble")


@contextmanager
def line(name: str = "", *, ready: bool = False) -> Iterator[tuple[Line, Told]]:
    """A line to the microphones of the desktop."""
    told = Told()
    one = Line(name, ready=ready, report=told, device=Microphone)
    try:
        yield one, told
    finally:
        one.close()
        one.end()


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Sound]]:
    """Sits down at a new desktop without the parts named."""
    with ExitStack() as leaving:

        def sit_down(*absent: str) -> Sound:
            desktop = leaving.enter_context(Sound(absent=("tray", "toasts", *absent)))
            for name, value in desktop.env.items():
                monkeypatch.setenv(name, value)
            return desktop

        yield sit_down


def voice(folder: Path, seconds: float = 1.0) -> tuple[Path, bytes]:
    """Sound no part of which is like another part."""
    chance, count = random.Random(1), int(seconds * 16000)
    pcm = struct.pack(f"<{count}h", *(chance.randint(-9000, 9000) for _ in range(count)))
    write_wav(folder / "voice.wav", pcm)
    return folder / "voice.wav", pcm


def recordings(desktop: Sound) -> int:
    """How many programs record something."""
    return desktop.pactl("list", "short", "source-outputs").count("protocol-native")


def test_a_session_begins_with_the_first_sound_and_loses_none_of_it(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop = at("noise")
    wav, pcm = voice(tmp_path)
    ear = Ear()
    with line() as (one, _):
        one.open(ear)
        assert desktop.play_silence(0.5).wait() == 0
        assert ear.blocks == []
        assert desktop.say(wav).wait() == 0
        one.close()
        assert any(ear.blocks[0][0])
        assert pcm in ear.sound
        assert {rate for _, rate in ear.blocks} == {16000}
        wait_for(lambda: not recordings(desktop), DEADLINE, "the device given back")


def test_a_ready_microphone_has_heard_what_was_said_before_the_key(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop = at("noise")
    wav, pcm = voice(tmp_path, seconds=20)
    witness = tmp_path / "witness.raw"
    desktop.launch(
        "sh", "-c", f"exec parec --device=vmic --rate=16000 --channels=1 --format=s16le --latency-msec=20 >{witness}"
    )
    ear = Ear()
    with line(ready=True) as (one, _):
        wait_for(lambda: recordings(desktop) == 2, DEADLINE, "both recordings")
        desktop.say(wav)
        said = 1.5 * KEPT_S * 32000
        wait_for(lambda: len(witness.read_bytes().strip(b"\0")) > said, DEADLINE, "half a second of speech")
        one.open(ear)
        one.close()
        first, _ = ear.blocks[0]
        assert KEPT_S * 32000 <= len(first) < (KEPT_S + 0.1) * 32000
        assert first in pcm
        assert ear.sound in pcm


def test_a_ready_microphone_stays_open_until_it_is_to_rest(at: Callable[..., Sound]) -> None:
    desktop, ear = at(), Ear()
    with line(ready=True) as (one, told):
        wait_for(lambda: recordings(desktop), DEADLINE, "the recording")
        one.open(ear)
        one.close()
        assert recordings(desktop) == 1
        one.rest()
        wait_for(lambda: not recordings(desktop), DEADLINE, "the device given back")
        one.open(ear)
        ear.wait_for_more()
        one.close()
        wait_for(lambda: not recordings(desktop), DEADLINE, "the device given back")
        one.resume()
        wait_for(lambda: recordings(desktop), DEADLINE, "the recording")
    assert recordings(desktop) == 0
    assert told.all == []


def test_a_microphone_that_is_pulled_out_is_replaced_and_taken_again_when_it_is_back(
    at: Callable[..., Sound], tmp_path: Path
) -> None:
    desktop, ear = at(), Ear()
    wav, _ = voice(tmp_path)
    desktop.plug_microphone("headset")
    with line("headset") as (one, told):
        one.open(ear)
        ear.wait_for_more()
        desktop.unplug_microphone("headset")
        told.wait_for("no microphone called “headset”: “Remapped Monitor of Null Output” is used instead")
        desktop.say(wav, "vmic")
        ear.wait_for_a_voice()
        desktop.plug_microphone("headset")
        told.wait_for("“headset”")
        desktop.say(wav, "headset")
        ear.wait_for_a_voice()
        one.close()
        told.wait_for("")
    assert ear.ends == 0


def test_a_microphone_that_is_not_there_is_replaced_by_the_default(at: Callable[..., Sound]) -> None:
    at()
    ear = Ear()
    with line("webcam") as (one, told):
        one.open(ear)
        ear.wait_for_more()
        told.wait_for("There is no microphone called “webcam”")
        assert "is used instead" in told.now


def test_another_default_is_followed_in_the_middle_of_a_session(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop, ear = at(), Ear()
    wav, _ = voice(tmp_path)
    desktop.plug_microphone("studio", 48_000)
    desktop.choose_microphone("vmic")
    with line() as (one, told):
        one.open(ear)
        ear.wait_for_more()
        wait_for(lambda: "sound server" in threads(), DEADLINE, "the watch")
        desktop.choose_microphone("studio")
        told.wait_for("Sound comes from another microphone now, “studio”")
        desktop.say(wav, "studio")
        ear.wait_for_a_voice()
        one.close()
        told.wait_for("")
    assert ear.ends == 0


def test_a_recording_that_the_server_leaves_behind_is_taken_to_the_new_default(
    at: Callable[..., Sound], tmp_path: Path
) -> None:
    desktop, ear = at(), Ear()
    wav, _ = voice(tmp_path)
    desktop.plug_microphone("headset")
    desktop.choose_microphone("headset")
    with line() as (one, told):
        one.open(ear)
        ear.wait_for_more()
        [ours] = [line for line in desktop.pactl("list", "short", "source-outputs").splitlines() if "protocol" in line]
        desktop.pactl("move-source-output", ours.split()[0], "vmic")
        told.wait_for("“Remapped Monitor of Null Output”")
        desktop.plug_microphone("studio")
        desktop.choose_microphone("studio")
        told.wait_for("“studio”")
        desktop.say(wav, "studio")
        ear.wait_for_a_voice()
    assert ear.ends == 0


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate()]


def test_another_default_is_nothing_to_speak_of_while_nobody_speaks(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop, ear = at(), Ear()
    wav, _ = voice(tmp_path)
    desktop.plug_microphone("headset")
    desktop.choose_microphone("vmic")
    with line(ready=True) as (one, told):
        wait_for(lambda: records(desktop, "vmic"), DEADLINE, "the recording")
        desktop.choose_microphone("headset")
        wait_for(lambda: records(desktop, "headset"), DEADLINE, "the recording of the other one")
        one.open(ear)
        desktop.say(wav, "headset")
        ear.wait_for_a_voice()
        one.close()
    assert told.all == []


def records(desktop: Sound, microphone: str) -> bool:
    """Whether somebody records from it."""
    numbers = {
        line.split("\t")[1]: line.split("\t")[0] for line in desktop.pactl("list", "short", "sources").splitlines()
    }
    streams = [line.split("\t") for line in desktop.pactl("list", "short", "source-outputs").splitlines()]
    return any(on == numbers[microphone] and "protocol-native" in driver for _, on, _, driver, *_ in streams)


def test_mute_is_said_at_once_and_taken_back_when_sound_flows(at: Callable[..., Sound]) -> None:
    desktop, ear = at(), Ear()
    with line() as (one, told):
        one.open(ear)
        ear.wait_for_more()
        desktop.pactl("set-source-mute", "vmic", "1")
        begun = time.monotonic()
        told.wait_for("is muted")
        assert time.monotonic() - begun < SILENT_S
        assert told.all[-1] is not None
        assert "Unmute" in told.all[-1].remedy
        desktop.pactl("set-source-mute", "vmic", "0")
        told.wait_for("")


def test_a_microphone_that_delivers_only_zeros_is_told_until_it_does_not(
    at: Callable[..., Sound], tmp_path: Path
) -> None:
    desktop, ear = at("noise"), Ear()
    wav, _ = voice(tmp_path)
    with line() as (one, told):
        one.open(ear)
        told.wait_for("delivers only silence")
        desktop.say(wav)
        told.wait_for("")
        ear.wait_for_a_voice()


def test_a_microphone_that_falls_asleep_is_told_and_heard_again_when_it_wakes(at: Callable[..., Sound]) -> None:
    desktop, ear = at(), Ear()
    with line() as (one, told):
        one.open(ear)
        ear.wait_for_more()
        desktop.pactl("suspend-source", "vmic", "1")
        told.wait_for("delivers only silence")
        desktop.pactl("suspend-source", "vmic", "0")
        told.wait_for("")
        ear.wait_for_more()
    assert ear.ends == 0


def test_when_only_the_loudspeakers_are_left_that_is_said(at: Callable[..., Sound]) -> None:
    desktop, ear = at(), Ear()
    with line() as (one, told):
        one.open(ear)
        ear.wait_for_more()
        wait_for(lambda: "sound server" in threads(), DEADLINE, "the watch")
        desktop.unplug_microphone("vmic")
        told.wait_for("what the loudspeakers play is recorded")


def start_server(desktop: Sound) -> None:
    """Start a sound server again in the place of the one that died."""
    files = {"PULSE_RUNTIME_PATH": desktop.folder / "run/pulse", "PULSE_STATE_PATH": desktop.folder / "state/pulse"}
    settings = [f"{name}={value}" for name, value in files.items()]
    away = ("-u", "PULSE_SERVER", "-u", "DBUS_SESSION_BUS_ADDRESS")
    options = (
        "--daemonize=no",
        "--exit-idle-time=-1",
        "--use-pid-file=no",
        "--realtime=no",
        "--high-priority=no",
        "-n",
    )
    desktop.launch("env", *away, *settings, "pulseaudio", *options, "-F", desktop.folder / "config/pulse/vdesk.pa")


def test_a_sound_server_that_starts_again_ends_no_session(at: Callable[..., Sound], tmp_path: Path) -> None:
    desktop, ear = at(), Ear()
    wav, _ = voice(tmp_path, seconds=5)
    with line() as (one, told):
        one.open(ear)
        ear.wait_for_more()
        desktop.send_signal("pulseaudio", signal.SIGKILL)
        told.wait_for("microphone")
        start_server(desktop)
        wait_for(lambda: recordings_of_a_new_server(desktop), DEADLINE, "the recording on the new server")
        desktop.say(wav)
        ear.wait_for_a_voice()
        told.wait_for("")
        desktop.pactl("set-source-mute", "vmic", "1")
        told.wait_for("is muted")
    assert ear.ends == 0


def recordings_of_a_new_server(desktop: Sound) -> int:
    try:
        return recordings(desktop)
    except subprocess.CalledProcessError:
        return 0


def test_a_sound_server_that_is_gone_for_good_ends_the_session_once(at: Callable[..., Sound]) -> None:
    desktop, ear = at(), Ear()
    with line() as (one, _):
        one.open(ear)
        ear.wait_for_more()
        desktop.send_signal("pulseaudio", signal.SIGKILL)
        wait_for(lambda: ear.ends, GIVEN_UP_S + DEADLINE, "the end")
        one.close()
        with pytest.raises(MicrophoneError, match="There is no microphone"):
            one.open(ear)
    assert ear.ends == 1
    assert ear.blocks[-1][0] == b""


def test_a_ready_microphone_that_is_missing_is_told_once_and_taken_when_it_comes(at: Callable[..., Sound]) -> None:
    desktop, ear = at("source"), Ear()
    with line(ready=True) as (one, told):
        told.wait_for("cannot be opened")
        desktop.plug_microphone("headset")
        desktop.choose_microphone("headset")
        told.wait_for("")
        one.open(ear)
        ear.wait_for_more()
    assert len(told.all) == 2


def test_closing_does_not_wait_for_a_sound_server_that_hangs(at: Callable[..., Sound]) -> None:
    desktop, ear = at(), Ear()
    with line() as (one, _):
        one.open(ear)
        ear.wait_for_more()
        desktop.send_signal("pulseaudio", signal.SIGSTOP)
        begun = time.monotonic()
        one.close()
        assert time.monotonic() - begun < 5
        desktop.send_signal("pulseaudio", signal.SIGCONT)


class Player:
    """A device that delivers what the test gives it."""

    def __init__(self, name: str = "", *, broken: bool = False) -> None:
        self.name, self.broken = name, broken
        self._deliver: Deliver = lambda _block, _rate: None
        self.opened = 0
        self.last = b""

    def open(self, deliver: Deliver) -> None:
        """Ready."""
        if self.broken:
            raise MicrophoneError(f"The microphone “{self.name}” cannot be opened", "Plug it in")
        self._deliver = deliver
        self.opened += 1

    def play(self, *blocks: bytes, rate: int = 16000) -> None:
        """Bring blocks."""
        for block in blocks:
            self._deliver(block, rate)

    def drain(self) -> None:
        """What is still on its way."""
        self.play(*filter(None, [self.last]))

    def close(self) -> None:
        """What is still on its way."""
        self.drain()
        self._deliver = lambda _block, _rate: None


class Shop:
    """Devices by name."""

    def __init__(self, *players: Player) -> None:
        self._players = {player.name: player for player in players}

    def __call__(self, name: str) -> Player:
        return self._players.get(name) or Player(name, broken=True)


@contextmanager
def connected(*players: Player, name: str = "", ready: bool = False) -> Iterator[tuple[Line, Told]]:
    """A line to players."""
    told = Told()
    one = Line(name, ready=ready, report=told, device=Shop(*players))
    try:
        yield one, told
    finally:
        one.close()
        one.end()
        wait_for(lambda: "microphone line" not in threads(), DEADLINE, "the end of the thread")


@pytest.mark.parametrize("ready", [False, True])
def test_the_last_block_comes_before_the_end(ready: bool) -> None:
    player, ear = Player(), Ear()
    player.last = BLOCK * 2
    with connected(player, ready=ready) as (one, _):
        one.open(ear)
        player.play(BLOCK)
        one.close()
        count = len(ear.blocks)
        player.play(BLOCK)
    assert ear.blocks == [(BLOCK, 16000), (BLOCK * 2, 16000)]
    assert len(ear.blocks) == count


def test_no_sound_is_heard_in_two_sessions() -> None:
    player, first, second = Player(), Ear(), Ear()
    with connected(player, ready=True) as (one, _):
        one.open(first)
        player.play(b"\1\0" * 512)
        one.close()
        player.play(b"\2\0" * 512)
        one.open(second)
        player.play(b"\3\0" * 512)
        one.close()
    assert first.sound == b"\1\0" * 512
    assert second.sound == b"\2\0" * 512 + b"\3\0" * 512
    assert player.opened == 1


def test_the_sound_before_the_key_begins_behind_the_zeros_and_keeps_its_rates() -> None:
    player, ear = Player(), Ear()
    with connected(player, ready=True) as (one, _):
        wait_for(lambda: player.opened, DEADLINE, "the device")
        player.play(ZEROS, BLOCK, ZEROS)
        player.play(BLOCK, rate=48_000)
        one.open(ear)
    assert ear.blocks == [(BLOCK + ZEROS, 16000), (BLOCK, 48_000)]


def test_of_the_sound_before_the_key_half_a_second_is_kept() -> None:
    player, ear = Player(), Ear()
    with connected(player, ready=True) as (one, _):
        wait_for(lambda: player.opened, DEADLINE, "the device")
        player.play(*[BLOCK] * 100)
        one.open(ear)
    assert KEPT_S * 32000 <= len(ear.sound) < KEPT_S * 32000 + len(BLOCK)


def test_nothing_that_was_said_before_a_rest_is_heard_after_it() -> None:
    player, ear = Player(), Ear()
    with connected(player, ready=True) as (one, _):
        wait_for(lambda: player.opened, DEADLINE, "the device")
        player.play(BLOCK)
        one.rest()
        one.resume()
        one.open(ear)
    assert ear.blocks == []


def test_zeros_in_the_middle_of_a_session_belong_to_it() -> None:
    player, ear = Player(), Ear()
    with connected(player) as (one, _):
        one.open(ear)
        player.play(ZEROS, BLOCK, ZEROS, BLOCK)
        one.close()
    assert ear.sound == BLOCK + ZEROS + BLOCK


def test_a_microphone_that_dies_is_opened_again_and_may_have_another_rate() -> None:
    player, ear = Player(), Ear()
    with connected(player) as (one, told):
        one.open(ear)
        player.play(BLOCK)
        player.play(b"")
        wait_for(lambda: player.opened == 2, 2, "the device opened again")
        player.play(BLOCK, rate=48_000)
        one.close()
    assert ear.blocks == [(BLOCK, 16000), (BLOCK, 48_000)]
    assert told.all == []


def test_zeros_are_no_reason_to_open_a_microphone_for_ever() -> None:
    player, ear = Player(), Ear()
    second = [ZEROS] * 32
    with connected(player) as (one, told):
        one.open(ear)
        for tries in range(1, TRIES + 1):
            player.play(*second * 2 * tries)
            wait_for(lambda n=tries: player.opened == n + 1, DEADLINE, "another try")
        player.play(*second * 60)
        assert told.now == "The microphone delivers only silence"
        with pytest.raises(AssertionError):
            wait_for(lambda: player.opened > 1 + TRIES, 4 * LOOK_S, "one try too many")
        player.play(BLOCK)
        told.wait_for("")
    assert player.opened == 1 + TRIES
    assert len(told.all) == 2


def test_a_microphone_that_nobody_can_open_is_an_error_at_once() -> None:
    with (
        connected(Player(broken=True)) as (one, told),
        pytest.raises(MicrophoneError, match="cannot be opened") as refusal,
    ):
        one.open(Ear())
    assert refusal.value.remedy == "Plug it in"
    assert told.all == []


def test_an_error_nobody_has_foreseen_is_told_and_the_line_goes_on() -> None:
    player = Player()

    def fail(_block: bytes, _rate: int) -> None:
        raise ZeroDivisionError

    ear = Ear()
    with connected(player) as (one, told):
        one.open(fail)
        player.play(BLOCK)
        told.wait_for("ZeroDivisionError")
        one.open(ear)
        player.play(BLOCK)
        one.close()
    assert ear.sound == BLOCK


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


def test_the_server_is_asked_only_when_a_microphone_is_open() -> None:
    program = "import sys; from tray.audio.line import Line; print('pulsectl' in sys.modules)"
    command = [sys.executable, "-c", program]
    asked = subprocess.run(command, cwd=HERE.parents[1], capture_output=True, text=True, timeout=30, check=True)
    assert asked.stdout.strip() == "False"
