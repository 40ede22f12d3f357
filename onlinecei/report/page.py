"""The report of a run: one page that needs nothing else, to read on a screen or on paper."""

import json
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from itertools import groupby

from onlinecei import __version__
from onlinecei.files.provenance import provenance
from onlinecei.records import Condition, Snapshot, condition
from onlinecei.report.figures import drawings
from onlinecei.report.tables import channels_table, delays_table, geometries_table, left_out_table
from onlinecei.report.words import channel_in_words, formula_in_words
from onlinecei.setup import Setup

MARK = "<!-- report of a run by onlinecei -->"
"""In every report, so that one may be replaced by the next without asking."""


def report_page(snapshot: Snapshot) -> str:
    """Write the page; it loads nothing from elsewhere."""
    setup = Setup.from_toml(snapshot.setup_text)
    title = f"{formula_in_words(setup.molecule.formula)}, {snapshot.title}"
    body = "\n".join([*_opening(snapshot, setup, title), *_figures(snapshot, setup), *_closing(snapshot, setup)])
    return page(title, MARK, body)


def page(title: str, mark: str, body: str) -> str:
    """Put a body into a whole page with the style of all reports."""
    style = files("onlinecei.report").joinpath("style.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n{mark}\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _opening(snapshot: Snapshot, setup: Setup, title: str) -> Iterator[str]:
    state = snapshot.state
    of = f" of {state.trains_expected:,}" if state.trains_expected else ""
    yield f"<h1>{escape(title)}</h1>"
    trains = f"{state.total.train_count:,}{of} trains"
    yield f'<p class="soft">{trains} · setup {setup.hash[:12]} · onlinecei {__version__}</p>'
    tone, sentence = _judged(snapshot)
    yield f'<section class="verdict {tone}"><p>{escape(sentence)}</p>'
    notes = list(_notes(snapshot, setup))
    if notes:
        yield "<ul>" + "".join(f"<li>{escape(note)}</li>" for note in notes) + "</ul>"
    yield "</section>"
    yield "<h2>Channels</h2>"
    yield from channels_table(snapshot, setup)


def _judged(snapshot: Snapshot) -> tuple[str, str]:
    """Say in one sentence what the run came to."""
    made = [each for each in snapshot.reconstructions if each.centroids.events]
    found = [each for each in made if each.found]
    if not made:
        return "bad", "No channel has an event."
    if not found:
        return "look", f"{len(made)} channels and delay bins have events, none of them a geometry."
    doubtful = sum(bool(each.doubts) for each in found)
    sentence = f"{len(found)} of {len(made)} channels and delay bins have a geometry"
    return ("look", f"{sentence}, {doubtful} of them doubtful.") if doubtful else ("good", f"{sentence}.")


def _notes(snapshot: Snapshot, setup: Setup) -> Iterator[str]:
    state = snapshot.state
    if lost := sum(state.left_out.values()):
        yield f"{lost:,} trains are not in it; what became of them is at the end."
    for reason, count in state.incomplete.items():
        yield f"{count:,} trains are in it and not whole: {reason}."
    if condition(state.facts, finished=state.finished) is not Condition.FINISHED:
        yield "The run had not come to its end."
    for each in snapshot.reconstructions:
        measured = each.centroids
        if measured.explained_by_chance and measured.events:
            at = f", {setup.delays.labels[measured.delay_bin]}" if len(setup.delays.bins) > 1 else ""
            said = f"chance alone may explain its {measured.events:,} events"
            yield f"{channel_in_words(measured.name)}{at}: {said}."


def _figures(snapshot: Snapshot, setup: Setup) -> Iterator[str]:
    """Give the figures under their headings, words once, and the table of bonds after the molecules."""
    said: set[str] = set()
    for heading, group in groupby(drawings(snapshot, setup), key=lambda each: each.heading):
        yield f"<h2>{escape(heading)}</h2>"
        for each in group:
            words = "" if each.words in said else f"<figcaption>{escape(each.words)}</figcaption>"
            said.add(each.words)
            yield f"<figure>{each.svg}{words}</figure>"
            if each.name == "molecules":
                yield from geometries_table(snapshot, setup)


def _closing(snapshot: Snapshot, setup: Setup) -> Iterator[str]:
    if len(setup.delays.bins) > 1:
        yield "<h2>Every delay</h2>"
        yield from delays_table(snapshot, setup)
    yield "<h2>What is in it and what is not</h2>"
    yield from left_out_table(snapshot, setup)
    yield "<h2>Where it comes from</h2>"
    told = {name: value for name, value in provenance(snapshot).items() if name not in {"setup", "counters"}}
    yield f"<pre>{escape(_lines(told))}</pre>"
    yield f"<details open><summary>The setup</summary><pre>{escape(snapshot.setup_text)}</pre></details>"
    yield "<footer>± is one standard error. Axes: z along the time of flight, x and y in the detector plane; the "
    yield "molecular frame has the first ion along x. Momenta in atomic units.</footer>"


def _lines(told: dict[str, object]) -> str:
    return "\n".join(
        f"{name}: {value if isinstance(value, str | int | float) else json.dumps(value)}"
        for name, value in told.items()
        if value not in (None, {}, [])
    )
