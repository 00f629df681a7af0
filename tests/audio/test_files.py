"""Recordings of every kind that people have come out as the sound that is in them."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from tray.audio.files import open_recording, open_stream
from tray.audio.recording import Recording
from tray.core.failures import UsageError
from tray.core.speech import RATE

SPEECH = Path(__file__).parents[1] / "speech" / "jfk.wav"
SPEECH_SECONDS = 11.0


def tone(rate: int = RATE, seconds: float = 2.5) -> NDArray[np.float64]:
    """A sine at half of full scale."""
    return 0.5 * np.sin(2 * np.pi * 440 * np.arange(round(rate * seconds)) / rate)


def sound(path: Path) -> NDArray[np.float64]:
    """All samples of a recording, −1…1."""
    pcm = b"".join(chunk.pcm for chunk in open_recording(path).chunks())
    return np.frombuffer(pcm, "<i2") / 32768


@pytest.mark.parametrize(
    ("name", "subtype", "error"),
    [
        ("a.wav", "PCM_U8", 0.01),
        ("a.wav", "PCM_16", 0.0001),
        ("a.wav", "PCM_24", 0.0001),
        ("a.wav", "PCM_32", 0.0001),
        ("a.wav", "FLOAT", 0.0001),
        ("a.wav", "DOUBLE", 0.0001),
        ("a.wav", "ULAW", 0.02),
        ("a.flac", "PCM_S8", 0.01),
        ("a.flac", "PCM_16", 0.0001),
        ("a.flac", "PCM_24", 0.0001),
    ],
)
def test_every_kind_of_samples_sounds_the_same(name: str, subtype: str, error: float, tmp_path: Path) -> None:
    soundfile.write(tmp_path / name, tone(), RATE, subtype=subtype)
    assert np.abs(sound(tmp_path / name) - tone()).max() <= error


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100, 48_000])
def test_chunks_follow_each_other_at_the_rate_of_the_file(rate: int, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(rate), rate)
    recording = open_recording(tmp_path / "a.wav")
    chunks = list(recording.chunks())
    assert recording.seconds == pytest.approx(2.5)
    assert {chunk.rate for chunk in chunks} == {rate}
    assert [chunk.start for chunk in chunks] == [0, *(chunk.end for chunk in chunks[:-1])]
    assert chunks[-1].end == len(tone(rate))
    assert max(len(chunk.pcm) for chunk in chunks) <= 2 * rate


def test_samples_of_16_bits_come_out_as_they_are(tmp_path: Path) -> None:
    samples = np.array([-32768, -32767, -1, 0, 1, 32766, 32767], np.int16)
    soundfile.write(tmp_path / "a.wav", samples, RATE)
    assert b"".join(chunk.pcm for chunk in open_recording(tmp_path / "a.wav").chunks()) == samples.tobytes()


def test_channels_are_mixed(tmp_path: Path) -> None:
    left = tone()
    soundfile.write(tmp_path / "a.wav", np.stack([left, np.zeros_like(left)], axis=1), RATE)
    assert np.abs(sound(tmp_path / "a.wav") - left / 2).max() < 0.0001


def test_a_recording_that_is_too_loud_is_clipped_and_does_not_wrap_around(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", 3 * tone(), RATE, subtype="FLOAT")
    assert np.abs(sound(tmp_path / "a.wav") - np.clip(3 * tone(), -1, 1)).max() < 0.0001


def test_an_empty_recording_has_no_chunks(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", np.zeros(0), RATE)
    recording = open_recording(tmp_path / "a.wav")
    assert (recording.seconds, list(recording.chunks())) == (0, [])


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


def written(path: Path) -> Path:
    """Somebody's speech in the format that the name of the file says."""
    samples, rate = soundfile.read(SPEECH, dtype="int16")
    match path.suffix:
        case ".m4a" | ".mka":
            encode(path, "aac", samples, rate)
        case ".webm":
            encode(path, "libopus", samples, 48_000)
        case ".wma":
            encode(path, "wmav2", samples, 44_100)
        case ".opus":
            soundfile.write(path, samples, rate, format="OGG", subtype="OPUS")
        case _:
            soundfile.write(path, samples, rate)
    return path


