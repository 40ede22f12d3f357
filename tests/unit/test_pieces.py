"""A batch goes through the stages piece by piece, and nobody sees where it was cut."""

import numpy as np
import pytest

from onlinecei import analysis
from onlinecei.analysis import analyse, pieces
from onlinecei.files.kept_columns import kept_to_columns
from onlinecei.files.pulse_columns import pulses_to_columns
from onlinecei.records import Batch, Delta
from onlinecei.setup import Setup

KEPT = "[limits]\nkept_hits = 900\nkept_events = 50\n"
PER_EVENT = ("[reconstruction]", "[reconstruction]\nper_event = true")


def columns(delta: Delta) -> dict[str, bytes]:
    found = {"values": delta.values, "trains": delta.trains}
    found |= kept_to_columns(delta.kept) | pulses_to_columns(delta.pulses)
    return {name: column.tobytes() for name, column in found.items()}


@pytest.mark.parametrize("rows", [1, 37, 500])
def test_the_size_of_the_pieces_does_not_show(
    water_text: str, water_batch: Batch, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    setup = Setup.from_toml(water_text.replace(*PER_EVENT) + KEPT)
    expected = analyse(water_batch, setup)
    assert expected.kept[0].events == 50
    assert len(list(pieces(water_batch))) == 1
    monkeypatch.setattr(analysis, "ROWS_AT_ONCE", rows)
    assert len(list(pieces(water_batch))) > 5
    assert columns(analyse(water_batch, setup)) == columns(expected)


def test_every_pulse_is_in_one_piece(water_batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "ROWS_AT_ONCE", 100)
    found = [pulse for piece in pieces(water_batch) for pulse in range(piece.start, piece.stop)]
    assert found == list(range(water_batch.pulses))


def test_no_pulses_make_one_empty_piece(water: Setup) -> None:
    assert list(pieces(Batch.of([]))) == [slice(0, 0)]
    assert not analyse(Batch.of([]), water).values.any()


def test_a_part_of_a_batch_has_the_hits_of_its_pulses(water_batch: Batch) -> None:
    part = water_batch.of_pulses(slice(3, 60))
    first = water_batch.first_hit[3:61].astype(np.int64)
    assert (part.first_hit + water_batch.first_hit[3]).tolist() == first.tolist()
    assert part.t_ns.tolist() == water_batch.t_ns[first[0] : first[-1]].tolist()
    assert part.pulse_id.tolist() == water_batch.pulse_id[3:60].tolist()
    assert int(part.first_pulse[-1]) == 57
    assert np.all(np.diff(part.first_pulse.astype(np.int64)) >= 0)
