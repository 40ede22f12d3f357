"""The command line: thin, no physics. Exit status 0 done, 1 failed, 2 wrong usage."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from onlinecei import __version__, units
from onlinecei.errors import CEIError, LineError, RunFileError
from onlinecei.records import Reconstruction, Snapshot

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Molecular geometries from Coulomb explosion imaging, while the beam is on.",
)
words = Console(stderr=True)
"""Progress and errors."""
answers = Console()
"""Results."""

RunArgument = Annotated[Path, typer.Argument(help="Run file (HDF5).", show_default=False)]
SetupOption = Annotated[Path | None, typer.Option(help="Setup file (TOML); omitted: the one stored in the run.")]


@app.callback()
def common(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[bool, typer.Option("--version", is_eager=True, help="Print the version and stop.")] = False,
) -> None:
    """Set up what every command shares."""
    if version:
        answers.print(__version__)
        raise typer.Exit
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.INFO, format="%(message)s", handlers=[RichHandler(console=words)]
    )
    for noisy in ("numba", "matplotlib"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def main() -> None:
    """Run the command line; an error of ours is one sentence, with a traceback only on request."""
    try:
        app()
    except CEIError as error:
        if "--debug" in sys.argv:
            words.print_exception()
        words.print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        sys.exit(1)


@app.command(epilog="Example: onlinecei replay replay_data/water.h5 --headless --workers 2 --out out/water")
def replay(
    run: RunArgument,
    *,
    setup: SetupOption = None,
    rate: Annotated[str, typer.Option(help="Trains per second, or 'max'.")] = "max",
    workers: Annotated[int, typer.Option(min=1, max=256, help="Worker processes.")] = 1,
    gui: Annotated[
        bool | None, typer.Option("--gui/--headless", help="Dashboard or not; omitted: where there is a display.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Directory for result.h5, geometries.xyz and provenance.json.")
    ] = None,
) -> None:
    """Replay a recorded run through the line: the same code and the same answer as live."""
    from onlinecei.detector import delay_lines_of
    from onlinecei.files.run import open_run
    from onlinecei.setup import Setup
    from onlinecei.stream.line import Line

    pace = _trains_per_second(rate)
    with open_run(run) as opened:
        setup_text, holds_edges = opened.setup_text, opened.holds_edges
        rows = f"{opened.edges:,} delay-line edges" if opened.holds_edges else f"{opened.hits:,} hits"
        contents = f"{opened.trains:,} trains, {opened.pulses:,} pulses, {rows}"
        if not opened.hits + opened.edges:
            raise RunFileError(f"run file '{run}' holds {contents}: there is nothing to analyse")
    if setup is not None:
        Setup.from_file(setup)
        setup_text = setup.read_text(encoding="utf-8")
    used = Setup.from_toml(setup_text, f"setup stored in {run}")
    if holds_edges:
        delay_lines_of(used)
    if out is not None:
        _make_directory(out)
    show = _display_is_there() if gui is None else gui
    words.print(f"{run}: {contents}", highlight=False)
    words.print("starting the line (the first time on a machine the stages are compiled, about a minute)")
    with Line(run, setup_text, workers=workers, trains_per_second=pace) as line:
        window = _start_dashboard(line.endpoint) if show else None
        try:
            snapshot = _follow(line)
        except BaseException:
            if window is not None:
                window.terminate()
            raise
        if out is not None:
            _write(out, snapshot, run)
        _report(snapshot)
        if window is not None:
            words.print("close the dashboard to finish")
            _wait_for(window)


def _follow(line: "Line") -> Snapshot:  # type: ignore[name-defined]  # noqa: F821 - imported where it is needed
    """Show progress until the final snapshot; Ctrl-C ends the reading and keeps what was done."""
    interrupts = 0

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        nonlocal interrupts
        interrupts += 1
        if interrupts > 1:
            raise KeyboardInterrupt
        words.print("stopping: what was read is brought to its end and kept; Ctrl-C again to give it up")
        line.stop()

    previous = signal.signal(signal.SIGINT, interrupt)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    snapshot: Snapshot | None = None
    try:
        with Progress(*columns, console=words) as progress:
            task = progress.add_task("trains", total=None)
            for snapshot in line.snapshots():
                state = snapshot.state
                progress.update(
                    task,
                    total=state.trains_expected or None,
                    completed=state.total.train_count,
                    description=f"{state.total.train_count:,} trains",
                )
    except KeyboardInterrupt:
        words.print("given up")
        raise typer.Exit(1) from None
    finally:
        signal.signal(signal.SIGINT, previous)
    if snapshot is None:
        raise LineError("the line ended without a version of its state")
    return snapshot


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
    from onlinecei.setup import Setup

    state = snapshot.state
    counters = Layout.of(Setup.from_toml(snapshot.setup_text)).counters(state.total.values)
    answers.print(
        f"{snapshot.run}: {state.total.train_count:,} of {state.trains_expected:,} trains, "
        f"{counters['pulses']:,} pulses, {counters['hits']:,} hits",
        highlight=False,
    )
    kinds = ("hits_", "ions_", "edges_")
    left_out = {name: count for name, count in counters.items() if name.startswith(kinds) and count}
    for name, count in {**left_out, **{f"trains: {reason}": count for reason, count in state.rejected.items()}}.items():
        answers.print(f"  left out, {name.replace('_', ' ')}: {count:,}", highlight=False)
    for each in snapshot.reconstructions:
        _report_one(each)


def _report_one(each: Reconstruction) -> None:
    measured = each.centroids
    low, high = measured.delay_fs
    delay = "" if low == -float("inf") else f", {low:g} to {high:g} fs"
    ker = f", KER {measured.mean_ker_ev:.2f} eV" if measured.events else ""
    head = f"[bold]{measured.channel}[/]{delay}: {measured.events:,} events{ker}"
    if not each.found:
        answers.print(f"{head}; no geometry: {each.reason}", highlight=False)
        return
    answers.print(
        f"{head}, misfit {each.misfit:.2%}, solutions found: {each.solutions}",
        highlight=False,
    )
    table = Table("ion", "x [Å]", "y [Å]", "z [Å]", "± x", "± y", "± z", box=None, pad_edge=True)
    for ion, place, error in zip(measured.channel.ions, each.positions_au, each.uncertainty_au, strict=True):
        cells = [f"{value / units.ANGSTROM:.4f}" for value in (*place, *error)]
        table.add_row(ion.name, *cells)
    answers.print(table)


@app.command(epilog="Example: onlinecei dashboard out/water/result.h5 --screenshot water.png")
def dashboard(
    result: Annotated[Path | None, typer.Argument(help="A result.h5 to look at, instead of a running line.")] = None,
    *,
    connect: Annotated[str | None, typer.Option(help="Endpoint of a running line.")] = None,
    screenshot: Annotated[Path | None, typer.Option(help="Write a picture and stop; needs no display.")] = None,
) -> None:
    """Open the dashboard on a running line or on a result."""
    if (result is None) == (connect is None):
        raise typer.BadParameter("give either a result file or --connect ENDPOINT")
    arguments = ["--connect", connect] if connect is not None else ["--result", str(result)]
    if screenshot is not None:
        arguments += ["--screenshot", str(screenshot)]
    elif not _display_is_there():
        raise CEIError("there is no display for the dashboard; --screenshot FILE writes a picture without one")
    raise typer.Exit(subprocess.run([sys.executable, "-m", "onlinecei_gui", *arguments], check=False).returncode)  # noqa: S603


_SIMULATE_EXAMPLES = """Examples:

