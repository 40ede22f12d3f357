"""`onlinecei simulate`: the options of the instrument twin, by what they act on."""

from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from onlinecei.cli._output import answers, words

EXAMPLES = """Examples:

onlinecei simulate water --out water.h5 --pulses 20000 --seed 1

onlinecei simulate water --model monte-carlo --beam-energy 200 --molecules-per-pulse 4

onlinecei simulate water --output edges --detector hexanode --gas-per-pulse 0.1

onlinecei simulate start.xyz --delays path.xyz --delay-order scan --bunches lcls2"""

_run, _explosion, _beam, _detector, _delays, _drift = (
    partial(typer.Option, rich_help_panel=name)
    for name in ("Run", "Explosion", "Beam", "Detector output", "Delays", "Drift")
)


def simulate(
    molecule: Annotated[str, typer.Argument(help="Name, SMILES or xyz file.", show_default=False)],
    *,
    out: Annotated[Path | None, _run(help="Run file to write; its truth goes beside it.")] = None,
    setup: Annotated[Path | None, _run(help="Setup file (TOML); omitted: one is made for the molecule.")] = None,
    pulses: Annotated[int, _run(min=1, metavar="N", help="X-ray pulses.")] = 100_000,
    seed: Annotated[int, _run(min=0, metavar="N", help="The same seed gives the same run.")] = 1,
    bunches: Annotated[Literal["xfel", "lcls2"], _run(help="Trains of the machine.")] = "xfel",
    pulses_per_train: Annotated[
        int | None, _run(min=1, metavar="N", help="Omitted: 500 (xfel) or 1000 (lcls2).", show_default=False)
    ] = None,
    molecules_per_pulse: Annotated[
        float, _run(min=0, metavar="N", help="Mean number of molecules that explode, or (Monte Carlo) in the focus.")
    ] = 1.0,
    model: Annotated[Literal["classical", "monte-carlo"], _explosion(help="How molecules explode.")] = "classical",
    temperature: Annotated[float, _explosion(min=0, metavar="K", help="Of the vibrations.")] = 50.0,
    beam_energy: Annotated[float, _beam(metavar="UJ", help="Mean pulse energy.")] = 1000.0,
    energy_spread: Annotated[float, _beam(min=0, metavar="SHARE", help="Relative, from pulse to pulse.")] = 0.15,
    photon_energy: Annotated[float, _beam(metavar="EV", help="Monte Carlo only.")] = 2000.0,
    pulse_duration: Annotated[float, _beam(metavar="FS", help="FWHM; Monte Carlo only.")] = 15.0,
    focus: Annotated[float, _beam(metavar="UM", help="FWHM of the spot; Monte Carlo only.")] = 1.0,
    output: Annotated[Literal["hits", "edges"], _detector(help="What the run holds.")] = "hits",
    detector: Annotated[
        Literal["hexanode", "quad"] | None, _detector(help="Delay lines of the setup that is made for edges.")
    ] = None,
    efficiency: Annotated[
        float, _detector(min=0, max=1, metavar="SHARE", help="Share of ions that are detected.")
    ] = 0.5,
    background_per_pulse: Annotated[float, _detector(min=0, metavar="N", help="Mean number of background hits.")] = 0.5,
    gas_per_pulse: Annotated[float, _detector(min=0, metavar="N", help="Mean number of ions of residual gas.")] = 0.0,
    delays: Annotated[
        Path | None, _delays(help="Extended xyz with delay_fs=... in each comment: a pump-probe scan.")
    ] = None,
    delay_order: Annotated[
        Literal["random", "scan"], _delays(help="random: each pulse draws a delay; scan: each train has the next.")
    ] = "random",
    delay_jitter: Annotated[float, _delays(min=0, metavar="FS", help="Error of the delays written.")] = 0.0,
    unpumped: Annotated[
        float, _delays(min=0, max=0.99, metavar="SHARE", help="Share of the pulses of a scan without pump.")
    ] = 0.0,
    t0_drift: Annotated[float, _drift(metavar="NS", help="Change of t0 over the run.")] = 0.0,
    field_drift: Annotated[float, _drift(metavar="SHARE", help="Relative change of the field over the run.")] = 0.0,
) -> None:
    """Simulate a recorded run: the instrument twin."""
    from onlinecei.setup import Setup
    from onlinecei.twin import Beam, Drift, Gas, Scan, TwinOptions, make_run, truth_path

    if setup is not None:
        Setup.from_file(setup)
        if detector is not None:
            raise typer.BadParameter("--detector is for a setup that is made; the one given has its own [delay_lines]")
    path = out or Path(f"{Path(molecule).stem or 'molecule'}.h5".replace("/", "_"))
    options = TwinOptions(
        pulses=pulses,
        pulses_per_train=pulses_per_train or (1000 if bunches == "lcls2" else 500),
        bunches=bunches,
        model=model,
        output=output,
        molecules_per_pulse=molecules_per_pulse,
        background_per_pulse=background_per_pulse,
        efficiency=efficiency,
        temperature_k=temperature,
        energy_spread=energy_spread,
        beam=Beam(photon_ev=photon_energy, pulse_energy_uj=beam_energy, duration_fs=pulse_duration, focus_um=focus),
        gas=Gas(ions_per_pulse=gas_per_pulse),
        drift=Drift(t0_ns=t0_drift, field=field_drift),
        scan=Scan(file=delays, order=delay_order, jitter_fs=delay_jitter, unpumped=unpumped),
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
            detector=detector or "hexanode",
        )
    answers.print(f"wrote the simulated run {path} and its truth {truth_path(path)}", highlight=False)
