"""The loops around the logic: each process is sockets, one object, and a turn of the loop repeated until told to end.

A process ends when its standard input closes, which is how it learns that whoever started it is gone.
"""

import gc
import os
import secrets
import signal
import time
from contextlib import closing, suppress
from pathlib import Path

from onlinecei.errors import CEIError
from onlinecei.memory import keep_freed_memory
from onlinecei.records import Snapshot
from onlinecei.stream.account import Account
from onlinecei.stream.config import INFERENCE, LINE, LineConfig
from onlinecei.stream.inference import Inference
from onlinecei.stream.ingest import RECORDER, REDUCER, Aside, Ingest, Limits, Pace, Recording
from onlinecei.stream.leash import die_with_parent
from onlinecei.stream.limits import allow_many_sockets
from onlinecei.stream.log import get_logger, set_up
from onlinecei.stream.loop import TURN_MS, loop, nobody_is_there
from onlinecei.stream.metrics import PORT as METRICS_PORT
from onlinecei.stream.metrics import REST_S as METRICS_REST_S
from onlinecei.stream.metrics import Metrics, answering
from onlinecei.stream.ports import End, Ports
from onlinecei.stream.reader import Reader
from onlinecei.stream.recording import run_recorder
from onlinecei.stream.reducer import Reducer
from onlinecei.stream.revisions import MAX_SETUP_BYTES, Revisions
from onlinecei.stream.saved_file import load
from onlinecei.stream.saving import ThreadSaver
from onlinecei.stream.snapshots import restored
from onlinecei.stream.sources import open_source
from onlinecei.stream.worker import Worker

LARGEST_QUESTION = 2 * MAX_SETUP_BYTES
"""Bytes of one frame that a reader may send; the longest is a setup."""
QUESTIONS_PER_SECOND = 1000.0
"""Of all readers together: they take a twentieth of the reducer's time, and no more when somebody floods it."""
BEHIND = {"live": 15, "replay": 5}
"""How far inference steps back where processors are short: it has a thirtieth of what others get, so that trains do not
wait for geometries, and of a replay, where nothing is too late, a third."""
REST_SECONDS = 0.1
"""Between two versions that inference takes: events travel with each."""


def run_ingest(config: LineConfig) -> None:
    """Read the source and hand out its batches; stay after the end, in case that the reducer needs some again."""
    known = {*config.worker_names, REDUCER, RECORDER}
    with Ports(work=End(config.work_endpoint, bind=True, known=known)) as ports, closing(open_source(config)) as source:
        work = ports["work"]
        ingest = Ingest(
            source=source,
            outbox=work,
            incarnation=secrets.randbits(62),
            pace=Pace(config.trains_per_second),
            revisions=Revisions(config.setup_text, config.revisions),
            aside=Aside(config.aside),
            limits=Limits(policy=config.overload, hits_per_batch=config.hits_per_batch),
            mode=config.mode,
            recording=Recording(wanted=config.record is not None),
            rejected_messages=lambda: work.rejected,
        )

        def turn() -> int | None:
            work.deliver(ingest.handle)
            if config.stop_file.exists():
                ingest.stop()
            ingest.step()
            return TURN_MS

        loop(ports, turn, lambda: source.watched if ingest.hungry else ())


def run_worker(config: LineConfig, name: str) -> None:
    """Analyse batches for as long as there are any."""
    ends = {
        "ingest": End(config.work_endpoint, name=name.encode()),
        "reducer": End(config.sums_endpoint, name=name.encode()),
    }
    with Ports(**ends) as ports:
        worker = Worker(ports["ingest"], ports["reducer"], secrets.randbits(62))

        def turn() -> int:
            ports["ingest"].deliver(lambda _, message: worker.take(message))
            return 0 if worker.step() else TURN_MS

        loop(ports, turn)


