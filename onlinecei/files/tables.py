"""Tables of centroids, csv and json, out and in."""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from onlinecei.arrays import F8
from onlinecei.errors import ResultError
from onlinecei.files._table_rows import (
    COLUMNS,
    ERRORS,
    FALSE,
    LABELLED,
    MOMENTUM,
    SHARED,
    WITHOUT_PUMP,
    Row,
    parse_row,
)
from onlinecei.records import UNPUMPED, Centroids

_LARGEST_FILE = 64_000_000
"""Bytes; a table of centroids is a few kilobytes."""


def write_centroids_csv(path: Path, centroids: Sequence[Centroids]) -> None:
    """Write a row for each ion of each set that has events; momenta and standard errors in atomic units."""
    text = io.StringIO()
    writer = csv.DictWriter(text, (*COLUMNS, LABELLED, *FALSE), lineterminator="\n")
    writer.writeheader()
    for one in centroids:
        if one.events:
            writer.writerows({**shared_columns(one), **ion} for ion in ion_rows(one))
    _write(path, text.getvalue())


def write_centroids_json(path: Path, centroids: Sequence[Centroids]) -> None:
    """Write an object for each set that has events: the fields of the csv, and the whole covariance."""
    sets = [{**shared_columns(one), "ions": ion_rows(one), **_covariance(one)} for one in centroids if one.events]
    _write(path, json.dumps({"centroids": sets}, indent=1, allow_nan=False) + "\n")


def _write(path: Path, text: str) -> None:
    try:
        Path(path).write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise ResultError(f"table '{path}' cannot be written: {error}") from error


def shared_columns(one: Centroids) -> dict[str, Any]:
    """Give what all ions of a set share."""
    delays = [UNPUMPED if np.isnan(delay) else _as_json(delay) for delay in map(float, one.delay_fs)]
    values = (one.name, bool(one.complete), *delays, int(one.events), float(one.mean_ker_ev))
    false = (value if np.isfinite(value) else None for value in (float(one.false_events), float(one.false_error)))
    return {
        **dict(zip(SHARED, values, strict=True)),
        LABELLED: bool(one.labelled),
        **dict(zip(FALSE, false, strict=True)),
    }


def _as_json(delay: float) -> float | str:
    return delay if np.isfinite(delay) else str(delay)


def ion_rows(one: Centroids) -> list[dict[str, Any]]:
    """Give what each ion of a set has of its own."""
    rows = zip(one.channel.ions, one.momentum_au.tolist(), one.error_au.tolist(), strict=True)
    return [
        {
            "ion_index": index,
            "ion": ion.name,
            **dict(zip(MOMENTUM, momentum, strict=True)),
            **{name: value if np.isfinite(value) else None for name, value in zip(ERRORS, error, strict=True)},
        }
        for index, (ion, momentum, error) in enumerate(rows)
    ]


def _covariance(one: Centroids) -> dict[str, Any]:
    whole = np.isfinite(one.covariance_au2).all()
    return {"covariance_au2": one.covariance_au2.tolist()} if whole else {}


def read_centroids(path: Path) -> list[Centroids]:
    """Read a table in csv or json.

    Without a covariance in the file, it is diagonal: the square of the standard error times the events.

    Raises
    ------
    ResultError
        The table cannot be used; the sentence names the row and the value.
    """
    path = Path(path)
    readers = {".csv": _read_csv, ".json": _read_json}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ResultError(f"table '{path}' ends in '{path.suffix}', expected .csv or .json")
    sets = reader(path, _read(path))
    bins = sorted({rows[0].delay_fs for rows, _ in sets}, key=lambda bin_fs: (bin_fs is WITHOUT_PUMP, bin_fs))
    return [_centroids(rows, covariance, bins) for rows, covariance in sets]


