"""PortAudio, kept at arm's length: bounded calls, no chatter, devices by name.

PortAudio is one per process, not thread-safe, lists the devices there were when it was started, and each of its calls
can hang with the sound server. So it is started anew for every use, its calls run one at a time in threads that can
be abandoned, and devices are known by name: an index means another device as soon as one is plugged in.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from tray.core.failures import MicrophoneError

if TYPE_CHECKING:
    from pyaudio import PyAudio

T = TypeVar("T")

START_S = 5.0
"""Seconds for starting PortAudio and opening a device; about 0.1 where all is well."""

SERVERS = ("pulse", "pipewire", "default")
"""Names under which ALSA reaches the sound server, and so the default that the user chose; the best one first."""
STAND_INS = frozenset(
    {*SERVERS, "sysdefault", "jack", "oss", "null", "samplerate", "speexrate", "speex", "lavrate", "upmix", "vdownmix"}
)
"""ALSA plug-ins that look like devices with 32 channels but only lead to others."""

_one_call_at_a_time = threading.Lock()  # PortAudio's state and fd 2 belong to the process, so this must too


@dataclass(frozen=True, slots=True)
class Device:
    """A device that can record, as PortAudio counts it at the moment."""

    index: int
    name: str
    rate: int
    """Samples per second that it prefers."""


def ask(call: Callable[[], T]) -> Future[T]:
    """The coming result of a PortAudio call, made in a thread of its own when all earlier ones are done."""
    result: Future[T] = Future()

    def work() -> None:
        with _one_call_at_a_time:
            try:
                result.set_result(call())
            except Exception as error:  # noqa: BLE001 whoever asked gets it; here nobody could act on it
                result.set_exception(error)

    threading.Thread(target=work, name="portaudio call", daemon=True).start()
    return result


def answer(asked: Future[T], seconds: float) -> T:
    """The result, or what the call raised; NoAnswerError if it takes longer than these seconds."""
    try:
        return asked.result(seconds)
    except TimeoutError as error:
        raise NoAnswerError from error


class NoAnswerError(MicrophoneError):
    """PortAudio hangs: whatever else it is asked will hang, too."""

    def __init__(self) -> None:
        super().__init__("The sound system does not answer", "Restart the sound server, or log out and in again")


class SilenceError(MicrophoneError):
    """Exact zeros come, or nothing at all."""

    def __init__(self) -> None:
        remedy = "Unmute it in the sound settings, or choose another one"
        super().__init__("The microphone delivers only silence", remedy)


@contextlib.contextmanager
def started() -> Generator[PyAudio]:
    """PortAudio with the devices of this moment, ended with the block. Raises MicrophoneError if it is missing."""
    with Hush():
        portaudio = start()
    try:
        yield portaudio
    finally:
        portaudio.terminate()


def start() -> PyAudio:
    """PortAudio with the devices of this moment, if no other one lives. Raises MicrophoneError if it is missing."""
    try:
        from pyaudio import PyAudio
    except ImportError as error:
        raise MicrophoneError("PortAudio is missing", "On Debian or Ubuntu: sudo apt install libportaudio2") from error
    _try_in_a_child()
    return PyAudio()


@cache
def _try_in_a_child() -> None:
    """Let another process start PortAudio first: where ALSA knows no device at all, that aborts the process.

    Once it went well it is not done again. Raises MicrophoneError.
    """
    if sys.platform != "linux":
        return
    command = (sys.executable, "-P", "-c", "from pyaudio import PyAudio; PyAudio().terminate()")
    try:
        died = subprocess.run(command, capture_output=True, timeout=START_S, check=False).returncode < 0
    except subprocess.TimeoutExpired as error:
        raise NoAnswerError from error
    if died:
        raise MicrophoneError("ALSA knows no sound device", "On Debian or Ubuntu: sudo apt install libasound2-plugins")


def inputs(portaudio: PyAudio) -> list[Device]:
    """One entry a device: Windows lists each under several interfaces, the old ones with names cut at 31 letters."""
    home, _ = _interface(portaudio)
    found = (portaudio.get_device_info_by_index(index) for index in range(portaudio.get_device_count()))
    return [
        Device(int(one["index"]), str(one["name"]), int(one["defaultSampleRate"]))
        for one in found
        if one["hostApi"] == home and int(one["maxInputChannels"]) > 0
    ]


def names_of(devices: list[Device]) -> list[str]:
    """Each name once, stand-ins left out unless there is nothing else."""
    names = list(dict.fromkeys(device.name for device in devices))
    return [name for name in names if name not in STAND_INS] or names[:1]


def choose(portaudio: PyAudio, name: str) -> Device:
    """The device of this name, or whose name holds it, whatever the case; "" is the default.

    Raises MicrophoneError where there is none, naming those there are.
    """
    devices = inputs(portaudio)
    if not devices:
        raise MicrophoneError("There is no microphone", "Plug one in and look whether the sound settings show it")
    if not name:
        return preferred(portaudio, devices)
    wanted = name.casefold()
    alike = [device for device in devices if wanted in device.name.casefold()]
    if not alike:
        known = ", ".join(names_of(devices))
        raise MicrophoneError(f"There is no microphone called “{name}”", f"Choose one of these: {known}")
    return min(alike, key=lambda device: device.name.casefold() != wanted)


def preferred(portaudio: PyAudio, devices: list[Device]) -> Device:
    """The system's default among these; there is at least one."""
    for server in SERVERS:
        for device in devices:
            if device.name == server:
                return device
    _, chosen = _interface(portaudio)
    return next((device for device in devices if device.index == chosen), devices[0])


def _interface(portaudio: PyAudio) -> tuple[int, int]:
    """Index of the interface to use, and of its default input; -1 for none."""
    from pyaudio import paWASAPI

    try:
        found = portaudio.get_host_api_info_by_type(paWASAPI)
    except OSError:  # not Windows
        try:
            found = portaudio.get_default_host_api_info()
        except OSError:  # a PortAudio that was built without any
            return -1, -1
    return int(found["index"]), int(found["defaultInputDevice"])


class Hush:
    """Keeps off fd 2 what ALSA, JACK and PortAudio print there about servers and rates that are not to be had.

    Everything else that this process prints there meanwhile is lost with it, so it ends with the block,
    or after 5 s if PortAudio hangs inside it.
    """

    def __init__(self) -> None:
        self._saved: int | None = None
        self._turn = threading.Lock()
        self._limit = threading.Timer(START_S, self._restore)
        self._limit.daemon = True

    def __enter__(self) -> None:
        with contextlib.suppress(OSError):  # a program started without a console may have no fd 2
            self._saved = os.dup(2)
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 2)
            os.close(nowhere)
        self._limit.start()

    def __exit__(self, *_: object) -> None:
        self._limit.cancel()
        self._restore()

    def _restore(self) -> None:
        with self._turn:
            if self._saved is not None:
                os.dup2(self._saved, 2)
                os.close(self._saved)
                self._saved = None
