"""What this user has: settings, models and transcripts.

What a function needs is imported in it: each import at the top is paid by every `scribelet toggle`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tray.system.assets import asset_folder
from tray.system.folders import models_folder, settings_path

if TYPE_CHECKING:
    from tray.accounts import Books
    from tray.core.settings import Settings
    from tray.sinks.archive import Archive
    from tray.store.shelf import Shelf


def settings() -> Settings:
    """The settings in force. Raises SettingsError."""
    from tray.control.settings_file import SettingsFile

    return SettingsFile(settings_path()).read().settings


def shelf() -> Shelf:
    """The models of this user."""
    from tray.store.catalogue import read_catalogue
    from tray.store.shelf import Shelf

    return Shelf(models_folder(), read_catalogue(asset_folder("models")))


def books(settings: Settings) -> Books:
    """Where sound, its ledger and the transcript are kept. Raises ScribeletError."""
    from tray.accounts import Books
    from tray.system.folders import state_folder, transcript_folder

    state = state_folder()
    return Books(state / "spool", state / "ledger", transcript_folder(settings.transcript.folder))


def archive() -> Archive:
    """The transcript of all days, in the folder that is set."""
    from tray.sinks.archive import Archive
    from tray.system.folders import cache_folder, transcript_folder

    return Archive(transcript_folder(settings().transcript.folder), cache_folder() / "words.sqlite")
