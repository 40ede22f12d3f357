"""Restarts of the processes of a line: counted, told, and ended where a process does nothing but die."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shutil import disk_usage

from onlinecei.records import Facts
from onlinecei.stream.supervision import Process

WINDOW_SECONDS = 60.0
"""A restart is told for this long."""
MOST_RESTARTS = 10
"""Of a process within that time; supervisord itself limits only what dies in its first second."""
AT_IT = frozenset({"STARTING", "RUNNING", "BACKOFF"})
"""States of a process that lives, or that supervisord means to start again."""
LITTLE_ROOM = 50_000_000
"""Bytes on the disk: enough for the logs of an hour and the next states."""


@dataclass(slots=True)
class Watch:
    """What is known of each process."""

    words: Callable[[str], str]
    """Gives the last words of a process."""
    restarts: dict[str, int] = field(default_factory=dict)
    given_up: dict[str, str] = field(default_factory=dict)
    """Why, by process."""
    errors: dict[str, str] = field(default_factory=dict)
    """Last words of those that died, by process."""
    _pids: dict[str, int] = field(default_factory=dict)
    _recent: dict[str, deque[float]] = field(default_factory=dict)

    def look(self, processes: Iterable[Process], now: float) -> list[str]:
        """Compare with what was seen before; names those to be given up, and those still at it after that."""
        hopeless = []
        for process in processes:
            if process.name in self.given_up:
                hopeless += [process.name] if process.state in AT_IT else []
            elif process.state == "FATAL":
                self._give_up(process.name, "died again and again as soon as it was started")
                hopeless.append(process.name)
            elif self._is_new(process) and self.restarted(process.name, now):
                hopeless.append(process.name)
        return hopeless

    def restarted(self, name: str, now: float) -> bool:
        """Note a restart; True where there were too many."""
        self.restarts[name] = self.restarts.get(name, 0) + 1
        self.errors[name] = self.words(name)
        recent = self._recent.setdefault(name, deque())
        recent.append(now)
        if self._within(name, now) <= MOST_RESTARTS:
            return False
        self._give_up(name, f"died {len(recent)} times within {WINDOW_SECONDS:.0f} s")
        return True

    def forget(self) -> None:
        """Take the next that is seen of each process as its first: all were started anew, for no fault of theirs."""
        self._pids.clear()

    def facts(self, now: float, further: Iterable[str] = ()) -> Facts:
        """Give what there is to tell, and what else is wrong."""
        wrong = [*self.given_up.values(), *further]
        for name, recent in self._recent.items():
            if name not in self.given_up and self._within(name, now):
                times = "once" if len(recent) == 1 else f"{len(recent)} times"
                wrong.append(f"{name} was restarted {times} within a minute, {now - recent[-1]:.0f} s ago")
        return Facts(restarts=dict(self.restarts), degraded=tuple(wrong), errors=_cut(self.errors))

    def _is_new(self, process: Process) -> bool:
        before = self._pids.get(process.name, 0)
        if process.pid:
            self._pids[process.name] = process.pid
        return bool(before and process.pid and process.pid != before)

    def _within(self, name: str, now: float) -> int:
        recent = self._recent[name]
        while recent and now - recent[0] > WINDOW_SECONDS:
            recent.popleft()
        return len(recent)

    def _give_up(self, name: str, why: str) -> None:
        self.given_up[name] = f"process '{name}' of the line {why} and is given up; its last words: {self.words(name)}"


def _cut(errors: Mapping[str, str]) -> dict[str, str]:
    return {name: words[-500:] for name, words in errors.items()}


def little_room(folder: Path) -> list[str]:
    """Say so where a disk is nearly full: a log that cannot be written is nowhere else noticed."""
    try:
        free = disk_usage(folder).free
    except OSError as error:
        return [f"logs and the saved state cannot be kept in {folder}: {error.strerror}"]
    if free >= LITTLE_ROOM:
        return []
    return [f"no room for logs and the saved state: {free / 1e6:.0f} MB are free in {folder}"]
