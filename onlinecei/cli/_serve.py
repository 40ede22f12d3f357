"""`onlinecei serve`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from onlinecei.cli._options import KeysOption, found_run
from onlinecei.cli._output import answers, words
from onlinecei.errors import CEIError

if TYPE_CHECKING:
    from onlinecei.stream.serving import BridgeServer, Pace, WireServer

EXAMPLES = """Examples:

onlinecei serve water --loop --live-setup water-live.toml

then, in another terminal: onlinecei live --setup water-live.toml"""


def serve(
    run: Annotated[
        Path,
        typer.Argument(
            callback=found_run,
            help="Run file (HDF5), or a folder of them; or a run that comes with the program, by name, such as water.",
            show_default=False,
        ),
    ],
    *,
    endpoint: Annotated[str, typer.Option(help="Where to listen.")] = "tcp://127.0.0.1:45000",
    socket: Annotated[Literal["REQ", "SUB", "PULL"], typer.Option(help="How clients ask.")] = "REQ",
    protocol: Annotated[Literal["2.2", "1.0"], typer.Option(help="Of the Karabo bridge.")] = "2.2",
    wire: Annotated[bool, typer.Option("--wire", help="Our own wire protocol instead of a Karabo bridge.")] = False,
    rate: Annotated[
        str, typer.Option(help="'recorded' (ten trains a second, gaps included), 'max', or trains per second.")
    ] = "recorded",
    loop: Annotated[bool, typer.Option("--loop", help="Again and again, with train IDs that go on growing.")] = False,
    live_setup: Annotated[
        Path | None,
        typer.Option(help="Write the setup of the run with the section \\[source] that fits; else print it."),
    ] = None,
    without_keys: Annotated[
        bool,
        typer.Option("--without-keys", help="Let a Karabo bridge, which has no keys, be reached by other machines."),
    ] = False,
    keys: KeysOption = None,
) -> None:
    """Play a recorded run as a real Karabo bridge, so that a beamtime can be rehearsed."""
    from onlinecei.files.run import open_run
    from onlinecei.stream.addresses import needs_keys
    from onlinecei.stream.serving import BridgeServer, Pace, WireServer

    trains_per_second = _pace(rate)
    if not wire and needs_keys(endpoint) and not without_keys:
        raise CEIError(
            f"endpoint '{endpoint}' can be reached by other machines, and a Karabo bridge has no keys: "
            "say tcp://127.0.0.1:PORT, or --without-keys"
        )
    if keys is not None and not wire:
        raise CEIError("--keys is said, and a Karabo bridge has no keys: say --wire, or leave --keys out")
    first = run if run.is_file() else next(iter(sorted(run.glob("*.h5"))), run)
    with open_run(first) as opened:
        text, edges, further = opened.setup_text, opened.holds_edges, opened.further
    server = WireServer(endpoint, run.name, keys=keys) if wire else BridgeServer(endpoint, socket, protocol)
    with server:
        section = _section(server.endpoint, None if wire else socket, edges=edges, further=further)
        _give_setup(text, section, live_setup)
        words.print(f"serving {run} at {server.endpoint}; Ctrl-C ends", highlight=False, soft_wrap=True)
        _play(server, run, Pace(trains_per_second, recorded=rate == "recorded"), loop=loop)


def _pace(rate: str) -> float | None:
    from onlinecei.cli._options import trains_per_second
    from onlinecei.stream.serving.play import MACHINE_HZ

    return MACHINE_HZ if rate == "recorded" else trains_per_second(rate)


def _section(endpoint: str, socket: str | None, *, edges: bool, further: frozenset[str]) -> str:
    from onlinecei.stream.serving.section import source_section, wire_section

    if socket is None:
        return wire_section(endpoint)
    return source_section(endpoint, socket, edges=edges, further=further)


def _give_setup(text: str, section: str, path: Path | None) -> None:
    from onlinecei.stream.serving import with_source

    if path is None:
        answers.print(section, highlight=False, markup=False, soft_wrap=True)
        return
    try:
        path.write_text(with_source(text, section), encoding="utf-8")
    except OSError as error:
        raise CEIError(f"setup file '{path}' cannot be written: {error}") from error
    words.print(f"wrote {path}: onlinecei live --setup {path}", highlight=False, soft_wrap=True)


def _play(server: "BridgeServer | WireServer", run: Path, pace: "Pace", *, loop: bool) -> None:
    """Play until the run ends, or somebody ends it."""
    import gc
    import signal
    import time

    from onlinecei.cli._stopping import on_signals
    from onlinecei.stream.serving import play, played, shift_of_now, trains_of

    stopped = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal stopped
        stopped = True

    gc.freeze()  # looking for garbage among what is imported would make trains late
    with on_signals(stop, signal.SIGINT, signal.SIGTERM):
        shift = shift_of_now(pace.trains_per_second, time.time()) if loop else 0
        trains = played(lambda: trains_of(run), loop=loop, shift=shift)
        told = play(server, trains, pace, lambda: stopped)
    words.print(f"{told.sent:,} trains sent, {told.lost:,} that nobody took in time", highlight=False)
