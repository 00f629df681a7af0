"""The real program on a virtual desktop whose other programs hang or die while somebody speaks."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import numpy as np

from tray.bench.desk import Desk, Wishes, await_true, running
from tray.bench.faults.furniture import Furniture, Mend, environment_of
from tray.bench.faults.rehearsed import children
from tray.bench.faults.remains import recorded
from tray.bench.faults.shim import Shim
from tray.bench.faults.trial import Outcome, Tools, Trial
from tray.bench.listening import LIVE_BLOCK, listen
from tray.bench.scenes import Sound
from tray.bench.takes import quiet, words_of
from tray.bench.voice import Voice
from tray.core.failures import ScribeletError
from tray.core.segmenter import Policy
from tray.core.speech import RATE
from tray.hearing.hearing import Beginning

ALIKE = 0.9
"""Part of the words that must be those of the same sound heard at once: it lies elsewhere in the ear's frames."""
WARM_S = 3.5
"""Seconds of speech with which a program gets everything that it keeps."""
BEHIND_S = 0.8
"""Seconds without speech behind what is said."""
UNHEARD_S = 1.0
"""Seconds of speech before the microphone goes that may still be on their way."""
LATE = 1
"""Threads that may begin when they are first needed, and stay: the watch for a tray of the older kind."""
AGAIN_S = 0.5
"""Seconds of sound by which a program counts as running again."""
LEFT_S = 15.0
"""Seconds in which whatever was used has to be given back."""
STEADY_S = 3.0
"""Seconds without a change after which nothing more is on its way back."""
LOOK = 0.05
"""Seconds between two looks."""


@dataclass(frozen=True, slots=True)
class Around:
    """What can be broken."""

    furniture: Furniture
    clipboard: Shim


@dataclass(frozen=True, slots=True)
class Blow:
    """Something that happens to the desktop."""

    name: str
    harm: Callable[[Around], Mend]
    copies: bool = True
    """The clipboard has the text all the same."""


@dataclass(frozen=True, slots=True)
class Use:
    """What a program holds of the system."""

    threads: int
    processes: int
    """Those that it has started."""
    descriptors: int

    def within(self, other: Use) -> bool:
        """Whether it is no more than this."""
        late = self.threads - other.threads
        return late <= LATE and self.processes <= other.processes and self.descriptors <= other.descriptors


@dataclass(frozen=True, slots=True)
class Seat:
    """A program, somebody who speaks to it, and all that is around them."""

    tools: Tools
    desk: Desk
    around: Around


def sit_through(blow: Blow, trial: Trial, random: Random) -> Iterator[Outcome]:
    """Once for each moment: the text is whole, and nothing is left behind. Raises NotMeasuredError, ScribeletError."""
    speech = _speech(trial.tools)
    with _seat(trial.tools) as seat, Voice(np.random.default_rng(trial.seed)) as voice:
        _open(seat.desk)
        mend = blow.harm(seat.around)  # what is kept from the first time on is no leak
        try:
            voice.arrived(voice.say(speech[: round(WARM_S * RATE)]))
            _close(seat.desk)
        finally:
            mend()
        before = _settled(seat.desk.pid)
        for number in range(trial.times):
            at = round(random.uniform(0.5, len(speech) / RATE), 2)
            trial.tell(f"{blow.name}, {number + 1} of {trial.times}, at {at} s")
            yield _suffer(seat, voice, blow, at, before)


def lose_sound(blow: Blow, trial: Trial, random: Random) -> Iterator[Outcome]:
    """Once for each moment: the gap is told, all else is there. Raises NotMeasuredError, ScribeletError."""
    for number in range(trial.times):
        at = round(random.uniform(2 * UNHEARD_S, len(_speech(trial.tools)) / RATE), 2)
        trial.tell(f"{blow.name}, {number + 1} of {trial.times}, at {at} s")
        with _seat(trial.tools) as seat:
            yield _interrupt(seat, blow, at, trial.seed)


@contextmanager
def _seat(tools: Tools) -> Generator[Seat]:
    with ExitStack() as open_till_end:
        folder = open_till_end.enter_context(TemporaryDirectory(prefix="scribelet-bench-"))
        around = Around(Furniture(), Shim(Path(folder), "xclip"))
        desk = open_till_end.enter_context(running(around.clipboard.before(tools.program), Wishes(tools.engine_name)))
        yield Seat(tools, desk, around)


