"""`onlinecei export`."""

from pathlib import Path
from typing import Annotated

import typer

from onlinecei.cli._output import answers

EXAMPLES = "Example: onlinecei export out/water/result.h5 --format csv"
_ENDINGS = {"xyz": ".xyz", "nexus": ".nxs", "csv": ".csv"}


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

    if form not in _ENDINGS:
        raise typer.BadParameter(f"--format is '{form}', expected one of {', '.join(_ENDINGS)}")
    snapshot = read_result(result)
    path = out or result.with_suffix(_ENDINGS[form])
    if form == "xyz":
        write_geometries(path, snapshot.reconstructions)
    elif form == "csv":
        write_centroids_csv(path, [each.centroids for each in snapshot.reconstructions])
    else:
        write_result(path, snapshot)
    answers.print(f"wrote {path}", highlight=False)
