"""The simulated delay-line detector: its signals against the formulas, its losses against what was asked for."""

from pathlib import Path

import h5py
import numpy as np
import pytest

from onlinecei.errors import SetupError
from onlinecei.records import MCP
from onlinecei.setup import DelayLinesSection, Setup
from onlinecei.twin import Signals, TwinOptions, load_molecule, make_run, simulate, truth_path
from onlinecei.twin.delay_lines import NOISE, Fired, fire
from onlinecei.twin.flight import Landed

WATER = (Path(__file__).parents[2] / "replay_data" / "water.toml").read_text(encoding="utf-8")
HEXANODE = DelayLinesSection(
    kind="hexanode", mm_per_ns=(0.70, 0.72, 0.69), time_sum_ns=(172.0, 175.5, 177.0), w_offset_mm=0.4
)
QUAD = DelayLinesSection(kind="quad", mm_per_ns=(0.70, 0.66), time_sum_ns=(172.0, 175.5))
PERFECT = {
    "jitter_ns": 0.0, "lost_wire": 0.0, "lost_mcp": 0.0, "dead_wire_ns": 0.0, "dead_mcp_ns": 0.0,
    "noise_per_channel": 0.0,
}  # fmt: skip
EDGES = """
[delay_lines]
kind = "hexanode"
mm_per_ns = [0.70, 0.72, 0.69]
time_sum_ns = [172.0, 175.5, 177.0]
w_offset_mm = 0.4
"""
END_NS = 9000.0
PULSES = 4000


def hits_in(pulse: np.ndarray, x: np.ndarray, y: np.ndarray, t: np.ndarray) -> Landed:
    none = np.zeros(pulse.size, dtype=np.int64)
    return Landed(pulse=pulse, molecule=none, ion=none, x_mm=x, y_mm=y, t_ns=t)


@pytest.fixture(scope="module")
def one_each() -> Landed:
    """One hit in each pulse."""
    rng = np.random.default_rng(11)
    x, y = rng.uniform(-40, 40, (2, PULSES))
    return hits_in(np.arange(PULSES), x, y, rng.uniform(500, 5000, PULSES))


def fired(hits: Landed, lines: DelayLinesSection = HEXANODE, **changes: float) -> Fired:
    return fire(hits, PULSES, END_NS, lines, Signals(**{**PERFECT, **changes}), np.random.default_rng(12))


def times(edges: Fired, channel: int) -> np.ndarray:
    """Times of a channel, one for each hit, in the order of hits."""
    rows = edges.channel == channel
    return edges.t_ns[rows][np.argsort(edges.hit[rows])]


def test_a_hexanode_tells_place_and_time_three_times(one_each: Landed) -> None:
    edges = fired(one_each)
    assert edges.t_ns.size == 7 * PULSES
    mcp = times(edges, MCP)
    places = []
    for layer, (scale, time_sum) in enumerate(zip(HEXANODE.mm_per_ns, HEXANODE.time_sum_ns, strict=True)):
        first, second = times(edges, 2 * layer), times(edges, 2 * layer + 1)
        np.testing.assert_allclose(first + second - 2 * mcp, time_sum, atol=0.04)
        places.append((first - second) * scale / 2)
    u, v, w = places[0], places[1], places[2] + HEXANODE.w_offset_mm
    root = np.sqrt(3)
    for x, y in ((u, (u - 2 * v) / root), (u, (2 * w - u) / root), (v + w, (w - v) / root)):
        np.testing.assert_allclose(x, one_each.x_mm, atol=0.03)
        np.testing.assert_allclose(y, one_each.y_mm, atol=0.03)
    np.testing.assert_allclose(mcp, one_each.t_ns, atol=0.01)


def test_time_sums_depend_on_the_place_as_the_setup_says(one_each: Landed) -> None:
    bent = HEXANODE.model_copy(
        update={
            "time_sum_slope_ns_per_mm": (0.02, -0.03, 0.01),
            "time_sum_curvature_ns_per_mm2": (0.0, 4e-4, -5e-4),
        }
    )
    edges = fired(one_each, bent)
    mcp = times(edges, MCP)
    for layer, time_sum in enumerate(HEXANODE.time_sum_ns):
        first, second = times(edges, 2 * layer), times(edges, 2 * layer + 1)
        place = (first - second) * bent.mm_per_ns[layer] / 2
        slope, curvature = bent.time_sum_slope_ns_per_mm[layer], bent.time_sum_curvature_ns_per_mm2[layer]
        expected = time_sum + slope * place + curvature * place**2
        assert np.ptp(expected) > 0.5
        np.testing.assert_allclose(first + second - 2 * mcp, expected, atol=0.04)


def test_a_quad_has_two_layers(one_each: Landed) -> None:
    edges = fired(one_each, QUAD)
    assert set(edges.channel.tolist()) == {0, 1, 2, 3, 6}
    np.testing.assert_allclose((times(edges, 0) - times(edges, 1)) * 0.70 / 2, one_each.x_mm, atol=0.03)
    np.testing.assert_allclose((times(edges, 2) - times(edges, 3)) * 0.66 / 2, one_each.y_mm, atol=0.03)