def encode(path: Path, codec: str, samples: NDArray[np.int16], rate: int) -> None:
    """Write 16 kHz speech with FFmpeg, its table of contents in front where the format lets one choose."""
    options = {"movflags": "faststart"} if path.suffix == ".m4a" else {}
    with av.open(str(path), "w", options=options) as out:
        stream = out.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = 64_000
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate = RATE
        context = stream.codec_context
        even = av.AudioResampler(context.format, "mono", rate, frame_size=context.frame_size or None)
        for block in [*even.resample(frame), *even.resample(None), None]:
            out.mux(stream.encode(block))


def seconds_of(recording: Recording) -> float:
    """How much sound comes out."""
    return sum(len(chunk.pcm) // 2 for chunk in recording.chunks()) / recording.rate


def loud_seconds(recording: Recording) -> NDArray[np.float64]:
    """The loudness of each whole second, so that the same speech can be told in another rate and format."""
    pcm = np.frombuffer(b"".join(chunk.pcm for chunk in recording.chunks()), "<i2") / 32768
    whole = pcm[: len(pcm) // recording.rate * recording.rate].reshape(-1, recording.rate)
    return np.sqrt((whole**2).mean(axis=1))


LOSSY = ["a.mp3", "a.ogg", "a.opus", "a.m4a", "a.webm", "a.wma", "a.mka"]


@pytest.mark.parametrize("name", LOSSY)
def test_speech_is_the_same_in_every_format(name: str, tmp_path: Path) -> None:
    recording = open_recording(written(tmp_path / name))
    heard, spoken = loud_seconds(recording), loud_seconds(open_recording(SPEECH))
    assert recording.seconds == pytest.approx(SPEECH_SECONDS, abs=0.2)
    # a codec may begin some hundredths of a second late
    assert np.corrcoef(heard[:10], spoken[:10])[0, 1] > 0.9


@pytest.mark.parametrize("name", [*LOSSY, "a.wav", "a.flac"])
def test_a_pipe_is_heard_like_a_file(name: str, tmp_path: Path) -> None:
    path = written(tmp_path / name)
    read, write = os.pipe()
    feeder = threading.Thread(target=lambda: [Path(f"/dev/fd/{write}").write_bytes(path.read_bytes()), os.close(write)])
    feeder.start()
    piped = open_stream(os.fdopen(read, "rb"), Path("pipe"))
    assert b"".join(chunk.pcm for chunk in piped.chunks()) == b"".join(
        chunk.pcm for chunk in open_recording(path).chunks()
    )
    feeder.join()


def test_a_pipe_with_a_name_is_heard(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    feeder = threading.Thread(target=lambda: (tmp_path / "pipe").write_bytes(SPEECH.read_bytes()))
    feeder.start()
    assert seconds_of(open_recording(tmp_path / "pipe")) == SPEECH_SECONDS
    feeder.join()


def with_length(length: int) -> bytes:
    """The speech as WAV whose header promises so many bytes."""
    whole = SPEECH.read_bytes()
    at = whole.index(b"data") + 4
    return whole[:4] + struct.pack("<I", length) + whole[8:at] + struct.pack("<I", length) + whole[at + 4 :]


@pytest.mark.parametrize("length", [0, 0x7FFFF000, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_length_that_was_not_known_yet_does_not_matter(length: int, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(with_length(length))
    assert seconds_of(open_recording(tmp_path / "a.wav")) == SPEECH_SECONDS
    piped = open_stream(io.BytesIO(with_length(length)), Path("pipe"))
    assert (piped.seconds, seconds_of(piped)) == (None, SPEECH_SECONDS)


def test_what_stands_behind_the_sound_of_a_wav_file_is_not_heard(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(SPEECH.read_bytes() + b"LIST" + struct.pack("<I", 1000) + b"INFO" + bytes(996))
    assert seconds_of(open_recording(tmp_path / "a.wav")) == SPEECH_SECONDS


class Live(io.RawIOBase):
    """A microphone program that has said this much and goes on recording: reading further would wait for ever."""

    def __init__(self, said: bytes) -> None:
        self._said = io.BytesIO(said)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:
        block = self._said.read(len(buffer))
        assert block, "somebody waits for sound that has not been recorded yet"
        buffer[: len(block)] = block
        return len(block)


def test_a_live_pipe_is_heard_while_it_goes_on() -> None:
    chunks = open_stream(io.BufferedReader(Live(with_length(0)), 4096), Path("pipe")).chunks()
    heard = 0.0
    while heard < SPEECH_SECONDS - 1:
        heard = next(chunks).end / RATE


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
