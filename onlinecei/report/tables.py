"""Tables of a report: channels, geometries, and what was left out."""

import math
from collections.abc import Iterable, Iterator, Sequence
from html import escape

import numpy as np

from onlinecei import units
from onlinecei.centroids import Layout
from onlinecei.geometry import angle, atom_names, bonds, corners, distance
from onlinecei.ions import covalent_radius_au
from onlinecei.records import Centroids, Reconstruction, Snapshot
from onlinecei.report.scan import covariance_of
from onlinecei.report.words import channel_in_words, with_error
from onlinecei.setup import Setup

_LEFT_OUT = ("hits_", "ions_", "edges_", "pulses_outside", "pulses_without_pump", "pulses_sorted_in_part")
"""Beginnings of the counters that say what the analysis could not use."""


def channels_table(snapshot: Snapshot, setup: Setup) -> Iterator[str]:
    """Every channel with all its delays: events, energy, how many geometries, and why not more."""
    several = len(setup.delays.bins) > 1
    head = ("channel", "events", "true share", "mean KER [eV]", "geometries" if several else "misfit", "remarks")
    rows = (_channel(section.name, snapshot, several=several) for section in setup.channels)
    yield from table(head, [row for row in rows if row], numbers=set(head[1:5]))


def _channel(name: str, snapshot: Snapshot, *, several: bool) -> Sequence[str]:
    made = [each for each in snapshot.reconstructions if each.centroids.name == name and each.centroids.events]
    if not made:
        return ()
    found = [each for each in made if each.found]
    geometry = f"{len(found)} of {len(made)}" if several else _misfit(made[0])
    remarks = "; ".join(dict.fromkeys(remark for each in made for remark in _remarks(each)))
    measured = [each.centroids for each in made]
    events = sum(each.events for each in measured)
    kers = f"{min(each.mean_ker_ev for each in measured):.2f}", f"{max(each.mean_ker_ev for each in measured):.2f}"
    return channel_in_words(name), f"{events:,}", _true(measured), " to ".join(dict.fromkeys(kers)), geometry, remarks


def _remarks(each: Reconstruction) -> tuple[str, ...]:
    return each.doubts if each.found else (f"no geometry: {each.reason}",)


def _misfit(each: Reconstruction) -> str:
    return f"{each.misfit:.2%}" if each.found and math.isfinite(each.misfit) else ""


def delays_table(snapshot: Snapshot, setup: Setup) -> Iterator[str]:
    """Every channel and delay bin."""
    head = ("channel", "delay", "events", "true share", "mean KER [eV]", "misfit", "")
    rows = [
        (
            channel_in_words(each.centroids.name), setup.delays.labels[each.centroids.delay_bin],
            f"{each.centroids.events:,}", _true([each.centroids]), f"{each.centroids.mean_ker_ev:.2f}", _misfit(each),
            "doubtful" if each.found and each.doubts else "" if each.found else "no geometry",
        )
        for each in snapshot.reconstructions
        if each.centroids.events
    ]  # fmt: skip
    yield from table(head, rows, numbers=set(head[2:6]))


def _true(measured: Sequence[Centroids]) -> str:
    """Write the share of events that are no false coincidences, of all delays together."""
    events, false = sum(each.events for each in measured), sum(each.false_events for each in measured)
    if math.isnan(false):
        return ""
    error = math.sqrt(sum(each.false_error**2 for each in measured))
    return f"{(events - false) / events:.1%} ± {error / events:.1%}"


def geometries_table(snapshot: Snapshot, setup: Setup) -> Iterator[str]:
    """Bond lengths and angles of every geometry."""
    several = len(setup.delays.bins) > 1
    rows = [
        (
            channel_in_words(each.centroids.name),
            *((setup.delays.labels[each.centroids.delay_bin],) if several else ()),
            *row,
        )
        for each in snapshot.reconstructions
        if each.found
        for row in _quantities(each)
    ]
    head = ("channel", *(("delay",) if several else ()), "", "value", "±", "unit")
    yield from table(head, rows, numbers={"value", "±"})


def _delay(each: Reconstruction, setup: Setup) -> tuple[str, ...]:
    labels = setup.delays.labels
    return (labels[each.centroids.delay_bin],) if len(labels) > 1 else ()


def _quantities(each: Reconstruction) -> Iterator[tuple[str, str, str, str]]:
    ions, covariance = each.centroids.channel.ions, covariance_of(each)
    names = atom_names([ion.symbol for ion in ions])
    radii = np.array([covalent_radius_au(ion.atomic_number) for ion in ions])
    bonded = bonds(each.positions_au, radii)
    for i, j in bonded:
        value, error = (number / units.ANGSTROM for number in distance(each.positions_au, covariance, i, j))
        yield f"{names[i]}–{names[j]}", *with_error(value, error), "Å"
    for i, centre, j in corners(bonded, len(ions)):
        value, error = angle(each.positions_au, covariance, i, centre, j)
        yield f"{names[i]}–{names[centre]}–{names[j]}", *with_error(value, error), "°"


def left_out_table(snapshot: Snapshot, setup: Setup) -> Iterator[str]:
    """What came in, and what of it is in no result."""
    state = snapshot.state
    counters = Layout.of(setup).counters(state.total.values)
    counted = {name.replace("_", " "): count for name, count in counters.items()}
    trains = {f"trains: {reason}": count for reason, count in state.left_out.items()}
    lost = {name.replace("_", " "): count for name, count in counters.items() if name.startswith(_LEFT_OUT) and count}
    came = {"trains in the result": state.total.train_count} | {
        name: counted[name] for name in ("pulses", "hits", "edges") if name in counted
    }
    rows = [(name, f"{count:,}") for name, count in came.items()]
    rows += [(f"incomplete, trains: {reason}", f"{count:,}") for reason, count in state.incomplete.items()]
    rows += [(f"left out, {name}", f"{count:,}") for name, count in {**trains, **lost}.items()]
    yield from table(("", "number"), rows, numbers={"number"})


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: set[str]) -> Iterator[str]:
    """Lay out rows; columns of `numbers` end flush."""
    kinds = [' class="number"' if name in numbers else "" for name in head]
    yield '<div class="wide"><table class="narrow"><tr>'
    yield "".join(f"<th{kind}>{escape(name)}</th>" for kind, name in zip(kinds, head, strict=True))
    yield "</tr>"
    for row in rows:
        first, *rest = zip(kinds, row, strict=True)
        cells = f'<td class="name">{escape(first[1])}</td>' + "".join(
            f"<td{kind}>{escape(cell)}</td>" for kind, cell in rest
        )
        yield f"<tr>{cells}</tr>"
    yield "</table></div>"
