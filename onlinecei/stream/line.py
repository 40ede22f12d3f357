"""A whole line on this machine: started, watched and ended as one."""

import math
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from onlinecei.analysis import compile_stages
from onlinecei.closing import Closing
from onlinecei.errors import LineError
from onlinecei.records import Snapshot
from onlinecei.stream.config import LINE, LineConfig, SourceConfig
from onlinecei.stream.facts import facts_buffers
from onlinecei.stream.ports import End, Ports
from onlinecei.stream.reader import Reader
from onlinecei.stream.supervision import Supervision, last_words
from onlinecei.stream.watch import Watch, little_room
from onlinecei.stream.wire import Kind, Message

LOOK_SECONDS = 0.5
"""How often the processes are looked at."""
REST_SECONDS = 0.1
"""Between two versions that are looked at: ten a second are as many as an eye can use."""
POLL_MS = 100
"""Longest wait for a version before the processes are looked at."""
SUPERVISORD = "supervisord"
SILENT_SECONDS = 10.0
"""A supervisord that has not answered for so long may be busy, or stopped: somebody has to look."""


class Line(Closing):
    """Ingest, workers, reducer and inference as processes, for as long as the context lasts.

    Parameters
    ----------
    source
        Where trains come from.
    setup_text
        TOML of the setup.
    workers
        Worker processes.
    options
        Further fields of `LineConfig`, such as `trains_per_second`, `overload`, `record`, `keep` or `doors`.
    """

    def __init__(self, source: SourceConfig, setup_text: str, *, workers: int, **options: Any) -> None:  # noqa: ANN401
        self._home = tempfile.TemporaryDirectory(prefix="onlinecei-", ignore_cleanup_errors=True)
        home = Path(self._home.name)
        self.config = LineConfig(directory=home, source=source, setup_text=setup_text, workers=workers, **options)
        self._supervision = Supervision(self.config, self.config.processes)
        self._watch = Watch(self._words)
        self.reader = Reader(self.endpoint, rest_s=REST_SECONDS)
        self._door = Ports(sums=End(self.config.sums_endpoint, name=LINE))
        self._looked = 0.0
        self._stopping = False
        self._answered = math.inf
        self._read_out = False

    @property
    def endpoint(self) -> str:
        """Where readers connect."""
        return self.config.readers_endpoint

    def __enter__(self) -> Self:
        try:
            self.config.save()
            self._supervision.start()
            for setup in self.config.setups:
                compile_stages(setup)
            self._supervision.start_all()
        except BaseException:
            self.close()
            raise
        return self

    def close(self) -> None:
        """End all processes."""
        self._supervision.stop()
        self.reader.close()
        self._door.close()
        self._home.cleanup()

    def snapshots(self) -> Iterator[Snapshot]:
        """Give versions as they appear; the last is the final state with the geometries made from it.

        Raises
        ------
        LineError
            When a process without which nothing goes on dies again and again.
        """
        yield from (snapshot for snapshot in self.watched() if snapshot is not None)

    def watched(self) -> Iterator[Snapshot | None]:
        """Likewise, with None each time that nothing new has come for a while; `reader` says how the line does."""
        while True:
            self._look_after()
            snapshot = self.reader.poll(POLL_MS)
            yield snapshot
            if snapshot is None:
                continue
            self._read_out = snapshot.state.finished
            if snapshot.state.finished and snapshot.reconstructed_version == snapshot.state.version:
                return

    def stop(self) -> None:
        """Read no further; what is under way is brought to its end and `snapshots` then finishes."""
        self._stopping = True
        self._say_stop()

    def pids(self) -> dict[str, int]:
        """Give the process numbers that are there now, that of supervisord among them."""
        return {each.name: each.pid for each in self._supervision.processes()} | {SUPERVISORD: self._supervision.pid}

    def _say_stop(self) -> None:
        """Tell ingest; where the disk has no room even for that, the next look does."""
        with suppress(OSError):
            self.config.stop_file.touch()

    def _look_after(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOK_SECONDS:
            return
        self._looked = now
        if self._stopping:
            self._say_stop()
        if not self._supervision.alive:
            self._begin_again(now)
        found = self._supervision.processes()
        self._answered = now if found else self._answered
        for name in self._watch.look(found, now):
            self._supervision.give_up(name)
        for name, sentence in self._watch.given_up.items():
            if self._needed(name):
                raise LineError(sentence)
        told = self._watch.facts(now, [*little_room(self.config.kept), *self._silence(now - self._answered)])
        self._door["sums"].send(Message(kind=Kind.FACTS, buffers=facts_buffers(told)))

    def _begin_again(self, now: float) -> None:
        """Start supervisord and the processes that ended with it; where that fails, the next look does."""
        self._watch.forget()
        try:
            self._supervision.start()
        except OSError:  # no memory for it, or no room
            return
        if self._watch.restarted(SUPERVISORD, now):
            raise LineError(self._watch.given_up[SUPERVISORD])
        try:
            self._supervision.start_all()
        except LineError:
            self._supervision.stop()  # it may be there and say nothing

    def _silence(self, seconds: float) -> list[str]:
        if seconds < SILENT_SECONDS:
            return []
        return [f"supervisord has not answered for {seconds:.0f} s: what dies is not started again"]

    def _needed(self, name: str) -> bool:
        """Tell whether the line is of no use without a process."""
        workers = {worker.decode() for worker in self.config.worker_names}
        if name in workers:
            return workers <= self._watch.given_up.keys()
        return name in {"ingest", "reducer"} or (name == "inference" and self.config.mode == "replay")

    def _words(self, name: str) -> str:
        return last_words(self.config.logs / f"{name}.log")
