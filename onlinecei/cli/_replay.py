"""`onlinecei replay`."""

from pathlib import Path
from typing import Annotated

import typer

from onlinecei.cli import _dashboard
from onlinecei.cli._follow_replay import follow
from onlinecei.cli._options import RunArgument, text_of_file, trains_per_second
from onlinecei.cli._output import make_directory, words
from onlinecei.cli._per_event import PerEventOption, by_events
from onlinecei.cli._result import report, write
from onlinecei.cli._stopping import begun
from onlinecei.cli._trains import look_into

EXAMPLES = """Examples:

onlinecei replay water --headless --workers 2 --out out/water

onlinecei replay run.h5 --setup before.toml --revise 1520:after.toml"""


def replay(
    run: RunArgument,
    *,
    setup: Annotated[
        Path | None,
        typer.Option(help="Setup file (TOML); omitted: the one stored in the run. Files of a facility hold none."),
    ] = None,
    rate: Annotated[str, typer.Option(help="Trains per second, or 'max'.")] = "max",
    workers: Annotated[int, typer.Option(min=1, max=256, help="Worker processes.")] = 1,
    per_event: PerEventOption = False,
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
    setup_text, contents = look_into(run, setup)
    if per_event:
        setup_text = by_events(setup_text)
    revisions = tuple(_revision(each, per_event=per_event) for each in revise or [])
    if out is not None:
        make_directory(out)
    show = _dashboard.wanted(gui)
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
    train, _, name = said.partition(":")
    if not train.isdecimal() or not name:
        raise typer.BadParameter(f"--revise is '{said}', expected a train ID, a colon and a setup file")
    text = text_of_file(Path(name))
    return int(train), by_events(text) if per_event else text
