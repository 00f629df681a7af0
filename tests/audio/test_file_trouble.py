"""Recordings that are damaged, strange or not there, and a machine that lacks a decoder."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from tests.audio.recordings import LOSSY, written
from tray.audio.files import open_recording, open_stream
from tray.core.failures import UsageError


@pytest.mark.parametrize("content", [b"", b"RIFF", b"Dear Anna, thank you for the letter.", b"fLaC" + bytes(100)])
@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.raw", "a"])
def test_what_is_no_recording_is_refused(content: bytes, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UsageError, match=r"not a recording") as caught:
        open_recording(tmp_path / name)
    assert caught.value.remedy


def test_a_recording_that_is_not_there_is_missed_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.wav does not exist"):
        open_recording(tmp_path / "absent.wav")


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        open_recording(tmp_path)


DAMAGED = [*LOSSY, "a.flac", "a.wav"]


def cut(content: bytes) -> bytes:
    return content[: len(content) * 6 // 10]


def spoilt(content: bytes) -> bytes:
    noise = np.random.default_rng(1).integers(0, 256, len(content) * 4 // 10, dtype=np.uint8).tobytes()
    return cut(content) + noise


# a WAV file whose samples are noise is a recording of noise
@pytest.mark.parametrize(("name", "damage"), [*((name, cut) for name in DAMAGED), *((name, spoilt) for name in LOSSY)])
def test_a_recording_that_is_damaged_is_heard_up_to_there_and_names_the_second(
    name: str, damage: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = written(tmp_path / name)
    path.write_bytes(damage(path.read_bytes()))
    heard: list[float] = []
    with pytest.raises(UsageError, match="breaks off at") as caught:
        heard.extend(chunk.end / chunk.rate for chunk in open_recording(path).chunks())
    assert 5 < heard[-1] < 9
    assert f"at {heard[-1]:.1f} s" in str(caught.value)


PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{target}\n#EXT-X-ENDLIST\n"
BROADCAST = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 45004 RTP/AVP 0\n"


@pytest.mark.parametrize("content", [PLAYLIST.format(target="http://127.0.0.1/a.ts"), BROADCAST])
@pytest.mark.parametrize("name", ["a.m3u8", "a.sdp", "a.m4a"])
def test_a_file_that_names_addresses_never_reaches_for_the_network(content: str, name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match="not a recording"):
        open_recording(tmp_path / name)


def test_a_film_without_sound_is_refused(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "a.mkv"), "w") as out:
        stream = out.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        out.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        out.mux(stream.encode(None))
    with pytest.raises(UsageError, match="no sound"):
        open_recording(tmp_path / "a.mkv")


WITHOUT_PYAV = """
import sys
class Nowhere:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "av":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Nowhere())
from pathlib import Path
from tray.audio.files import open_recording
from tray.core.failures import UsageError
print(open_recording(Path(sys.argv[1])).seconds)
try:
    open_recording(Path(sys.argv[2]))
except UsageError as error:
    print(error, error.remedy)
"""


def test_without_pyav_the_usual_formats_are_heard_and_the_others_say_what_to_install(tmp_path: Path) -> None:
    mp3, m4a = written(tmp_path / "a.mp3"), written(tmp_path / "a.m4a")
    command = [sys.executable, "-c", WITHOUT_PYAV, mp3, m4a]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=Path(__file__).parents[2])
    assert done.stdout.splitlines()[0] == "11.0", done.stderr
    assert "a.m4a is not a recording that can be read here" in done.stdout
    assert done.stdout.rstrip().endswith(f"{sys.executable} -m pip install av")


def test_the_decoder_of_mp3_writes_nothing_on_the_terminal(tmp_path: Path) -> None:
    code = "import sys; from pathlib import Path; from tray.audio.files import open_recording as o"
    command = [sys.executable, "-c", f"{code}; list(o(Path(sys.argv[1])).chunks())", written(tmp_path / "a.mp3")]
    done = subprocess.run(command, capture_output=True, timeout=60, cwd=Path(__file__).parents[2])
    assert (done.returncode, done.stderr) == (0, b"")


def wave(kind: int, channels: int, rate: int, samples: bytes) -> bytes:
    """A WAV file whose header says this."""
    width = channels * (8 if kind == 3 else 2)
    said = struct.pack("<HHIIHH", kind, channels, rate, rate * width % 2**32, width, 8 * width // channels)
    return b"RIFF\xff\xff\xff\x7fWAVEfmt " + struct.pack("<I", 16) + said + b"data\xff\xff\xff\x7f" + samples


@pytest.mark.parametrize("rate", [1, 999, 768_001, 2**32 - 1])
def test_a_rate_at_which_nobody_records_is_refused(rate: int, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wave(1, 1, rate, bytes(1000)))
    with pytest.raises(UsageError, match="samples a second"):
        open_recording(tmp_path / "a.wav")
    with pytest.raises(UsageError, match="samples a second"):
        open_stream(io.BytesIO(wave(1, 1, rate, bytes(1000))), Path("pipe"))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf"), 1e300, -1e38])
def test_samples_that_are_no_loudness_are_heard_without_a_word_on_the_terminal(number: float, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wave(3, 2, 16_000, struct.pack("<2d", number, 0.25) * 800))
    (pcm,) = (chunk.pcm for chunk in open_recording(tmp_path / "a.wav").chunks())
    assert len(pcm) == 1600
    soundfile.write(tmp_path / "a.aiff", np.full(800, number), 16_000, subtype="DOUBLE")
    assert sum(len(chunk.pcm) for chunk in open_recording(tmp_path / "a.aiff").chunks()) == 1600


def test_thousands_of_channels_take_no_gigabytes(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(wave(1, 30_000, 700_000, bytes(60_000 * 40)))
    blocks = [len(block) for block in open_recording(tmp_path / "a.wav").play()]
    assert sum(blocks) == 2 * 40
    assert max(blocks) <= 2 * 17  # a megabyte holds as many moments of these
