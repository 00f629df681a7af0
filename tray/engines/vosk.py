"""Vosk: words while they are spoken, without marks or capitals.

Model and recognizer come from the vosk package (Kaldi inside, Apache-2.0); any model folder of alphacep's present
layout (am/ conf/ graph/ ivector/) will do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

from tray.core.failures import ModelError
from tray.core.speech import RATE, Hypothesis, Piece, Recognized, Word
from tray.ports import Traits

BLOCK = 4000
"""Bytes given to Kaldi at a time (1/8 s): it adapts and looks for pauses once a block, so other blocks, other words."""
ALWAYS = ("am/final.mdl", "conf/model.conf", "conf/mfcc.conf", "graph/phones/word_boundary.int", "graph/words.txt")
WHOLE_GRAPH = ("graph/HCLG.fst",)
SPLIT_GRAPH = ("graph/HCLr.fst", "graph/Gr.fst", "graph/disambig_tid.int")
IVECTOR = tuple(f"ivector/{n}" for n in ("final.ie", "final.dubm", "final.mat", "global_cmvn.stats", "splice.conf"))
MAGIC = {".fst": b"\xd6\xfd\xb2\x7e", ".mdl": b"\0B<TransitionModel>", ".ie": b"\0B<IvectorExtractor>"}
NOT_A_WORD = re.compile(r"\[.*\]|<.*>|!sil", re.IGNORECASE)
"""Entries of a model's word list that stand for noise, silence or words it does not know."""
RECORD = "model.json"
"""What the store writes beside an installed model."""
_NOT_AS_PROMISED = (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError)
"""What comes of JSON that holds something else than it should."""
NAMED_LANGUAGE = re.compile(r"(?:^|-)vosk-(?:model-)?(?:small-|big-)?([a-z]{2})(?:-|$)")
OTHER_CODES = {"cn": "zh", "kz": "kk", "ua": "uk", "vn": "vi"}
"""alphacep names these languages by a country."""


class _Kaldi(Protocol):
    # The names are those of the vosk package.
    def SetWords(self, enable_words: bool, /) -> None: ...  # noqa: N802, FBT001
    def AcceptWaveform(self, data: bytes, /) -> int: ...  # noqa: N802
    def Result(self) -> str: ...  # noqa: N802
    def PartialResult(self) -> str: ...  # noqa: N802
    def FinalResult(self) -> str: ...  # noqa: N802


class VoskEngine:
    """A Vosk model, loaded once. Raises ModelError where the folder does not hold a whole one."""

    def __init__(self, folder: Path) -> None:
        check(folder)
        self.traits = Traits(
            streaming=True,
            punctuated=False,
            word_times=True,
            languages=languages(folder),
            silent_on_silence=False,
        )
        self._begin = _load(folder)

    def open(self) -> VoskRecognizer:
        """A recognizer for one session; all of them share the model."""
        return VoskRecognizer(self._begin)


class VoskRecognizer:
    """The bare words of one session, each piece decoded on its own while it is heard."""

    def __init__(self, begin: Callable[[], _Kaldi]) -> None:
        self._begin = begin
        self._open: _Utterance | None = None

    def hear(self, sound: bytes) -> Hypothesis | None:
        """Decode the next sound of the open piece; its whole text so far, where that has changed."""
        self._open = self._open or _Utterance(self._begin())
        return self._open.hear(sound)

    def prepare(self, piece: Piece) -> None:
        """Nothing to do: everything was decoded while it was heard."""

    def guess(self, piece: Piece) -> Hypothesis | None:  # noqa: ARG002 `hear` says it
        """Nothing: hearing tells it already."""
        return None

    def end(self, piece: Piece) -> Recognized:
        """The words of what was heard since the last piece; none where nothing was heard."""
        utterance, self._open = self._open, None
        spoken = utterance.end() if utterance else []
        return Recognized(_placed(spoken, piece), held="", before=None)

    def settle(self) -> None:
        """No difference: the marks are the punctuator's."""

    def forget(self) -> None:
        """No difference: nothing is built on earlier pieces."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A word and when it was said, in seconds since its piece began to be heard."""

    text: str
    start: float
    end: float
    confidence: float


class _Utterance:
    """One piece while it is heard."""

    def __init__(self, kaldi: _Kaldi) -> None:
        self._kaldi = kaldi
        self._waiting = b""
        self._spoken: list[Spoken] = []
        self._shown = ""

    def hear(self, sound: bytes) -> Hypothesis | None:
        sound = self._waiting + sound
        whole = len(sound) - len(sound) % BLOCK
        self._waiting = sound[whole:]
        for at in range(0, whole, BLOCK):
            self._feed(sound[at : at + BLOCK])
        return self._changed() if whole else None

    def end(self) -> list[Spoken]:
        self._feed(self._waiting)
        return self._spoken + spoken(self._kaldi.FinalResult())

    def _feed(self, block: bytes) -> None:
        try:
            paused = self._kaldi.AcceptWaveform(block)
        except Exception as error:  # vosk raises nothing narrower
            raise ModelError(
                f"Vosk cannot go on: {error}", "Start again; if it stays, install the model again"
            ) from error
        if paused:
            # Kaldi has ended an utterance at a pause of its own finding and forgets these words with the next block.
            self._spoken += spoken(self._kaldi.Result())

    def _changed(self) -> Hypothesis | None:
        text = " ".join([*(word.text for word in self._spoken), *guessed(self._kaldi.PartialResult())])
        if text == self._shown:
            return None
        self._shown = text
        return Hypothesis(text)


