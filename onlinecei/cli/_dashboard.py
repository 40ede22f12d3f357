"""`onlinecei dashboard`, and the dashboard beside a replay: a process of its own."""

import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Literal

import typer

from onlinecei.cli import _screen
from onlinecei.cli._options import KeysOption
from onlinecei.errors import CEIError

EXAMPLES = """Examples:

onlinecei dashboard out/water/result.h5 --screenshot water.png --layout molecule --theme light

onlinecei dashboard --connect tcp://127.0.0.1:45450"""
_PROGRAM = (sys.executable, "-m", "onlinecei_gui")
_CLOSING_S = 3.0
"""A window that has not closed by then is ended."""


def dashboard(
    result: Annotated[Path | None, typer.Argument(help="A result.h5 to look at, instead of a running line.")] = None,
    *,
    connect: Annotated[str | None, typer.Option(help="Endpoint of a running line.")] = None,
    keys: KeysOption = None,
    reference: Annotated[Path | None, typer.Option(help="A geometry to compare with, such as an xyz file.")] = None,
    no_opengl: Annotated[bool, typer.Option("--no-opengl", help="Paint molecules, as on remote desktops.")] = False,
    layout: Annotated[str | None, typer.Option(help="shift, calibration, molecule, delays; omitted: as left.")] = None,
    front: Annotated[
        list[str] | None, typer.Option(metavar="PANEL", help="Bring a panel to the front; may be given several times.")
    ] = None,
    theme: Annotated[Literal["dark", "light"] | None, typer.Option(help="Omitted: as left.")] = None,
    channel: Annotated[str | None, typer.Option(metavar="IONS", help="To look at, such as O+/H+/H+.")] = None,
    delay: Annotated[float | None, typer.Option(metavar="FS", help="A delay in the bin to look at.")] = None,
    size: Annotated[str | None, typer.Option(metavar="WxH", help="Of the window in pixels, such as 1600x1000.")] = None,
    marks: Annotated[Path | None, typer.Option(metavar="DIR", help="Where marks are kept.")] = None,
    screenshot: Annotated[Path | None, typer.Option(help="Write a picture and stop; needs no display.")] = None,
) -> None:
    """Open the dashboard on a running line, on a result, or on nothing yet."""
    if result is not None and connect is not None:
        raise typer.BadParameter("give either a result file or --connect ENDPOINT")
    options = {
        "connect": connect, "result": result, "keys": keys, "layout": layout, "theme": theme, "channel": channel,
        "delay": delay, "size": size, "marks": marks, "reference": reference, "screenshot": screenshot,
    }  # fmt: skip
    arguments = [f"--{name}={value}" for name, value in options.items() if value is not None]
    arguments += [f"--front={panel}" for panel in front or ()]
    arguments += ["--no-opengl"] if no_opengl else []
    check_installed()
    if screenshot is None:
        _check_display("--screenshot FILE writes a picture without one, and ssh -X brings one along")
    status = subprocess.run([*_PROGRAM, *arguments], check=False).returncode  # noqa: S603 - our own module
    if status < 0:
        raise CEIError(f"the dashboard was ended by {signal.Signals(-status).name}")
    raise typer.Exit(status)


def wanted(asked: bool | None) -> bool:  # noqa: FBT001 - the option --gui/--headless, None where neither was said
    """Whether to show the dashboard: what was asked, else where there is a display and the dashboard is installed.

    Raises
    ------
    CEIError
        It was asked for, and is not installed or has no display.
    """
    if asked:
        check_installed()
        _check_display("--headless goes without one, and ssh -X brings one along")
    return (not _missing() and _screen.is_named() and not _screen.why_not()) if asked is None else asked


def _missing() -> list[str]:
    return [name for name in ("PyQt6", "pyqtgraph") if find_spec(name) is None]


def check_installed() -> None:
    """Refuse to go on where the dashboard is not installed; `CEIError`."""
    if missing := _missing():
        raise CEIError(f"the dashboard needs {' and '.join(missing)}: pip install 'onlinecei[gui]'")


def _check_display(advice: str) -> None:
    """Refuse to go on where no window can be shown; `CEIError` with what to do."""
    known = _screen.is_named() or "QT_QPA_PLATFORM" in os.environ  # such as vnc, which needs none of the two
    hindrance = _screen.why_not() if known else "neither DISPLAY nor WAYLAND_DISPLAY is set"
    if hindrance:
        raise CEIError(f"there is no display for the dashboard ({hindrance}): {advice}")


def start(endpoint: str) -> subprocess.Popen[bytes]:
    """Start the dashboard out of reach of Ctrl-C, which is for the line."""
    command = [*_PROGRAM, "--connect", endpoint]
    return subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own module


def end(window: subprocess.Popen[bytes]) -> None:
    """Close the dashboard, be it stopped or busy: the line does not wait for it."""
    window.terminate()
    try:
        window.wait(_CLOSING_S)
    except subprocess.TimeoutExpired:
        window.kill()
        window.wait()


def wait_for(window: subprocess.Popen[bytes]) -> None:
    """Wait until the dashboard is closed; Ctrl-C closes it."""
    try:
        window.wait()
    except KeyboardInterrupt:
        window.terminate()
