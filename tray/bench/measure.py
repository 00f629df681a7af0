"""The measurements: each plays scenes to fresh hearings and counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np

from tray.bench.extent import Extent
from tray.bench.figures import Value
from tray.bench.listening import FILE_BLOCK, LIVE_BLOCK, Take, listen
from tray.bench.noises import MADE, MUSIC, ROOM, between, lasting, make_noise, read_rooms, sentences
from tray.bench.peer import open_peer
from tray.bench.scenes import Scene, Sound, alone, hesitating, joined
from tray.bench.scoring import Errors, Scorer, Seams, count_seams
from tray.bench.speech_set import Clip, read_sound
from tray.core.segmenter import Policy, policy_for_files
from tray.core.speech import RATE
from tray.hearing.hearing import Hearing


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
    music: Sequence[Path]
    """Recordings of music without singing; they may be missing."""
    program: Sequence[str]
    """Starts the program on this desktop."""
    ear: Sequence[str]
    """Starts its ear."""
    editor: Path
    """A program with a text field that keeps its text in a file: FILE TITLE, for the system's Python with GTK."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of the bench."""

    tools: Tools
    clips: tuple[Clip, ...]
    scorer: Scorer
    extent: Extent
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
    seeds = trial.extent.seeds
    rows = {seed: list(joined(trial.clips, seed)) for seed in seeds}
    slow = [hesitating(clip, seeds[0]) for clip in trial.clips]
    heard: dict[Scene, Take] = {}
    for scene in (*singles, *(scene for row in rows.values() for scene in row), *slow):
        if scene not in heard:
            heard[scene] = trial.live(f"dictation: {scene.name}", scene.sound)
    # one set of rows: the same clips meet in each, and the same seam is one seam
    borders = dict.fromkeys((*singles, *rows[seeds[0]], *slow))
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
    longest = round(trial.extent.noise_s * RATE)
    noises: dict[str, Sound] = {kind: make_noise(kind)[:longest] for kind in MADE}
    if (rooms := _rooms(trial)) is not None:
        noises[ROOM] = rooms[:longest]
    values = _counted("invented.alone", {kind: _from_noise(trial, kind, noise) for kind, noise in noises.items()})
    spoken = sentences(trial.clips)
    if len(spoken) > 1:
        quiet = _inserted(trial, between(spoken, None))
        more = {kind: _inserted(trial, between(spoken, noise)) - quiet for kind, noise in noises.items()}
        values |= _counted("invented.between", {kind: max(0, words) for kind, words in more.items()})
    return values


def measure_surroundings(trial: Trial) -> Values:
    """Minutes of real rooms and of real music in which nobody says or sings a word."""
    length = round(trial.extent.room_s * RATE)
    found: dict[str, int] = {}
    if (rooms := _rooms(trial)) is not None:
        found[ROOM] = _from_noise(trial, ROOM, lasting(rooms, length))
    if pieces := [path for path in trial.tools.music if path.is_file()]:
        parts = [lasting(np.frombuffer(read_sound(path), "<i2"), length // len(pieces)) for path in pieces]
        found[MUSIC] = sum(_from_noise(trial, path.name, part) for path, part in zip(pieces, parts, strict=True))
    return {"invented_words": sum(found.values()) if found else None} | {
        f"invented_words.{kind}": words for kind, words in found.items()
    }


MEASUREMENTS: tuple[Callable[[Trial], Values], ...] = (measure_files, measure_live, measure_noise, measure_surroundings)


def _rooms(trial: Trial) -> Sound | None:
    return read_rooms(trial.tools.rooms)


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
