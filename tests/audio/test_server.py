"""The sound server moves and mutes recordings without a word to whoever made them; here somebody notices."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.desktop.session import HERE, wait_for
from tests.desktop.sound import Sound
from tray.audio.microphone import Microphone
from tray.audio.server import Move, Scene, SoundServer, Source, compare

DEADLINE = 15.0
HEADSET = Source("headset", "Headset", muted=False, monitor=False)
WEBCAM = Source("webcam", "Webcam", muted=False, monitor=False)
ALONE = Scene(1, HEADSET, "headset", frozenset({"headset"}))
BOTH = replace(ALONE, names=frozenset({"headset", "webcam"}))


@pytest.mark.parametrize(
    ("before", "now", "move"),
    [
        (BOTH, BOTH, Move.NONE),
        (BOTH, replace(BOTH, source=replace(HEADSET, muted=True)), Move.NONE),
        (BOTH, Scene(1, WEBCAM, "webcam", frozenset({"webcam"})), Move.TAKEN_AWAY),
        (BOTH, replace(BOTH, source=WEBCAM), Move.NONE),
        (BOTH, replace(BOTH, default="webcam"), Move.LEFT_BEHIND),
        (BOTH, replace(BOTH, default="webcam", source=WEBCAM), Move.NONE),
        (ALONE, BOTH, Move.JOINED),
        (BOTH, ALONE, Move.NONE),
        (BOTH, Scene(2, WEBCAM, "webcam", frozenset({"webcam"})), Move.NONE),
    ],
    ids=[
        "nothing",
        "muted",
        "pulled out",
        "moved by a person",
        "another default",
        "moved to another default",
        "plugged in",
        "another one pulled out",
        "another recording",
    ],
)
def test_what_became_of_a_recording(before: Scene, now: Scene, move: Move) -> None:
    assert compare(before, now) is move


class Watch:
    """What was told."""

    def __init__(self) -> None:
        self.scenes: list[Scene] = []

    def wait_for(self, condition: Callable[[Scene], bool]) -> Scene:
        """The latest scene, once it is like this."""
        wait_for(lambda: self.scenes and condition(self.scenes[-1]), DEADLINE, "the scene")
        return self.scenes[-1]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """A watch on the sound server, of the desktop there is when it is first used."""
    return Watch()


@pytest.fixture
def at(in_a_room: Callable[..., Sound], watch: Watch) -> Iterator[Callable[..., Sound]]:
    """Sits down at a new desktop without the parts named, and watches its sound server."""
    with ExitStack() as leaving:

        def sit_down(*absent: str) -> Sound:
            desktop = in_a_room(*absent)
            server = SoundServer(watch.scenes.append)
            leaving.callback(_await_end)
            leaving.callback(server.stop)
            return desktop

        yield sit_down


def _await_end() -> None:
    wait_for(lambda: not _watches(), 40, "the end of the watch")


def _watches() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "sound server"]


@pytest.fixture
def microphone() -> Iterator[Microphone]:
    """A microphone that is closed in the end."""
    one = Microphone()
    yield one
    one.close()


def recordings(desktop: Sound) -> list[int]:
    """The server's numbers for all that is recorded at the moment."""
    return [int(line.split()[0]) for line in desktop.pactl("list", "short", "source-outputs").splitlines()]


def hear(_block: bytes, _rate: int) -> None:
    """Forget it."""


def test_where_a_recording_comes_from_is_told_when_it_begins(
    at: Callable[..., Sound], watch: Watch, microphone: Microphone
) -> None:
    at()
    assert watch.scenes == []
    microphone.open(hear)
    scene = watch.wait_for(lambda _: True)
    assert (scene.source.name, scene.default) == ("vmic", "vmic")
    assert not scene.source.muted
    assert not scene.source.monitor
    assert scene.names == {"vmic", "mic_feed.monitor", "speakers.monitor"}


def test_muting_and_unmuting_is_told(at: Callable[..., Sound], watch: Watch, microphone: Microphone) -> None:
    desktop = at()
    microphone.open(hear)
    desktop.pactl("set-source-mute", "vmic", "1")
    watch.wait_for(lambda scene: scene.source.muted)
    desktop.pactl("set-source-mute", "vmic", "0")
    watch.wait_for(lambda scene: not scene.source.muted)


def test_the_recording_itself_can_be_muted_too(at: Callable[..., Sound], watch: Watch, microphone: Microphone) -> None:
    desktop = at()
    microphone.open(hear)  # which may make another recording first, to try the device
    scene = watch.wait_for(lambda scene: scene.stream in recordings(desktop))
    desktop.pactl("set-source-output-mute", str(scene.stream), "1")
    watch.wait_for(lambda scene: scene.source.muted)


def test_pulling_out_and_another_default_are_told(
    at: Callable[..., Sound], watch: Watch, microphone: Microphone
) -> None:
    desktop = at()
    desktop.plug_microphone("headset")
    desktop.choose_microphone("vmic")
    microphone.open(hear)
    first = watch.wait_for(
        lambda scene: scene.stream in recordings(desktop) and scene.source.name == "vmic" and "headset" in scene.names
    )
    desktop.unplug_microphone("vmic")
    second = watch.wait_for(lambda scene: scene.source.name == "headset")
    assert second.source.label == "headset"
    assert second.stream == first.stream
    desktop.unplug_microphone("headset")
    assert watch.wait_for(lambda scene: scene.source.name == "speakers.monitor").source.monitor


def test_a_microphone_that_is_opened_again_is_another_recording(
    at: Callable[..., Sound], watch: Watch, microphone: Microphone
) -> None:
    at()
    microphone.open(hear)
    watch.wait_for(lambda _: True)
    microphone.close()
    microphone.open(hear)
    watch.wait_for(lambda scene: scene.stream > watch.scenes[0].stream)


def test_where_no_server_answers_nothing_is_told_and_nobody_waits(at: Callable[..., Sound], watch: Watch) -> None:
    at("server")
    wait_for(_watches, DEADLINE, "the watch")
    assert watch.scenes == []


def test_once_stopped_it_tells_nothing_more(
    in_a_room: Callable[..., Sound], watch: Watch, microphone: Microphone
) -> None:
    desktop = in_a_room()
    microphone.open(hear)
    server = SoundServer(watch.scenes.append)
    watch.wait_for(lambda _: True)
    server.stop()
    _await_end()
    count = len(watch.scenes)
    desktop.pactl("set-source-mute", "vmic", "1")
    microphone.close()
    assert len(watch.scenes) == count


def test_without_the_library_of_the_server_everything_else_works(tmp_path: Path) -> None:
    (tmp_path / "pulsectl.py").write_text("raise ImportError('there is none')")
    program = (
        f"import sys, threading; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from tray.audio.server import SoundServer\n"
        "SoundServer(print)\n"
        "[one.join(10) for one in threading.enumerate() if one.name == 'sound server']\n"
        "print(threading.active_count())"
    )
    command = [sys.executable, "-c", program]
    asked = subprocess.run(command, cwd=HERE.parents[1], capture_output=True, text=True, timeout=30, check=True)
    assert (asked.stdout.strip(), asked.stderr) == ("1", "")