onlinecei simulate water --out water.h5 --pulses 20000 --seed 1

onlinecei simulate water --model monte-carlo --beam-energy 200 --molecules-per-pulse 4

onlinecei simulate water --output edges --detector hexanode --gas-per-pulse 0.1

onlinecei simulate start.xyz --delays path.xyz --delay-order scan --bunches lcls2"""


@app.command(epilog=_SIMULATE_EXAMPLES)
def simulate(
    molecule: Annotated[str, typer.Argument(help="Name, SMILES or xyz file.", show_default=False)],
    *,
    out: Annotated[Path | None, typer.Option(help="Run file to write; its truth goes beside it.")] = None,
    setup: Annotated[
        Path | None, typer.Option(help="Setup file (TOML); omitted: one is made for the molecule.")
    ] = None,
    pulses: Annotated[int, typer.Option(min=1, help="X-ray pulses.")] = 100_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same run.")] = 1,
    model: Annotated[str, typer.Option(help="Explosion: classical or monte-carlo.")] = "classical",
    output: Annotated[str, typer.Option(help="What the run holds: hits or edges.")] = "hits",
    detector: Annotated[
        str | None, typer.Option(help="Delay lines of the setup that is made for edges: hexanode or quad.")
    ] = None,
    molecules_per_pulse: Annotated[
        float, typer.Option(min=0, help="Mean number of molecules that explode, or (Monte Carlo) in the focus.")
    ] = 1.0,
    background_per_pulse: Annotated[float, typer.Option(min=0, help="Mean number of background hits.")] = 0.5,
    gas_per_pulse: Annotated[float, typer.Option(min=0, help="Mean number of ions of residual gas.")] = 0.0,
    efficiency: Annotated[float, typer.Option(min=0, max=1, help="Share of ions that are detected.")] = 0.5,
    temperature: Annotated[float, typer.Option(min=0, metavar="K", help="Of the vibrations.")] = 50.0,
    beam_energy: Annotated[float, typer.Option(metavar="UJ", help="Mean pulse energy.")] = 1000.0,
    energy_spread: Annotated[float, typer.Option(min=0, help="Relative, from pulse to pulse.")] = 0.15,
    photon_energy: Annotated[float, typer.Option(metavar="EV", help="Monte Carlo only.")] = 2000.0,
    pulse_duration: Annotated[float, typer.Option(metavar="FS", help="FWHM; Monte Carlo only.")] = 15.0,
    focus: Annotated[float, typer.Option(metavar="UM", help="FWHM of the spot; Monte Carlo only.")] = 1.0,
    bunches: Annotated[str, typer.Option(help="Trains of the machine: xfel or lcls2.")] = "xfel",
    pulses_per_train: Annotated[
        int | None, typer.Option(min=1, help="Omitted: 500 (xfel) or 1000 (lcls2).", show_default=False)
    ] = None,
    delays: Annotated[
        Path | None, typer.Option(help="Extended xyz with delay_fs=... in each comment: a pump-probe scan.")
    ] = None,
    delay_order: Annotated[
        str, typer.Option(help="random: each pulse draws a delay; scan: each train has the next.")
    ] = "random",
    delay_jitter: Annotated[float, typer.Option(min=0, metavar="FS", help="Error of the delays written.")] = 0.0,
    t0_drift: Annotated[float, typer.Option(metavar="NS", help="Change of t0 over the run.")] = 0.0,
    field_drift: Annotated[float, typer.Option(help="Relative change of the field over the run.")] = 0.0,
) -> None:
    """Simulate a recorded run: the instrument twin."""
    from onlinecei.setup import Setup
    from onlinecei.twin import Beam, Drift, Gas, Scan, TwinOptions, make_run

    if setup is not None:
        Setup.from_file(setup)
        if detector is not None:
            raise typer.BadParameter("--detector is for a setup that is made; the one given has its own [delay_lines]")
    path = out or Path(f"{Path(molecule).stem or 'molecule'}.h5".replace("/", "_"))
    options = TwinOptions(
        pulses=pulses,
        pulses_per_train=pulses_per_train or (1000 if bunches == "lcls2" else 500),
        bunches=_one_of("--bunches", bunches, "xfel", "lcls2"),
        model=_one_of("--model", model, "classical", "monte-carlo"),
        output=_one_of("--output", output, "hits", "edges"),
        molecules_per_pulse=molecules_per_pulse,
        background_per_pulse=background_per_pulse,
        efficiency=efficiency,
        temperature_k=temperature,
        energy_spread=energy_spread,
        beam=Beam(photon_ev=photon_energy, pulse_energy_uj=beam_energy, duration_fs=pulse_duration, focus_um=focus),
        gas=Gas(ions_per_pulse=gas_per_pulse),
        drift=Drift(t0_ns=t0_drift, field=field_drift),
        scan=Scan(file=delays, order=_one_of("--delay-order", delay_order, "random", "scan"), jitter_fs=delay_jitter),
    )
    with Progress(TextColumn("simulating"), BarColumn(), TaskProgressColumn(), console=words) as progress:
        task = progress.add_task("pulses", total=pulses)
        make_run(
            molecule,
            path,
            setup_text=setup.read_text(encoding="utf-8") if setup else None,
            options=options,
            seed=seed,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
            detector=_one_of("--detector", detector or "hexanode", "hexanode", "quad"),
        )
    answers.print(f"wrote the simulated run {path} and its truth {path.with_suffix('.truth.h5')}", highlight=False)


def _one_of(option: str, value: str, *choices: str) -> Any:  # noqa: ANN401 - one of the literals of its type
    if value not in choices:
        raise typer.BadParameter(f"{option} is '{value}', expected {' or '.join(choices)}")
    return value


@app.command(epilog="Example: onlinecei reconstruct out/water/result.h5 --out out/again")
def reconstruct(
    source: Annotated[Path, typer.Argument(help="A result.h5, or centroids as csv or json.", show_default=False)],
    *,
    setup: Annotated[Path | None, typer.Option(help="Setup whose charge-up is taken; needed for csv and json.")] = None,
    out: Annotated[Path | None, typer.Option(help="Directory for geometries.xyz and centroids.csv.")] = None,
) -> None:
    """Turn mean momenta into geometries."""
    from onlinecei.analysis import centroids, reconstruct_all
    from onlinecei.files.geometries import write_geometries
    from onlinecei.files.result import read_result
    from onlinecei.files.tables import read_centroids, write_centroids_csv
    from onlinecei.setup import Setup

    if source.suffix == ".h5":
        snapshot = read_result(source)
        chosen = Setup.from_file(setup) if setup else Setup.from_toml(snapshot.setup_text)
        measured = centroids(snapshot.state, Setup.from_toml(snapshot.setup_text))
    elif setup is None:
        raise typer.BadParameter(f"{source} holds centroids alone: --setup FILE must say how the molecule charges up")
    else:
        chosen, measured = Setup.from_file(setup), read_centroids(source)
    geometries = reconstruct_all(measured, chosen)
    for each in geometries:
        _report_one(each)
    if out is not None:
        _make_directory(out)
        write_geometries(out / "geometries.xyz", geometries)
        write_centroids_csv(out / "centroids.csv", measured)
        words.print(f"wrote {out / 'geometries.xyz'}, {out / 'centroids.csv'}")


@app.command(epilog="Example: onlinecei export out/water/result.h5 --format csv")
def export(
    result: Annotated[Path, typer.Argument(help="A result.h5.", show_default=False)],
    *,
    form: Annotated[str, typer.Option("--format", help="xyz, nexus or csv.")] = "xyz",
    out: Annotated[Path | None, typer.Option(help="File to write; omitted: beside the result.")] = None,
) -> None:
    """Write a result in another form."""
    from onlinecei.files.geometries import write_geometries
    from onlinecei.files.result import read_result, write_result
    from onlinecei.files.tables import write_centroids_csv

    endings = {"xyz": ".xyz", "nexus": ".nxs", "csv": ".csv"}
    if form not in endings:
        raise typer.BadParameter(f"--format is '{form}', expected one of {', '.join(endings)}")
    snapshot = read_result(result)
    path = out or result.with_suffix(endings[form])
    if form == "xyz":
        write_geometries(path, snapshot.reconstructions)
    elif form == "csv":
        write_centroids_csv(path, [each.centroids for each in snapshot.reconstructions])
    else:
        write_result(path, snapshot)
    answers.print(f"wrote {path}", highlight=False)


_DATASET_EXAMPLES = """Examples:

