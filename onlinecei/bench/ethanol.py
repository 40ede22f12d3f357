"""Ethanol at twenty hits a pulse, simulated: as in a bright focus, and as bad as it can get."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from onlinecei.arrays import I8
from onlinecei.bench.cases import HITS_PER_BATCH, LINE_BATCHES, Case
from onlinecei.files.run import open_run
from onlinecei.records import Batch
from onlinecei.setup import Setup
from onlinecei.twin import Detector, TwinOptions, load_molecule, simulate

SETUP = """
[molecule]
formula = "C2H6O"
[spectrometer]
acceleration_mm = 95.0
field_v_per_mm = 40.0
[[ions]]
name = "O+"
momentum_max_au = 230.0
[[ions]]
name = "C+"
momentum_max_au = 230.0
[[ions]]
name = "H+"
momentum_max_au = 120.0
[[channels]]
ions = ["O+", "C+", "C+"]
missing_momentum_au = 50.0
map_max_au = 200.0
[[channels]]
ions = ["O+", "C+", "C+", "H+"]
missing_momentum_au = 90.0
map_max_au = 200.0
[[channels]]
ions = ["C+", "C+", "H+"]
missing_momentum_au = 140.0
map_max_au = 200.0
[histograms]
ker_max_ev = 300.0
"""
"""Spectrometer and windows are those of the shipped run. What ions may miss lets 91, 83 and 82 % of the true
combinations pass where molecules become nine ions of charge one."""
EVERY_ION = "O+/C+/C+/H+/H+/H+/H+/H+/H+"
HITS_PER_PULSE = 20
PULSES = 20_000
MOLECULES_PER_PULSE = 7.2
"""With half of the ions detected, and some of the protons lost to the dead time, twenty hits a pulse."""
DETECTOR = Detector(dead_time_ns=10.0, dead_radius_mm=10.0)


def nine_ions_case(pulses: int = PULSES) -> Case:
    """Every molecule becomes nine ions of charge one: no pulse can hold more combinations of these channels."""
    setup = Setup.from_toml(SETUP)
    options = TwinOptions(
        pulses=pulses, molecules_per_pulse=MOLECULES_PER_PULSE, efficiency=0.5, detector=DETECTOR,
        channels=((EVERY_ION, 1.0),), geometries=1000,
    )  # fmt: skip
    simulated, _ = simulate(load_molecule("ethanol"), setup, options, 1)
    trains = HITS_PER_BATCH // (HITS_PER_PULSE * options.pulses_per_train)
    batches = [part for batch in simulated for part in _parts(batch, trains)]
    return Case.of(
        "ethanol, nine ions",
        "simulated here, every molecule to nine ions, 10 ns and 10 mm of dead time",
        setup,
        batches,
    )


def crowded_case(run_path: Path, batches: int = LINE_BATCHES) -> Case:
    """The shipped Monte Carlo run as a focus twenty times as bright would give it.

    Molecules come independently, so a pulse of that focus is many pulses on top of each other. Each batch is the whole
    run, its pulses in another order.
    """
    with open_run(run_path) as run:
        whole = Batch.of([train for batch in run.batches(HITS_PER_BATCH) for train in batch.trains()])
    together = max(round(HITS_PER_PULSE * whole.pulses / whole.hits), 1)
    rng = np.random.default_rng(1)
    crowds = [crowd(whole, together, rng.permutation(whole.pulses), train) for train in range(batches)]
    note = f"simulated, {run_path.name}, {together} pulses on top of each other"
    return Case.of("ethanol, Monte Carlo", note, Setup.from_toml(SETUP), crowds)


def crowd(batch: Batch, together: int, order: I8, train_id: int) -> Batch:
    """Lay so many pulses at a time on top of each other, in an order given; the hits of each pulse by time."""
    pulses = order.size // together
    order = order[: pulses * together]
    first = batch.first_hit.astype(np.int64)
    start, count = first[order], first[order + 1] - first[order]
    before = np.cumsum(count) - count
    rows = np.repeat(start - before, count) + np.arange(count.sum())
    pulse = np.repeat(np.arange(order.size) // together, count)
    rows = rows[np.lexsort((batch.t_ns[rows], pulse))]
    return Batch(
        train_id=np.array([train_id], dtype=np.uint64),
        first_pulse=np.array([0, pulses], dtype=np.uint64),
        pulse_id=np.arange(pulses, dtype=np.uint32),
        delay_fs=batch.delay_fs[order[::together]],
        energy_uj=batch.energy_uj[order[::together]],
        first_hit=np.searchsorted(pulse, np.arange(pulses + 1)).astype(np.uint64),
        x_mm=batch.x_mm[rows],
        y_mm=batch.y_mm[rows],
        t_ns=batch.t_ns[rows],
    )


def one_pulse(case: Case, hits: int) -> Batch:
    """The first hits of a case as one pulse."""
    batch = case.batches[0]
    pulses = int(np.searchsorted(batch.first_hit, hits))
    whole = crowd(batch, pulses, np.arange(pulses), 0)
    columns = {name: getattr(whole, name) for name in Batch.__slots__}
    columns |= {name: columns[name][:hits] for name in ("x_mm", "y_mm", "t_ns")}
    return Batch(**columns | {"first_hit": np.array([0, hits], dtype=np.uint64)})


def _parts(batch: Batch, trains: int) -> Iterator[Batch]:
    rest: Batch | None = batch
    while rest is not None:
        part, rest = rest.split(trains)
        yield part