def _read(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ResultError(f"table '{path}' has {path.stat().st_size} bytes, expected {_LARGEST_FILE} at most")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ResultError(f"table '{path}' cannot be read: {error}") from error


_Set = tuple[list[Row], object]


def _read_csv(path: Path, text: str) -> list[_Set]:
    sets: dict[object, list[Row]] = {}
    for row in _csv_rows(path, text):
        sets.setdefault(row.key, []).append(row)
    return [(rows, None) for rows in sets.values()]


def _csv_rows(path: Path, text: str) -> Iterator[Row]:
    head, rest = _without_comments(text)
    lines = csv.reader(io.StringIO(rest), strict=True)
    try:
        header = [name.strip() for name in next(lines, [])]
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            raise ResultError(f"table '{path}' lacks the column '{missing[0]}'")
        for cells in lines:
            where = f"table '{path}', line {head + lines.line_num}"
            if cells and len(cells) != len(header):
                raise ResultError(f"{where} has {len(cells)} cells, the header has {len(header)}")
            if cells:
                yield parse_row(dict(zip(header, cells, strict=True)), where)
    except csv.Error as error:
        raise ResultError(f"table '{path}', line {head + lines.line_num}: {error}") from error


def _without_comments(text: str) -> tuple[int, str]:
    """Take off lines at the start that begin with #, and count them."""
    head = 0
    while text.startswith("#"):
        text, head = text.partition("\n")[2], head + 1
    return head, text


def _read_json(path: Path, text: str) -> list[_Set]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ResultError(f"table '{path}' is not JSON: {error}") from error
    entries = document.get("centroids") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ResultError(f"table '{path}' lacks the list 'centroids'")
    sets = [_json_set(entry, f"table '{path}', set {number}") for number, entry in enumerate(entries, 1)]
    keys = [rows[0].key for rows, _ in sets]
    for number, key in enumerate(keys):
        if key in keys[:number]:
            raise ResultError(f"table '{path}', set {number + 1}: {key[0]} at {key[1]} fs is there twice")
    return sets


def _json_set(entry: object, where: str) -> _Set:
    ions = entry.get("ions") if isinstance(entry, Mapping) else None
    if not isinstance(entry, Mapping) or not isinstance(ions, list) or not ions:
        raise ResultError(f"{where} lacks the list 'ions'")
    rows = []
    for number, ion in enumerate(ions, 1):
        here = f"{where}, ion {number}"
        if not isinstance(ion, Mapping):
            raise ResultError(f"{here} is not an object")
        rows.append(parse_row({**entry, "ion_index": number - 1, **ion}, here))
    return rows, entry.get("covariance_au2")


def _centroids(rows: list[Row], covariance: object, bins: list[tuple[float, float]]) -> Centroids:
    first = rows[0]
    _check_set(rows)
    rows = sorted(rows, key=lambda row: row.ion_index)
    errors = np.array([row.error_au for row in rows])
    return Centroids(
        channel=first.channel,
        complete=first.complete,
        delay_bin=bins.index(first.delay_fs),
        delay_fs=first.delay_fs,
        events=first.events,
        momentum_au=np.array([row.momentum_au for row in rows]),
        covariance_au2=_diagonal(errors, first.events)
        if covariance is None
        else _full(covariance, errors.size, first.where),
        mean_ker_ev=first.mean_ker_ev,
        labelled=first.labelled,
        false_events=first.false[0],
        false_error=first.false[1],
        state=first.state,
    )


def _check_set(rows: list[Row]) -> None:
    first = rows[0]
    for number, row in enumerate(rows):
        if row.shared != first.shared:
            raise ResultError(
                f"{row.where}: 'complete', 'events', 'mean_ker_ev', 'labelled' or 'false_*' differs from {first.where}"
            )
        if row.ion_index in {before.ion_index for before in rows[:number]}:
            raise ResultError(f"{row.where}: ion {row.ion_index} of {row.channel} is there twice")
    if len(rows) != len(first.channel.ions):
        raise ResultError(
            f"{rows[-1].where}: {first.channel} has {len(rows)} ions here, expected {len(first.channel.ions)}"
        )


def _diagonal(errors: F8, events: int) -> F8:
    variances = (errors**2 * events).ravel()
    if np.isnan(variances).any():
        return np.full((variances.size, variances.size), np.nan)
    return np.diag(variances)


def _full(value: object, size: int, where: str) -> F8:
    try:
        covariance = np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ResultError(f"{where}: 'covariance_au2' is not a table of numbers") from error
    if covariance.shape != (size, size):
        raise ResultError(f"{where}: 'covariance_au2' has shape {covariance.shape}, expected ({size}, {size})")
    finite = bool(np.isfinite(covariance).all())
    if not finite or (np.diag(covariance) < 0).any() or not np.allclose(covariance, covariance.T):
        raise ResultError(f"{where}: 'covariance_au2' must be finite and symmetric with variances from 0")
    return covariance
