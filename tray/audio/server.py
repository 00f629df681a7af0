"""What PulseAudio, or PipeWire in its place, does with our recording and tells nobody: moving it, muting it.

A stream whose microphone is pulled out is moved to another one, and goes on without a word to whoever reads it.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

AGAIN_S = 1.0
"""Seconds before a server that has gone, or was never there, is looked for again."""
LISTEN_S = 1.0
"""Seconds of listening after which it is looked whether anybody still wants to know."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Source:
    """Something that can be recorded from."""

    name: str
    """The server's own name for it; unlike the numbers, the same after it was plugged in again."""
    label: str
    """What sound settings call it."""
    muted: bool
    monitor: bool
    """It plays back what the loudspeakers play."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What the sound server does with the recording of this process at one moment."""

    stream: int
    """The server's number for the recording; it never gives one twice."""
    source: Source
    """What it is recorded from."""
    default: str
    """Name of the source that the user chose for everything."""
    names: frozenset[str]
    """All sources there are."""


class Move(Enum):
    """What became of a recording between two scenes."""

    NONE = "none"
    TAKEN_AWAY = "taken away"
    """Its source is gone, and the server has put another one in its place."""
    LEFT_BEHIND = "left behind"
    """The default is another one now, and the recording is not there."""
    JOINED = "joined"
    """It stayed where it was, and another source was plugged in."""


def compare(before: Scene, now: Scene) -> Move:
    """What became of the recording; nothing can be said of two different ones."""
    if before.stream != now.stream:
        return Move.NONE
    if before.source.name != now.source.name and before.source.name not in now.names:
        return Move.TAKEN_AWAY
    if before.default != now.default != now.source.name:
        return Move.LEFT_BEHIND
    return Move.JOINED if now.names - before.names else Move.NONE


class SoundServer:
    """Tells how things stand with the recording of this process now, and whenever that changes, until it is stopped.

    Where there is no such server, or no library to ask it with, nothing is ever told.
    """

    def __init__(self, tell: Callable[[Scene], None]) -> None:
        """`tell` is called on a thread of the watch and must only enqueue."""
        self._tell = tell
        self._stopped = threading.Event()
        self._changed = False
        self._told: Scene | None = None
        threading.Thread(target=self._run, name="sound server", daemon=True).start()

    def stop(self) -> None:
        """Tell nothing more. Returns at once: a server that hangs is left alone, libpulse gives it up after 30 s."""
        self._stopped.set()

    def _run(self) -> None:
        pulsectl = _load()
        while pulsectl and not self._stopped.is_set():
            try:
                with pulsectl.Pulse("Scribelet", connect=False) as pulse:
                    pulse.connect()
                    self._follow(pulse, pulsectl.PulseLoopStop)
            except Exception as error:  # noqa: BLE001 the one catch-all of this thread; sound flows without it as well
                _log.info("the sound server tells nothing: %r", error)
                self._stopped.wait(AGAIN_S)

    def _follow(self, pulse: Any, stop: type[Exception]) -> None:
        def note(_event: object) -> None:
            self._changed = True
            raise stop  # questions can only be asked outside

        pulse.event_mask_set("server", "source", "source_output")
        pulse.event_callback_set(note)
        self._changed = True
        while not self._stopped.is_set():
            if self._changed:  # stays set where something happens during the questions
                self._changed = False
                self._look(pulse)
            else:
                pulse.event_listen(LISTEN_S)

    def _look(self, pulse: Any) -> None:
        scene = _scene(pulse)
        if scene and scene != self._told and not self._stopped.is_set():
            self._told = scene
            self._tell(scene)


def _load() -> Any:
    """The library, or None where there can be no such server."""
    if sys.platform != "linux":
        return None
    try:
        import pulsectl
    except (ImportError, OSError):  # not installed; and installed without libpulse
        return None
    return cast(Any, pulsectl)


def _scene(pulse: Any) -> Scene | None:
    """How things stand, or None while this process records nothing, or something that was just taken away."""
    sources = {source.index: source for source in pulse.source_list()}
    ours = [one for one in pulse.source_output_list() if _is_ours(one) and one.source in sources]
    if not ours:
        return None
    newest = max(ours, key=lambda one: one.index)
    on = sources[newest.source]
    source = Source(on.name, on.description, bool(on.mute or newest.mute), on.monitor_of_sink_name is not None)
    names = frozenset(one.name for one in sources.values())
    return Scene(newest.index, source, pulse.server_info().default_source_name, names)


def _is_ours(stream: Any) -> bool:
    return stream.proplist.get("application.process.id") == str(os.getpid())
