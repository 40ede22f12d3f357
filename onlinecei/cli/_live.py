"""`onlinecei live`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from onlinecei.cli import _dashboard
from onlinecei.cli._options import KeysOption
from onlinecei.cli._output import make_directory, words
from onlinecei.errors import CEIError, SetupError
from onlinecei.stream.addresses import DOOR, needs_keys

if TYPE_CHECKING:
    from onlinecei.setup import Setup
    from onlinecei.stream.config import SourceConfig

EXAMPLES = """Examples:

onlinecei live --setup beamtime.toml --record /data/raw --out out/run7

onlinecei live --setup beamtime.toml --source tcp://10.0.0.1:45000 --overload drop-oldest --headless

To rehearse: onlinecei serve water --loop --live-setup water-live.toml"""


def live(
    *,
    setup: Annotated[Path, typer.Option(help="Setup file (TOML), with a section \\[source].", show_default=False)],
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="ENDPOINT", help="Address of a bridge, or a growing run file or folder; may be repeated."),
    ] = None,
    gui: Annotated[
        bool | None, typer.Option("--gui/--headless", help="Dashboard or not; omitted: where there is a display.")
    ] = None,
    record: Annotated[Path | None, typer.Option(help="Folder for run files of all that comes in.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Directory of the result, the saved state and the logs; a run goes on there.")
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin anew where --out holds a saved state.")] = False,
    overload: Annotated[
        Literal["wait", "drop-oldest"], typer.Option(help="When more comes in than is analysed.")
    ] = "wait",
    workers: Annotated[int, typer.Option(min=1, max=256, help="Worker processes.")] = 1,
    door: Annotated[str, typer.Option(help="Where status, dashboards and revise come; '' for nowhere.")] = DOOR,
    keys: KeysOption = None,
    metrics: Annotated[
        int | None, typer.Option(min=1, max=65_535, metavar="PORT", help="Figures for Prometheus, at 127.0.0.1 alone.")
    ] = None,
) -> None:
    """Analyse what comes in from a facility, while the beam is on."""
    from onlinecei.cli._follow_live import follow
    from onlinecei.cli._result import report, write
    from onlinecei.cli._stopping import begun
    from onlinecei.setup import Setup
    from onlinecei.stream.line import Line

    parsed, text = Setup.from_file(setup), setup.read_text(encoding="utf-8")
    wanted = _source(parsed, source or [], setup.stem if out is None else out.name)
    if out is not None:
        make_directory(out)
        _go_on(out, parsed, fresh=fresh)
    show = _dashboard.wanted(gui)
    words.print("starting the line (the first time on a machine the stages are compiled, about a minute)")
    line = Line(
        wanted,
        text,
        workers=workers,
        overload="wait" if overload == "wait" else "drop oldest",
        record=record.resolve() if record else None,
        keep=out.resolve() if out else None,
        doors=(door,) if door else (),
        keys=keys,
        metrics_port=metrics,
    )
    with begun(line), _window(line.endpoint, show=show):
        words.print(f"status, dashboard --connect and revise reach it at {door or line.endpoint}", highlight=False)
        snapshot = follow(line, out)
        if out is not None:
            write(out, snapshot, None)
    report(snapshot)


def _source(setup: "Setup", said: list[str], run: str) -> "SourceConfig":
    """Find out where trains come from."""
    from onlinecei.stream.config import FileSource, KaraboSource, WireSource

    paths = [Path(each) for each in said if "://" not in each]
    if paths:
        if len(said) > 1 or not paths[0].exists():
            raise CEIError(f"--source is {said[0]!r}, expected tcp://HOST:PORT, or one file or folder")
        return FileSource(path=paths[0].resolve(), growing=True)
    section = setup.source
    if section is None:
        raise SetupError("the setup does not say where data come from: add a section [source]")
    endpoints = tuple(said) or section.endpoints
    if not endpoints:
        raise CEIError('no address of a source is known: say --source, or endpoints = ["tcp://..."] in [source]')
    for endpoint in endpoints:
        needs_keys(endpoint)  # an address that cannot be used is better found here than by ingest
    if section.kind == "wire":
        if len(endpoints) > 1:
            raise CEIError(f'{len(endpoints)} addresses are said, expected one with kind = "wire"')
        return WireSource(endpoint=endpoints[0], run=run)
    return KaraboSource(endpoints=endpoints, run=run)


def _go_on(out: Path, setup: "Setup", *, fresh: bool) -> None:
    from onlinecei.stream.going_on import begin_anew, go_on

    state = out / "state"
    if fresh:
        moved = begin_anew(state)
        if moved is not None:
            words.print(f"the state of the run before is kept as {moved}", highlight=False)
        return
    before = go_on(state, setup)
    if before is not None:
        as_changed = f", and with the setup as it was changed since (revision {before.revision})"
        said = f"going on with the {before.trains:,} trains in {out}{as_changed if before.revision else ''}"
        words.print(f"{said}; --fresh begins anew", highlight=False)


@contextmanager
def _window(endpoint: str, *, show: bool) -> Iterator[None]:
    """Show the dashboard while the line runs."""
    window = _dashboard.start(endpoint) if show else None
    try:
        yield
    finally:
        if window is not None:
            _dashboard.end(window)
