"""The measurements: each plays scenes to fresh hearings and counts."""

from __future__ import annotations

import tempfile
import wave
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from tray.bench.desk import measure_desk
from tray.bench.figures import Value
from tray.bench.listening import FILE_BLOCK, LIVE_BLOCK, Take, listen
from tray.bench.noises import MADE, ROOM, between, make_noise, read_rooms, sentences
from tray.bench.peer import open_peer
from tray.bench.scenes import Scene, Sound, alone, hesitating, joined
from tray.bench.scoring import Errors, Scorer, Seams, count_seams
from tray.bench.speech_set import Clip
from tray.core.segmenter import Policy, policy_for_files
from tray.core.speech import RATE
from tray.hearing.hearing import Hearing

SEEDS = (1, 2, 3)
"""Clips are joined with three different sets of pauses: one set alone moves the word error rate by half a percent."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the program gives to be measured."""

    hearing: Callable[[Policy], Hearing]
    """A fresh session with a fresh gate; the engine behind it is loaded once."""
    engine_name: str
    default_speech: Path
    """Folder with manifest.tsv and its recordings."""
    rooms: Path
    """Folder with WAV files of room noise; it may be missing."""
    program: Sequence[str]
    """Starts the program on this desktop; the recording that it hears instead of a microphone is the last argument."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of the bench."""

    tools: Tools
    clips: tuple[Clip, ...]
    scorer: Scorer
    tell: Callable[[str], None]
    """Takes word of what is being done."""

    def live(self, name: str, sound: bytes) -> Take:
        """The sound as it would come from a microphone."""
        self.tell(name)
        return listen(self.tools.hearing(Policy()), sound, LIVE_BLOCK)

    def errors(self, reference: str, take: Take) -> Errors:
        """What is wrong with the words of a take."""
        return self.scorer.errors(reference, take.text)


Values = Mapping[str, Value]


def measure_files(trial: Trial) -> Values:
    """Whole files, and the peer on the same files in turn: the machine is as busy for one as for the other."""
    peer = open_peer()
    ours: list[Take] = []
    theirs: list[Take] = []
    # the first clip is heard twice: what is done once only, at the first decode, belongs to loading
    for clip in (trial.clips[0], *trial.clips):
        trial.tell(f"files: {clip.name}")
        ours.append(listen(trial.tools.hearing(policy_for_files(Policy())), clip.sound, FILE_BLOCK))
        theirs += [peer.hear(clip.sound)] if peer else []
    del ours[0], theirs[:1]
    cost, other = _cost(ours), _cost(theirs)
    return {
        "wer.files": _wer(trial, map(alone, trial.clips), ours),
        "wer.peer": _wer(trial, map(alone, trial.clips), theirs) if peer else None,
        "cpu.files": cost,
        "cpu.peer": other,
        "cpu.files_to_peer": cost / other if cost is not None and other else None,
        "about.peer": peer.name if peer else None,
    }


def measure_live(trial: Trial) -> Values:
    """Clips as they would be dictated, alone, in a row and with hesitation; a scene that comes twice is heard once."""
    singles = [alone(clip) for clip in trial.clips]
    rows = {seed: list(joined(trial.clips, seed)) for seed in SEEDS}
    slow = [hesitating(clip, SEEDS[0]) for clip in trial.clips]
    heard: dict[Scene, Take] = {}
    for scene in (*singles, *(scene for row in rows.values() for scene in row), *slow):
        if scene not in heard:
            heard[scene] = trial.live(f"dictation: {scene.name}", scene.sound)
    # one set of rows: the same clips meet in each, and the same seam is one seam
    borders = dict.fromkeys((*singles, *rows[SEEDS[0]], *slow))
    seams = sum((count_seams(s.reference, heard[s].parts) for s in borders if s.marked), Seams())
    rates = [_wer(trial, row, (heard[scene] for scene in row)) for row in rows.values()]
    return {
        "wer.live_alone": _wer(trial, singles, (heard[scene] for scene in singles)),
        "wer.live_hesitating": _wer(trial, slow, (heard[scene] for scene in slow)),
        "wer.live_joined": fmean(known) if (known := [rate for rate in rates if rate is not None]) else None,
        "seams.counted": seams.counted,
        "seams.false": seams.false,
        "seams.false_percent": seams.percent,
        "cpu.live": _cost(heard.values()),
    }


def measure_noise(trial: Trial) -> Values:
    """Noise of each kind, alone and between sentences."""
    noises: dict[str, Sound] = {kind: make_noise(kind) for kind in MADE}
    if (rooms := read_rooms(trial.tools.rooms)) is not None:
        noises[ROOM] = rooms
    values = _counted("invented.alone", {kind: _from_noise(trial, kind, noise) for kind, noise in noises.items()})
    spoken = sentences(trial.clips)
    if len(spoken) > 1:
        quiet = _inserted(trial, between(spoken, None))
        more = {kind: _inserted(trial, between(spoken, noise)) - quiet for kind, noise in noises.items()}
        values |= _counted("invented.between", {kind: max(0, words) for kind, words in more.items()})
    return values


def measure_desktop(trial: Trial) -> Values:
    """The real program with icon and hotkey, while it waits and while it hears the longest clip."""
    trial.tell("the program on this desktop")
    longest = max(trial.clips, key=lambda clip: clip.samples)
    with tempfile.TemporaryDirectory(prefix="scribelet-bench-") as folder:
        recording = Path(folder) / "speech.wav"
        with wave.open(str(recording), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(longest.sound)
        found = measure_desk(trial.tools.program, recording, trial.tools.engine_name)
    return {"start.ready_ms": found.ready_ms, "memory.idle_pss_mb": found.idle_mb, "memory.work_pss_mb": found.work_mb}


MEASUREMENTS: tuple[Callable[[Trial], Values], ...] = (measure_files, measure_live, measure_noise, measure_desktop)


def _from_noise(trial: Trial, kind: str, noise: Sound) -> int:
    return len(trial.live(f"noise: {kind}", noise.tobytes()).text.split())


def _inserted(trial: Trial, scene: Scene) -> int:
    return trial.errors(scene.reference, trial.live("noise between sentences", scene.sound)).inserted


def _counted(key: str, words: Mapping[str, int]) -> dict[str, Value]:
    return {f"{key}.all": sum(words.values()), **{f"{key}.{kind}": count for kind, count in words.items()}}


def _wer(trial: Trial, scenes: Iterable[Scene], takes: Iterable[Take]) -> float | None:
    each = (trial.errors(scene.reference, take) for scene, take in zip(scenes, takes, strict=True))
    return sum(each, Errors()).percent


def _cost(takes: Iterable[Take]) -> float | None:
    """Seconds of processor time for a second of sound."""
    takes = list(takes)
    return sum(take.cpu for take in takes) / sum(take.seconds for take in takes) if takes else None
