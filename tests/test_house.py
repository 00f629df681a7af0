"""Who may import whom: the rooms of the house and the doors between them."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

import tray

ROOT = Path(__file__).parents[1]
HOUSE = Path(tray.__file__).parent
"""Where it is installed: the checkout, or what the wheel has put into an environment."""
SEAMS = frozenset({"core", "ports"})
BUILDERS = frozenset(
    {"__main__", "app", "live", "demo", "equipment", "wiring", "pipeline", "checkup", "beginning", "chores"}
    | {"belongings", "ear", "keyboard", "accounts", "recovery", "catching_up", "lines", "undoing", "amends"}
    | {"rehearsal", "measuring"}
)
"""They put the parts together, so they may know everyone."""

MAY_IMPORT: dict[str, frozenset[str]] = {
    "core": frozenset(),
    "ports": frozenset({"core"}),
    "system": frozenset({"core"}),
    **dict.fromkeys(("audio", "engines", "hearing", "punctuators", "capture", "conductor", "writer", "spool"), SEAMS),
    **dict.fromkeys(("sinks", "desktop", "store"), SEAMS | {"system"}),
    "control": SEAMS | {"system", "store"},
}
"""Wing, or module at the top, and what else of the house it may import. Bench and builders: see `allowed`."""

OWNERS: dict[str, frozenset[str]] = {
    "numpy": frozenset({"audio", "engines", "punctuators", "store", "bench"}),
    "onnxruntime": frozenset({"audio", "engines", "punctuators", "store"}),
    "dbus_fast": frozenset({"system", "desktop"}),
    # the doctor tries whether the display answers at all before it asks anybody who needs one
    # and the bench presses keys and watches the clipboard as a stranger would
    "Xlib": frozenset({"system", "desktop", "checkup", "bench"}),
    # one program at a time in the one wing, one installation of a model at a time in the other
    "filelock": frozenset({"control", "store"}),
    # messages of the ear in the one wing, the records of a year in the other
    "msgspec": frozenset({"hearing", "sinks"}),
    # what a command prints is written where the command is: in control, or in the builder that serves it
    "click": frozenset({"control"}) | BUILDERS,
}
"""Libraries that belong to more than one wing; every other one belongs to the wing that imports it first."""

FIXED = {"PIL": "desktop"}

NOT_IN_THE_CORE = frozenset(
    {"asyncio", "io", "logging", "multiprocessing", "os", "queue", "random", "select", "shutil", "signal"}
    | {"socket", "subprocess", "sys", "tempfile", "threading", "time"}
)
"""Disk, clock, threads and chance."""

ADAPTER_WINGS = ("audio", "engines", "punctuators", "sinks", "desktop")
DESK = (
    "app",
    "__main__",
    "live",
    "wiring",
    "pipeline",
    "conductor",
    "capture",
    "writer",
    "control.cli",
    "hearing.supervisor",
)
HEAVY = {"numpy", "onnxruntime", "soundfile", "soxr", "vosk", "PIL"}


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the house by its name behind `tray.`; the package itself has the name of its folder."""
    found: dict[str, ast.Module] = {}
    for path in sorted(HOUSE.rglob("*.py")):
        parts = path.relative_to(HOUSE).with_suffix("").parts
        if parts[0] == "_assets":  # recipes that travel with the models of the wheel; the program does not import them
            continue
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"), str(path))
    return found


def wing(module: str) -> str:
    """The first part of its name."""
    return module.partition(".")[0]


@cache
def imported(module: str) -> frozenset[str]:
    """Full names of all that a module imports, at the top, in functions and for the type checker alone."""
    names: set[str] = set()
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"tray.{module} imports by a relative name"
            names |= {_whole(node.module or "", alias.name) for alias in node.names}
    return frozenset(names)


def _whole(package: str, name: str) -> str:
    """`from package import name` may mean a module or what is in it."""
    inner = f"{package}.{name}".removeprefix("tray.")
    return f"tray.{inner}" if package.partition(".")[0] == "tray" and inner in modules() else package


def inside(module: str) -> set[str]:
    """The modules of the house that a module imports."""
    return {name.removeprefix("tray.") for name in imported(module) if name.startswith("tray.")}


def libraries(module: str) -> set[str]:
    """The third-party libraries that a module imports."""
    tops = {name.partition(".")[0] for name in imported(module)}
    return tops - sys.stdlib_module_names - {"tray"}


def allowed(room: str) -> frozenset[str]:
    """The wings whose doors are open to a wing."""
    if room in BUILDERS:
        return frozenset(map(wing, modules()))
    if room == "bench":
        return frozenset(map(wing, modules())) - BUILDERS
    return MAY_IMPORT[room] | {room}


def test_every_room_has_a_rule() -> None:
    rooms = {wing(module) for module in modules() if module}
    assert rooms - BUILDERS - {"bench"} == set(MAY_IMPORT)


