"""The table of reconstructions as Parquet: units and meanings with the columns, the origin with the table."""

import json
from pathlib import Path

from onlinecei.errors import ResultError
from onlinecei.files.reconstruction_table import Table
from onlinecei.whole import whole


def write_table_parquet(path: Path, table: Table) -> None:
    """Write a table, whole or not at all.

    Raises
    ------
    ResultError
        The package pyarrow is not installed.
    CEIError
        The file cannot be written.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - an optional part of the installation
        import pyarrow.parquet as pq  # noqa: PLC0415
    except ImportError as error:
        raise ResultError("Parquet needs the package pyarrow: pip install 'onlinecei[parquet]'") from error
    types = {str: pa.string(), float: pa.float64(), int: pa.int64(), bool: pa.bool_()}
    fields = [
        pa.field(each.name, types[each.type], metadata={"unit": each.unit, "description": each.words})
        for each in table.columns
    ]
    schema = pa.schema(fields, metadata={"onlinecei": json.dumps(dict(table.origin))})
    columns = [pa.array([row.get(each.name) for row in table.rows], types[each.type]) for each in table.columns]
    with whole(path) as unfinished:
        pq.write_table(pa.Table.from_arrays(columns, schema=schema), unfinished)
