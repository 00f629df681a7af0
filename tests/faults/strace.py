"""What programs asked of the system, as strace has written it down."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

_FAMILY = re.compile(r"\d+ +(?:socket|socketpair)\((\w+)")
_ADDRESS = re.compile(r"\d+ +(?:connect|bind)\(\d+, \{sa_family=(\w+)")
_STARTED = re.compile(r"\d+ +execve\(\"([^\"]*)\", \[(.*)")
_OPENED = re.compile(r"\d+ +open(?:at2?)?\((?:[\w-]+, )?\"([^\"]*)\"")


class Trace:
    """A folder with the calls of every program that was started under watch, and of all that those started."""

    def __init__(self, folder: Path, *calls: str) -> None:
        """Only these calls are written down."""
        folder.mkdir()
        self._folder, self._calls = folder, ",".join(calls)

    def watched(self, *command: str | Path) -> list[str | Path]:
        """A command as it has to be started to be watched; it keeps its process id."""
        file = self._folder / str(len(list(self._folder.iterdir())))
        file.touch()
        # as a servant of what it watches, in a session of its own: signals to the group of the program pass it by
        watch = ("strace", "-DDD", "-f", "-q", "-v", "-s", "100000", "--seccomp-bpf", "-e", "signal=none")
        return [*watch, "-e", f"trace={self._calls}", "-o", file, *command]

    @property
    def families(self) -> set[str]:
        """Kinds of all sockets that were made, and of all addresses that were called or taken."""
        return {match[1] for line in self.lines() for kind in (_FAMILY, _ADDRESS) if (match := kind.match(line))}

    @property
    def started(self) -> Sequence[tuple[str, str]]:
        """Every program that was started, with its arguments and its whole environment as one text."""
        return [(match[1], match[2]) for line in self.lines() if (match := _STARTED.match(line))]

    @property
    def opened(self) -> set[str]:
        """Names of all files that somebody opened, or tried to open."""
        return {match[1] for line in self.lines() if (match := _OPENED.match(line))}

    def lines(self) -> Iterator[str]:
        """All calls, those of one process in their order."""
        for file in sorted(self._folder.iterdir()):
            yield from file.read_text("utf-8", "replace").splitlines()

    def ended(self, pid: int) -> bool:
        """Whether everything that this process did has been written down."""
        return any(line.startswith(f"{pid} ") and "+++ " in line for line in self.lines())
