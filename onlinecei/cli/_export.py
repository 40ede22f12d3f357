"""`onlinecei export`."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from onlinecei.cli._output import answers

if TYPE_CHECKING:
    from onlinecei.records import Snapshot

EXAMPLES = """Examples:

onlinecei export out/water/result.h5 --format report

onlinecei export out/water/result.h5 --format parquet --out water.parquet"""


def export(
    result: Annotated[Path, typer.Argument(help="A result.h5.", show_default=False)],
    *,
    form: Annotated[str, typer.Option("--format", help="xyz, nexus, csv, parquet, report, png or svg.")] = "xyz",
    out: Annotated[
        Path | None, typer.Option(help="File to write (png, svg: directory); omitted: beside the result.")
    ] = None,
) -> None:
    """Write a result in another form: geometries, NeXus, a table of all reconstructions, a report, its figures."""
    from onlinecei.files.result import read_result

    forms = _forms()
    if form not in forms:
        raise typer.BadParameter(f"--format is '{form}', expected one of {', '.join(forms)}")
    ending, write = forms[form]
    snapshot = read_result(result)
    path = out or result.with_name(result.stem + ending)
    write(path, snapshot)
    answers.print(f"wrote {path}", highlight=False)


def _forms() -> Mapping[str, tuple[str, Callable[[Path, "Snapshot"], None]]]:
    """Give the ending and the writer of each form."""
    return {
        "xyz": (".xyz", _xyz),
        "nexus": (".nxs", _nexus),
        "csv": (".csv", _csv),
        "parquet": (".parquet", _parquet),
        "report": (".html", _report),
        "png": ("-figures", _png),
        "svg": ("-figures", _svg),
    }


def _xyz(path: Path, snapshot: "Snapshot") -> None:
    from onlinecei.files.geometries import write_geometries
    from onlinecei.files.provenance import origin_in_words

    write_geometries(path, snapshot.reconstructions, origin_in_words(snapshot))


def _nexus(path: Path, snapshot: "Snapshot") -> None:
    from onlinecei.files.result import write_result

    write_result(path, snapshot)


def _csv(path: Path, snapshot: "Snapshot") -> None:
    from onlinecei.files.reconstruction_table import reconstruction_table
    from onlinecei.files.table_csv import write_table_csv

    write_table_csv(path, reconstruction_table(snapshot))


def _parquet(path: Path, snapshot: "Snapshot") -> None:
    from onlinecei.files.reconstruction_table import reconstruction_table
    from onlinecei.files.table_parquet import write_table_parquet

    write_table_parquet(path, reconstruction_table(snapshot))


def _report(path: Path, snapshot: "Snapshot") -> None:
    from onlinecei.report import report_page
    from onlinecei.whole import write_whole

    write_whole(path, report_page(snapshot))


def _png(path: Path, snapshot: "Snapshot") -> None:
    from onlinecei.report import write_figures

    write_figures(path, snapshot, "png")


def _svg(path: Path, snapshot: "Snapshot") -> None:
    from onlinecei.report import write_figures

    write_figures(path, snapshot, "svg")
