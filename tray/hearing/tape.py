"""The last seconds of a session's sound at 16 kHz, and which captured sample each of them was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from tray.core.speech import RATE, AudioChunk, Span


class StreamResampler(Protocol):
    """Sound of one rate in, 16 kHz out, exact to the sample once flushed."""

    def push(self, pcm: bytes) -> bytes:
        """The next block."""
        ...

    def flush(self) -> bytes:
        """The rest."""
        ...


class Tape:
    """Positions count samples at `RATE` from the start of the session; fates are spans of captured samples.

    A stretch is the sound of one opening of one microphone: its rate does not change.
    """

    def __init__(self, resampler: Callable[[int], StreamResampler]) -> None:
        self._new_resampler = resampler
        self._resampler: StreamResampler | None = None
        self._pcm, self._first = bytearray(), 0
        self._rate = RATE
        self._stretch_position, self._stretch_start, self._captured_end = 0, 0, 0
        self._fated_sample = 0
        self.fated = 0
        """Position up to which every sample has its fate."""

    @property
    def end(self) -> int:
        """Position behind the last sample."""
        return self._first + len(self._pcm) // 2

    def continues(self, chunk: AudioChunk) -> bool:
        """Whether a chunk belongs to the stretch that is being recorded."""
        return self._resampler is not None and chunk.rate == self._rate and chunk.start == self._captured_end

    def add(self, chunk: AudioChunk) -> None:
        """Record a chunk; after `end_stretch` it begins a new stretch."""
        if self._resampler is None:
            self._resampler, self._rate = self._new_resampler(chunk.rate), chunk.rate
            self._stretch_position, self._stretch_start = self.end, chunk.start
            self._fated_sample, self.fated = chunk.start, self.end
        self._captured_end = chunk.end
        self._pcm += self._resampler.push(chunk.pcm)

    def flush(self) -> None:
        """Record what the resampler still holds."""
        if self._resampler is not None:
            self._pcm += self._resampler.flush()

    def end_stretch(self) -> Span:
        """The stretch is over; the captured samples that had no fate yet, maybe none."""
        self._resampler = None
        return self._fate(self._captured_end, self.end)

    def cut(self, start: int, end: int) -> bytes:
        """Sound between two positions, as far as it is still there."""
        return bytes(self._pcm[2 * max(0, start - self._first) : 2 * max(0, end - self._first)])

    def span_until(self, position: int) -> Span:
        """The captured samples from the last fate up to a position, maybe none; they get none by this."""
        ahead = (min(position, self.end) - self._stretch_position) * self._rate
        sample = min(self._stretch_start + round(ahead / RATE), self._captured_end)
        return Span(self._fated_sample, max(self._fated_sample, sample), self._rate)

    def fate_until(self, position: int) -> Span:
        """The captured samples from the last fate up to a position, maybe none."""
        return self._fate(self.span_until(position).end, min(position, self.end))

    def _fate(self, sample: int, position: int) -> Span:
        start = self._fated_sample
        self._fated_sample, self.fated = max(start, sample), max(self.fated, position)
        return Span(start, self._fated_sample, self._rate)

    def forget_before(self, position: int) -> None:
        """Free the sound before a position."""
        if position > self._first:
            del self._pcm[: 2 * (position - self._first)]
            self._first = position
