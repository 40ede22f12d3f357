"""`onlinecei replay`."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onlinecei.cli import _dashboard
from onlinecei.cli._follow_replay import follow
from onlinecei.cli._options import trains_per_second
from onlinecei.cli._output import make_directory, words
from onlinecei.cli._result import report, write
from onlinecei.cli._stopping import begun
from onlinecei.errors import RunFileError, SetupError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onlinecei.files.run import RunFile

EXAMPLES = """Examples:

onlinecei replay replay_data/water.h5 --headless --workers 2 --out out/water

onlinecei replay run.h5 --setup before.toml --revise 1520:after.toml"""


def replay(
    run: Annotated[Path, typer.Argument(help="Run file (HDF5), or a folder of them.", show_default=False)],
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
    with begun(Line(source, setup_text, workers=workers, trains_per_second=pace, revisions=revisions)) as line:
        words.print(f"dashboard --connect and revise reach it at {line.endpoint}", highlight=False, soft_wrap=True)
        window = _dashboard.start(line.endpoint) if show else None
        try:
            snapshot = follow(line)
        except BaseException:
            if window is not None:
                window.terminate()
            raise
        if out is not None:
            write(out, snapshot, run)
        report(snapshot)
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
    from onlinecei.setup import Setup

    runs = list(_runs(run))
    setup_text, holds_edges = runs[-1].setup_text, runs[-1].holds_edges
    hits, edges = sum(each.hits for each in runs), sum(each.edges for each in runs)
    rows = f"{edges:,} delay-line edges" if holds_edges else f"{hits:,} hits"
    trains, pulses = sum(each.trains for each in runs), sum(each.pulses for each in runs)
    contents = f"{trains:,} trains, {pulses:,} pulses, {rows}" + (f" in {len(runs)} files" if len(runs) > 1 else "")
    if not hits + edges:
        raise RunFileError(f"run file '{run}' holds {contents}: there is nothing to analyse")
    if setup is not None:
        Setup.from_file(setup)
        setup_text = setup.read_text(encoding="utf-8")
    elif len({each.setup_text for each in runs}) > 1:
        words.print("the files hold different setups: that of the last is taken for all")
    used = Setup.from_toml(setup_text, f"setup stored in {run}")
    if holds_edges:
        delay_lines_of(used)
    return setup_text, contents


def _runs(path: Path) -> "Iterator[RunFile]":
    """Look into a run file, or into each of a folder that can be read, in the order of their trains."""
    from onlinecei.files.run import open_run
    from onlinecei.stream.sources import run_files

    for each in run_files(path):
        with open_run(each) as opened:
            yield opened
