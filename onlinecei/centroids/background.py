"""False coincidences of every channel and delay bin, in the layout of the sums, from the pulses that were kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from onlinecei.arrays import F8, I8, AnyArray, Bool
from onlinecei.centroids._by_content import ByContent
from onlinecei.centroids.delays import delay_bins
from onlinecei.centroids.kept_pulses import settled
from onlinecei.centroids.layout import Layout
from onlinecei.centroids.mixed_pulses import Sample
from onlinecei.centroids.mixing import (
    BUDGET,
    LEAST_BUDGET,
    LEAST_PULSES,
    MOST_MERGED,
    MOST_ROUNDS,
    blocks_of,
    mix,
    one_delay,
)
from onlinecei.centroids.pulse_hash import pulse_hash
from onlinecei.coincidence import identify
from onlinecei.coincidence.dead_zone import DeadZone, dead_zone
from onlinecei.coincidence.mixing import partners
from onlinecei.detector import accept
from onlinecei.records import Batch, Delta, KeptPulses
from onlinecei.setup import Setup


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Background:
    """What the sums of a run hold of combinations that are no molecule."""

    values: F8
    """(V,) to subtract from the sums; zero in blocks that belong to no channel and where nothing is known."""
    squares: F8
    """(V,) the same with squared weights, times what combinations that share ions add: variances of counts. Of sums
    of momenta it holds their first and second moments."""
    error: F8
    """(C, D) standard errors of the false events, by channel and delay bin."""
    merged: I8
    """(C, D) merged pulses that they are from."""
    cut: I8
    """(C, D) merged pulses left out for too many combinations: the background is then too small."""
    known: Bool
    """(D,) whether a delay bin has pulses enough in the sample."""
    zone: DeadZone
    """What the detector loses behind an earlier hit, as found from the sample."""


def background(total: Delta, setup: Setup) -> Background | None:
    """Estimate the false coincidences of a run by event mixing; None where no pulses were kept.

    Neighbouring calls with the same sample and numbers of pulses are remembered.
    """
    sample = None if total.pulses is None else settled(total.pulses)
    if sample is None or not sample.pulses:
        return None
    layout = Layout.of(setup)
    inside = layout.view(total.values, "pulses_by_delay")
    outside = layout.counters(total.values)["pulses"] - inside.sum()
    pulses = np.append(inside, outside)
    return _background(_Question(setup, sample, pulses))


def subtracted(layout: Layout, values: I8, found: Background, name: str) -> tuple[F8, F8]:
    """Give the true part of a block of counts, and its standard errors.

    The errors are those of counts, with the background's added as if they were independent of these.
    """
    counts, block = layout.view(values, name), layout.blocks[name]
    return counts - block.of(found.values), np.sqrt(counts + block.of(found.squares))


def true_counts(layout: Layout, values: I8, found: Background, name: str) -> tuple[F8, F8]:
    """Give the true events (D,) of the channel of a name, and their standard errors."""
    true, _ = subtracted(layout, values, found, f"{name}:events")
    channel = [section.name for section in layout.setup.channels].index(name)
    return true, np.sqrt(layout.view(values, f"{name}:events") + found.error[channel] ** 2)


@dataclass(frozen=True, slots=True, eq=False)
class _Question(ByContent):
    """What false coincidences follow from, equal where the content is."""

    setup: Setup
    sample: KeptPulses
    pulses: I8
    """(D + 1,) pulses of the run in each delay bin, and outside."""

    @property
    def content(self) -> tuple[str, Iterable[AnyArray]]:
        sample = self.sample
        of_pulses = (sample.train_id, sample.pulse, sample.first_hit, sample.delay_fs, sample.energy_uj)
        return self.setup.hash, (*of_pulses, sample.x_mm, sample.y_mm, sample.t_ns, self.pulses)


@lru_cache(maxsize=4)
def _background(question: _Question) -> Background:
    setup, kept = question.setup, question.sample
    sample, bins = _sample(kept, setup), delay_bins(kept.delay_fs, setup)
    delays, channels = len(setup.delays.bins), len(setup.channels)
    rounds = min(max(MOST_MERGED // kept.pulses, 1), MOST_ROUNDS)
    values, squares = np.zeros(Layout.of(setup).size), np.zeros(Layout.of(setup).size)
    error, shape = np.zeros((channels, delays)), (channels, delays)
    merged, cut = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    known = np.zeros(delays, dtype=np.bool_)
    for number, pulses in enumerate(question.pulses.tolist()):
        outside = number == delays
        rows = np.flatnonzero(bins == (-1 if outside else number))
        if rows.size < LEAST_PULSES:
            continue
        found = mix(sample, rows, pulses, rounds, max(BUDGET / delays, LEAST_BUDGET), one_delay(setup))
        for whole, part in ((values, found.values), (squares, found.squares)):
            _put(whole, part, setup, None if outside else number)
        if not outside:
            known[number] = True
            error[:, number], merged[:, number], cut[:, number] = found.error, found.merged, found.cut
    return Background(
        values=values, squares=squares, error=error, merged=merged, cut=cut, known=known, zone=sample.zone
    )


def _sample(kept: KeptPulses, setup: Setup) -> Sample:
    batch = Batch(
        train_id=kept.train_id, first_pulse=np.arange(kept.pulses + 1, dtype=np.uint64), pulse_id=kept.pulse,
        delay_fs=kept.delay_fs, energy_uj=kept.energy_uj, first_hit=kept.first_hit, x_mm=kept.x_mm, y_mm=kept.y_mm,
        t_ns=kept.t_ns,
    )  # fmt: skip
    hits = accept(batch, setup)
    ions = identify(hits, setup)
    pairs = partners(np.zeros(kept.pulses, np.int64), kept.energy_uj, 2, 1)
    return Sample(
        hits=hits,
        ions=ions,
        zone=dead_zone(hits, ions, pairs[pairs[:, 0] >= 0]),
        energy_uj=kept.energy_uj,
        hash=pulse_hash(kept.train_id, kept.pulse),
    )


def _put(whole: F8, part: F8, setup: Setup, delay: int | None) -> None:
    """Add a delay bin; pulses outside of all bins only count where a block makes no difference between delays."""
    layout, one = Layout.of(setup), Layout.of(one_delay(setup))
    for section in setup.channels:
        for name in blocks_of(one, section):
            of_all, of_one = layout.blocks[name].of(whole), one.blocks[name].of(part)
            if name.endswith(":momentum_sum"):
                of_all += of_one
            elif delay is not None:
                of_all[delay] += of_one[0]
