"""One decode at a time: nothing twice, and nothing that nobody wants any more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tray.engines.moonshine.decodes import Decodes, Job, Stopped
from tray.engines.moonshine.model import Decoded

DEADLINE = 10.0
SOUND = np.zeros(0, np.float32)


class Decoder:
    """Writes down what it is asked, and stays at a job until it is told to go on or to stop."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.begun: list[str] = []
        self.stopped: list[str] = []
        self.open = False

    def decode(self, job: Job, stopped: Stopped) -> Decoded | None:
        """As the model does it: looks now and then whether it is stopped."""
        name = str(job.key)
        with self.changed:
            self.begun.append(name)
            self.changed.notify_all()
            while not (self.open or stopped()):
                self.changed.wait(0.01)
            if stopped():
                self.stopped.append(name)
                self.changed.notify_all()
                return None
        return Decoded(tokens=[len(name)])

    def go_on(self) -> None:
        """Let every job be done."""
        with self.changed:
            self.open = True
            self.changed.notify_all()

    def wait_for(self, *begun: str) -> None:
        """Until so much was begun."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.begun == list(begun), DEADLINE), self.begun


@pytest.fixture
def decoder() -> Iterator[Decoder]:
    """One that is not left hanging."""
    one = Decoder()
    yield one
    one.go_on()


def job(name: str) -> Job:
    """A decode of that name."""
    return Job(name, SOUND, 0)


def test_what_was_prepared_is_not_decoded_again(decoder: Decoder) -> None:
    decodes = Decodes(decoder.decode)
    decodes.prepare(job("end"))
    decoder.wait_for("end")
    decoder.go_on()
    assert decodes.finish(job("end")).tokens == [3]
    assert decoder.begun == ["end"]


def test_a_final_text_stops_what_was_prepared_for_another_end(decoder: Decoder) -> None:
    decodes = Decodes(decoder.decode)
    decodes.prepare(job("one end"))
    decoder.wait_for("one end")
    with ThreadPoolExecutor() as pool:
        final = pool.submit(decodes.finish, job("the end"))
        decoder.wait_for("one end", "the end")
        decoder.go_on()
        assert final.result(DEADLINE).tokens == [7]
    assert decoder.stopped == ["one end"]


def test_of_foreseen_ends_only_the_latest_is_decoded(decoder: Decoder) -> None:
    decodes = Decodes(decoder.decode)
    for name in ("first", "second", "third"):
        decodes.prepare(job(name))
    decoder.wait_for("first", "third")
    decoder.go_on()
    assert decodes.finish(job("third")).tokens == [5]
    assert decoder.stopped == ["first"]


def test_who_looks_on_waits_for_everything_else(decoder: Decoder) -> None:
    decodes = Decodes(decoder.decode)
    decodes.prepare(job("end"))
    assert not decodes.show(job("so far"))
    decoder.go_on()
    decodes.finish(job("end"))
    assert decodes.show(job("so far"))


def test_a_foreseen_end_does_not_wait_for_who_looks_on(decoder: Decoder) -> None:
    decodes = Decodes(decoder.decode)
    assert decodes.show(job("so far"))
    decoder.wait_for("so far")
    decodes.prepare(job("end"))
    decoder.wait_for("so far", "end")
    assert decoder.stopped == ["so far"]
    assert decodes.shown("so far") is None


def test_what_was_shown_is_final_if_it_was_the_same(decoder: Decoder) -> None:
    decodes = Decodes(decoder.decode)
    decodes.show(job("all"))
    decoder.wait_for("all")
    decodes.prepare(job("all"))
    decoder.go_on()
    assert decodes.finish(job("all")).tokens == [3]
    assert decoder.begun == ["all"]


def test_an_error_of_the_model_reaches_whoever_wants_the_text() -> None:
    def fail(_job: Job, _stopped: Stopped) -> Decoded | None:
        raise ValueError("broken")

    decodes = Decodes(fail)
    decodes.prepare(job("end"))
    with pytest.raises(ValueError, match="broken"):
        decodes.finish(job("end"))
