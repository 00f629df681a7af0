"""Every parser of the house that a stranger's bytes reach."""

from __future__ import annotations

from tests.fuzz.parsers import bus, control, ear, settings, sound, spool, store, transcript
from tests.fuzz.worker import Target
from tray.core.failures import ModelError, ScribeletError, SettingsError, SinkError, UsageError
from tray.system.session_bus import BusError

TARGETS = (
    Target("settings", settings.valid, settings.reading, (SettingsError,), settings.TOKENS, 30),
    Target("settings change", settings.valid, settings.changing, (SettingsError,), settings.TOKENS, 3),
    Target("request", control.requests, control.asked, (), control.TOKENS, 15),
    Target("request on a port", control.requests, control.asked_on_a_port, (), control.TOKENS, 2),
    Target("answer", control.answers, control.answered, (ScribeletError,), control.TOKENS, 15),
    Target("follow", control.answers, control.followed, (ScribeletError,), control.TOKENS, 15),
    Target("wav", sound.waves, sound.in_file, (UsageError,), sound.TOKENS, 20),
    Target("wav pipe", sound.waves, sound.through_pipe, (ScribeletError,), sound.TOKENS, 20),
    Target("sound", sound.others, sound.in_file, (UsageError,), sound.TOKENS, 10),
    Target("sound pipe", sound.others, sound.through_pipe, (ScribeletError,), sound.TOKENS, 10),
    Target("catalogue", store.catalogues, store.catalogue, (ModelError,), store.CATALOGUE_TOKENS, 20),
    Target("shelf", store.records, store.shelf, (ModelError,), store.RECORD_TOKENS, 20),
    Target("model's languages", store.records, store.described, (ModelError,), store.RECORD_TOKENS, 20),
    Target("zip", store.zips, store.archive, (), store.ARCHIVE_TOKENS, 5),
    Target("tar", store.tars, store.tar, (), store.ARCHIVE_TOKENS, 5),
    Target("tar.gz", store.gzips, store.archive, (), store.ARCHIVE_TOKENS, 3),
    Target("vosk", ear.vosk, ear.vosk_final, (ModelError,), ear.VOSK_TOKENS, 40),
    Target("vosk partial", ear.vosk, ear.vosk_partial, (ModelError,), ear.VOSK_TOKENS, 40),
    Target("ear to desk", ear.up, ear.heard_by_desk, (), ear.PIPE_TOKENS, 60),
    Target("desk to ear", ear.down, ear.heard_by_ear, (), ear.PIPE_TOKENS, 60),
    Target("records", transcript.records, transcript.known, (), transcript.RECORD_TOKENS, 30),
    Target("archive", transcript.records, transcript.read, (SinkError,), transcript.RECORD_TOKENS, 30),
    Target("search", transcript.records, transcript.searched, (SinkError,), transcript.RECORD_TOKENS, 5),
    Target("first start", transcript.records, transcript.settled, (SinkError,), transcript.RECORD_TOKENS, 10),
    Target("page", transcript.pages, transcript.page_edited, (OSError,), transcript.PAGE_TOKENS, 20),
    Target("reel", spool.reels, spool.reel, (), spool.REEL_TOKENS, 20),
    Target("reel, summed", spool.reels, spool.summed_reel, (), spool.REEL_TOKENS, 20),
    Target("ledger", spool.ledgers, spool.ledger, (), spool.LEDGER_TOKENS, 20),
    Target("toasts", bus.valid, bus.toasts, (BusError,), (), 20),
)
