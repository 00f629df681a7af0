"""The program on a virtual desktop: how long text takes, what the program costs, and whether words get lost."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from tray.bench.desk import Desk, Wishes, await_true, measure_ear, running
from tray.bench.extent import SEED
from tray.bench.figures import Value
from tray.bench.listening import FILE_BLOCK, listen
from tray.bench.measure import Trial, Values
from tray.bench.screen import ClipboardWatch, FileWatch, Keyboard, Readings
from tray.bench.takes import Held, Person, Written, dictate, hold, open_session, toggle
from tray.bench.utterances import Utterance, utterances
from tray.bench.voice import Voice
from tray.bench.weight import site_packages_mb
from tray.core.failures import ScribeletError
from tray.core.segmenter import Policy, policy_for_files

ATTEMPTS = 3
"""How often something is said whose sound does not get through unbroken: a busy machine drops some of it."""
ROW = 5
"""Pieces in one session that stays open."""
SHORTEST_HELD = 3.0
"""Seconds of speech in a take with the key held at least."""
PAUSED, SUDDEN, EARLY = (0.3, 0.45), (0.0, 0.1), (0.0, 0.3)
"""Seconds from the last word to the release, once with a little patience and once without, and from press to first."""
SHIFTS = (0, 100, 200, 300)
"""Samples left out before sound is decoded whole: 6 ms turn “ask not” into “as not” (measured), and nothing is lost."""
WINDOW = "scribelet bench"
TOOL_S = 20
"""Seconds for a window to open."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What all takes of one run share."""

    trial: Trial
    voice: Voice
    keyboard: Keyboard
    clipboard: Readings
    pieces: Sequence[Utterance]
    chance: np.random.Generator

    def person(self, desk: Desk) -> Person:
        """Somebody at this desk who watches the clipboard."""
        return Person(desk, self.keyboard, self.voice, self.clipboard)

    def some(self, count: int, shortest: float = 0.0) -> list[Utterance]:
        """So many pieces of that many seconds at least, in any order, none twice before each was said once."""
        fitting = [one for one in self.pieces if shortest <= one.seconds <= self.trial.extent.longest_s]
        rounds = -(-count // max(1, len(fitting)))
        order = [at for _ in range(rounds) for at in self.chance.permutation(len(fitting))] if fitting else []
        return [fitting[at] for at in order[:count]]

    def between(self, bounds: tuple[float, float]) -> float:
        """Any number of seconds between two."""
        return float(self.chance.uniform(*bounds))


def measure_desktop(trial: Trial) -> Values:
    """Everything that only the real program on a desktop can show. Raises ScribeletError."""
    trial.tell("starting")
    values = {"start.ear_ms": measure_ear(trial.tools.ear), "size.site_packages_mb": site_packages_mb()}
    with _staged(trial) as stage:
        return {**values, **_tapped(stage), **_as_it_comes(stage), **_kept_open(stage), **_pasting(stage)}


@contextmanager
def _staged(trial: Trial) -> Generator[Stage]:
    chance, clipboard = np.random.default_rng(SEED), Readings()
    with (
        Voice(np.random.default_rng(SEED)) as voice,
        closing(Keyboard()) as keyboard,
        closing(ClipboardWatch(clipboard)),
    ):
        yield Stage(trial, voice, keyboard, clipboard, utterances(trial.clips), chance)


def _tapped(stage: Stage) -> Values:
    """A program of its own: as long as somebody follows its state, it also decodes what is not yet complete."""
    tools, states = stage.trial.tools, Readings()
    with running(tools.program, Wishes(tools.engine_name)) as desk:
        desk.follow(states)
        found: list[float] = []
        for number in range(stage.trial.extent.toggles):
            stage.trial.tell(f"tap {number + 1}")
            found.append(1000 * toggle(stage.person(desk), states))
    return {"latency.toggle_to_listening_ms.p50": median(found)}


def _as_it_comes(stage: Stage) -> Values:
    """The program with the settings that everybody begins with."""
    tools, extent = stage.trial.tools, stage.trial.extent
    with running(tools.program, Wishes(tools.engine_name)) as desk:
        ready_ms = desk.status().get("ready_ms")
        values: dict[str, Value] = {"start.ready_ms": ready_ms if isinstance(ready_ms, int | float) else None}
        values["memory.idle_pss_mb"] = desk.memory_mb()
        written = _rows(stage, desk)
        held = _takes(stage, stage.person(desk), stage.some(extent.releases, SHORTEST_HELD))
        values |= _costs(stage, desk)
    return {
        **values,
        **_spread("latency.endpoint_to_text_ms", _known(one.from_endpoint_ms for one in written)),
        "latency.speech_to_text_ms.p50": median(one.from_speech_ms for one in written) if written else None,
        **_spread("latency.release_to_text_ms", _waits(held)),
        "about.open_takes": f"{len(written)} of {extent.endpoints}",
        "about.held_takes": f"{len(_waits(held))} of {extent.releases}",
    }


def _rows(stage: Stage, desk: Desk) -> list[Written]:
    """Several pieces in each session, as people dictate letters."""
    pieces, found = stage.some(stage.trial.extent.endpoints), list[Written]()
    for at in range(0, len(pieces), ROW):
        stage.trial.tell(f"dictation: {at + 1} of {len(pieces)}")
        found += dictate(stage.person(desk), pieces[at : at + ROW])
    return found


def _takes(stage: Stage, person: Person, pieces: Sequence[Utterance]) -> list[Held]:
    """Takes whose key comes up a little after the last word."""
    found: list[Held] = []
    for number, piece in enumerate(pieces):
        stage.trial.tell(f"take {number + 1} of {len(pieces)}")
        after = stage.between(PAUSED)
        found += _unbroken(partial(hold, person, piece, after=after))
    return found


def _unbroken(say: Callable[[], Held | None]) -> list[Held]:
    """One take, said again where the sound did not get through; empty if it never did."""
    for _ in range(ATTEMPTS):
        if take := say():
            return [take]
    return []


def _costs(stage: Stage, desk: Desk) -> Values:
    """While nobody says anything: first with the microphone open, then with it closed and the ear still there."""
    stage.trial.tell("processor time and memory")
    person, seconds = stage.person(desk), stage.trial.extent.rest_s
    return {
        "cpu.listening_percent": open_session(person, lambda: desk.cpu_percent(seconds)),
        "memory.work_pss_mb": open_session(person, desk.memory_mb),
        "cpu.idle_percent": desk.cpu_percent(seconds),
    }


def _kept_open(stage: Stage) -> Values:
    """The program with a microphone that is always open: nothing of what is said around the two keys gets lost."""
    tools, extent = stage.trial.tools, stage.trial.extent
    takes: list[Held] = []
    with running(tools.program, Wishes(tools.engine_name, ready=True)) as desk:
        cpu = desk.cpu_percent(extent.rest_s)
        for number, piece in enumerate(stage.some(extent.closes)):
            stage.trial.tell(f"sudden take {number + 1} of {extent.closes}")
            early, after = stage.between(EARLY), stage.between(SUDDEN)
            takes += _unbroken(partial(hold, stage.person(desk), piece, after=after, early=early))
    return {
        "cpu.ready_percent": cpu,
        **_spread("latency.release_close_to_text_ms", _waits(takes)),
        "lost_words": sum(_lost(stage.trial, take) for take in takes) if takes else None,
        "about.sudden_takes": f"{len(_waits(takes))} of {extent.closes}",
    }


def _lost(trial: Trial, take: Held) -> int:
    """Words that the same samples hold when the same engine decodes them whole, wherever its frames begin in them."""

    def lost(shift: int) -> int:
        whole = listen(trial.tools.hearing(policy_for_files(Policy())), take.spoken.pcm[2 * shift :], FILE_BLOCK)
        return trial.scorer.lost(whole.text, take.text, take.reference)

    return lost(0) and min(map(lost, SHIFTS))


def _pasting(stage: Stage) -> Values:
    """The program that puts text into the window in front."""
    tools, extent, texts = stage.trial.tools, stage.trial.extent, Readings()
    with (
        _editor(tools.editor) as file,
        closing(FileWatch(file, texts)),
        running(tools.program, Wishes(tools.engine_name, paste=True)) as desk,
    ):
        person = replace(stage.person(desk), texts=texts)
        pieces = stage.some(extent.releases, SHORTEST_HELD)
        first = _takes(stage, person, pieces[:1])
        # a program that pastes nothing would only be waited for
        found = first + _takes(stage, person, pieces[1:]) if _waits(first) or not first else []
    return _spread("latency.release_to_editor_ms", _waits(found))


@contextmanager
def _editor(program: Path) -> Generator[Path]:
    """A text field in front of all windows; the file that holds its text. Raises ScribeletError."""
    with tempfile.TemporaryDirectory(prefix="scribelet-bench-") as folder:
        file, quiet = Path(folder) / "text", subprocess.DEVNULL
        editor = subprocess.Popen(["/usr/bin/python3", program, file, WINDOW], stdout=quiet, stderr=quiet)
        try:
            await_true(file.exists, "the text field", 0.05)
            find = ["xdotool", "search", "--sync", "--onlyvisible", "--name", f"^{WINDOW}$", "windowactivate", "--sync"]
            subprocess.run(find, check=True, timeout=TOOL_S, stdout=quiet, stderr=quiet)
            yield file
        except (OSError, subprocess.SubprocessError) as error:
            raise ScribeletError(
                f"The text field cannot be opened: {error}", "Install xdotool, python3-gi and gir1.2-gtk-3.0"
            ) from error
        finally:
            editor.kill()
            editor.wait()


def _waits(takes: Iterable[Held]) -> list[float]:
    return _known(take.wait_ms for take in takes)


def _known(waits: Iterable[float | None]) -> list[float]:
    return [wait for wait in waits if wait is not None]


def _spread(key: str, waits: Sequence[float]) -> Values:
    """Half of the waits are shorter than the first figure, nineteen of twenty than the second."""
    if not waits:
        return {}
    return {f"{key}.p50": median(waits), f"{key}.p95": float(np.percentile(waits, 95))}
