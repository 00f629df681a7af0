"""The sound of a virtual desktop: microphones to plug, and a voice that speaks into them."""

from __future__ import annotations

import random
import struct
import subprocess
import wave
from pathlib import Path
from typing import Self

from tests.desktop.session import Program, Session

RATE = 16_000
"""Samples per second of a microphone's cable: sound of this rate arrives bit for bit."""


FAINTEST = 3
"""The loudest sample of the noise in a room: no microphone delivers exact zeros, unless something is wrong with it."""


class Sound(Session):
    """A desktop with microphones. The one called `vmic` is there from the start and is the default."""

    def __enter__(self) -> Self:
        super().__enter__()
        self._noises: dict[str, Program] = {}
        if not self._absent & {"source", "server"}:
            self._stand_in_a_room("vmic")
        return self

    def say(self, wav: Path, microphone: str = "vmic") -> Program:
        """Play a WAV file into a microphone; wait on what is returned for its end."""
        return self.launch("paplay", f"--device={_cable(microphone)}", wav)

    def play_silence(self, seconds: float, microphone: str = "vmic") -> Program:
        """Play silence into a microphone."""
        wav = self.folder / f"silence-{seconds}.wav"
        write_wav(wav, bytes(2 * int(seconds * RATE)))
        return self.say(wav, microphone)

    def plug_microphone(self, name: str, rate: int = RATE) -> None:
        """Plug a microphone in; what lists them or opens one from now on finds it by this name."""
        cable = _cable(name)
        with self._alsa.open("a") as config:
            config.write(f'pcm.{name} {{ type pulse device {name} hint {{ show on description "{name}" }} }}\n')
        self.pactl("load-module", "module-null-sink", f"sink_name={cable}", f"rate={rate}", "channels=1", "norewinds=1")
        label = f"source_properties=device.description={name}"
        source = (f"source_name={name}", f"master={cable}.monitor", "channels=1", "remix=no", label)
        self.pactl("load-module", "module-remap-source", *source)
        self._stand_in_a_room(name)

    def unplug_microphone(self, name: str) -> None:
        """Pull a microphone out. As on any desktop, whoever records from it is moved to what is left."""
        self._fall_silent(name)
        lines = self._alsa.read_text().splitlines(keepends=True)
        self._alsa.write_text("".join(line for line in lines if not line.startswith(f"pcm.{name} ")))
        for module in (f"source_name={name}", f"sink_name={_cable(name)}"):
            self._unload(module)

    def unplug_everything(self) -> None:
        """Pull out all microphones, and the loudspeakers, whose monitor would stand in for one."""
        for name in list(self._noises):
            self._fall_silent(name)
        for kind in ("module-remap-source", "module-null-sink"):
            self._unload(kind)

    def choose_microphone(self, name: str) -> None:
        """Make it the system's default."""
        self.pactl("set-default-source", name)

    def pactl(self, *arguments: str) -> str:
        """Ask the sound server; what it answers. Raises subprocess.CalledProcessError."""
        command = ["pactl", *arguments]
        asked = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=10, check=True)
        return asked.stdout

    def _stand_in_a_room(self, microphone: str) -> None:
        if "noise" in self._absent:
            return
        noise = self.folder / "noise.raw"
        if not noise.exists():
            chance = random.Random(1)
            noise.write_bytes(struct.pack(f"<{RATE}h", *(chance.randint(-FAINTEST, FAINTEST) for _ in range(RATE))))
        play = f"pacat --device={_cable(microphone)} --rate={RATE} --channels=1 --format=s16le --latency-msec=500"
        self._noises[microphone] = self.launch("sh", "-c", f"while cat {noise}; do :; done | {play}")

    def _fall_silent(self, microphone: str) -> None:
        """The sound server would let the loudspeakers play the noise."""
        if noise := self._noises.pop(microphone, None):
            noise.end()

    @property
    def _alsa(self) -> Path:
        return Path(self.env["ALSA_CONFIG_PATH"])

    def _unload(self, word: str) -> None:
        for line in self.pactl("list", "short", "modules").splitlines():
            number, *words = line.split()
            if word in words:
                self.pactl("unload-module", number)


def write_wav(path: Path, pcm: bytes, rate: int = RATE, channels: int = 1) -> None:
    """Write 16-bit samples as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)


def _cable(microphone: str) -> str:
    """The sink behind a microphone."""
    return "mic_feed" if microphone == "vmic" else f"{microphone}_feed"
