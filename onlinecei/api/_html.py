"""Runs and results as a notebook shows them."""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from math import isnan

from onlinecei.files.provenance import origin_in_words
from onlinecei.records import Centroids, Reconstruction, Snapshot
from onlinecei.report.molecules import molecules
from onlinecei.setup import Setup

_TABLE = '<table style="font-variant-numeric: tabular-nums">'


def run(name: str, contents: Mapping[str, str], skipped: Mapping[str, int], setup_text: str) -> str:
    """Show what a run holds."""
    said = ", ".join(f"{count} {what}" for what, count in contents.items())
    left_out = "".join(f"<br>left out, trains: {escape(reason)}: {count:,}" for reason, count in skipped.items())
    setup = f"<details><summary>setup</summary><pre>{escape(setup_text)}</pre></details>"
    return f"<div><b>{escape(name)}</b><br>{said}{left_out}{setup}</div>"


def result(snapshot: Snapshot, setup: Setup) -> str:
    """Show what a run came to: a row for each channel and delay bin."""
    state = snapshot.state
    head = f"<b>{escape(snapshot.title)}</b><br>{state.total.train_count:,} of {state.trains_expected:,} trains"
    left_out = "".join(
        f"<br>{what}, trains: {escape(reason)}: {count:,}"
        for what, trains in (("left out", state.left_out), ("incomplete", state.incomplete))
        for reason, count in trains.items()
    )
    rows = (_row(each, setup) for each in snapshot.reconstructions)
    table = "".join(_table(("channel", "delay", "events", "true share", "KER [eV]", "geometry"), rows))
    return f"<div>{head}{left_out}{table}{_picture(snapshot, setup)}<small>setup {setup.hash[:12]}</small></div>"


def _picture(snapshot: Snapshot, setup: Setup) -> str:
    """Show the geometries that were found."""
    drawing = next(molecules(snapshot, setup), None)
    if drawing is None:
        return ""
    data = b64encode(drawing.file("svg", origin=origin_in_words(snapshot))).decode()
    return f'<img style="max-width: 100%" alt="geometries" src="data:image/svg+xml;base64,{data}"><br>'


def _row(each: Reconstruction, setup: Setup) -> Sequence[str]:
    measured = each.centroids
    geometry = f"misfit {each.misfit:.2%}" if each.found else f"none: {each.reason}"
    doubts = f"; doubtful: {'; '.join(each.doubts)}" if each.doubts else ""
    ker = f"{measured.mean_ker_ev:.2f}" if measured.events else ""
    label = setup.delays.labels[measured.delay_bin]
    return measured.name, label, f"{measured.events:,}", _true_share(measured), ker, geometry + doubts


def _true_share(measured: Centroids) -> str:
    if not measured.events or isnan(measured.false_events):
        return ""
    return f"{measured.true_events / measured.events:.1%} ± {measured.false_error / measured.events:.1%}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _TABLE
    yield f"<tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"
    yield "</table>"
