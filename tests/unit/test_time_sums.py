"""The sorter: edges made of known hits come back as these hits, and as no others."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from onlinecei.analysis import analyse, analyse_all, compile_stages
from onlinecei.centroids import Layout
from onlinecei.detector import SortedHits
from onlinecei.detector import hits_of as sort_edges
from onlinecei.detector.methods import NO_END, NO_PLATE, UNCHECKED_PLACE, UNCHECKED_TIME
from onlinecei.errors import CEIError, SetupError
from onlinecei.ions import Channel
from onlinecei.records import Batch, Edges, Train
from onlinecei.setup import Setup

RESOLUTION_NS = 0.15
MCP = 6
LINES = {
    "hexanode": """
[delay_lines]
kind = "hexanode"
mm_per_ns = [0.70, 0.71, 0.69]
time_sum_ns = [188.0, 190.0, 191.0]
w_offset_mm = 0.8
""",
    "quad": """
[delay_lines]
kind = "quad"
mm_per_ns = [0.70, 0.71]
time_sum_ns = [188.0, 190.0]
time_sum_half_width_ns = 2.0
""",
}
FAR = [(20.0, -15.0, 900.0), (-31.0, 8.0, 1700.0), (4.0, 44.0, 3100.5)]


@pytest.fixture(params=LINES)
def setup(request: pytest.FixtureRequest, water_text: str) -> Setup:
    return Setup.from_toml(water_text + LINES[request.param])


@pytest.fixture
def hexanode(water_text: str) -> Setup:
    return Setup.from_toml(water_text + LINES["hexanode"])


def signals_of(hits: np.ndarray, setup: Setup, noise: np.random.Generator | None = None) -> np.ndarray:
    """Signals (H, 2 L + 1) of hits (H, 3): both ends of each layer, then the MCP; s = t + T/2 +- position/f."""
    lines = setup.delay_lines
    x, y, t = np.asarray(hits, dtype=np.float64).reshape(-1, 3).T
    if lines.kind == "hexanode":
        places = [x, (x - np.sqrt(3) * y) / 2, (x + np.sqrt(3) * y) / 2 - lines.w_offset_mm]
    else:
        places = [x, y]
    columns = []
    for place, scale, total in zip(places, lines.mm_per_ns, lines.time_sum_ns, strict=True):
        columns += [t + total / 2 + place / scale, t + total / 2 - place / scale]
    signals = np.stack([*columns, t], axis=1)
    return signals if noise is None else signals + noise.normal(0, RESOLUTION_NS, signals.shape)


def channels_of(setup: Setup) -> list[int]:
    return [*range(2 * setup.delay_lines.layers), MCP]


def edges_of(pulses: list[np.ndarray], setup: Setup, random: np.random.Generator | None = None) -> Edges:
    """Edges of pulses of signals (H, 2 L + 1), shuffled where a random source is given; NaN is a lost signal."""
    channel, times = [], []
    for signals in pulses:
        ends = np.tile(channels_of(setup), (len(signals), 1))
        seen = np.flatnonzero(~np.isnan(signals.ravel()))
        order = seen if random is None else random.permutation(seen)
        channel.append(ends.ravel()[order])
        times.append(signals.ravel()[order])
    return Edges(
        first_edge=np.cumsum([0, *(len(part) for part in times)]).astype(np.uint32),
        channel=np.concatenate(channel).astype(np.uint8),
        t_ns=np.concatenate(times),
    )


def rows_of(made: SortedHits) -> np.ndarray:
    return np.stack([made.x_mm, made.y_mm, made.t_ns], axis=1).astype(np.float64)


def random_pulses(setup: Setup, count: int, random: np.random.Generator) -> list[np.ndarray]:
    """Pulses of up to six hits on the detector, at least 400 ns apart, in time order."""
    pulses = []
    for _ in range(count):
        number = random.integers(0, 7)
        radius, angle = setup.detector.radius_mm * np.sqrt(random.random(number)), random.uniform(0, 7, number)
        times = 500 + np.cumsum(random.uniform(400, 900, number))
        pulses.append(np.stack([0.99 * radius * np.cos(angle), 0.99 * radius * np.sin(angle), times], axis=1))
    return pulses


def test_known_hits_come_back(setup: Setup) -> None:
    random = np.random.default_rng(1)
    pulses = random_pulses(setup, 400, random)
    made = sort_edges(edges_of([signals_of(hits, setup, random) for hits in pulses], setup, random), setup)
    truth = np.concatenate(pulses)
    assert made.first_hit.tolist() == np.cumsum([0, *(len(hits) for hits in pulses)]).tolist()
    assert (made.first_hit.dtype, made.x_mm.dtype, made.t_ns.dtype) == (np.uint64, np.float32, np.float32)
    off = rows_of(made) - truth
    wire_mm = 0.7 * RESOLUTION_NS / np.sqrt(2)  # of one layer: half the difference of two signals
    expected = np.sqrt(2 / 3) * wire_mm if setup.delay_lines.layers == 3 else wire_mm
    np.testing.assert_allclose(off[:, :2].std(axis=0), expected, rtol=0.1)
    np.testing.assert_allclose(off[:, 2].std(), RESOLUTION_NS / np.sqrt(len(channels_of(setup))), rtol=0.1)
    assert np.mean(made.method == 0) > 0.99
    assert np.abs(off[:, :2]).max() < 8 * wire_mm
    assert (made.edges, made.not_usable) == (truth.shape[0] * len(channels_of(setup)), 0)
    assert made.unused <= 4


def test_exact_signals_give_exact_hits(setup: Setup) -> None:
    made = sort_edges(edges_of([signals_of(FAR, setup)], setup), setup)
    np.testing.assert_allclose(rows_of(made), FAR, rtol=1e-6)


def test_two_hits_50_ns_apart(setup: Setup) -> None:
    random = np.random.default_rng(2)
    hits = [(20.0, -15.0, 900.0), (-31.0, 8.0, 950.0)]
    made = sort_edges(edges_of([signals_of(hits, setup, random) for _ in range(50)], setup, random), setup)
    assert np.diff(made.first_hit.astype(int)).tolist() == [2] * 50
    np.testing.assert_allclose(rows_of(made), hits * 50, atol=1.0)


@pytest.mark.parametrize("wire_end", range(4))
def test_a_lost_signal_of_a_wire(setup: Setup, wire_end: int) -> None:
    signals = signals_of(FAR, setup)
    signals[1, wire_end] = np.nan
    made = sort_edges(edges_of([signals], setup), setup)
    np.testing.assert_allclose(rows_of(made), FAR, rtol=1e-5)
    assert made.method.tolist() == [0, NO_END if setup.delay_lines.layers == 3 else UNCHECKED_PLACE, 0]
    assert made.unused == 0


def test_a_lost_signal_of_the_plate(setup: Setup) -> None:
    signals = signals_of(FAR, setup)
    signals[1, -1] = np.nan
    made = sort_edges(edges_of([signals], setup), setup)
    np.testing.assert_allclose(rows_of(made), FAR, rtol=1e-5)
    assert made.method.tolist() == [0, NO_PLATE if setup.delay_lines.layers == 3 else UNCHECKED_TIME, 0]
    assert made.unused == 0


def test_without_a_whole_layer_there_is_no_hit_and_no_ghost(hexanode: Setup) -> None:
    signals = signals_of(FAR, hexanode)
    signals[1, [0, 3, 4]] = np.nan
    made = sort_edges(edges_of([signals], hexanode), hexanode)
    np.testing.assert_allclose(rows_of(made), [FAR[0], FAR[2]], rtol=1e-5)
    assert made.unused == 4


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_a_dead_layer_of_a_hexanode(hexanode: Setup, layer: int) -> None:
    signals = signals_of(FAR, hexanode)
    signals[:, [2 * layer, 2 * layer + 1]] = np.nan
    np.testing.assert_allclose(rows_of(sort_edges(edges_of([signals], hexanode), hexanode)), FAR, rtol=1e-5)


@pytest.mark.parametrize("layer", [0, 1])
def test_a_dead_layer_of_a_quad_leaves_nothing(water_text: str, layer: int) -> None:
    setup = Setup.from_toml(water_text + LINES["quad"])
    signals = signals_of(FAR, setup)
    signals[:, [2 * layer, 2 * layer + 1]] = np.nan
    made = sort_edges(edges_of([signals], setup), setup)
    assert (made.t_ns.size, made.unused) == (0, 9)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_a_layer_that_disagrees_is_left_out(hexanode: Setup, layer: int) -> None:
    signals = signals_of(FAR[:1], hexanode)
    signals[0, 2 * layer] += 2.5  # inside the half-width, 0.9 mm; with the other end 1.75 mm
    signals[0, 2 * layer + 1] -= 2.0
    made = sort_edges(edges_of([signals], hexanode), hexanode)
    np.testing.assert_allclose(rows_of(made), FAR[:1], rtol=1e-5)
    assert made.unused == 2


def test_noise_adds_no_hit(setup: Setup) -> None:
    random = np.random.default_rng(3)
    pulses, edges = random_pulses(setup, 300, random), []
    for hits in pulses:
        noise = np.full((4, len(channels_of(setup))), np.nan)
        for row in noise:
            row[random.integers(0, noise.shape[1])] = random.uniform(0, 6000)
        edges.append(np.concatenate([signals_of(hits, setup, random), noise]))
    made = sort_edges(edges_of(edges, setup, random), setup)
    assert made.first_hit.tolist() == np.cumsum([0, *(len(hits) for hits in pulses)]).tolist()
    off = np.hypot(*(rows_of(made) - np.concatenate(pulses))[:, :2].T)
    assert np.mean(off < 1.0) > 0.99
    assert made.unused >= 4 * 300


def test_pairs_off_the_detector_or_the_time_sum_make_no_hit(setup: Setup) -> None:
    radius, half = setup.detector.radius_mm, setup.delay_lines.time_sum_half_width_ns
    wide = signals_of([(1.1 * radius, 1.1 * radius, 900.0)], setup)
    late = signals_of(FAR[:1], setup)
    late[0, :-1] += np.repeat([1.0, -1.0, 3.0], 2)[: late.shape[1] - 1] * (half / 2 + 0.1)
    made = sort_edges(edges_of([wide, late], setup), setup)
    assert (made.t_ns.size, made.unused) == (0, wide.size + late.size)


def test_a_place_just_off_the_detector_is_not_looked_for(water_text: str) -> None:
    quad = Setup.from_toml(water_text + LINES["quad"])
    inside, outside = (sort_edges(edges_of([signals_of([(x, 3.0, 900.0)], quad)], quad), quad) for x in (59.7, 60.3))
    assert (inside.t_ns.size, outside.t_ns.size) == (1, 0)


@pytest.mark.parametrize("off_ns", [-0.9, 0.9])
@pytest.mark.parametrize("wire_end", range(4))
def test_the_pair_closest_to_the_time_sum_is_taken(setup: Setup, wire_end: int, off_ns: float) -> None:
    signals = signals_of(FAR[:1], setup)
    beside = np.full_like(signals, np.nan)
    beside[0, wire_end] = signals[0, wire_end] + off_ns  # inside the half-width, 0.3 mm off
    made = sort_edges(edges_of([np.concatenate([signals, beside])], setup), setup)
    np.testing.assert_allclose(rows_of(made), FAR[:1], rtol=1e-6)


def test_signals_are_used_once(setup: Setup) -> None:
    signals = signals_of(FAR[:1], setup)
    again = np.full_like(signals, np.nan)
    again[0, -1] = signals[0, -1] + 0.2  # a second MCP signal, as ringing makes it
    made = sort_edges(edges_of([np.concatenate([signals, again])], setup), setup)
    assert (made.t_ns.size, made.unused) == (1, 1)


def test_pulses_and_runs_without_edges(setup: Setup) -> None:
    none = np.empty((0, len(channels_of(setup))))
    made = sort_edges(edges_of([none, signals_of(FAR, setup), none, none], setup), setup)
    assert made.first_hit.tolist() == [0, 0, 3, 3, 3]
    empty = sort_edges(Edges(first_edge=np.zeros(1, "u4"), channel=np.empty(0, "u1"), t_ns=np.empty(0)), setup)
    assert (empty.first_hit.tolist(), empty.t_ns.size, empty.edges) == ([0], 0, 0)


def test_edges_that_are_no_signal_are_counted(setup: Setup) -> None:
    good = edges_of([signals_of(FAR, setup)], setup)
    bad = [(7, 950.0), (255, 950.0), (0, np.nan), (MCP, np.inf), (3, -np.inf)]
    edges = Edges(
        first_edge=np.array([0, good.t_ns.size + len(bad)], np.uint32),
        channel=np.append(good.channel, [end for end, _ in bad]).astype(np.uint8),
        t_ns=np.append(good.t_ns, [t for _, t in bad]),
    )
    made = sort_edges(edges, setup)
    assert (made.not_usable, made.unused, made.t_ns.size) == (len(bad), 0, 3)
    third_layer = replace(good, channel=np.where(good.channel < 2, good.channel + 4, good.channel).astype(np.uint8))
    if setup.delay_lines.kind == "quad":
        assert sort_edges(third_layer, setup).not_usable == 6


def test_a_pulse_full_of_edges_spoils_no_other(setup: Setup) -> None:
    good = signals_of(FAR, setup)
    sort_edges(edges_of([good], setup), setup)
    full = np.full((1500, good.shape[1]), 1000.0)
    made = sort_edges(edges_of([good, full, full[:900], good], setup), setup)
    assert np.diff(made.first_hit.astype(int))[[0, 3]].tolist() == [3, 3]
    assert made.not_usable == (full.size if full.size > 7000 else 0)


def test_the_order_of_edges_and_the_other_pulses_do_not_show(hexanode: Setup) -> None:
    random = np.random.default_rng(4)
    crowded = [random.uniform((-40, -40, 900), (40, 40, 1300), (8, 3)) for _ in range(40)]
    signals = [signals_of(hits, hexanode, random) for hits in crowded]
    together = rows_of(sort_edges(edges_of(signals, hexanode), hexanode))
    shuffled = rows_of(sort_edges(edges_of(signals, hexanode, random), hexanode))
    alone = [rows_of(sort_edges(edges_of([each], hexanode), hexanode)) for each in signals]
    np.testing.assert_array_equal(together, shuffled)
    np.testing.assert_array_equal(together, np.concatenate(alone))
    assert len(together) > 200


def edges_train(train: Train, setup: Setup) -> Train:
    """The train as the digitiser saw it."""
    hits = np.stack([train.x_mm, train.y_mm, train.t_ns], axis=1)
    bounds = train.first_hit.astype(int)
    pulses = [signals_of(hits[a:b], setup) for a, b in pairwise(bounds)]
    none = np.empty(0, np.float32)
    return replace(
        train, edges=edges_of(pulses, setup), first_hit=np.zeros_like(train.first_hit), x_mm=none, y_mm=none, t_ns=none
    )


@pytest.fixture
def apart(hexanode: Setup, train_of: Callable, hits_of: Callable, turned: Callable) -> list[Train]:
    """Six trains of one exploded water molecule and one background hit in each pulse, as hits."""
    random, channel, trains = np.random.default_rng(6), Channel.parse("O+/H+/H+"), []
    recoil = np.array([[50.0, 0.0, 0.0], [-25.0, 45.0, 0.0], [-25.0, -45.0, 0.0]])
    for train_id in range(6):
        seen = hits_of(turned(recoil, 40, random), channel, hexanode)
        trains.append(train_of([np.vstack([each, [[3.0, 4.0, 5200.0]]]) for each in seen], train_id))
    return trains


def test_edges_give_the_events_of_their_hits(hexanode: Setup, apart: list[Train]) -> None:
    layout = Layout.of(hexanode)
    of_hits = analyse(Batch.of(apart), hexanode)
    batch = Batch.of([edges_train(train, hexanode) for train in apart])
    of_edges = analyse(batch, hexanode)
    events = {name: layout.view(of_hits.values, f"{name}:events").sum() for name in ("O+/H+/H+", "O+/H+", "H+/H+")}
    assert min(events.values()) > 150
    for name, expected in events.items():
        assert layout.view(of_edges.values, f"{name}:events").sum() == expected
    counted = layout.counters(of_edges.values)
    assert (counted["edges"], counted["edges_not_usable"], counted["edges_unused"]) == (7 * 960, 0, 0)
    assert counted["hits"] == layout.counters(of_hits.values)["hits"] == 960
    assert layout.counters(of_hits.values)["edges"] == 0
    assert layout.view(of_edges.values, "detector_image").sum() == counted["hits"]


def test_the_batches_do_not_show(hexanode: Setup, apart: list[Train]) -> None:
    trains = [edges_train(train, hexanode) for train in apart]
    whole = analyse(Batch.of(trains), hexanode)
    parts = analyse_all([Batch.of(trains[4:]), Batch.of(trains[:1]), Batch.of(trains[1:4])], hexanode)
    np.testing.assert_array_equal(whole.values, parts.values)
    np.testing.assert_array_equal(whole.trains, parts.trains)


def test_a_setup_without_delay_lines_is_named(water: Setup, hexanode: Setup, apart: list[Train]) -> None:
    with pytest.raises(SetupError, match=r"no section \[delay_lines\]"):
        analyse(edges_train(apart[0], hexanode), water)
    assert "edges" not in Layout.of(water).counters(Layout.of(water).empty())


def test_compiling_covers_the_sorter(hexanode: Setup) -> None:
    compile_stages(hexanode)


def test_trains_of_edges_are_joined_and_taken_apart(hexanode: Setup, apart: list[Train]) -> None:
    trains = [edges_train(train, hexanode) for train in apart]
    batch = Batch.of(trains)
    assert (batch.hits, batch.edges.first_edge.dtype, batch.edges.channel.dtype) == (0, np.uint32, np.uint8)
    for got, train in zip(batch.trains(), trains, strict=True):
        for name in ("first_edge", "channel", "t_ns"):
            np.testing.assert_array_equal(getattr(got.edges, name), getattr(train.edges, name))
        assert got.first_hit.tolist() == [0] * 41


def test_hits_and_edges_do_not_mix(hexanode: Setup, apart: list[Train]) -> None:
    edges = edges_train(apart[0], hexanode)
    with pytest.raises(CEIError, match="1 of 2 trains hold edges"):
        Batch.of([apart[1], edges])
    with pytest.raises(CEIError, match="either hits or edges"):
        replace(apart[0], edges=edges.edges)
