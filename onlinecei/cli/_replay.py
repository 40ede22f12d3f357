"""`onlinecei replay`."""

import re
from pathlib import Path
from typing import Annotated

import typer

from onlinecei.cli import _dashboard
from onlinecei.cli._follow import follow
from onlinecei.cli._options import trains_per_second
from onlinecei.cli._output import answers, make_directory, report_one, words
from onlinecei.errors import RunFileError, SetupError
from onlinecei.records import Snapshot

EXAMPLES = """Examples:

onlinecei replay replay_data/water.h5 --headless --workers 2 --out out/water

onlinecei replay run.h5 --setup before.toml --revise 1520:after.toml"""


def replay(
    run: Annotated[Path, typer.Argument(help="Run file (HDF5).", show_default=False)],
    *,
    setup: Annotated[Path | None, typer.Option(help="Setup file (TOML); omitted: the one stored in the run.")] = None,
    rate: Annotated[str, typer.Option(help="Trains per second, or 'max'.")] = "max",
    workers: Annotated[int, typer.Option(min=1, max=256, help="Worker processes.")] = 1,
    per_event: Annotated[
        bool, typer.Option("--per-event", help="Also reconstruct single events, and average in real space.")
    ] = False,
    revise: Annotated[
        list[str] | None,
        typer.Option(metavar="TRAIN:FILE", help="Another setup from a train on; may be repeated."),
    ] = None,
    gui: Annotated[
        bool | None, typer.Option("--gui/--headless", help="Dashboard or not; omitted: where there is a display.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Directory for result.h5, geometries.xyz and provenance.json.")
    ] = None,
) -> None:
    """Replay a recorded run through the line: the same code and the same answer as live."""
    from onlinecei.stream.config import FileSource
    from onlinecei.stream.line import Line

    pace = trains_per_second(rate)
    setup_text, contents = _look_into(run, setup)
    if per_event:
        setup_text = _by_events(setup_text)
    revisions = tuple(_revision(each, per_event=per_event) for each in revise or [])
    if out is not None:
        make_directory(out)
    show = _dashboard.display_is_there() if gui is None else gui
    words.print(f"{run}: {contents}", highlight=False)
    words.print("starting the line (the first time on a machine the stages are compiled, about a minute)")
    source = FileSource(path=run.resolve())
    with Line(source, setup_text, workers=workers, trains_per_second=pace, revisions=revisions) as line:
        words.print(f"dashboard --connect and revise reach it at {line.endpoint}", highlight=False, soft_wrap=True)
        window = _dashboard.start(line.endpoint) if show else None
        try:
            snapshot = follow(line)
        except BaseException:
            if window is not None:
                window.terminate()
            raise
        if out is not None:
            _write(out, snapshot, run)
        _report(snapshot)
        if window is not None:
            words.print("close the dashboard to finish")
            _dashboard.wait_for(window)


def _revision(said: str, *, per_event: bool) -> tuple[int, str]:
    """Read TRAIN:FILE."""
    from onlinecei.setup import Setup

    train, _, name = said.partition(":")
    if not train.isdecimal() or not name:
        raise typer.BadParameter(f"--revise is '{said}', expected a train ID, a colon and a setup file")
    Setup.from_file(Path(name))
    text = Path(name).read_text(encoding="utf-8")
    return int(train), _by_events(text) if per_event else text


def _by_events(setup_text: str) -> str:
    """Set ``per_event`` in the setup, so that the result says itself how it was made."""
    from onlinecei.setup import Setup

    if Setup.from_toml(setup_text).reconstruction.per_event:
        return setup_text
    rest = re.sub(r"(?m)^[ \t]*per_event[ \t]*=[ \t]*false[ \t]*(#.*)?$", "", setup_text)
    header = r"(?m)^([ \t]*\[[ \t]*reconstruction[ \t]*\][^\n]*)$"
    text, places = re.subn(header, r"\1\nper_event = true", rest, count=1)
    text = text if places else f"{rest.rstrip()}\n\n[reconstruction]\nper_event = true\n"
    try:
        Setup.from_toml(text)
    except SetupError as error:
        said = "--per-event finds no place in this setup: write per_event = true under [reconstruction]"
        raise SetupError(said) from error
    return text


def _look_into(run: Path, setup: Path | None) -> tuple[str, str]:
    """Give the setup to use, as text, and say what the run holds, before any process is started."""
    from onlinecei.detector import delay_lines_of
    from onlinecei.files.run import open_run
    from onlinecei.setup import Setup

    with open_run(run) as opened:
        setup_text, holds_edges = opened.setup_text, opened.holds_edges
        rows = f"{opened.edges:,} delay-line edges" if holds_edges else f"{opened.hits:,} hits"
        contents = f"{opened.trains:,} trains, {opened.pulses:,} pulses, {rows}"
        if not opened.hits + opened.edges:
            raise RunFileError(f"run file '{run}' holds {contents}: there is nothing to analyse")
    if setup is not None:
        Setup.from_file(setup)
        setup_text = setup.read_text(encoding="utf-8")
    used = Setup.from_toml(setup_text, f"setup stored in {run}")
    if holds_edges:
        delay_lines_of(used)
    return setup_text, contents


def _write(out: Path, snapshot: Snapshot, run: Path | None) -> None:
    from onlinecei.files.geometries import write_geometries
    from onlinecei.files.provenance import write_provenance
    from onlinecei.files.result import write_result

    write_result(out / "result.h5", snapshot)
    write_geometries(out / "geometries.xyz", snapshot.reconstructions)
    write_provenance(out / "provenance.json", snapshot, run)
    words.print(f"wrote {out / 'result.h5'}, {out / 'geometries.xyz'}, {out / 'provenance.json'}")


def _report(snapshot: Snapshot) -> None:
    """Say what was found, and on how many events it rests."""
    from onlinecei.centroids import Layout
    from onlinecei.centroids.quality import qualities
    from onlinecei.cli._quality import quality_table
    from onlinecei.setup import Setup

    state, setup = snapshot.state, Setup.from_toml(snapshot.setup_text)
    counters = Layout.of(setup).counters(state.total.values)
    answers.print(
        f"{snapshot.run}: {state.total.train_count:,} of {state.trains_expected:,} trains, "
        f"{counters['pulses']:,} pulses, {counters['hits']:,} hits",
        highlight=False,
    )
    kinds = ["hits_", "ions_", "edges_", "pulses_outside_"]
    if setup.delays.leaves_out_unpumped:
        kinds.append("pulses_without_pump")
    left_out = {name: count for name, count in counters.items() if name.startswith(tuple(kinds)) and count}
    for name, count in {**left_out, **{f"trains: {reason}": count for reason, count in state.rejected.items()}}.items():
        answers.print(f"  left out, {name.replace('_', ' ')}: {count:,}", highlight=False)
    for each in snapshot.reconstructions:
        report_one(each)
    if rows := qualities(state.total.values, snapshot.reconstructions, setup):
        answers.print(quality_table(rows), highlight=False)
