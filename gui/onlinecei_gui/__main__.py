"""Start the dashboard: ``python -m onlinecei_gui --connect tcp://127.0.0.1:45450``."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from onlinecei.errors import CEIError
from onlinecei_gui.source import FixedSource, LiveSource, SnapshotSource
from onlinecei_gui.view import View
from onlinecei_gui.window.layouts import LAYOUTS, names

PANELS = sorted({panel for place in LAYOUTS.values() for panel in names(place)})


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(part) for part in text.split("x"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"size '{text}' is not WIDTHxHEIGHT, such as 1600x1000") from error
    if not (200 <= width <= 16_000 and 200 <= height <= 16_000):
        raise argparse.ArgumentTypeError(f"size '{text}' is not between 200x200 and 16000x16000")
    return width, height


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="onlinecei_gui", description="The dashboard of onlinecei.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--connect", metavar="ENDPOINT", help="show a running line, such as tcp://127.0.0.1:45450")
    what.add_argument("--result", metavar="FILE", type=Path, help="show a result file")
    parser.add_argument(
        "--reference", metavar="FILE", type=Path, help="a geometry to compare with, such as an xyz file"
    )
    parser.add_argument("--no-opengl", action="store_true", help="paint molecules, as on remote desktops")
    parser.add_argument("--keys", metavar="DIR", type=Path, help="keys for an address that needs some")
    parser.add_argument("--marks", metavar="DIR", type=Path, help="where marks are kept")
    parser.add_argument("--screenshot", metavar="FILE", type=Path, help="write a PNG and leave; needs no display")
    parser.add_argument("--size", metavar="WxH", type=_size, default=(1600, 1000), help="in pixels (default 1600x1000)")
    parser.add_argument("--layout", choices=list(LAYOUTS), default="")
    parser.add_argument(
        "--front", metavar="PANEL", choices=PANELS, action="append", default=[], help="bring a panel to the front"
    )
    parser.add_argument("--theme", choices=["dark", "light"])
    parser.add_argument("--channel", metavar="IONS", default="", help="such as O+/H+/H+")
    parser.add_argument("--delay", metavar="FS", type=float, help="a delay in the bin that is looked at")
    return parser.parse_args(words)


def _source(options: argparse.Namespace) -> SnapshotSource:
    if options.connect:
        return LiveSource(options.connect, options.keys)
    return FixedSource.from_file(options.result) if options.result else FixedSource(None)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; 0 done, 1 failed, 2 wrong usage."""
    options = _arguments(words)
    if options.screenshot:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
        os.environ.setdefault("QT_LOGGING_RULES", "*.debug=false;default.warning=false;qt.qpa.*=false")
    if options.no_opengl:
        os.environ["ONLINECEI_OPENGL"] = "no"
    from onlinecei_gui.app import screenshot, show  # noqa: PLC0415  Qt reads its platform when it is imported
    from onlinecei_gui.molecule import reference  # noqa: PLC0415

    view = View(
        size=options.size, layout=options.layout, theme=options.theme, channel=options.channel, delay_fs=options.delay,
        front=tuple(options.front),
    )  # fmt: skip
    try:
        reference.choose(reference.read_reference(options.reference) if options.reference else None)
        source = _source(options)
        if not options.screenshot:
            return show(source, view, options.marks)
        screenshot(source, view, options.screenshot)
    except CEIError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