def spoken(answer: str) -> list[Spoken]:
    """The words in a final answer of Vosk, as JSON. Raises ModelError where it is not what Vosk promises."""
    try:
        final = json.loads(answer)
        entries = cast("list[Any]", final["result"]) if final["text"] else []
        return [_entry(entry) for entry in entries if _is_word(entry["word"])]
    except _NOT_AS_PROMISED as error:
        raise _unreadable() from error


def guessed(answer: str) -> list[str]:
    """The words in a partial answer of Vosk, as JSON. Raises ModelError where it is not what Vosk promises."""
    try:
        so_far = json.loads(answer)
        # Right after a pause of Kaldi's own finding the answer is an empty final one.
        text = so_far["partial"] if "partial" in so_far else so_far["text"]
        return [word for word in cast(str, text).split() if _is_word(word)]
    except _NOT_AS_PROMISED as error:
        raise _unreadable() from error


def _entry(entry: Any) -> Spoken:
    confidence = min(1.0, max(0.0, float(entry["conf"])))
    return Spoken(entry["word"], float(entry["start"]), float(entry["end"]), confidence)


def _is_word(text: str) -> bool:
    return bool(text) and not NOT_A_WORD.fullmatch(text)


def _unreadable() -> ModelError:
    return ModelError("Vosk's answer cannot be read", "Install the vosk package again, in version 0.3.44 or newer")


def _placed(spoken: list[Spoken], piece: Piece) -> tuple[Word, ...]:
    """Words in seconds of the session; what was heard begins behind the overlap and may go on behind the piece."""
    heard = piece.start + piece.overlap / RATE
    end = piece.start + len(piece.sound) / 2 / RATE
    return tuple(
        Word(word.text, min(heard + word.start, end), min(heard + word.end, end), word.confidence, "measured")
        for word in spoken
    )


def check(folder: Path) -> None:
    """Raise ModelError unless the files are there that libvosk would end the whole process for, or hang."""
    if not folder.is_dir():
        raise ModelError(f"There is no folder {folder}", "Install a Vosk model and choose it by its name")
    graph = SPLIT_GRAPH if (folder / SPLIT_GRAPH[0]).is_file() else WHOLE_GRAPH
    ivector = IVECTOR if (folder / "ivector").is_dir() else ()
    bad = [name for name in (*ALWAYS, *graph, *ivector) if not _sound(folder / name)]
    if bad:
        raise ModelError(f"The Vosk model in {folder} lacks or has damaged {', '.join(bad)}", _unpack_again(folder))


def _sound(path: Path) -> bool:
    magic = MAGIC.get(path.suffix, b"")
    try:
        with path.open("rb") as file:
            start = file.read(max(1, len(magic)))
    except OSError:
        return False
    return bool(start) and start.startswith(magic)


def _unpack_again(folder: Path) -> str:
    return f"Unpack the model again, so that am, conf and graph lie in {folder}"


def _load(folder: Path) -> Callable[[], _Kaldi]:
    """Load a checked model; calling the result begins an utterance. Raises ModelError."""
    try:
        import vosk
    except (ImportError, OSError) as error:
        raise ModelError(f"The vosk package cannot be loaded: {error}", "pip install vosk") from error
    library = cast(Any, vosk)
    library.SetLogLevel(-1)

    def begin() -> _Kaldi:
        kaldi = cast(_Kaldi, library.KaldiRecognizer(model, RATE))
        kaldi.SetWords(True)
        return kaldi

    try:
        model = library.Model(str(folder))
        # A damaged graph shows only here; without this line it would show in the first session.
        begin().AcceptWaveform(bytes(BLOCK))
    except Exception as error:  # vosk raises nothing narrower
        raise ModelError(f"The Vosk model in {folder} cannot be loaded: {error}", _unpack_again(folder)) from error
    return begin


def languages(folder: Path) -> tuple[str, ...]:
    """What a model understands: as written in its model.json, else as its folder is named, else English.

    Raises ModelError where the description cannot be read.
    """
    if (folder / RECORD).is_file() and (described := _described(folder / RECORD)):
        return described
    named = NAMED_LANGUAGE.search(folder.name)
    return (OTHER_CODES.get(named[1], named[1]),) if named else ("en",)


def _described(path: Path) -> tuple[str, ...]:
    try:
        return tuple(str(code) for code in json.loads(path.read_text("utf-8"))["languages"])
    except (OSError, *_NOT_AS_PROMISED) as error:
        raise ModelError(f"{path} does not say `languages`", "Install the model again") from error
