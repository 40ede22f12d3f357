"""Good messages of every kind, from which hostile ones are made, and those that are kept."""

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from karabo_bridge import serialize

sys.path.insert(0, str(Path(__file__).parent))
import corpus
from spoiling import BRIDGE, WIRE, Frames, Hostile

from onlinecei.analysis import nothing
from onlinecei.records import Batch, Edges, Facts, Train
from onlinecei.setup import Setup, SourceSection
from onlinecei.stream.facts import facts_buffers
from onlinecei.stream.revisions import Revision, revisions_buffers
from onlinecei.stream.serving import with_source
from onlinecei.stream.serving.bridge import bridge_data
from onlinecei.stream.serving.section import source_section
from onlinecei.stream.wire import Kind, Message, batch_message, delta_message, encode

OWN = 11
"""Incarnation of the ingest that messages are for."""
SETUP = Path(__file__).parents[2] / "replay_data" / "water.toml"


def _batch(edges: Edges | None = None) -> Batch:
    hits = 0 if edges else 3
    return Batch(
        train_id=np.array([7, 8], np.uint64),
        first_pulse=np.array([0, 1, 3], np.uint64),
        pulse_id=np.array([0, 0, 1], np.uint32),
        delay_fs=np.array([np.nan, 1.0, 2.0]),
        energy_uj=np.array([1.0, np.nan, 2.0], np.float32),
        first_hit=np.array([0, 0, 0, 0] if edges else [0, 2, 2, 3], np.uint64),
        x_mm=np.zeros(hits, np.float32),
        y_mm=np.zeros(hits, np.float32),
        t_ns=np.full(hits, 1000.0, np.float32),
        edges=edges,
    )


def good_messages(setup_text: str) -> dict[Kind, Frames]:
    """One message of every kind, as its receiver wants it."""
    setup = Setup.from_toml(setup_text)
    revision = Revision(number=0, first_train=0, setup_text=setup_text)
    batch = revision.on(batch_message(_batch(), 3, incarnation=OWN, run="water.h5"))
    trains = np.array([[7, 8]], np.uint64)
    delta = revision.on(delta_message(replace(nothing(setup), trains=trains), batch))
    told = facts_buffers(Facts(trains_received=5, degraded=("x",), dropped={"y": 1}))
    known = revisions_buffers((revision,))
    own = {"holds": np.array([3], np.uint64), "finished": np.array([1, 2], np.uint64)}
    said: dict[Kind, Message] = {kind: Message(kind=kind, sequence=3, incarnation=OWN, trains=(7, 8)) for kind in Kind}
    said |= {
        Kind.BATCH: batch,
        Kind.DELTA: delta,
        Kind.READY: Message(kind=Kind.READY, incarnation=5, info={"credits": 2, "of": OWN}, buffers=own),
        Kind.REJECTED: Message(kind=Kind.REJECTED, incarnation=OWN, sequence=3, info={"reason": "no"}),
        Kind.LEFT_OUT: Message(
            kind=Kind.LEFT_OUT, incarnation=OWN, info={"what": "dropped", "reason": "full"}, buffers={"trains": trains}
        ),
        Kind.HELLO: Message(kind=Kind.HELLO, incarnation=OWN, info={"fence": True}, buffers=known),
        Kind.STANDING: Message(
            kind=Kind.STANDING, incarnation=6, info={"of": OWN, "failed": "", "finished": False},
            buffers={"seen": trains, "safe": trains, **told, **known},
        ),
        Kind.FACTS: Message(kind=Kind.FACTS, incarnation=OWN, buffers=told),
        Kind.END: Message(kind=Kind.END, incarnation=OWN, info={"trains_expected": 3}, buffers=told),
        Kind.ASK: Message(kind=Kind.ASK, info={"since": 3, "geometry": 2, "events": 1}),
        Kind.REVISE: revision.on(Message(kind=Kind.REVISE, info={"reader": "00ff"})),
        Kind.REVISED: Message(kind=Kind.REVISED, info={"reader": "00ff", "revision": 1}, buffers=known),
        Kind.SNAPSHOT: revision.on(
            Message(kind=Kind.SNAPSHOT, run="water.h5", info=dict(delta.info), buffers={**delta.buffers, **told})
        ),
    }  # fmt: skip
    return {kind: [bytes(frame) for frame in encode(message)] for kind, message in said.items()}


