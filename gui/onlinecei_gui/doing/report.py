"""A report on one moment: one HTML page with everything in it, for a logbook."""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from onlinecei.files.provenance import origin_in_words
from onlinecei_gui.doing.marks import Mark
from onlinecei_gui.moment import Moment
from onlinecei_gui.words import channel_name, grouped

STYLE = """
body { font: 15px/1.45 Inter, "Noto Sans", "Segoe UI", sans-serif; color: #17202b; max-width: 1180px;
  margin: 32px auto; padding: 0 16px; }
h1 { font-size: 26px; margin-bottom: 4px; } h2 { font-size: 18px; margin: 28px 0 8px; }
table { border-collapse: collapse; } td, th { padding: 3px 14px 3px 0; text-align: left; vertical-align: top; }
th { color: #55616f; font-weight: 600; border-bottom: 1px solid #cfd6df; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
figure { display: inline-block; margin: 6px; } img { border-radius: 6px; max-width: 100%; }
pre { background: #f1f4f8; padding: 12px; border-radius: 6px; overflow-x: auto; font-size: 13px; }
p.status { color: #55616f; margin-top: 0; }
"""


def report(
    moment: Moment, *, made: str, status: str, pictures: Mapping[str, bytes], marks: Sequence[Mark], version: str
) -> str:
    """Write the page.

    Parameters
    ----------
    moment
        What is reported on.
    made
        When, for people.
    status
        The one word for the line, and why.
    pictures
        PNG files by title.
    marks
        Set on this run.
    version
        Of the program.

    Returns
    -------
    str
        HTML that needs nothing beside it.
    """
    run = escape(moment.snapshot.title)
    parts = [
        f"<h1>{run}</h1><p class=status>{escape(status)} · {escape(made)} · onlinecei {escape(version)}</p>",
        "".join(_figure(title, png) for title, png in pictures.items()),
        _section("Geometries", _geometries(moment)),
        _section("Left out", _left_out(moment)),
        _section("Marks", _table(("time", "train", "note"), ((m.time, m.train, m.note) for m in marks))),
        _section("Counts", _table(("what", "how many"), moment.counters.items())),
        _section("Where it comes from", _table(("", ""), origin_in_words(moment.snapshot).items())),
        f"<h2>Setup {moment.setup.hash[:12]}</h2><pre>{escape(moment.snapshot.setup_text)}</pre>",
    ]
    head = f"<meta charset=utf-8><title>{run}</title><style>{STYLE}</style>"
    return f"<!doctype html><html lang=en><head>{head}</head><body>{''.join(parts)}</body></html>\n"


def _figure(title: str, png: bytes) -> str:
    return f"<figure><img alt='{escape(title)}' src='data:image/png;base64,{b64encode(png).decode()}'></figure>"


def _geometries(moment: Moment) -> str:
    rows = []
    for each in moment.snapshot.reconstructions:
        delay = moment.delay_names[each.centroids.delay_bin]
        name = channel_name(each.centroids.channel, each.centroids.state)
        said = f"misfit {100 * each.misfit:.2g} %, {each.solutions} solutions" if each.found else each.reason
        rows.append((name, delay, each.centroids.events, f"{each.centroids.mean_ker_ev:.2f}", said))
    return _table(("channel", "delay", "events", "mean KER, eV", "geometry"), rows)


def _left_out(moment: Moment) -> str:
    state = moment.snapshot.state
    trains = {f"trains, {reason}": count for reason, count in state.left_out.items()}
    lacking = {f"in the result, trains, {reason}": count for reason, count in state.incomplete.items()}
    hits = {f"hits, {reason}": count for reason, count in moment.rejected_hits.items()}
    return _table(
        ("what", "how many"), ((name, count) for name, count in {**trains, **hits, **lacking}.items() if count)
    )


def _section(title: str, table: str) -> str:
    return f"<h2>{title}</h2>{table}" if table else ""


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = ["<tr>" + "".join(_cell(value) for value in row) + "</tr>" for row in rows]
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    return f"<table><tr>{head}</tr>{''.join(lines)}</table>" if lines else ""


def _cell(value: object) -> str:
    if isinstance(value, int):
        return f"<td class=number>{grouped(value)}</td>"
    return f"<td>{escape('' if value is None else str(value))}</td>"
