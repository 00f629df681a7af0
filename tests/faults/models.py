"""Model folders that somebody has tampered with, and an ear that is to load one, watched."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from tests.desktop.session import MODELS
from tests.faults.strace import Trace
from tray.hearing.messages import Up, receive_up
from tray.store.record import Label, write_record
from tray.system.processes import own_command

NAME = "tampered"
GOOD = MODELS / "moonshine-base-en"
SECRET_FLOATS = 1024


@dataclass(frozen=True)
class Outcome:
    """What became of a command."""

    code: int
    said: bytes
    complaints: str
    opened: frozenset[str]
    """Names of all files that it, or what it started, opened or tried to."""
    started: frozenset[str]
    """All programs that were run."""

    @property
    def answer(self) -> Up | None:
        """The first message of an ear."""
        return receive_up(io.BytesIO(self.said))


class Tampered:
    """Somebody's models, among them one that is not what it should be."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.folder = home / "data" / "scribelet" / "models" / NAME
        self.folder.mkdir(parents=True)
        for file in GOOD.iterdir():
            (self.folder / file.name).symlink_to(file)
        (self.folder / "model.json").unlink()

    def replace(self, name: str, content: bytes) -> None:
        """Give a file of the model, or one that is no part of it, this content."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_bytes(content)

    def sign(self) -> None:
        """Note every file as one that belongs to the model, as whoever has brought it would."""
        write_record(self.folder, NAME, Label("moonshine", ("en",), {}))

    def load(self) -> Outcome:
        """Let an ear load the model, and end."""
        return self.run(*own_command("ear", NAME, "0.5"))

    def run(self, *command: str | Path) -> Outcome:
        """Run a command in the folder of the model, where whatever looks around finds what is in it."""
        trace = Trace(self._home / "trace", "open", "openat", "openat2", "execve")
        environment = {"PATH": os.environ["PATH"], "HOME": str(self._home), "XDG_DATA_HOME": str(self._home / "data")}
        done = subprocess.run(
            trace.watched(*command),
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            check=False,
        )
        started = frozenset(program for program, _ in trace.started)
        return Outcome(done.returncode, done.stdout, done.stderr.decode(), frozenset(trace.opened), started)


def graph_with_foreign_operator() -> bytes:
    """A graph whose work is done by a library that somebody else would have to bring."""
    node = helper.make_node("Run", ["x"], ["y"], domain="com.example.shell", command="touch executed")
    return _serialised([node], [], domains=["com.example.shell"])


def graph_with_tensor_elsewhere(location: str) -> bytes:
    """A graph that wants the numbers of a tensor read from another file."""
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[SECRET_FLOATS])
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", "0"), ("length", str(4 * SECRET_FLOATS))):
        tensor.external_data.add(key=key, value=value)
    return _serialised([helper.make_node("Add", ["x", "w"], ["y"])], [tensor])


def _serialised(nodes: Sequence[onnx.NodeProto], tensors: Sequence[TensorProto], domains: Sequence[str] = ()) -> bytes:
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [SECRET_FLOATS]) for name in "xy"]
    graph = helper.make_graph(nodes, "tampered", ends[:1], ends[1:], tensors)
    opsets = [helper.make_opsetid("", 17), *(helper.make_opsetid(domain, 1) for domain in domains)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString()
