"""The loops around the logic: each process is sockets, one object, and a turn of the loop repeated until told to end.

A process ends when its standard input closes, which is how it learns that whoever started it is gone.
"""

import secrets
import signal
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import FrameType

from onlinecei.memory import keep_freed_memory
from onlinecei.records import Snapshot
from onlinecei.stream.config import LineConfig
from onlinecei.stream.inference import Inference
from onlinecei.stream.ingest import REDUCER, Ingest, Pace
from onlinecei.stream.log import set_up
from onlinecei.stream.ports import End, Ports
from onlinecei.stream.reader import Reader
from onlinecei.stream.reducer import Reducer
from onlinecei.stream.revisions import MAX_SETUP_BYTES, Revisions
from onlinecei.stream.sources import Watched, open_source
from onlinecei.stream.worker import Worker

INFERENCE = b"inference"
"""Name with which inference goes to the reducer."""
LARGEST_QUESTION = 2 * MAX_SETUP_BYTES
"""Bytes of one frame that a reader may send; the longest is a setup."""
QUESTIONS_PER_SECOND = 1000.0
"""Of all readers together: they take a twentieth of the reducer's time, and no more when somebody floods it."""
TURN_MS = 20
"""Longest wait of one turn: how late a paced batch or a version may be."""


def run_ingest(config: LineConfig) -> None:
    """Read the source and hand out its batches until everything is applied."""
    known = {*config.worker_names, REDUCER}
    with Ports(work=End(config.work_endpoint, bind=True, known=known)) as ports, closing(open_source(config)) as source:
        ingest = Ingest(
            source=source,
            outbox=ports["work"],
            incarnation=secrets.randbits(63),
            pace=Pace(config.trains_per_second),
            revisions=Revisions(config.setup_text, config.revisions),
        )
        _on_termination(ingest.stop)

        def turn() -> bool:
            ports["work"].deliver(ingest.handle)
            ingest.step()
            return not ingest.finished

        _loop(ports, turn, lambda: source.watched if ingest.hungry else ())


def run_worker(config: LineConfig, name: str) -> None:
    """Analyse batches for as long as there are any."""
    ends = {
        "ingest": End(config.work_endpoint, name=name.encode()),
        "reducer": End(config.sums_endpoint, name=name.encode()),
    }
    with Ports(**ends) as ports:
        worker = Worker(ports["ingest"], ports["reducer"])
        worker.start()

        def turn() -> bool:
            for _, message in ports["ingest"].receive():
                worker.handle(
                    message
                )  # one that it cannot use ends it, and the line: left out, its batch would never end
            return True

        _loop(ports, turn)


def run_reducer(config: LineConfig) -> None:
    """Keep the state."""
    ends = {
        "ingest": End(config.work_endpoint, name=REDUCER),
        "sums": End(config.sums_endpoint, bind=True, known={*config.worker_names, INFERENCE}),
        "readers": _for_readers(config),
    }
    with Ports(**ends) as ports:
        reducer = Reducer(Revisions(config.setup_text).of(0), ports["ingest"], ports["readers"])
        reducer.start()

        def turn() -> bool:
            ports["sums"].deliver(lambda _, message: reducer.take(message))
            ports["ingest"].deliver(lambda _, message: reducer.hear(message))
            ports["readers"].deliver(reducer.ask)
            reducer.step()
            return True

        _loop(ports, turn)


def _for_readers(config: LineConfig) -> End:
    """Two versions at most wait for a reader: they are large, and an old one is of no use."""
    return End(
        config.readers_endpoint,
        bind=True,
        doors=config.doors,
        keys=config.keys,
        largest=LARGEST_QUESTION,
        waiting=2,
        per_second=QUESTIONS_PER_SECOND,
    )


def run_inference(config: LineConfig) -> None:
    """Reconstruct the newest version, again and again, with a rest that leaves workers their share of the machine."""
    reader = Reader(config.readers_endpoint, events=True)
    with Ports(reducer=End(config.sums_endpoint, name=INFERENCE)) as ports:
        inference = Inference(ports["reducer"])
        newest: Snapshot | None = None
        reconstructed, rested = -1, 0.0

        def turn() -> bool:
            nonlocal newest, reconstructed, rested
            newest = reader.poll(TURN_MS) or newest
            if newest is None or newest.state.version <= reconstructed:
                return True
            started = time.monotonic()
            if newest.state.finished or started >= rested:
                inference.handle(newest)
                reconstructed, ended = newest.state.version, time.monotonic()
                rested = ended + (ended - started)
            return True

        try:
            _loop(ports, turn)
        finally:
            reader.close()


def _loop(ports: Ports, turn: Callable[[], bool], also: Callable[[], Watched] = tuple) -> None:
    lifeline = sys.stdin.fileno()
    ports.watch(lifeline)
    while turn():
        if lifeline in ports.wait(TURN_MS, also()):
            return


def _on_termination(action: Callable[[], None]) -> None:
    def handler(_signal: int, _frame: FrameType | None) -> None:
        action()

    signal.signal(signal.SIGTERM, handler)


def main(arguments: list[str]) -> int:
    """Run ``ROLE CONFIG``, where ROLE is ingest, reducer, inference or worker-N."""
    role, config_path = arguments
    keep_freed_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started the line; it ends the parts in order
    set_up(role)
    config = LineConfig.load(Path(config_path))
    if role.startswith("worker-"):
        run_worker(config, role)
    else:
        {"ingest": run_ingest, "reducer": run_reducer, "inference": run_inference}[role](config)
    return 0
