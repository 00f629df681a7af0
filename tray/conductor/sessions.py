"""Every session from its first sample until its last word is written, and the fate of its sound."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

from tray.conductor.hands import Hands, Household
from tray.core.ledger import Fate, Ledger
from tray.core.speech import Span

LOG = logging.getLogger(__name__)
LONG_ENOUGH = 0.3
"""Seconds of sound after which it is worth saying that nothing was heard."""


@dataclass(slots=True)
class _Session:
    ledger: Ledger = field(default_factory=Ledger)
    opened: float = field(default_factory=time.monotonic)
    """When it was asked for, on the monotonic clock."""
    push_to_talk: bool = False
    captured_all: bool = False
    rate: int = 0
    """Samples per second of the newest sound."""
    seconds: float = 0.0
    """Of sound captured so far."""
    silence: float = 0.0
    """Seconds of sound that were skipped since the last words."""
    unwanted: Fate | None = None
    """What becomes of the sound that is not written yet; None while text is still wanted."""


class Sessions:
    """Those that are open or owed text, by number; news of any other one falls through."""

    def __init__(self, hands: Hands, household: Household) -> None:
        self._hands, self._household = hands, household
        self._known: dict[int, _Session] = {}

    def open(self, number: int) -> None:
        """Begin to capture one."""
        self._known[number] = _Session()
        self._hands.open_source(number)

    def close(self, number: int, *, push_to_talk: bool) -> None:
        """Capture only the rest of what is being said; its text is still wanted."""
        self._known[number].push_to_talk = push_to_talk
        self._hands.let_go(number)

    def fall_quiet(self, number: int) -> None:
        """There is no rest of what was being said, or it is over."""
        if number in self._known:
            self._hands.close_source(number)

    def discard(self, number: int, fate: Fate) -> None:
        """Want no more text of it; what is not written yet has this fate."""
        session = self._known[number]
        # whoever cancelled wants the written words struck, whatever becomes of the ear
        session.unwanted = Fate.CANCELLED if session.unwanted is Fate.CANCELLED else fate
        if session.captured_all:
            self._hands.discard(number, struck=session.unwanted is Fate.CANCELLED)
        else:
            self._hands.close_source(number)

    def capture(self, number: int, span: Span) -> None:
        """More sound is there. Raises LedgerError if some is missing before it."""
        session = self._known[number]
        session.ledger.capture(span)
        session.rate = span.rate
        session.seconds += span.seconds

    def end_capture(self, number: int) -> bool:
        """All its sound is there; True if that is none, so that there will be no text either."""
        session = self._known.get(number)
        if session is None or session.captured_all:
            return False  # closed twice, the second time by a cancel
        session.captured_all = True
        if session.unwanted:
            self._hands.discard(number, struck=session.unwanted is Fate.CANCELLED)
        elif session.ledger.captured:
            self._hands.flush(number, push_to_talk=session.push_to_talk)
        else:
            return True
        return False

    def decide(self, number: int, span: Span, fate: Fate) -> None:
        """Sound has its fate. Raises LedgerError if it had one, or if sound before it has none."""
        session = self._known.get(number)
        if session:
            session.ledger.decide(span, fate)
            session.silence = session.silence + span.seconds if fate is Fate.SKIPPED else 0.0
            self._hands.release(number, span)

    def end(self, number: int, words: int) -> bool:
        """Nothing is owed any more; False if that was known."""
        session = self._known.pop(number, None)
        if session is None:
            return False
        if lost := _settle_account(number, session):
            self._household.tell(
                "Some sound got lost", f"{lost:.1f} s of what was recorded were neither written nor skipped."
            )
        if not words and session.unwanted is None and session.seconds >= LONG_ENOUGH:
            self._household.tell("Nothing heard", "The microphone works, but no speech was recognized.")
        return True

    def silence(self, number: int | None) -> float:
        """Seconds in which nobody spoke at the end of what was judged so far; 0 where there is no such session."""
        session = None if number is None else self._known.get(number)
        if session is None:
            return 0.0
        # a microphone that is muted from the beginning delivers nothing that could be judged
        return session.silence if session.ledger.captured else time.monotonic() - session.opened

    def seconds(self, number: int | None) -> float | None:
        """Sound captured in a session up to this moment; None where there is no such session. From any thread."""
        return None if number not in self._known else round(self._hands.captured_s(number), 2)


def _settle_account(number: int, session: _Session) -> float:
    """Seconds of sound that have no fate although nothing is owed any more; none, unless something is broken."""
    ledger = session.ledger
    if session.unwanted and not ledger.complete:
        ledger.decide(Span(ledger.fated, ledger.captured, session.rate), session.unwanted)
    sums = ", ".join(f"{fate.value} {seconds:.2f} s" for fate, seconds in ledger.sums.items() if seconds)
    LOG.info("session %d: %s", number, sums or "no sound")
    return 0.0 if ledger.complete else (ledger.captured - ledger.fated) / session.rate
