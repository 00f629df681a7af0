"""What comes from a file or over a socket is read, and nowhere in the house run as a program."""

from __future__ import annotations

import ast

import pytest

from tests.test_house import imported, modules

UNPICKLING = frozenset({"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib", "jsonpickle"})
"""Reading what one of these wrote runs whatever is in it; so does `recv` of a connection of multiprocessing."""
RUNNING = frozenset({"eval", "exec", "compile", "__import__"})
SHELLS = frozenset({"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"})
DOORS = frozenset({"shell", "allow_pickle"})
"""Arguments that turn a harmless call into one of the above."""
BUILT = {"ear": {"import_module"}, "store.leash": {"run_module"}}
"""Where modules are run by name: one of a table in the file itself, and what the house starts as its own child."""

MODULES = sorted(filter(None, modules()))


def _calls(module: str) -> list[ast.Call]:
    return [node for node in ast.walk(modules()[module]) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("module", MODULES)
def test_nothing_is_unpickled(module: str) -> None:
    assert {name for name in imported(module) if name.partition(".")[0] in UNPICKLING} == set()
    assert "multiprocessing.connection" not in imported(module)


@pytest.mark.parametrize("module", MODULES)
def test_no_text_is_run_as_a_program_or_in_a_shell(module: str) -> None:
    called = {ast.unparse(call.func) for call in _calls(module)}
    assert called & (RUNNING | SHELLS) == set()
    assert {word.arg for call in _calls(module) for word in call.keywords} & DOORS == set()


@pytest.mark.parametrize("module", MODULES)
def test_modules_are_run_by_name_only_where_the_name_is_our_own(module: str) -> None:
    ways = {"import_module", "run_module", "run_path", "exec_module", "load_module"}
    called = {ast.unparse(call.func).rpartition(".")[2] for call in _calls(module)}
    assert called & ways == BUILT.get(module, set())
