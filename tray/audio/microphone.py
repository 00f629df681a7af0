"""The microphone, by PortAudio in callback mode."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from tray.audio.flow import Flow
from tray.audio.portaudio import (
    START_S,
    Device,
    Hush,
    NoAnswerError,
    SilenceError,
    answer,
    ask,
    choose,
    inputs,
    names_of,
    preferred,
    start,
    started,
)
from tray.core.failures import MicrophoneError
from tray.core.speech import FRAME, RATE

if TYPE_CHECKING:
    from pyaudio import PyAudio, Stream

T = TypeVar("T")

CLOSE_S = 2.0
"""Seconds for closing; about 0.1 where all is well."""
DEAD_S = 2.0
"""Seconds without a block after which a source counts as dead: PortAudio itself never says so after a sleep."""
FIRST_S = 3.0
"""Seconds within which something else than zeros has to come; Bluetooth takes 0.6 (cjpais/Handy#1885)."""
LOOK_S = 0.25
"""Seconds between two looks at an open source."""
MARGIN_S = 0.2
"""Seconds beyond its own latency that a closing source may take to hand over what it holds."""

_log = logging.getLogger(__name__)


class Microphone:
    """A microphone found by its name or a part of it; "" is whatever the system's default is at each opening."""

    endless = True

    def __init__(self, name: str = "", at_ease: Callable[[], bool] = lambda: False) -> None:
        """`at_ease` says whether blocks may come in fours; it is called from PortAudio's thread."""
        self._name, self._at_ease = name, at_ease
        self._recording: _Recording | None = None

    def open(self, deliver: Callable[[bytes, int], None]) -> None:
        """Start delivering blocks of whole 512 samples, 16-bit mono, with their rate: 16000, or the device's own.

        `deliver` is called from PortAudio's thread and must only enqueue. An empty block, once, says that the
        microphone died. Raises MicrophoneError within 5 s.
        """
        self.close()
        flow = Flow(deliver, self._at_ease)
        opening = ask(lambda: _record(self._name, flow))
        try:
            self._recording = answer(opening, START_S)
        except MicrophoneError:
            flow.shut()
            opening.add_done_callback(_let_go)
            raise

    def drain(self) -> None:
        """Wait until everything spoken before this call was delivered, at most 2 s; it goes on recording."""
        recording = self._recording
        if recording is None:
            return
        try:
            answer(ask(recording.drain), CLOSE_S)
        except (MicrophoneError, OSError) as error:
            _log.warning("the last sound of the microphone was not waited for: %s", error)

    def close(self) -> None:
        """Deliver what is still on its way, then stop; takes at most 2 s even if the sound server hangs. Idempotent."""
        recording, self._recording = self._recording, None
        if recording is None:
            return
        try:
            answer(ask(recording.finish), CLOSE_S)
        except (MicrophoneError, OSError) as error:
            _log.warning("the microphone was left to close by itself: %s", error)
        finally:
            recording.flow.shut()


def list_microphones() -> list[str]:
    """Names of the devices that can record, without the stand-ins for them; [] where there is none.

    While a microphone is open in this process, PortAudio goes on answering with the devices of that moment.
    Raises MicrophoneError if the sound system does not answer within 5 s.
    """

    def names() -> list[str]:
        with started() as portaudio:
            return names_of(inputs(portaudio))

    return answer(ask(names), START_S)


def default_microphone() -> str | None:
    """Name of the device that an empty name opens, or None where there is none. Raises as `list_microphones` does."""

    def name() -> str | None:
        with started() as portaudio:
            devices = inputs(portaudio)
            return preferred(portaudio, devices).name if devices else None

    return answer(ask(name), START_S)


def measure_first_block(name: str) -> float:
    """Seconds from opening a microphone ("" = the default) until its first block that is not all zeros.

    Raises MicrophoneError where it cannot be opened, SilenceError where it delivers nothing but zeros for 3 s.
    """
    default_microphone()  # the first start of PortAudio in a process takes longer than all later ones
    first: Future[float] = Future()

    def hear(sound: bytes, _rate: int) -> None:
        if any(sound) and not first.done():
            first.set_result(time.monotonic())

    microphone, begun = Microphone(name), time.monotonic()
    microphone.open(hear)
    try:
        return first.result(FIRST_S) - begun
    except TimeoutError as error:
        raise SilenceError from error
    finally:
        microphone.close()


def open_at_first_rate(attempt: Callable[[int], T], rates: Iterable[int]) -> tuple[T, int]:
    """What the attempt gives at the first rate it takes, and that rate in hertz. Raises its last OSError."""
    refusal = OSError("no rate to try")
    for rate in rates:
        try:
            return attempt(rate), rate
        except OSError as error:
            refusal = error
    raise refusal


class _Recording:
    """An open stream under watch."""

    def __init__(self, portaudio: PyAudio, stream: Stream, flow: Flow) -> None:
        self._portaudio = portaudio
        self._stream = stream
        self.flow = flow
        self._opened = time.monotonic()
        self._closing = threading.Event()
        self._watch = threading.Thread(target=self._look_after, name="microphone watch", daemon=True)
        self._watch.start()

    def finish(self) -> None:
        """Wait for the sound that is still in buffers, then give the device back."""
        self.flow.ending = True
        self._closing.set()
        self._watch.join(LOOK_S)  # it must not look at a stream that is gone
        try:
            with contextlib.suppress(OSError):  # one that died by itself can be neither asked nor stopped, only closed
                self.drain()
                self._stream.stop_stream()
        finally:
            self._portaudio.terminate()  # closes the stream, too
        if self.flow.overflows:
            _log.warning("the sound system lost sound %d times", self.flow.overflows)

    def drain(self) -> None:
        """Wait for what is in ALSA's buffer, up to one latency of sound: stopping throws it away. Raises OSError."""
        captured = time.monotonic() + self._stream.get_input_latency()
        while not self.flow.over and self.flow.latest < captured and time.monotonic() < captured + MARGIN_S:
            time.sleep(0.005)
        self.flow.press_on()

    def _look_after(self) -> None:
        while not self._closing.wait(LOOK_S):
            if not self._alive():
                self.flow.die()
                return

    def _alive(self) -> bool:
        try:
            silent = time.monotonic() - max(self._opened, self.flow.latest)
            return self._stream.is_active() and silent < DEAD_S
        except OSError:
            return False


def _record(name: str, flow: Flow) -> _Recording:
    if flow.over:  # given up while waiting: do not light the microphone's lamp for nothing
        raise NoAnswerError
    with Hush():
        portaudio = start()
        try:
            stream = _stream(portaudio, choose(portaudio, name), flow)
        except BaseException:
            portaudio.terminate()
            raise
    return _Recording(portaudio, stream, flow)


def _let_go(opening: Future[_Recording]) -> None:
    """Close a microphone that opened when nobody waited for it any more."""
    if opening.exception() is None:
        ask(opening.result().finish)


def _stream(portaudio: PyAudio, device: Device, flow: Flow) -> Stream:
    from pyaudio import paInt16

    def attempt(rate: int) -> Stream:
        flow.rate = rate  # the first block may come before the call returns
        return portaudio.open(
            rate,
            1,
            paInt16,
            input=True,
            input_device_index=device.index,
            frames_per_buffer=FRAME,
            stream_callback=flow.hear,
        )

    try:
        return open_at_first_rate(attempt, (RATE, device.rate))[0]
    except OSError as error:
        raise _refused(device.name, error) from error


def _refused(name: str, error: OSError) -> MicrophoneError:
    from pyaudio import paDeviceUnavailable

    if error.errno == paDeviceUnavailable:
        return MicrophoneError(f"The microphone “{name}” is in use by another program", "Close that one and try again")
    remedy = "Look whether it is plugged in and allowed, or choose another one"
    return MicrophoneError(f"The microphone “{name}” cannot be opened", remedy)