def test_signals_are_lost_with_the_stated_probability(one_each: Landed) -> None:
    edges = fired(one_each, lost_wire=0.2, lost_mcp=0.05)
    kept = np.bincount(edges.channel, minlength=7) / PULSES
    np.testing.assert_allclose(kept[:6], 0.8, atol=4 * np.sqrt(0.16 / PULSES))
    assert kept[6] == pytest.approx(0.95, abs=4 * np.sqrt(0.0475 / PULSES))
    both = np.bincount(edges.hit[edges.channel <= 1], minlength=PULSES) == 2
    assert both.mean() == pytest.approx(0.64, abs=0.035), "ends are lost one by one"


def test_the_resolution_follows_from_the_jitter(one_each: Landed) -> None:
    edges = fired(one_each, jitter_ns=0.2)
    error = (times(edges, 0) - times(edges, 1)) * 0.70 / 2 - one_each.x_mm
    assert error.std() == pytest.approx(0.70 * 0.2 / np.sqrt(2), rel=0.05)
    assert (times(edges, MCP) - one_each.t_ns).std() == pytest.approx(0.2, rel=0.05)


def test_noise_comes_at_the_stated_rate_evenly(one_each: Landed) -> None:
    edges = fired(one_each[:0], noise_per_channel=0.5)
    counts = np.bincount(edges.channel, minlength=7)
    np.testing.assert_allclose(counts / PULSES, 0.5, atol=4 * np.sqrt(0.5 / PULSES))
    assert set(edges.hit.tolist()) == {NOISE}
    quarters = np.histogram(edges.t_ns, bins=4, range=(0, END_NS))[0]
    np.testing.assert_allclose(quarters / edges.t_ns.size, 0.25, atol=0.02)


def test_no_channel_answers_twice_within_its_dead_time() -> None:
    edges = fired(hits_in(np.arange(0), *np.empty((3, 0))), noise_per_channel=30.0, dead_wire_ns=15.0, dead_mcp_ns=12.0)
    assert np.all(np.diff(edges.pulse) >= 0)
    order = np.lexsort((edges.t_ns, edges.channel, edges.pulse))
    gaps = np.diff(edges.t_ns[order])
    same = (np.diff(edges.pulse[order]) == 0) & (np.diff(edges.channel[order]) == 0)
    wire = edges.channel[order][1:] < MCP
    assert 15.0 <= gaps[same & wire].min() < 15.2
    assert 12.0 <= gaps[same & ~wire].min() < 12.5


def test_two_hits_at_once_keep_the_signals_that_come_apart() -> None:
    """10 ns apart: the plate misses the second; wires do where the places do not separate their times."""
    pulse, t = np.array([0, 0]), np.array([1000.0, 1010.0])
    near = fired(hits_in(pulse, np.zeros(2), np.zeros(2), t), dead_wire_ns=15.0, dead_mcp_ns=12.0)
    assert near.hit.tolist() == [0] * 7
    apart = fired(hits_in(pulse, np.array([0.0, 35.0]), np.zeros(2), t), dead_wire_ns=15.0, dead_mcp_ns=12.0)
    seen = sorted(apart.channel[apart.hit == 1].tolist())
    assert seen == [0, 1, 2, 3, 4, 5][: len(seen)]
    assert MCP not in seen
    assert {0, 1} <= set(seen), "u1 comes 60 ns later, u2 40 ns earlier"


def test_a_run_of_edges_and_the_hits_that_made_them(tmp_path: Path) -> None:
    out = tmp_path / "edges.h5"
    signals = Signals(jitter_ns=0.1, noise_per_channel=0.3)
    options = TwinOptions(pulses=600, pulses_per_train=200, geometries=300, output="edges", signals=signals)
    make_run("water", out, WATER + EDGES, options, seed=4)
    with h5py.File(out) as run, h5py.File(truth_path(out)) as truth:
        channel, t, hit = run["edge/channel"][:], run["edge/t_ns"][:], truth["edge/hit"][:]
        first = run["pulse/first_edge"][:].astype(int)
        true = {name: truth[f"true_hit/{name}"][:] for name in ("pulse", "molecule", "ion", "x_mm", "y_mm", "t_ns")}
    assert channel.size == hit.size == first[-1]
    pulse = np.repeat(np.arange(600), np.diff(first))
    made = hit >= 0
    np.testing.assert_array_equal(pulse[made], true["pulse"][hit[made]])
    assert np.sum(~made) / (600 * 7) == pytest.approx(0.3, abs=0.04)
    plate = made & (channel == MCP)
    assert np.abs(t[plate] - true["t_ns"][hit[plate]]).max() < 0.6
    u1 = made & (channel == 0)
    expected = true["t_ns"] + 86.0 + true["x_mm"] / 0.70
    assert np.abs(t[u1] - expected[hit[u1]]).max() < 0.6
    assert set(true["ion"][true["molecule"] >= 0].tolist()) == {0, 1, 2}


def test_edges_need_delay_lines() -> None:
    with pytest.raises(SetupError, match="delay_lines"):
        simulate(load_molecule("water"), Setup.from_toml(WATER), TwinOptions(output="edges", geometries=10), 1)
