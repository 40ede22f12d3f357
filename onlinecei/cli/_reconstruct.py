"""`onlinecei reconstruct`."""

from pathlib import Path
from typing import Annotated

import typer

from onlinecei.cli._output import make_directory, report_one, words

EXAMPLES = "Example: onlinecei reconstruct out/water/result.h5 --out out/again"


def reconstruct(
    source: Annotated[Path, typer.Argument(help="A result.h5, or centroids as csv or json.", show_default=False)],
    *,
    setup: Annotated[Path | None, typer.Option(help="Setup whose charge-up is taken; needed for csv and json.")] = None,
    out: Annotated[Path | None, typer.Option(help="Directory for geometries.xyz and centroids.csv.")] = None,
) -> None:
    """Turn mean momenta into geometries."""
    from onlinecei.analysis import centroids, reconstruct_all, single_events
    from onlinecei.files.geometries import write_geometries
    from onlinecei.files.provenance import origin_in_words
    from onlinecei.files.result import read_result
    from onlinecei.files.tables import read_centroids, write_centroids_csv
    from onlinecei.setup import Setup

    if source.suffix == ".h5":
        snapshot = read_result(source)
        made_with = Setup.from_toml(snapshot.setup_text)
        chosen = Setup.from_file(setup) if setup else made_with
        origin = origin_in_words(snapshot, chosen)
        measured, events = centroids(snapshot.state, made_with), single_events(snapshot.state, made_with)
    elif setup is None:
        raise typer.BadParameter(f"{source} holds centroids alone: --setup FILE must say how the molecule charges up")
    else:
        chosen, measured, events, origin = Setup.from_file(setup), read_centroids(source), {}, {}
    geometries = reconstruct_all(measured, chosen, events)
    for each in geometries:
        report_one(each)
    if out is not None:
        make_directory(out)
        write_geometries(out / "geometries.xyz", geometries, origin)
        write_centroids_csv(out / "centroids.csv", measured)
        words.print(f"wrote {out / 'geometries.xyz'}, {out / 'centroids.csv'}")
