"""Takes on a desktop: somebody presses the key, speaks, and looks when the words are there."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tray.bench.desk import Desk
from tray.bench.scenes import Sound
from tray.bench.screen import Keyboard, Reading, Readings
from tray.bench.utterances import Utterance
from tray.bench.voice import Spoken, Voice
from tray.core.segmenter import Policy
from tray.core.speech import RATE

LATEST = 3.5
"""Seconds after the end of speech in which its text has to be there to be counted."""
BEFORE, BEHIND = 0.3, 0.3
"""Seconds without speech before and behind each piece that is said."""
PRESS_LEAD = 0.8
"""Seconds of quiet in which the key is pressed before somebody speaks; sound is handed over up to 0.3 s ahead."""
TAP = 0.05
"""Seconds between press and release of a tap."""
SETTLING = 0.15
"""Seconds in which the count of captured samples is looked at after the program said that it listens."""


NEAR = 1.0
"""Seconds by which the end of a segment differs from the end of the speech in it at most."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who sits at the desktop."""

    desk: Desk
    keyboard: Keyboard
    voice: Voice
    texts: Readings
    """What can be read of the text, on the clipboard or in the editor."""


@dataclass(frozen=True, slots=True)
class Held:
    """A take with the key held."""

    released: float
    """When the key came up, in seconds of the monotonic clock."""
    complete: float | None
    """When all words of it could be read; None where there were none."""
    text: str
    spoken: Spoken
    reference: str
    """True text of the recording that a piece of was said."""

    @property
    def wait_ms(self) -> float | None:
        """Milliseconds from key to text; 0 where the text was there already."""
        return None if self.complete is None else max(0.0, 1000 * (self.complete - self.released))


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody said in an open session, and its text; moments are seconds of the monotonic clock."""

    spoken: float
    """When the speech ended before the microphone."""
    read: float
    """When its text could be read."""
    delivered: float | None = None
    """When the microphone had delivered the sound of its segment; None if that is not known."""

    @property
    def from_speech_ms(self) -> float:
        """Milliseconds from the end of speech to the text."""
        return 1000 * (self.read - self.spoken)

    @property
    def from_endpoint_ms(self) -> float | None:
        """Milliseconds to the text from the moment in which the silence that ends a segment had been delivered."""
        if self.delivered is None:
            return None
        policy = Policy()
        return max(0.0, 1000 * (self.read - self.delivered - (policy.endpoint_s - policy.tail_s)))


def words_of(text: str) -> list[str]:
    """The words of a text without marks and capitals."""
    return re.findall(r"[\w']+", text.lower())


def quiet(seconds: float) -> Sound:
    """Nobody speaks."""
    return np.zeros(round(seconds * RATE), np.int16)


def dictate(person: Person, pieces: Sequence[Utterance]) -> list[Written]:
    """Say these pieces in one session that stays open; what was not heard, or not unbroken, is left out."""
    begun = _tap(person.keyboard)
    person.desk.await_state("listening")
    said = [_say(person, piece, begun) for piece in pieces]
    _tap(person.keyboard)
    person.desk.await_state("idle")
    ends = person.desk.segment_ends()
    return [_placed(one, ends) for one in said if one]


def _placed(written: Written, ends: Sequence[float]) -> Written:
    """With the end of its segment, which is the one that ended with the speech."""
    with_it = [end for end in ends if abs(end - written.spoken) < NEAR]
    return replace(written, delivered=min(with_it, key=lambda end: abs(end - written.spoken), default=None))


def _say(person: Person, piece: Utterance, begun: float) -> Written | None:
    spoken = person.voice.say(np.concatenate([quiet(BEFORE), piece.sound, quiet(BEHIND)]))
    end = person.voice.moment(spoken.start + round(BEFORE * RATE) + piece.end)
    _sleep_until(end)
    # a mark that settles is no news: only more words are
    seen = [len(words_of(reading.text)) for reading in person.texts.since(begun)]
    count = seen[-1] if seen else 0
    found = person.texts.await_one(lambda one: one.at > end and len(words_of(one.text)) > count, end + LATEST)
    return Written(end, found.at) if person.voice.arrived(spoken) and found else None


def hold(person: Person, piece: Utterance, *, after: float, early: float | None = None) -> Held | None:
    """One take with the key held until `after` seconds behind the end of speech.

    Speech begins `early` seconds after the press, or (None) once the program says that it listens. None where the
    sound did not get through unbroken.
    """
    lead = BEFORE if early is None else PRESS_LEAD
    sound = np.concatenate([quiet(lead), piece.sound, quiet(after + BEHIND)])
    voice, begun = person.voice, time.monotonic()
    if early is None:
        person.keyboard.press()
        person.desk.await_state("listening", 0.005)
    spoken = voice.say(sound)
    start = spoken.start + round(lead * RATE)
    if early is not None:
        _sleep_until(voice.moment(start + piece.onset) - early)
        person.keyboard.press()
    _sleep_until(voice.moment(start + piece.end) + after)
    released = person.keyboard.release()
    # nobody asks the program anything while it works
    person.texts.await_one(lambda one: one.at > released, released + 1)
    person.desk.await_state("idle")
    readings = person.texts.since(begun)
    return Held(released, *_complete(readings), spoken, piece.reference) if voice.arrived(spoken) else None


def _complete(readings: Sequence[Reading]) -> tuple[float | None, str]:
    """When the words of the last reading were first there, and its text."""
    if not readings:
        return None, ""
    last = words_of(readings[-1].text)
    return next(one.at for one in readings if words_of(one.text) == last), readings[-1].text


def toggle(person: Person, states: Readings) -> float:
    """Tap the key twice; seconds from the press until the program says that it listens, and sound is kept.

    If the first kept sample is later than what is said, its time counts.
    """
    pressed = _tap(person.keyboard)
    listening = states.await_one(lambda one: one.at > pressed and one.text == "listening", pressed + 5)
    person.desk.await_state("listening", 0.005)
    kept = _first_sample(person.desk, time.monotonic() + SETTLING)
    said = listening.at if listening else float("inf")
    _tap(person.keyboard)
    person.desk.await_state("idle")
    return max(said, kept) - pressed


def _first_sample(desk: Desk, until: float) -> float:
    """When the first kept sample was captured at the latest, by the number of samples there are."""
    first = float("inf")
    while time.monotonic() < until:
        seconds = desk.status().get("session_seconds")
        if isinstance(seconds, int | float) and seconds:
            first = min(first, time.monotonic() - seconds)
        time.sleep(0.005)
    return first


def open_session(person: Person, work: Callable[[], float]) -> float:
    """What is measured while the program listens."""
    _tap(person.keyboard)
    person.desk.await_state("listening")
    measured = work()
    _tap(person.keyboard)
    person.desk.await_state("idle")
    return measured


def _tap(keyboard: Keyboard) -> float:
    pressed = keyboard.press()
    time.sleep(TAP)
    keyboard.release()
    return pressed


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
