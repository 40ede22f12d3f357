"""True hits to what is written: measured hits, or the edges of a delay-line detector."""

from typing import Any

import numpy as np

from onlinecei.arrays import F8
from onlinecei.records import Edges, Train
from onlinecei.setup import DelayLinesSection, Setup
from onlinecei.twin.delay_lines import NOISE, fire
from onlinecei.twin.detector import background_end_ns, measured
from onlinecei.twin.flight import Landed
from onlinecei.twin.options import TwinOptions
from onlinecei.twin.pulses import Pulses
from onlinecei.twin.truth import Truth


def hits_train(
    train_id: int,
    pulses: Pulses,
    hits: Landed,
    setup: Setup,  # noqa: ARG001 - one shape for both ways to read out
    options: TwinOptions,
    truth: Truth,
    rng: np.random.Generator,
) -> Train:
    """Hits with the errors and losses of the detector."""
    found = measured(hits, options.detector, rng)
    truth.add("hit", molecule=found.molecule, ion=found.ion)
    first = np.searchsorted(found.pulse, np.arange(pulses.number + 1)).astype(np.uint32)
    columns = {name: getattr(found, name).astype(np.float32) for name in ("x_mm", "y_mm", "t_ns")}
    return Train(train_id=train_id, first_hit=first, **columns, **_of_pulses(pulses, options))


def edges_train(
    train_id: int,
    pulses: Pulses,
    hits: Landed,
    setup: Setup,
    options: TwinOptions,
    truth: Truth,
    rng: np.random.Generator,
) -> Train:
    """Edges that the hits make in the channels of the digitiser."""
    edges = _edges(pulses, hits, setup, options, truth, rng)
    none = np.empty(0, dtype=np.float32)
    return Train(
        train_id=train_id,
        first_hit=np.zeros(pulses.number + 1, dtype=np.uint32),
        x_mm=none,
        y_mm=none,
        t_ns=none,
        edges=edges,
        **_of_pulses(pulses, options),
    )


def _edges(
    pulses: Pulses, hits: Landed, setup: Setup, options: TwinOptions, truth: Truth, rng: np.random.Generator
) -> Edges:
    lines = setup.delay_lines
    assert isinstance(lines, DelayLinesSection)  # noqa: S101 - `simulate` has looked
    fired = fire(hits, pulses.number, background_end_ns(setup), lines, options.signals, rng)
    before = truth.count("true_hit/pulse")
    truth.add(
        "true_hit",
        pulse=hits.pulse + pulses.before,
        molecule=hits.molecule,
        ion=hits.ion,
        x_mm=hits.x_mm,
        y_mm=hits.y_mm,
        t_ns=hits.t_ns,
    )
    truth.add("edge", hit=np.where(fired.hit == NOISE, NOISE, fired.hit + before))
    return fired.as_edges(pulses.number)


def _of_pulses(pulses: Pulses, options: TwinOptions) -> dict[str, Any]:
    energy: F8 = pulses.energy * options.beam.pulse_energy_uj
    return {
        "pulse_id": pulses.pulse_id,
        "delay_fs": pulses.delay_fs,
        "energy_uj": energy.astype(np.float32),
        "pump": pulses.pump,
        "simulated": True,
    }