def _of_edges() -> Batch:
    edges = Edges(first_edge=np.array([0, 4, 4, 5], "u4"), channel=np.array([0, 6, 1, 255, 3], "u1"), t_ns=np.zeros(5))
    return _batch(edges)


def edges_message() -> Frames:
    return [bytes(frame) for frame in encode(batch_message(_of_edges(), 3))]


def bridge_message(train: Train, protocol: str) -> Frames:
    """Give a train as the package of the bridges writes it."""
    data = bridge_data(train)
    stamp = {"timestamp": 1.5, "timestamp.sec": "1", "timestamp.frac": "5", "timestamp.tid": train.train_id}
    meta = {source: {"source": source, **stamp} for source in data}
    return [bytes(frame) for frame in serialize(data, meta, protocol_version=protocol)]


def bridge_trains() -> list[Train]:
    """Trains of hits, without and with all that some runs have besides, and of edges."""
    bare = list(_batch().trains())
    whole = [
        replace(train, pump=np.ones(train.pulse_id.size, np.uint8), timing_tool_fs=train.delay_fs, simulated=True)
        for train in bare
    ]
    return [*bare, *whole, *_of_edges().trains()]


@pytest.fixture(scope="session")
def setup_text() -> str:
    """Of water, with few bins: small messages, so that many can be sent."""
    bins = ("time", "image", "pipico", "map", "ker")
    return SETUP.read_text(encoding="utf-8") + "[histograms]\n" + "".join(f"{name}_bins = 10\n" for name in bins)


@pytest.fixture(scope="session")
def good(setup_text: str) -> dict[Kind, Frames]:
    return good_messages(setup_text)


@pytest.fixture(scope="session")
def hostile(good: dict[Kind, Frames]) -> Hostile:
    return Hostile([*good.values(), edges_message()], [each.frames for each in corpus.kept("wire")], WIRE)


@pytest.fixture(scope="session")
def good_of_bridge() -> list[Frames]:
    return [bridge_message(train, protocol) for train in bridge_trains() for protocol in ("1.0", "2.2")]


@pytest.fixture(scope="session")
def hostile_bridge(good_of_bridge: list[Frames]) -> Hostile:
    return Hostile(good_of_bridge, [each.frames for each in corpus.kept("bridge")], BRIDGE)


@pytest.fixture(scope="session")
def section_of(setup_text: str) -> Callable[..., SourceSection]:
    """Give the names of a bridge that serves runs of ours."""

    def make(*, edges: bool = False, whole: bool = False, socket: str = "REQ") -> SourceSection:
        further = frozenset({"pump", "timing_tool_fs"} if whole else ())
        text = source_section("tcp://127.0.0.1:1", socket, edges=edges, further=further)
        text = text.replace("[source]\n", "[source]\ndeadline_s = 0.0\n")
        section = Setup.from_toml(with_source(setup_text, text)).source
        assert section is not None
        return section

    return make


@pytest.fixture(scope="session")
def train() -> Train:
    """One with two pulses and a hit."""
    return bridge_trains()[1]


@pytest.fixture(scope="session")
def as_bridge() -> Callable[[Train], Frames]:
    return lambda train: bridge_message(train, "2.2")


@pytest.fixture(scope="session")
def as_batch() -> Callable[[Train], Frames]:
    return lambda train: [bytes(frame) for frame in encode(batch_message(Batch.of([train]), 0, OWN, "run"))]


@pytest.fixture(scope="session")
def hostile_to_sources(good: dict[Kind, Frames], as_batch: Callable[[Train], Frames]) -> dict[str, Hostile]:
    """Of our wire and of a bridge, about trains that are all different, so that none is left out for having come."""
    trains = [replace(each, train_id=1000 + 10 * k) for k, each in enumerate(bridge_trains() * 100)]
    batches = [as_batch(each) for each in trains]
    of_bridge = [bridge_message(each, protocol) for each in trains for protocol in ("1.0", "2.2")]
    return {
        "wire": Hostile([*good.values(), *batches], [each.frames for each in corpus.kept("wire")], WIRE),
        "bridge": Hostile(of_bridge, [each.frames for each in corpus.kept("bridge")], BRIDGE),
    }


@pytest.fixture
def blame() -> Callable[[Frames], None]:
    """Keep a message that did harm, where a person runs the tests."""

    def keep(frames: Frames) -> None:
        if "KEEP_HOSTILE" in os.environ:
            corpus.write("found", "Say here what it did.", "wire", "refused", frames)

    return keep
