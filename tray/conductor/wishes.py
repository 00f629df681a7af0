"""What people ask for besides speaking: an earlier text, another choice, a pause."""

from __future__ import annotations

from tray.conductor.hands import Hands, Household
from tray.core.book import Book
from tray.core.errands import ChooseKey, Copy, GetModel, LookAround, Open, Recover, Restore, StartAtLogin
from tray.core.failures import UsageError
from tray.core.keys import Key
from tray.core.settings import Settings


class Wishes:
    """Grants them, and keeps the settings that are in force."""

    def __init__(self, hands: Hands, household: Household, settings: Settings) -> None:
        self._hands, self._household = hands, household
        self.book = Book()
        """The texts of the last sessions."""
        self.settings = settings
        self.hotkey_paused = False

    def begin(self) -> None:
        """Work with the settings there are, and see what there is to choose from."""
        self._apply()
        self._household.errand(LookAround())

    def grant(self, action: str) -> None:
        """Do what a line of the menu or a button of a toast stands for. Raises ScribeletError."""
        verb, _, rest = action.partition(" ")
        match verb:
            case "undo":
                self._hands.strike(rest)
            case "restore":
                self._household.errand(Restore())
            case "copy":
                self._household.errand(Copy(self._text(rest)))
            case "set":
                self._choose(*rest.partition(" ")[::2])
            case "open":
                self._household.errand(Open("settings" if rest == "settings" else "transcript"))
            case "pause":
                self._pause()
            case "look":
                self._household.errand(LookAround())
            case "autostart":
                self._household.errand(StartAtLogin(rest == "on"))
            case "choose":
                self._household.errand(ChooseKey(Key(rest)))
            case "get":
                self._household.errand(GetModel())
            case "recover":
                self._household.errand(Recover(anew=True, aside=rest == "all"))
            case "greet":
                self._household.tell("Scribelet is running already", "Its icon is in the tray.")
            case _:
                raise UsageError(f"Nobody knows the action “{action}”", "Choose one in the menu")

    def follow_file(self) -> None:
        """Work with what the settings file says now. Raises SettingsError; the settings before stay in force."""
        settings = self._household.reread()
        if settings is not None:
            self.settings = settings
            self._apply()

    def _apply(self) -> None:
        self._household.apply(self.settings, hotkey_paused=self.hotkey_paused)

    def _text(self, what: str) -> str:
        """One of the recent segments, or the text of a whole session."""
        kind, _, key = what.partition(" ")
        return self.book.segment(key) if kind == "segment" else self.book.text(what)

    def _choose(self, key: str, value: str) -> None:
        self._household.change(key, value)
        self.follow_file()

    def _pause(self) -> None:
        self.hotkey_paused = not self.hotkey_paused
        self._apply()
