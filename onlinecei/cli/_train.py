"""`onlinecei train`."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from onlinecei.cli._display import Display
from onlinecei.cli._output import answers, make_directory, words
from onlinecei.cli._stopping import asked_to_stop

if TYPE_CHECKING:
    from onlinecei.molexa.network import Network

EXAMPLES = """Examples:

onlinecei train --stage 1 --hours 8

onlinecei train --stage 2 --hours 2 --start out/onlinecei-1/weights.safetensors

onlinecei train --stage 1 --model molexa-2026 --config width=128 --hours 8 --device cuda

torchrun --standalone --nproc-per-node 4 -m onlinecei.cli train --stage 1 --hours 8"""


def train(
    *,
    stage: Annotated[
        Literal["1", "2", "uncertainty"],
        typer.Option(help="1: classical explosions; 2: Monte Carlo ones; uncertainty: the head that states errors."),
    ],
    model: Annotated[str, typer.Option(help="Network to train.")] = "onlinecei",
    hours: Annotated[
        float | None, typer.Option(min=0, metavar="H", help="End after so long, all sessions together.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, metavar="N", help="End after so many steps.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Directory of the training; omitted: out/MODEL-STAGE. One that was begun goes on."),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(metavar="WEIGHTS", help="To begin with, such as onlinecei; omitted: random ones."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Monte Carlo explosions; omitted: those of the package.")
    ] = None,
    emulated: Annotated[
        float | None,
        typer.Option(min=0, max=1, metavar="SHARE", help="Of stage 2, from the forward model; omitted: half."),
    ] = None,
    config: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="A size of the network; may be repeated.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(min=0, metavar="RATE", help="The highest; omitted: usual of model and stage.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of weights, data and noise.")] = 1,
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="auto: cuda where it is there.")] = "auto",
    precision: Annotated[
        Literal["auto", "bf16", "fp32"], typer.Option(help="Of matrices; auto: bf16 where it is fast.")
    ] = "auto",
    threads: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Of PyTorch on a processor.", show_default=False)
    ] = None,
) -> None:
    """Train a network; Ctrl-C keeps everything, and the same command goes on."""
    from onlinecei.molexa import training

    if hours is None and steps is None:
        raise typer.BadParameter("training has no end: give --hours, --steps or both")
    if emulated is not None and stage != "2":
        raise typer.BadParameter(f"--emulated belongs to stage 2; this is stage {stage}")
    words.quiet = answers.quiet = not training.leading()
    network = _network(stage, model, start, config or [], seed)
    chosen = training.stage(stage, data, seed, 0.5 if emulated is None else emulated)
    options = training.Options(
        hours=hours,
        steps=steps,
        loss=training.LossOptions(mixed=training.mixed(precision, device)),
        learning_rate=learning_rate or chosen.pace * network.LEARNING_RATE,
        warm_up=chosen.warm_up,
        head=chosen.head,
        seed=seed,
        threads=threads,
        device=device,
    )
    directory = out or Path("out") / f"{model}-{stage}"
    make_directory(directory)
    with asked_to_stop(math.inf) as stop, Display() as display:
        network = training.train(
            network, chosen.stream, directory, options, validation=chosen.validation, stop=stop, watch=display
        )
    if training.leading() and training.draw_log(directory):
        chosen.finish(network, directory)
        training.write_card(directory, network, options, chosen.about(start))
    display.report(directory)


def _network(stage: str, model: str, start: Path | None, config: list[str], seed: int) -> "Network":
    from onlinecei.molexa import training
    from onlinecei.molexa.shipped import shipped

    if start is not None and config:
        raise typer.BadParameter("--config is for a new network; the one of --start has its own sizes")
    if start is None and stage == "uncertainty":
        raise typer.BadParameter("stage 'uncertainty' trains the head of a network: give its weights with --start")
    if start is None:
        return training.new_network(model, config, seed)
    return training.trained_network(start if start.suffix else shipped(start.name), model)