def run_reducer(config: LineConfig) -> None:
    """Keep the state."""
    ends = {
        "ingest": End(config.work_endpoint, name=REDUCER),
        "sums": End(config.sums_endpoint, bind=True, known={*config.worker_names, INFERENCE, RECORDER, LINE}),
        "readers": _for_readers(config),
    }
    account, version = _saved_state(config)
    with Ports(**ends) as ports:
        reducer = Reducer(
            account,
            ports["ingest"],
            ports["readers"],
            ThreadSaver(config.state),
            secrets.randbits(62),
            version,
            rejected_messages=lambda: sum(port.rejected for port in ports.by_name.values()),
        )

        def turn() -> int:
            ports["sums"].deliver(reducer.take)
            ports["ingest"].deliver(lambda _, message: reducer.hear(message))
            ports["readers"].deliver(reducer.ask)
            reducer.step()
            return TURN_MS

        loop(ports, turn)


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


def _saved_state(config: LineConfig) -> tuple[Account, int]:
    """Give the state that was saved last, and the version to go on from.

    Versions are fewer than milliseconds, so that the uptime of the machine is above all that a reducer before this
    one gave out, whether it saved them or not.
    """
    again = config.state.exists()
    message = load(config.state)
    with suppress(OSError):  # where there is no room, the saving says so
        config.state.mkdir(parents=True, exist_ok=True)
    if message is None:
        return Account.of(Revisions(config.setup_text).of(0)), round(1000 * time.monotonic()) if again else 0
    return restored(message), max(message.sequence + 1, round(1000 * time.monotonic()))


def run_inference(config: LineConfig) -> None:
    """Reconstruct the newest version, again and again, with a rest that leaves workers their share of the machine."""
    os.nice(BEHIND[config.mode])
    reader = Reader(config.readers_endpoint, events=True, rest_s=REST_SECONDS)
    with Ports(reducer=End(config.sums_endpoint, name=INFERENCE)) as ports:
        inference = Inference(ports["reducer"])
        newest: Snapshot | None = None
        reconstructed, rested = -1, 0.0

        def turn() -> int:
            nonlocal newest, reconstructed, rested
            newest = reader.poll(TURN_MS) or newest
            if newest is None or newest.state.version <= reconstructed:
                return 0
            started = time.monotonic()
            if newest.state.finished or started >= rested:
                inference.handle(newest)
                reconstructed, ended = newest.state.version, time.monotonic()
                rested = ended + (ended - started)
            return 0

        try:
            loop(ports, turn)
        finally:
            reader.close()


def run_metrics(config: LineConfig) -> None:
    """Answer Prometheus."""
    reader = Reader(config.readers_endpoint, rest_s=METRICS_REST_S)
    metrics = Metrics(reader)

    def turn() -> int:
        metrics.turn(TURN_MS)
        return 0

    try:
        with Ports() as ports, answering(metrics.figures, config.metrics_port or METRICS_PORT):
            loop(ports, turn)
    finally:
        reader.close()


def main(arguments: list[str]) -> int:
    """Run ``ROLE CONFIG``, where ROLE is a process of the line, such as ingest; 1 where it cannot go on."""
    role, config_path = arguments
    die_with_parent(signal.SIGKILL)  # even where it is stopped, or in the middle of a batch
    if nobody_is_there():
        return 1
    keep_freed_memory()
    allow_many_sockets()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever started the line; it ends the parts in order
    set_up(role)
    gc.freeze()  # what is imported stays: looking through it for garbage stops a process for a tenth of a second
    config = LineConfig.load(Path(config_path))
    try:
        _run(role, config)
    except CEIError as error:
        get_logger(__name__).error(str(error))
        return 1
    return 0


def _run(role: str, config: LineConfig) -> None:
    roles = {
        "ingest": run_ingest,
        "reducer": run_reducer,
        "inference": run_inference,
        "metrics": run_metrics,
        "recorder": run_recorder,
    }
    if role.startswith("worker-"):
        run_worker(config, role)
    else:
        roles[role](config)
