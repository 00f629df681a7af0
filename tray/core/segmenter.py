"""Where a segment begins and ends: arithmetic over the gate's scores, one frame of 32 ms at a time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from tray.core.speech import FRAME, RATE, Certainty

ON, OFF = 0.3, 0.15
"""The gate opens at the first score and counts silence below the second."""
LEAD = RATE // 10
"""Samples fed before the speech: more silence makes Moonshine answer that nothing was said."""
PRE_ROLL = RATE // 2
"""Samples kept from before the gate opened."""
WALK = 0.05
"""Back to the first frame below this score goes the search for the true onset: the gate opens up to 145 ms late."""
SURE, SURE_FRAMES = 0.7, 5
HEARD = 0.5
RELEASED_ENDPOINT_S = 0.15
"""Silence that ends a segment once the key was let go, in seconds."""
ON_ITS_WAY_S = 0.064
"""Sound that at least follows a release, in seconds: so much of what was spoken before it still lies in buffers."""


@dataclass(frozen=True, slots=True)
class Policy:
    """When a segment ends. The defaults are the live ones."""

    endpoint_s: float = 0.5
    """Silence that ends a segment, in seconds."""
    short_s: float = 0.0
    """A segment shorter than this, in seconds, ..."""
    short_endpoint_s: float = 1.5
    """... ends only at this much silence, in seconds."""
    longest_s: float = 12.0
    """A segment that reaches this length, in seconds, is cut at its quietest frame ..."""
    cut_from_s: float = 5.0
    """... after this many seconds."""
    tail_s: float = 0.25
    """Sound fed after the last voiced frame, in seconds: as good as 0.3, while 0.2 cost 0.3 % more wrong words."""
    foresee_s: float | None = 0.25
    """Silence after which words are made ready for the case that nobody goes on, in seconds; None: never."""
    joined: bool = True
    """Each segment is recognized together with those before it."""


def policy_for_files(policy: Policy) -> Policy:
    """Nobody waits for a file: fewer, longer pieces, which can stand alone.

    With the live tail, files had 7.2 % instead of 5.8 % wrong words.
    """
    return replace(policy, short_s=8.0, longest_s=15.0, tail_s=0.5, foresee_s=None, joined=False)


def policy_for_streams(policy: Policy) -> Policy:
    """A streaming engine has heard everything up to now, so it is cut where it stands."""
    return replace(policy, cut_from_s=policy.longest_s, foresee_s=None)


@dataclass(frozen=True, slots=True)
class Frame:
    """What the gate says of one frame."""

    score: float
    """Likelihood of speech, 0–1."""
    level: float
    """Loudness in dBFS."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Speech began; its sound is wanted from here on."""

    start: int
    """First sample to be fed, counted at `RATE`."""
    pause: float
    """Seconds without speech before it; infinite for the first."""


@dataclass(frozen=True, slots=True)
class Closed:
    """The segment is over."""

    end: int
    """One past the last sample to be fed."""
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Paused:
    """If nobody goes on, the segment will be closed like this."""

    closed: Closed


Border = Opened | Closed | Paused


