"""What can go wrong, in words a person can act on."""

from __future__ import annotations


class ScribeletError(Exception):
    """A failure with its remedy; adapters translate foreign errors into one of these.

    `str(error)` is one sentence that says what happened; `remedy` says what to do next.
    """

    exit_code = 1

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.remedy = remedy


class UsageError(ScribeletError):
    """The command was called with something it cannot take."""

    exit_code = 2


class NotRunningError(ScribeletError):
    """Nobody listens on the control socket."""

    exit_code = 3


class ModelError(ScribeletError):
    """A model is missing, incomplete or unreadable."""

    exit_code = 4


class MicrophoneError(ScribeletError):
    """No microphone can be opened, or it stopped delivering."""

    exit_code = 5


class SettingsError(ScribeletError):
    """The settings file cannot be read, or a value in it is wrong."""

    exit_code = 6


class HotkeyError(ScribeletError):
    """A combination cannot be had, or cannot be understood."""


class SinkError(ScribeletError):
    """Text could not be delivered to one place."""


def kind(error: BaseException) -> str:
    """An error that nobody foresaw, by its name alone: its text may hold words that were said."""
    return type(error).__name__
