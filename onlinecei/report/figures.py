"""All figures of a result, in the order of the report, and as files of their own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from onlinecei.errors import CEIError
from onlinecei.files.provenance import origin_in_words
from onlinecei.records import Snapshot
from onlinecei.report.channels import channels
from onlinecei.report.drawing import Drawing
from onlinecei.report.molecules import molecules
from onlinecei.report.scan import scan
from onlinecei.report.spectra import spectra
from onlinecei.setup import Setup
from onlinecei.whole import whole


def drawings(snapshot: Snapshot, setup: Setup) -> Iterator[Drawing]:
    """Every figure that there are data for: molecules first, then the scan, the channels, and the detector."""
    total = snapshot.state.total
    yield from molecules(snapshot, setup)
    yield from scan(snapshot, setup)
    yield from channels(total, setup)
    yield from spectra(total, setup)


def write_figures(directory: Path, snapshot: Snapshot, form: Literal["svg", "png"]) -> list[Path]:
    """Write each figure of a result, with the name of its run, to a file; what is there of the same name is replaced.

    Its origin is in the text chunks of PNG, and as JSON in the description in the metadata of SVG.

    Raises
    ------
    CEIError
        The directory or a file cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CEIError(f"directory '{directory}' cannot be made: {error}") from error
    written, origin = [], origin_in_words(snapshot)
    for each in drawings(snapshot, Setup.from_toml(snapshot.setup_text)):
        path = directory / f"{each.name}.{form}"
        with whole(path) as unfinished:
            unfinished.write_bytes(each.file(form, snapshot.title, origin))
        written.append(path)
    return written