class Segmenter:
    """Turns scores into borders; positions count samples at `RATE` from the first frame."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._frames: deque[Frame] = deque(maxlen=int(policy.longest_s * RATE / FRAME) + PRE_ROLL // FRAME + 2)
        self._now = 0
        self._voiced_until: int | None = None
        self._start: int | None = None
        self._peak, self._sure_frames = 0.0, 0
        self._paused: Closed | None = None
        """How the segment ends if nobody goes on."""
        self._released: int | None = None
        """Where the key was let go."""

    @property
    def speaking(self) -> bool:
        """Whether a segment is open."""
        return self._start is not None

    @property
    def silence(self) -> float:
        """Seconds since the last voiced frame; infinite before the first."""
        return float("inf") if self._voiced_until is None else (self._now - self._voiced_until) / RATE

    @property
    def certainty(self) -> Certainty:
        """How sure it is that the open segment, or the last one, holds speech."""
        if self._sure_frames >= SURE_FRAMES:
            return Certainty.SURE
        return Certainty.HEARD if self._peak >= HEARD else Certainty.DOUBTFUL

    @property
    def quiet(self) -> bool:
        """The key was let go, and nobody speaks any more."""
        return self._released is not None and not self.speaking and self._silent_after_release()

    def step(self, frame: Frame) -> tuple[Border, ...]:
        """Take the next frame; the borders that it settles, in order."""
        self._frames.append(frame)
        self._now += FRAME
        if self._start is None:
            return self._open() if frame.score >= ON else ()
        self._note(frame)
        if self._ended():
            return (self._close(),)
        if self._now - self._start >= self._policy.longest_s * RATE:
            return self._cut()
        return self._pause(self._policy.foresee_s if self._released is None else ON_ITS_WAY_S)

    def release(self) -> tuple[Border, ...]:
        """The key was let go: a short silence is the end from now on, and what there is may be all."""
        self._released = self._now
        return self._pause(0.0) if self.speaking else ()

    def finish(self, total: int) -> tuple[Border, ...]:
        """No more sound after `total` samples; a segment that is open ends here."""
        self._now = max(self._now, total)
        return (self._close(),) if self.speaking else ()

    @property
    def _voice(self) -> int:
        return self._voiced_until or 0

    def _open(self) -> tuple[Border, ...]:
        onset = self._now - FRAME
        before = self._voiced_until
        pause = float("inf") if before is None else (onset - before) / RATE
        self._begin(max(self._walk_back(onset) - LEAD, before or 0))
        self._note(self._frames[-1])
        return (Opened(self._start or 0, pause),)

    def _begin(self, start: int) -> None:
        self._start, self._peak, self._sure_frames, self._paused = start, 0.0, 0, None

    def _walk_back(self, onset: int) -> int:
        for frame in list(self._frames)[-2 : -2 - (PRE_ROLL - LEAD) // FRAME : -1]:
            if frame.score < WALK:
                break
            onset -= FRAME
        return max(0, onset)

    def _note(self, frame: Frame) -> None:
        if frame.score >= OFF:
            self._voiced_until, self._paused = self._now, None
        self._peak = max(self._peak, frame.score)
        self._sure_frames += frame.score >= SURE

    def _ended(self) -> bool:
        policy = self._policy
        if self._released is not None:
            return self._silent_after_release()
        short = self._now - (self._start or 0) < policy.short_s * RATE
        return self._now - self._voice >= (policy.short_endpoint_s if short else policy.endpoint_s) * RATE

    def _silent_after_release(self) -> bool:
        arrived = self._now - (self._released or 0) >= ON_ITS_WAY_S * RATE
        return arrived and self.silence >= RELEASED_ENDPOINT_S

    def _pause(self, after_s: float | None) -> tuple[Border, ...]:
        """Say once in each silence how the segment would end."""
        if after_s is None or self._paused or self._now - self._voice < after_s * RATE:
            return ()
        self._paused = Closed(self._tail_end(), self.certainty)
        return (Paused(self._paused),)

    def _tail_end(self) -> int:
        return min(self._voice + round(self._policy.tail_s * RATE), self._now)

    def _close(self) -> Closed:
        """What was foreseen holds, so that its words need not be made again."""
        return self._close_at(self._paused.end if self._paused else self._tail_end())

    def _close_at(self, end: int) -> Closed:
        self._start, self._paused = None, None
        return Closed(end, self.certainty)

    def _cut(self) -> tuple[Border, ...]:
        at = self._quietest()
        closed = self._close_at(at)
        if self._voice <= at:
            return (closed,)
        self._begin(at)
        self._restate(at)
        return (closed, Opened(at, 0.0))

    def _restate(self, start: int) -> None:
        for frame in list(self._frames)[len(self._frames) - (self._now - start) // FRAME :]:
            self._peak = max(self._peak, frame.score)
            self._sure_frames += frame.score >= SURE

    def _quietest(self) -> int:
        """Middle of the quietest frame, smoothed over its neighbours, since `cut_from_s`."""
        span = self._now - (self._start or 0) - int(self._policy.cut_from_s * RATE)
        levels = [frame.level for frame in list(self._frames)[-(span // FRAME) :]] if span >= 3 * FRAME else []
        if len(levels) < 3:
            return self._now
        smooth = [sum(levels[at - 1 : at + 2]) for at in range(1, len(levels) - 1)]
        index = min(range(len(smooth)), key=smooth.__getitem__) + 1
        return self._now - (len(levels) - index) * FRAME + FRAME // 2