def _suffer(seat: Seat, voice: Voice, blow: Blow, at: float, before: Use) -> Outcome:
    speech = _speech(seat.tools)
    _open(seat.desk)
    spoken = voice.say(np.concatenate([speech, quiet(BEHIND_S)]))
    time.sleep(at)  # the moment is what is tested
    mend = blow.harm(seat.around)
    try:
        voice.arrived(spoken)
        _close(seat.desk)
        text = seat.desk.newest_text()
        copied = _clipboard() if blow.copies else text
    finally:
        mend()
    wrong = [] if _alike(text, _expected(seat.tools, len(speech))) else ["the text is not what was said"]
    wrong += [] if _alike(copied, text) else ["the clipboard has something else"]
    return Outcome((*wrong, *_checked(seat), *_left(seat.desk.pid, before)))


def _interrupt(seat: Seat, blow: Blow, at: float, seed: int) -> Outcome:
    speech, desk = _speech(seat.tools), seat.desk
    with Voice(np.random.default_rng(seed)) as voice:
        _open(desk)
        voice.say(speech)
        time.sleep(at)  # the moment is what is tested
    known = desk.status().get("warnings")
    begun, mend = time.monotonic(), blow.harm(seat.around)
    try:
        await_true(lambda: desk.status().get("warnings") not in (known, []), "the gap to be told", LOOK)
    finally:
        said, mended = time.monotonic() - begun, time.monotonic()
        mend()
    with Voice(np.random.default_rng(seed)) as voice:
        before = _captured_s(desk)
        await_true(lambda: _captured_s(desk) >= before + AGAIN_S, "sound again", LOOK)
        well = time.monotonic() - mended
        voice.arrived(voice.say(np.concatenate([quiet(BEHIND_S), speech, quiet(BEHIND_S)])))
        _close(desk)
    text = words_of(desk.newest_text())
    after = words_of(_expected(seat.tools, len(speech)))
    head = words_of(_expected(seat.tools, round((at - UNHEARD_S) * RATE)))[:-1]
    wrong = [] if _share(text[-len(after) :], after) >= ALIKE else ["what was said afterwards is not all there"]
    wrong += [] if _share(text[: -len(after)], head) >= ALIKE else ["what was said before is not all there"]
    return Outcome((*wrong, *_checked(seat)), {"said_s": said, "well_s": well})


def _captured_s(desk: Desk) -> float:
    """Seconds of sound in the open session."""
    found = desk.status().get("session_seconds")
    return found if isinstance(found, int | float) else 0.0


def _open(desk: Desk) -> None:
    desk.order("start")
    desk.await_state("listening")


def _close(desk: Desk) -> None:
    desk.order("stop")
    desk.await_state("idle")


def _checked(seat: Seat) -> list[str]:
    """What `scribelet verify` complains of."""
    done = subprocess.run(
        [*seat.tools.program, "verify"],
        env=environment_of(seat.desk.pid),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LEFT_S,
        check=False,
    )
    return [done.stdout] if done.returncode else []


def _left(pid: int, before: Use) -> list[str]:
    """What is left behind when there was time to give it back."""
    deadline = time.monotonic() + LEFT_S
    while not (now := _use(pid)).within(before):
        if time.monotonic() > deadline:
            return [f"left behind: {before} became {now}"]
        time.sleep(LOOK)
    return []


def _settled(pid: int) -> Use:
    """What it holds once that stays the same: what was gone with the bus comes back one after the other."""
    now, since = _use(pid), time.monotonic()
    deadline = since + LEFT_S
    while time.monotonic() - since < STEADY_S and time.monotonic() < deadline:
        time.sleep(LOOK)
        if (later := _use(pid)) != now:
            now, since = later, time.monotonic()
    return now


def _use(pid: int) -> Use:
    process = Path(f"/proc/{pid}")
    return Use(len(list((process / "task").iterdir())), len(children(pid)), len(list((process / "fd").iterdir())))


def _clipboard() -> str:
    command = ["xclip", "-selection", "clipboard", "-out", "-target", "UTF8_STRING"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=5, check=False).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ScribeletError(f"The clipboard cannot be read: {error}") from error


def _alike(text: str, other: str) -> bool:
    mine, theirs = words_of(text), words_of(other)
    ends = bool(mine) and bool(theirs) and (mine[0], mine[-1]) == (theirs[0], theirs[-1])
    return ends and _share(mine, theirs) >= ALIKE


def _share(words: list[str], wanted: list[str]) -> float:
    """Part of the wanted words that are there, in their order."""
    blocks = SequenceMatcher(None, words, wanted, autojunk=False).get_matching_blocks()
    return sum(block.size for block in blocks) / len(wanted) if wanted else 1.0


def _speech(tools: Tools) -> Sound:
    return np.frombuffer(recorded(tools.recording), "<i2")


def _expected(tools: Tools, samples: int) -> str:
    """What is said in so much of the recording."""
    return listen(tools.hearing(Policy(), Beginning()), recorded(tools.recording)[: 2 * samples], LIVE_BLOCK).text
