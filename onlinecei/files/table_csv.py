"""The table of reconstructions as text: ECSV, comma-separated values whose comments state types, units and origin.

ECSV 1.0 is the format of Astropy (APE 6, doi:10.5281/zenodo.4792325); whoever skips lines that begin with # reads
plain CSV.
"""

import csv
import io
import json
from pathlib import Path
from typing import Any, Final

from onlinecei.files.reconstruction_table import Table, TableColumn
from onlinecei.records import UNPUMPED
from onlinecei.whole import write_whole

_TYPES: Final = {str: "string", float: "float64", int: "int64", bool: "bool"}
_EDGES: Final = frozenset({"delay_from_fs", "delay_to_fs"})


def write_table_csv(path: Path, table: Table) -> None:
    """Write a table, whole or not at all; the same table gives the same bytes."""
    text = io.StringIO()
    text.writelines(f"# {line}\n" for line in _head(table))
    writer = csv.DictWriter(text, [column.name for column in table.columns], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _edge(name, value) for name, value in row.items()} for row in map(dict, table.rows))
    write_whole(path, text.getvalue())


def _head(table: Table) -> list[str]:
    """YAML in its JSON form, which needs no writer of its own."""
    names = [_described(column, table) for column in table.columns]
    columns = [f"- {json.dumps(each, ensure_ascii=False)}" for each in names]
    meta = json.dumps(dict(table.origin), ensure_ascii=False)
    return ["%ECSV 1.0", "---", "datatype:", *columns, "delimiter: ','", f"meta: {meta}", "schema: astropy-2.0"]


def _described(column: TableColumn, table: Table) -> dict[str, str]:
    words = column.name in _EDGES and any(row[column.name] is None for row in table.rows)
    unit = {"unit": column.unit} if column.unit and not words else {}
    return {
        "name": column.name,
        **unit,
        "datatype": "string" if words else _TYPES[column.type],
        "description": column.words,
    }


def _edge(name: str, value: Any) -> Any:  # noqa: ANN401 - a number, a text or nothing
    """Name the bin without pump where tables of centroids do."""
    return UNPUMPED if name in _EDGES and value is None else value
