"""Every session from its first sample until its last word is written, and the fate of its sound."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field

from tray.conductor.hands import Hands, Household
from tray.core.ledger import Fate, Ledger
from tray.core.news import Outcome, Waiting
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
    outcome: Outcome = Outcome.WRITTEN
    """What becomes of the sound that has no fate yet: it is written unless somebody cancels, or nobody can hear it."""
    past: bool = False
    """It was dictated to an earlier program, which has died."""

    @property
    def rest(self) -> Span:
        """Sound that has no fate."""
        return Span(self.ledger.fated, self.ledger.captured, self.rate or 1)


class Sessions:
    """Those that are open or owed text, by number; news of any other one falls through."""

    def __init__(self, hands: Hands, household: Household) -> None:
        self._hands, self._household = hands, household
        self._known: dict[int, _Session] = {}
        self._recalled = 0
        """Number of the session of an earlier program that was recalled last: they are counted backwards."""

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

    def recall(self, waiting: Waiting) -> None:
        """Have recognized what waits of an earlier session, unless one of them is being recognized."""
        if any(session.past for session in self._known.values()):
            return
        self._recalled -= 1
        ledger = Ledger(captured=waiting.gap.end, fated=waiting.gap.start)
        self._known[self._recalled] = _Session(ledger, captured_all=True, rate=waiting.gap.rate, past=True)
        self._hands.recall(self._recalled, waiting)
        if not waiting.follows:
            self._household.tell(
                "Sound of an earlier session was found",
                f"{waiting.seconds:.0f} s of it had not become text. That is done now.",
            )

    def interrupt(self) -> None:
        """Somebody speaks now: sound of earlier sessions waits until nothing else is owed."""
        for number in [number for number, session in self._known.items() if session.past]:
            self.discard(number, Outcome.WAITING)

    def discard(self, number: int, outcome: Outcome) -> None:
        """Want no more text of it now."""
        session = self._known[number]
        # whoever cancelled wants the written words struck, whatever becomes of the ear
        session.outcome = Outcome.CANCELLED if session.outcome is Outcome.CANCELLED else outcome
        if session.captured_all:
            self._hands.discard(number, struck=session.outcome is Outcome.CANCELLED)
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
        if session.outcome is not Outcome.WRITTEN:
            self._hands.discard(number, struck=session.outcome is Outcome.CANCELLED)
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
            self._hands.release(number, span, fate)
            if fate is Fate.ASIDE:
                self._tell_aside(span)

    def end(self, number: int, words: int) -> bool:
        """Nothing is owed any more; False if that was known."""
        session = self._known.pop(number, None)
        if session is None:
            return False
        self._settle_account(number, session)
        if session.past:
            self._tell_recovered(words)
        elif not (words or session.ledger.sums[Fate.ASIDE]) and self._is_worth_a_word(session):
            self._household.tell("Nothing heard", "The microphone works, but no speech was recognized.")
        return True

    @staticmethod
    def _is_worth_a_word(session: _Session) -> bool:
        return session.outcome is Outcome.WRITTEN and session.seconds >= LONG_ENOUGH

    def _tell_aside(self, span: Span) -> None:
        self._household.tell(
            f"{span.seconds:.1f} s of sound ended recognition twice",
            "They are kept, and what follows is recognized. To try them again: scribelet recover --run",
        )

    def _tell_recovered(self, words: int) -> None:
        if words:
            count = f"{words} word{'' if words == 1 else 's'}"
            self._household.tell("Words of an earlier session are back", f"{count}, in the transcript of that day.")

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

    def owed_s(self) -> float:
        """Sound without a fate of which text is still to come, of what was dictated since the program began."""
        return sum(session.rest.seconds for session in self._wanted() if not session.past)

    def kept_s(self) -> float:
        """Sound without a fate of which text is still to come, whoever it was dictated to."""
        return sum(session.rest.seconds for session in self._wanted())

    def _wanted(self) -> list[_Session]:
        return [session for session in self._known.values() if session.outcome is not Outcome.CANCELLED]

    def _settle_account(self, number: int, session: _Session) -> None:
        """Sound without a fate has been cancelled, or waits to be heard later."""
        ledger = session.ledger
        rest = session.rest
        if session.outcome is Outcome.CANCELLED:
            ledger.decide(rest, Fate.CANCELLED)
            self._hands.release(number, rest, Fate.CANCELLED)
        sums = ", ".join(f"{fate.value} {seconds:.2f} s" for fate, seconds in ledger.sums.items() if seconds)
        LOG.info("session %d: %s", number, sums or "no sound")
        if not ledger.complete and session.outcome is Outcome.WRITTEN:
            self._household.tell("Some sound was passed over", f"{rest.seconds:.1f} s of it are recognized again soon.")
        if ledger.captured:
            heard = ledger.complete and not ledger.sums[Fate.ASIDE]
            outcome = session.outcome if heard or session.outcome is Outcome.CANCELLED else Outcome.WAITING
            self._hands.put_away(number, Span(0, ledger.captured, session.rate), outcome)
