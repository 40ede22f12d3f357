"""All commands together, and what they share."""

import logging
import sys
from typing import Annotated

import typer
from rich.logging import RichHandler
from rich.markup import escape

from onlinecei import __version__
from onlinecei.cli import (
    _bench,
    _calibrate,
    _convert,
    _dashboard,
    _dataset,
    _doctor,
    _evaluate,
    _export,
    _keys,
    _live,
    _reconstruct,
    _replay,
    _reprocess,
    _revise,
    _serve,
    _simulate,
    _status,
    _train,
)
from onlinecei.cli._output import answers, words
from onlinecei.errors import CEIError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Molecular geometries from Coulomb explosion imaging, while the beam is on.",
)


def _print_version(asked: bool) -> None:  # noqa: FBT001 - as typer calls it
    if asked:
        answers.print(__version__)
        raise typer.Exit


@app.callback()
def common(
    *,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[  # noqa: ARG001 - done before a command is looked for
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and stop.")
    ] = False,
) -> None:
    """Set up what every command shares."""
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.INFO, format="%(message)s", handlers=[RichHandler(console=words)]
    )
    for noisy in ("numba", "matplotlib"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


# --help lists them in this order
app.command(epilog=_replay.EXAMPLES)(_replay.replay)
app.command(epilog=_reprocess.EXAMPLES)(_reprocess.reprocess)
app.command(epilog=_live.EXAMPLES)(_live.live)
app.command(epilog=_calibrate.EXAMPLES)(_calibrate.calibrate)
app.command(epilog=_dashboard.EXAMPLES)(_dashboard.dashboard)
app.command(epilog=_status.EXAMPLES)(_status.status)
app.command(epilog=_revise.EXAMPLES)(_revise.revise)
app.add_typer(_keys.keys, name="keys", help="Keys for lines that other machines reach.", epilog=_keys.EXAMPLES)
app.command(epilog=_serve.EXAMPLES)(_serve.serve)
app.command(epilog=_simulate.EXAMPLES)(_simulate.simulate)
app.command(epilog=_reconstruct.EXAMPLES)(_reconstruct.reconstruct)
app.command(epilog=_export.EXAMPLES)(_export.export)
app.command(epilog=_convert.EXAMPLES)(_convert.convert)
app.command(epilog=_dataset.EXAMPLES)(_dataset.dataset)
app.command(epilog=_train.EXAMPLES)(_train.train)
app.command(epilog=_evaluate.EXAMPLES)(_evaluate.evaluate)
app.command(epilog=_bench.EXAMPLES)(_bench.bench)
app.command(epilog=_doctor.EXAMPLES)(_doctor.doctor)


def main() -> None:
    """Run the command line; an error of ours is one sentence, with a traceback only on request."""
    try:
        app()
    except CEIError as error:
        if "--debug" in sys.argv:
            words.print_exception()
        words.print(f"[bold red]error:[/] {escape(str(error))}", soft_wrap=True, highlight=False)
        sys.exit(1)
