"""The command `bench`, put together from what is measured and what it is measured with."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tray.belongings import settings
from tray.control.parts import Format
from tray.system.assets import PACKAGE, asset_folder

if TYPE_CHECKING:
    from tray.bench.report import Pace, Place


def bench(form: Format, speech: Path | None, place: Place = "here", pace: Pace = "full") -> int:
    """The command `bench`."""
    from tray.bench.noises import MUSIC_FILES
    from tray.bench.report import Order, Tools, run
    from tray.bench.virtual import refuse_real_desktop
    from tray.core.segmenter import Policy
    from tray.ear import load_engine, new_hearing
    from tray.system.processes import own_command

    if place == "desktop":
        refuse_real_desktop()  # before a model is loaded for nothing
    name, checkout = settings().engine.name, PACKAGE.parent / "tests"
    tools = Tools(
        hearing=partial(new_hearing, load_engine(name)),
        engine_name=name,
        default_speech=checkout / "speech",
        rooms=checkout / "noise",
        music=MUSIC_FILES,
        program=own_command(),
        ear=own_command("ear", name, str(Policy().endpoint_s)),
        editor=PACKAGE / "bench" / "textfield.py",
    )
    return run(tools, Order(form == "json", speech, place, pace))


def bench_faults(form: Format, times: int, seed: int) -> int:
    """The command `bench --faults`."""
    from tray.bench.faults.report import run
    from tray.bench.faults.trial import Tools
    from tray.core.settings import Settings
    from tray.ear import load_engine, new_hearing
    from tray.rehearsal import accounts
    from tray.system.processes import own_command

    name = Settings().engine.name
    tools = Tools(
        hearing=partial(new_hearing, load_engine(name)),
        rehearse=own_command("rehearse"),
        accounts=accounts,
        recording=asset_folder("models") / "demo" / "jfk.wav",
        program=own_command(),
        engine_name=name,
    )
    return run(tools, times, seed, form)
