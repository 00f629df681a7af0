"""Looks how far the text is behind, and measures how fast it comes while there is always more to do."""

from __future__ import annotations

import time
from collections import deque

from tray.conductor.hands import Hands
from tray.core.lateness import CAUGHT_UP, Judged, Late, behind, left, speed
from tray.core.speech import Span

LAST = 12
"""Fates of which the speed is the mean: a machine that gets slower is known to be after a minute or two."""


class Lateness:
    """One measure over all sessions; lives on the conductor's thread."""

    def __init__(self, hands: Hands) -> None:
        self._hands = hands
        self._judged: deque[Judged] = deque(maxlen=LAST)
        self._busy_since: float | None = None
        """When the last sound got its fate or the first one began to wait; None while the ear waits for sound."""
        self.late = Late()

    def decide(self, span: Span) -> None:
        """This sound has its fate."""
        if self._busy_since is not None:
            now = time.monotonic()
            self._judged.append(Judged(span.seconds, now - self._busy_since))
            self._busy_since = now

    def look(self, owed_s: float | None) -> None:
        """Look anew; `owed_s` is the sound without a fate of finished sessions, None while somebody speaks."""
        waiting, now = self._hands.waiting_s(), time.monotonic()
        if waiting < CAUGHT_UP and not owed_s:
            self._busy_since = None
        elif self._busy_since is None:
            self._busy_since = now
        since = now - (self._busy_since or now)
        rest = left(owed_s, speed(self._judged), since) if owed_s else 0
        self.late = Late(behind(waiting, self.late.behind_s), rest)
