"""Nobody is in front of the screen: it is locked, somebody else's, or dark."""

from __future__ import annotations

from tray.conductor.hands import Household
from tray.core.news import Moment
from tray.core.state import Desk, Event, Finish, Quit

_ENDS = {Moment.AWAKE: Moment.ASLEEP, Moment.UNLOCKED: Moment.LOCKED, Moment.BACK: Moment.AWAY}


class Absence:
    """What is done when a person leaves and comes back."""

    def __init__(self, household: Household) -> None:
        self._household = household
        self._away: set[Moment] = set()
        """Reasons why nobody looks at the screen."""
        self._waited_for = False
        """The machine waits for us."""

    def happen(self, moment: Moment) -> Event | None:
        """Take note of it; what follows for dictation."""
        if moment in _ENDS:
            self._away.discard(_ENDS[moment])
        elif moment is not Moment.ENDING:
            self._away.add(moment)
        self._waited_for = self._waited_for or moment is Moment.ASLEEP
        match moment:
            case Moment.ASLEEP | Moment.LOCKED | Moment.AWAY:
                return Finish()
            case Moment.ENDING:
                return Quit()
            case Moment.AWAKE | Moment.UNLOCKED | Moment.BACK:
                return None

    def hush(self) -> None:
        """Show nothing while nobody is there, or show it again."""
        self._household.hush(wanted=bool(self._away))

    def somebody_came(self) -> None:
        """Our keys were pressed, which no lock lets through: whatever was said of an empty chair is out of date."""
        if self._away:
            self._away.clear()
            self.hush()

    def let_sleep(self, desk: Desk) -> None:
        """Keep the machine awake no longer than the last words need."""
        if self._waited_for and desk.recording is None and not desk.owed:
            self._waited_for = False
            self._household.let_sleep()
