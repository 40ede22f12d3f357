"""Where the time of a worker goes: nanoseconds per hit of each of its steps, and what the memory would allow."""

import time
from dataclasses import dataclass, field, fields

import numpy as np

from onlinecei.analysis import nothing, pieces
from onlinecei.arrays import I8, U8, Bool
from onlinecei.bench.bandwidth import copy_gb_per_s
from onlinecei.bench.cases import Case, analyse_messages
from onlinecei.bench.timing import timed
from onlinecei.centroids import (
    ChosenPulses,
    Layout,
    add_hits,
    add_section,
    ceiling,
    coalesced,
    hash_of_pulses,
    keep,
    keep_pulses,
    merge,
    merge_kept,
    nothing_kept,
)
from onlinecei.centroids.layout import searched
from onlinecei.coincidence import Patterns, find_all, identify, within_angles
from onlinecei.detector import accept
from onlinecei.memory import keep_freed_memory
from onlinecei.records import Batch, Coincidences, Delta, Hits, Ions
from onlinecei.setup import Setup
from onlinecei.stream.wire import decode_batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Steps of one case."""

    name: str
    steps: tuple[tuple[str, float], ...]
    """Step and nanoseconds per hit of the run."""
    whole: float
    """The whole stage, without a watch at each step."""
    wire_bytes: float
    """Per hit: what comes in, and has to be read once."""
    column_bytes: float
    """Per hit: the columns between the steps, each written once and read once."""
    copy_gb_per_s: float

    @property
    def rest(self) -> float:
        """What the steps do not explain: calls between them, less what the watch itself takes."""
        return self.whole - sum(nanoseconds for _, nanoseconds in self.steps)

    @property
    def bound_by_wire(self) -> float:
        """Hits per second if the bytes that come in were all that moves, at the speed of a copy."""
        return self.copy_gb_per_s * 1e9 / self.wire_bytes

    @property
    def bound_by_columns(self) -> float:
        """Hits per second if the columns between the steps went through the memory too; they stay in the caches."""
        return self.copy_gb_per_s * 1e9 / (self.wire_bytes + self.column_bytes)


def profile(case: Case, repeats: int) -> Profile:
    """Measure every step of a case where it stands in the line, in one thread: the best turn of each."""
    keep_freed_memory()
    turns = [_turn(case) for _ in range(repeats + 1)][1:]
    whole, _ = timed(lambda: analyse_messages(case.messages, case.setup), repeats, time.thread_time)
    steps = {name: min(turn.seconds[name] for turn in turns) for name in turns[0].seconds}
    return Profile(
        name=case.name, steps=tuple((name, 1e9 * seconds / case.hits) for name, seconds in steps.items()),
        whole=1e9 * whole / case.hits, wire_bytes=case.wire_bytes / case.hits,
        column_bytes=2.0 * turns[0].column_bytes / case.hits, copy_gb_per_s=copy_gb_per_s(repeats),
    )  # fmt: skip


@dataclass(slots=True)
class _Turn:
    """A stop-watch of processor time."""

    last: float = field(default_factory=time.thread_time)
    seconds: dict[str, float] = field(default_factory=dict)
    column_bytes: int = 0

    def lap(self, step: str) -> None:
        now = time.thread_time()
        self.seconds[step] = self.seconds.get(step, 0.0) + now - self.last
        self.last = now


def _turn(case: Case) -> _Turn:
    """Do what `analyse_messages` does, and read the watch after every step."""
    turn, setup, total = _Turn(), case.setup, nothing(case.setup)
    for frames in case.messages:
        batch, _ = decode_batch(frames)
        turn.lap("decode")
        top, chosen, kept = ceiling(total.pulses), [], nothing_kept(setup)
        values, hashes = Layout.of(setup).empty(), hash_of_pulses(batch)
        turn.lap("hash of pulses, empty sums")
        for pulses in pieces(batch):
            hits, found, counted = _piece(turn, batch.of_pulses(pulses), hashes[pulses], values, setup)
            kept = merge_kept(kept, keep(batch, found, counted, setup, pulses.start))
            turn.lap("keep events")
            chosen.append(ChosenPulses.of(hits, hashes[pulses], pulses.start, top))
            turn.lap("keep pulses")
        trains = coalesced(np.column_stack([batch.train_id, batch.train_id]))
        sample = keep_pulses(batch, hashes, chosen, setup.limits.kept_hits, top)
        turn.lap("keep pulses")
        delta = Delta(setup_hash=setup.hash, values=values, trains=trains, kept=kept, pulses=sample)
        total = merge(total, delta)
        turn.lap("merge")
    return turn


def _piece(
    turn: _Turn, piece: Batch, hashes: U8, values: I8, setup: Setup
) -> tuple[Hits, list[Coincidences], list[Bool]]:
    hits = accept(piece, setup)
    turn.lap("accept")
    ions = identify(hits, setup)
    turn.lap("identify")
    patterns = Patterns.of(ions, len(setup.ions))
    turn.lap("sort by species and pattern")
    found = []
    for section in setup.channels:
        own = find_all(ions, [(section.channel, *searched(section))], setup, patterns)[0]
        found.append(within_angles(own, section))
        turn.lap(f"find {section.channel}")
    delay_bin = add_hits(values, piece, hashes, hits, ions, patterns, setup)
    turn.lap("spectra, images, PIPICO, cumulants")
    counted = []
    for section, own in zip(setup.channels, found, strict=True):
        counted.append(add_section(values, Layout.of(setup), section, own, delay_bin))
        turn.lap(f"sums and maps {section.channel}")
    turn.column_bytes += _size(hits) + _size(ions) + _size(patterns)
    turn.column_bytes += sum(each.pulse.nbytes + each.ion.nbytes for each in found)
    return hits, found, counted


def _size(record: Hits | Ions | Patterns) -> int:
    return sum(getattr(getattr(record, each.name), "nbytes", 0) for each in fields(record))
