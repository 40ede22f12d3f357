"""Tables of `onlinecei bench`: the line of water and ethanol, beside PyCorrCPI, and where its time goes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table

from onlinecei.cli._output import answers

if TYPE_CHECKING:
    from onlinecei.bench.cases import Case
    from onlinecei.bench.correlations import CorrelationRow
    from onlinecei.bench.stages import Profile

CORRELATED = {
    "H2O": ((("O+", "H+"), None), (("O+", "H+", "H+"), 15.0)),
    "C2H6O": ((("C+", "H+"), None), (("O+", "C+", "C+"), 50.0)),
}
"""Ions that are correlated two- and three-fold, by molecule, and their largest momentum sum."""
MOST_IONS = 3
"""Of a channel that PyCorrCPI is given: for four it takes fifteen terms of each map."""


def print_line(folder: Path, repeats: int) -> None:
    """Measure and print what the line does with the runs of a folder, and with ethanol simulated in place."""
    from onlinecei.bench.coincidences import cases

    taken = list(cases(folder))
    answers.print(_line(taken, repeats), _pulses(taken, repeats), _workers(taken, repeats))
    _print_correlations(taken, repeats)


def print_profile(folder: Path, repeats: int) -> None:
    """Measure and print the steps of the same runs."""
    from onlinecei.bench.coincidences import cases
    from onlinecei.bench.machine import machine
    from onlinecei.bench.stages import profile

    for case in cases(folder):
        title = f"{machine()}, one thread\n{case.name}: {case.note}"
        answers.print(_profile(profile(case, repeats), title))


def _table(title: str, *heads: str) -> Table:
    table = Table(heads[0], box=None, title=title, title_justify="left")
    for head in heads[1:]:
        table.add_column(head, justify="right", no_wrap=True)
    return table


def _line(taken: "Sequence[Case]", repeats: int) -> Table:
    from onlinecei.bench.coincidences import line_row
    from onlinecei.bench.machine import machine

    rows = [line_row(case, repeats) for case in taken]
    notes = "\n".join(f"{row.name}: {row.note}" for row in rows)
    table = _table(
        f"{machine()}\nwire bytes to merged Delta, three channels, one thread, processor time\n{notes}",
        "\nrun", "hits in\na pulse", "events in\na pulse", "million\nhits/s", "\nmedian", "GB/s of\nthe wire",
        "share of\na copy",
    )  # fmt: skip
    for row in rows:
        table.add_row(
            row.name, f"{row.hits_per_pulse:.1f}", f"{row.events_per_pulse:.2f}", _millions(row.hits_per_second),
            _millions(row.median), f"{row.gb_per_second:.3f}", f"{row.share_of_copy:.2%}",
        )  # fmt: skip
    return table


def _pulses(taken: "Sequence[Case]", repeats: int) -> Table:
    from onlinecei.bench.coincidences import pulse_row

    table = _table("one pulse of many hits, three channels", "run", "hits", "ms", "events found", "channels cut")
    for case in taken:
        row = pulse_row(case, repeats)
        table.add_row(row.name, str(row.hits), f"{row.milliseconds:.2f}", str(row.found), str(row.cut))
    return table


def _workers(taken: "Sequence[Case]", repeats: int) -> Table:
    from onlinecei.bench.coincidences import workers_rows

    table = _table("several workers at once, by the clock", "run", "workers", "million hits/s", "to one")
    for case in taken:
        for row in workers_rows(case, repeats):
            table.add_row(row.name, str(row.workers), _millions(row.hits_per_second), f"{row.ratio:.2f}")
    return table


def _print_correlations(taken: "Sequence[Case]", repeats: int) -> None:
    from onlinecei.errors import CEIError

    try:
        answers.print(_correlations([row for case in taken for row in _correlated(case, repeats)]))
    except CEIError as error:
        answers.print(f"nothing beside PyCorrCPI: {error}")


def _correlated(case: "Case", repeats: int) -> "list[CorrelationRow]":
    from onlinecei.bench.correlations import correlation_row, everything_row, pairs_row

    wanted = CORRELATED[case.setup.molecule.formula]
    rows = [correlation_row(case, ions, repeats, sum_au) for ions, sum_au in wanted]
    rows.append(pairs_row(case, repeats))
    if max(len(section.channel.ions) for section in case.setup.channels) <= MOST_IONS:
        rows.append(everything_row(case, repeats))
    return rows


def _correlations(rows: "Sequence[CorrelationRow]") -> Table:
    table = _table(
        "beside PyCorrCPI on the same hits, millions of hits/s of one thread\n"
        "ours: all spectra and maps; PyCorrCPI: one map, from the same momenta",
        "\n\nions", "ours,\nwhole\nstage", "ours,\nfrom\nmomenta", "its\ncoinci-\ndences", "its\ncova-\nriance",
        "stage to\ncoinci-\ndences", "stage to\ncova-\nriance",
    )  # fmt: skip
    for row in rows:
        speeds = (row.stage, row.from_momenta, row.coincidences, row.covariance)
        ratios = (row.stage / row.coincidences, row.stage / row.covariance)
        table.add_row(row.name, *map(_millions, speeds), *(f"{ratio:.0f}" for ratio in ratios))
    return table


def _profile(profile: "Profile", title: str) -> Table:
    copy = f"\na copy in memory reads and writes {profile.copy_gb_per_s:.1f} GB/s"
    table = _table(title + copy, "step", "ns per hit", "share")
    for step, value in (*profile.steps, ("all else", profile.rest), ("whole stage", profile.whole)):
        table.add_row(step, f"{value:.1f}", f"{value / profile.whole:.0%}")
    both = profile.wire_bytes + profile.column_bytes
    bounds = (
        ("wire", profile.wire_bytes, profile.bound_by_wire),
        ("wire and columns", both, profile.bound_by_columns),
    )
    for name, size, bound in bounds:
        table.add_row(f"bound by memory: {name}, {size:.0f} bytes a hit", f"{1e9 / bound:.2f}", "")
    return table


def _millions(rate: float) -> str:
    return f"{rate / 1e6:.2f}"