onlinecei dataset --stage 2 --out stage2.h5

onlinecei dataset --stage 2 --out stage2.h5 --geometries 12 --workers 64 --hours 8

onlinecei dataset --stage 2 --out stage2.h5 --scheduler tcp://head:8786

onlinecei dataset --stage 1 --out stage1.h5 --entries 1000000"""


@app.command(epilog=_DATASET_EXAMPLES)
def dataset(
    *,
    stage: Annotated[int, typer.Option(min=1, max=2, help="1: classical, random molecules; 2: Monte Carlo, real.")],
    out: Annotated[Path, typer.Option(help="File to make, or to continue.", show_default=False)],
    geometries: Annotated[int, typer.Option(min=1, help="Of each molecule (stage 2).")] = 6,
    trajectories: Annotated[int, typer.Option(min=1, help="Of each geometry (stage 2).")] = 20_000,
    minimum: Annotated[int, typer.Option(min=2, help="Trajectories that make an entry (stage 2).")] = 100,
    most: Annotated[int, typer.Option(min=1, help="Entries of a geometry at most (stage 2).")] = 12,
    entries: Annotated[int, typer.Option(min=1, help="Molecules (stage 1), in whole batches.")] = 100_000,
    random_tau: Annotated[bool, typer.Option("--random-tau", help="Charge-up times by element (stage 1).")] = False,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same data.")] = 1,
    workers: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Threads; omitted: one for each core.", show_default=False)
    ] = None,
    scheduler: Annotated[str | None, typer.Option(help="Address of a Dask scheduler; its workers are used.")] = None,
    hours: Annotated[float, typer.Option(min=0, help="Stop after so long.")] = float("inf"),
    limit: Annotated[int | None, typer.Option(min=1, help="Stop after so many geometries or batches.")] = None,
) -> None:
    """Make training data of the networks by simulation; the same command continues what was stopped."""
    from onlinecei.molexa import data

    source: data.Stage1 | data.Stage2
    if stage == 2:
        source = data.Stage2(seed=seed, trajectories=trajectories, minimum=minimum, most=most)
        tasks: Sequence[data.Task] = data.plan(source, geometries)
    else:
        source = data.Stage1(seed=seed, random_tau=random_tau)
        tasks = source.tasks(entries)
    _make_directory(out.parent)
    with _asked_to_stop(hours) as stop, Progress(*_COUNTED, console=words) as progress:
        left = data.build(
            tasks,
            out,
            stage=stage,
            settings=source.settings,
            workers=workers or os.cpu_count() or 1,
            scheduler=scheduler,
            limit=limit,
            progress=_rated(progress, "geometries" if stage == 2 else "batches"),
            stop=stop,
        )
    if left:
        words.print(f"{left:,} of {len(tasks):,} are still to be made: the same command continues")
    _report_dataset(out, data.summary(out))


_COUNTED = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


def _rated(progress: Progress, what: str) -> Callable[[int, int], None]:
    """Show the count and, of what was made since the start, the rate."""
    task = progress.add_task(what, total=None)
    start, first = time.monotonic(), -1

    def show(done: int, total: int) -> None:
        nonlocal first
        if first < 0:
            first = done
            progress.reset(task, total=total, completed=done)
            return
        rate = 3600 * (done - first) / (time.monotonic() - start)
        progress.update(task, completed=done, description=f"{what}, {rate:,.0f} an hour")

    return show


@contextmanager
def _asked_to_stop(hours: float) -> Iterator[Callable[[], bool]]:
    """Watch for Ctrl-C, SIGTERM and the end of the time; Ctrl-C again gives up what is in the making."""
    asked, end = False, time.monotonic() + 3600 * hours

    def ask(_signal: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        words.print("stopping: what is in the making is finished and kept; Ctrl-C again to give it up")

    previous = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked or time.monotonic() >= end
    except KeyboardInterrupt:
        words.print("given up; what was made before is kept")
        raise typer.Exit(1) from None
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _report_dataset(path: Path, rows: Sequence[tuple[str, int, int, int]]) -> None:
    title = f"simulated: {path}, {path.stat().st_size:,} bytes"
    table = Table("split", "molecules", "geometries", "entries", title=title)
    for split, *numbers in rows:
        table.add_row(split, *(f"{number:,}" for number in numbers))
    answers.print(table)


@app.command(epilog="Example: onlinecei bench --run replay_data/water.h5")
def bench(
    *,
    run: Annotated[Path, typer.Option(help="Run file to analyse.")] = Path("replay_data/water.h5"),
    repeats: Annotated[int, typer.Option(min=1, max=100, help="Repetitions; the median is given.")] = 5,
    physics: Annotated[
        bool, typer.Option("--physics", help="In place of speeds: the Monte Carlo model beside measured values.")
    ] = False,
) -> None:
    """Measure speeds beside peers, in one run on one core, or compare the Monte Carlo model with measurements."""
    from onlinecei.bench import bench_stage, machine

    if physics:
        _bench_physics()
        return
    table = Table("what", "value", "unit", "note", title=machine())
    for row in bench_stage(run, repeats):
        table.add_row(row.name, f"{row.value:,.3g}" if row.value < 1e3 else f"{row.value:,.0f}", row.unit, row.note)
    answers.print(table)


def _bench_physics() -> None:
    from onlinecei.bench import atom_rows, compare_rules, machine
    from onlinecei.explosion.montecarlo.rules import RULES

    rules = Table("what", *RULES, "beside", title=machine())
    for line in compare_rules():
        rules.add_row(line.name, *(str(value) if value else "-" for value in line.values), line.beside)
    atoms = Table("single atom", "model", "beside")
    for name, value, beside in atom_rows():
        atoms.add_row(name, str(value), beside)
    answers.print(rules, atoms)


@app.command(epilog="Example: onlinecei doctor")
def doctor() -> None:
    """Say what this machine has and lacks."""
    from onlinecei.doctor import findings

    table = Table("what", "found", "")
    for finding in findings():
        table.add_row(
            finding.name,
            escape(finding.found),
            "[green]good[/]" if finding.good else f"[yellow]{escape(finding.advice)}[/]",
        )
    answers.print(table)


def _trains_per_second(rate: str) -> float | None:
    if rate == "max":
        return None
    try:
        value = float(rate)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise typer.BadParameter(f"--rate is '{rate}', expected 'max' or trains per second above zero")
    return value


def _make_directory(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CEIError(f"directory '{path}' cannot be made: {error}") from error


def _display_is_there() -> bool:
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _start_dashboard(endpoint: str) -> subprocess.Popen[bytes]:
    """Start the dashboard out of reach of Ctrl-C, which is for the line."""
    command = [sys.executable, "-m", "onlinecei_gui", "--connect", endpoint]
    return subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own module


def _wait_for(window: subprocess.Popen[bytes]) -> None:
    try:
        window.wait()
    except KeyboardInterrupt:
        window.terminate()


if __name__ == "__main__":
    main()
