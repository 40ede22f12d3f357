"""Memory that a setup takes, and the setup that takes too much."""

import pytest

from onlinecei.analysis import nothing
from onlinecei.centroids import Layout
from onlinecei.centroids.layout import MAX_SUMS_BYTES
from onlinecei.centroids.memory import pieces
from onlinecei.errors import SetupError
from onlinecei.setup import Setup
from onlinecei.stream.wire import MAX_BUFFER_BYTES


def test_pieces_add_up_to_what_is_laid_out(water: Setup, water_text: str) -> None:
    *found, pulses = pieces(water)
    assert sum(piece.bytes for piece in found) == nothing(water).values.nbytes
    sample = nothing(water).pulses
    columns = (sample.train_id, sample.pulse, sample.delay_fs, sample.energy_uj, sample.first_hit)
    assert pulses.bytes == 300_000 * sum(column.itemsize for column in columns)
    assert {"time_of_flight", "pipico", "O+/H+:momentum_map", "other sums"} <= {piece.name for piece in found}
    one = Setup.from_toml(water_text.replace('method = "classical"', 'method = "classical"\nper_event = true'))
    *_, kept, _ = pieces(one)
    (kept_events,) = nothing(one).kept
    plain = (kept_events.train_id, kept_events.pulse, kept_events.position, kept_events.delay_fs)
    event = sum(column.itemsize for column in plain) + 9 * kept_events.momentum_au.itemsize
    assert kept.bytes == 20_000 * event


def test_a_setup_that_no_message_carries_is_refused_with_its_largest_block(water: Setup) -> None:
    edges = tuple(float(k) for k in range(100))
    many = water.model_copy(
        update={
            "delays": water.delays.model_copy(update={"edges_fs": edges}),
            "histograms": water.histograms.model_copy(update={"map_bins": 500}),
        }
    )
    with pytest.raises(SetupError, match=r"lays out 1,\d{3} MB .* at most 1,074 MB .* 'O\+/H\+/H\+:momentum_map'"):
        Layout(many)
    few = many.model_copy(update={"delays": water.delays.model_copy(update={"edges_fs": edges[:3]})})
    assert 8 * Layout(few).size < MAX_SUMS_BYTES


def test_the_limit_is_that_of_the_wire() -> None:
    assert MAX_SUMS_BYTES == MAX_BUFFER_BYTES
