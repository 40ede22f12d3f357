"""`onlinecei dashboard`, and the dashboard beside a replay: a process of its own."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from onlinecei.cli._options import KeysOption
from onlinecei.errors import CEIError

EXAMPLES = "Example: onlinecei dashboard out/water/result.h5 --screenshot water.png"
_PROGRAM = (sys.executable, "-m", "onlinecei_gui")


def dashboard(
    result: Annotated[Path | None, typer.Argument(help="A result.h5 to look at, instead of a running line.")] = None,
    *,
    connect: Annotated[str | None, typer.Option(help="Endpoint of a running line.")] = None,
    keys: KeysOption = None,
    reference: Annotated[Path | None, typer.Option(help="A geometry to compare with, such as an xyz file.")] = None,
    no_opengl: Annotated[bool, typer.Option("--no-opengl", help="Paint molecules, as on remote desktops.")] = False,
    screenshot: Annotated[Path | None, typer.Option(help="Write a picture and stop; needs no display.")] = None,
) -> None:
    """Open the dashboard on a running line or on a result."""
    if (result is None) == (connect is None):
        raise typer.BadParameter("give either a result file or --connect ENDPOINT")
    arguments = ["--connect", connect] if connect is not None else ["--result", str(result)]
    if keys is not None:
        arguments += ["--keys", str(keys)]
    if reference is not None:
        arguments += ["--reference", str(reference)]
    if no_opengl:
        arguments += ["--no-opengl"]
    if screenshot is not None:
        arguments += ["--screenshot", str(screenshot)]
    elif not display_is_there():
        raise CEIError("there is no display for the dashboard; --screenshot FILE writes a picture without one")
    raise typer.Exit(subprocess.run([*_PROGRAM, *arguments], check=False).returncode)  # noqa: S603 - our own module


def display_is_there() -> bool:
    """Tell whether a window can be shown."""
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def start(endpoint: str) -> subprocess.Popen[bytes]:
    """Start the dashboard out of reach of Ctrl-C, which is for the line."""
    command = [*_PROGRAM, "--connect", endpoint]
    return subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own module


def wait_for(window: subprocess.Popen[bytes]) -> None:
    """Wait until the dashboard is closed; Ctrl-C closes it."""
    try:
        window.wait()
    except KeyboardInterrupt:
        window.terminate()
