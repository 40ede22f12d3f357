"""Numbers of a channel at each delay, with errors: what the panel of delays can draw."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from onlinecei.arrays import F8
from onlinecei.records import Centroids
from onlinecei.setup import ChannelSection
from onlinecei_gui.molecule.frames import Frame
from onlinecei_gui.molecule.geometry import measure, quantities
from onlinecei_gui.moment import Moment

KER, YIELD = "kinetic energy release", "true events"

ALL_COUNT = "false coincidences are not known everywhere: there all events count"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Values:
    """One quantity at D delays."""

    label: str
    """With its unit in brackets."""
    from_fs: F8
    to_fs: F8
    values: F8
    """NaN where there is none."""
    errors: F8
    """NaN where they are not known."""
    remark: str = ""
    """What is approximate."""


def measured(moment: Moment, section: ChannelSection, rows: Sequence[Centroids], kind: str) -> Values:
    """Give the yield or the kinetic energy release, at all delay bins of a channel, that without pump too."""
    found = {each.delay_bin: each for each in rows}
    bins = range(len(moment.setup.delays.bins))
    one, unit = (_yield, "per 1000 pulses") if kind == YIELD else (_ker, "eV")
    pairs = np.array([one(moment, section, found.get(delay), delay) for delay in bins]).reshape(-1, 2)
    edges = np.array(moment.setup.delays.bins, dtype=np.float64).reshape(-1, 2)
    return Values(
        label=f"{kind} [{unit}]", from_fs=edges[:, 0], to_fs=edges[:, 1], values=pairs[:, 0], errors=pairs[:, 1],
        remark=ALL_COUNT if kind == YIELD and not _all_known(moment, section) else "",
    )  # fmt: skip


def names_of(frames: Sequence[Frame]) -> Mapping[str, tuple[int, ...]]:
    """Name the distances and angles of a molecule: bonds and the angles between them first, then other distances."""
    if not frames:
        return {}
    found: dict[str, tuple[int, ...]] = {}
    for everything in (False, True):
        for frame in frames:
            rows = quantities(frame.shown, everything=everything)
            found |= {each.name: each.atoms for each in rows if each.name not in found}
    return found


def of_geometries(moment: Moment, frames: Sequence[Frame], atoms: tuple[int, ...]) -> Values:
    """Give a distance or an angle at all delay bins; there is none where there is no geometry, and without pump."""
    edges = np.array(moment.setup.delays.bins, dtype=np.float64).reshape(-1, 2)
    found = {frame.found.centroids.delay_bin: measure(frame.shown, atoms) for frame in frames}
    rows = [found.get(delay) for delay in range(len(edges))]
    one = next(iter(found.values()))
    return Values(
        label=f"{one.name} [{one.unit}]", from_fs=edges[:, 0], to_fs=edges[:, 1],
        values=np.array([each.value if each else math.nan for each in rows]),
        errors=np.array([each.error if each else math.nan for each in rows]),
    )  # fmt: skip


def _all_known(moment: Moment, section: ChannelSection) -> bool:
    false = moment.false(f"{section.name}:events")
    return false is not None and bool(np.isfinite(false).all())


def _yield(moment: Moment, section: ChannelSection, measured: Centroids | None, delay: int) -> tuple[float, float]:
    """Per thousand pulses, empty ones included; without what mixed pulses tell, all events count."""
    pulses = int(moment.counts("pulses_by_delay")[delay])
    events = int(moment.counts(f"{section.name}:events")[delay])
    false = moment.false(f"{section.name}:events")
    known = false is not None and math.isfinite(false[delay])
    true = events - float(false[delay]) if false is not None and known else float(events)
    spread = measured.false_error if measured and known and math.isfinite(measured.false_error) else 0.0
    if not pulses:
        return math.nan, math.nan
    return 1000 * true / pulses, 1000 * math.hypot(math.sqrt(max(events, 1)), spread) / pulses


def _ker(moment: Moment, section: ChannelSection, measured: Centroids | None, delay: int) -> tuple[float, float]:
    """Mean of true events, with the width of the histogram over the root of their number; of all, as geometries are."""
    name = f"{section.name}:ker"
    counts, edges = moment.whole.counts(name)[delay].astype(np.float64), moment.edges(name)
    if measured is None or counts.sum() < 2 or not math.isfinite(measured.mean_ker_ev):
        return math.nan, math.nan
    places = 0.5 * (edges[1:] + edges[:-1])
    mean = np.average(places, weights=counts)
    width = math.sqrt(float(np.average((places - mean) ** 2, weights=counts)))
    return measured.mean_ker_ev, width / math.sqrt(max(measured.true_events, 1.0))