@pytest.mark.parametrize("module", sorted(filter(None, modules())))
def test_a_module_imports_only_what_its_wing_may_import(module: str) -> None:
    assert {name for name in inside(module) if wing(name) not in allowed(wing(module))} == set()


def test_a_library_belongs_to_one_wing() -> None:
    users: dict[str, set[str]] = defaultdict(set)
    for module in filter(None, modules()):
        for library in libraries(module):
            users[library].add(wing(module))
    strangers = {
        library: wings - OWNERS.get(library, frozenset())
        for library, wings in users.items()
        if not wings <= OWNERS.get(library, frozenset()) and (library in OWNERS or len(wings) > 1)
    }
    assert strangers == {}
    assert {library: users[library] for library in FIXED} == {library: {room} for library, room in FIXED.items()}


@pytest.mark.parametrize("module", sorted(name for name in modules() if wing(name) in ("core", "ports")))
def test_the_core_knows_no_disk_no_clock_no_thread_and_no_library(module: str) -> None:
    assert libraries(module) == set()
    assert {name for name in imported(module) if name.partition(".")[0] in NOT_IN_THE_CORE} == set()
    assert _calls(module) & {"Path", "open", "now", "today", "utcnow", "monotonic", "print", "input"} == set()


def _calls(module: str) -> set[str]:
    called = [node.func for node in ast.walk(modules()[module]) if isinstance(node, ast.Call)]
    return {
        function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "") for function in called
    }


@cache
def ports() -> dict[str, frozenset[str]]:
    """The seams and the verbs of each."""
    classes = [node for node in modules()["ports"].body if isinstance(node, ast.ClassDef)]
    return {one.name: _verbs(one) for one in classes if _verbs(one)}


def _verbs(one: ast.ClassDef) -> frozenset[str]:
    return frozenset(f.name for f in one.body if isinstance(f, ast.FunctionDef) and not f.name.startswith("_"))


def adapters(room: str) -> dict[str, set[str]]:
    """The adapters of a wing, each with its modules: whoever has the verbs of a seam; a folder is one adapter."""
    found: dict[str, set[str]] = defaultdict(set)
    for module in (name for name in modules() if name.startswith(f"{room}.")):
        found[".".join(module.split(".")[:2])].add(module)
    return {name: parts for name, parts in found.items() if any(_obeys_a_seam(part) for part in parts)}


def _obeys_a_seam(module: str) -> bool:
    classes = [node for node in modules()[module].body if isinstance(node, ast.ClassDef)]
    real = [one for one in classes if not any("Protocol" in ast.unparse(base) for base in one.bases)]
    return any(verbs <= _verbs(one) for one in real for verbs in ports().values())


def reached(parts: Iterable[str], room: str) -> set[str]:
    """The modules of a wing that these need, and those that they need, and so on."""
    seen, ahead = set[str](), set(parts)
    while ahead:
        module = ahead.pop()
        seen.add(module)
        ahead |= {name for name in inside(module) if wing(name) == room and name in modules()} - seen
    return seen


@pytest.mark.parametrize(
    ("room", "some"),
    [
        ("audio", {"audio.microphone", "audio.paced"}),
        ("engines", {"engines.moonshine", "engines.vosk", "engines.script"}),
        ("punctuators", {"punctuators.rules"}),
        ("sinks", {"sinks.transcript", "sinks.clipboard", "sinks.toast", "sinks.console"}),
        ("desktop", {"desktop.status_notifier", "desktop.pystray_icon", "desktop.hotkeys_x11"}),
    ],
)
def test_the_adapters_are_found(room: str, some: set[str]) -> None:
    assert some <= set(adapters(room))


@pytest.mark.parametrize("room", ADAPTER_WINGS)
def test_no_adapter_needs_another_one(room: str) -> None:
    found = adapters(room)
    for name, parts in found.items():
        needed = reached(parts, room)
        assert {other for other, theirs in found.items() if other != name and needed & theirs} == set(), name


@pytest.mark.parametrize("module", DESK)
def test_the_desk_stays_small(module: str) -> None:
    code = f"import sys; import tray.{module}; print(*sorted({HEAVY!r} & set(sys.modules)))"
    child = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (child.returncode, child.stdout.strip()) == (0, ""), child.stderr


def test_every_complaint_of_the_field_that_is_listed_has_its_tests() -> None:
    """`complaints.tsv` says which tests keep us from what people complain about in other dictation tools."""
    tests = Path(__file__).parent
    _, *rows = (tests / "complaints.tsv").read_text("utf-8").splitlines()
    named = [tuple(test.split("::")) for row in rows for test in row.split("\t")[2].split()]
    missing = [f"{file}::{name}" for file, name in named if f"def {name}(" not in (tests / file).read_text("utf-8")]
    assert len(rows) > 20
    assert not missing
