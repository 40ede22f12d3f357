"""The sorter beside exhaustive search on tiny pulses, the truth of the twin, and damaged pulses."""

from itertools import product

import numpy as np
import pytest

from onlinecei.bench.sorting import make_case, score
from onlinecei.bench.time_sum_peer import plain_hits_of
from onlinecei.detector import hits_of
from onlinecei.detector._fit import DEAD_NS, LATE_NS, MISSING_COST
from onlinecei.detector._lines import (
    CHECK_GAIN,
    CHI2_MAX,
    CHI2_OF_ONE_CHECK,
    UNCHECKED_COST,
    Lines,
    lines_of,
)
from onlinecei.detector._sorter import scores_of
from onlinecei.detector.methods import NOT_MADE, TWO_LAYERS, UNCHECKED_PLACE, method_of
from onlinecei.records import MCP, Edges
from onlinecei.setup import Setup
from onlinecei.twin import Signals

HEXANODE = """
[delay_lines]
kind = "hexanode"
mm_per_ns = [0.70, 0.72, 0.69]
time_sum_ns = [172.0, 175.5, 177.0]
w_offset_mm = 0.4
time_sum_half_width_ns = 1.5
"""
QUAD = """
[delay_lines]
kind = "quad"
mm_per_ns = [0.70, 0.66]
time_sum_ns = [172.0, 175.5]
time_sum_half_width_ns = 1.5
"""
BENT = """
time_sum_slope_ns_per_mm = [0.02, -0.03, 0.01]
time_sum_curvature_ns_per_mm2 = [6e-4, 4e-4, -5e-4]
"""
QUIET = Signals(lost_wire=0.1, lost_mcp=0.1)


def hexanode(water_text: str, more: str = "") -> Setup:
    return Setup.from_toml(water_text + HEXANODE + more)


def values_of(lines: Lines, times: list[np.ndarray], pick: tuple[int, ...]) -> float:
    """Score of a set of signals by its definition; -1 where it makes no hit."""
    there = [c for c in range(7) if pick[c] >= 0]
    if method_of(sum(1 << c for c in there), 3) == NOT_MADE:
        return -1.0
    z = np.array([times[c][pick[c]] for c in there])
    hit = np.linalg.lstsq(lines["row"][0][there], z, rcond=None)[0]
    chi2 = np.sum((z - lines["row"][0][there] @ hit) ** 2) / lines["sigma"][0] ** 2
    if chi2 > (CHI2_MAX if len(there) > 4 else CHI2_OF_ONE_CHECK):
        return -1.0
    if np.hypot(hit[0], (hit[0] - 2 * hit[1]) / np.sqrt(3)) > lines["radius"][0]:
        return -1.0
    late = lines["row"][0] @ hit + LATE_NS
    early = late - LATE_NS - DEAD_NS
    covered = [np.any((each <= late[c]) & (each >= early[c])) for c, each in enumerate(times)]
    lost = sum(not covered[c] for c in range(7) if c not in there)
    cost = MISSING_COST * lost
    if len(there) == 4:
        cost = min(cost + UNCHECKED_COST, 3 * MISSING_COST)
    return CHECK_GAIN * (len(there) - 3) - chi2 / 2 - cost


def exhaustive(edges: Edges, setup: Setup) -> float:
    """Largest score of any set of hits that share no signal."""
    lines = lines_of(setup.delay_lines, setup.detector.radius_mm)
    times = [np.sort(edges.t_ns[edges.channel == c]) - lines["shift"][0][c] for c in range(7)]
    picks = product(*(range(-1, each.size) for each in times))
    found = sorted(((values_of(lines, times, pick), pick) for pick in picks), reverse=True)
    sets = [(value, {(c, k) for c, k in enumerate(pick) if k >= 0}) for value, pick in found if value > 0]

    def best(rest: list[tuple[float, set]]) -> float:
        if not rest:
            return 0.0
        value, signals = rest[0]
        return max(value + best([each for each in rest[1:] if not each[1] & signals]), best(rest[1:]))

    return best(sets)


def score_of(edges: Edges, setup: Setup) -> float:
    """Score of what the sorter chose."""
    return scores_of(edges, setup.delay_lines, setup.detector.radius_mm)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_explains_a_tiny_pulse_better(water_text: str, seed: int) -> None:
    setup = hexanode(water_text)
    signals = Signals(lost_wire=0.25, lost_mcp=0.25, noise_per_channel=2.0)
    case = make_case(setup, 5, 2, 40.0, signals, seed)
    for pulse in range(5):
        edges = case.edges.of_pulses(slice(pulse, pulse + 1))
        near = edges.t_ns < 1400
        edges = Edges(
            first_edge=np.array([0, near.sum()], np.uint32), channel=edges.channel[near], t_ns=edges.t_ns[near]
        )
        assert score_of(edges, setup) == pytest.approx(exhaustive(edges, setup), abs=1e-4)


def test_crowded_pulses_of_the_twin(water_text: str) -> None:
    setup = hexanode(water_text)
    case = make_case(setup, 800, 4, 100.0, QUIET, 3)
    sorter, plain = score(case, hits_of(case.edges, setup)), score(case, plain_hits_of(case.edges, setup))
    assert sorter.found > 0.95
    assert sorter.ghosts < 0.02
    assert plain.found < 0.6


def test_a_crowded_quad_makes_fewer_ghosts_than_the_plain_sorter(water_text: str) -> None:
    setup = Setup.from_toml(water_text + QUAD)
    case, lone = make_case(setup, 800, 4, 100.0, QUIET, 3), make_case(setup, 800, 1, 100.0, QUIET, 3)
    sorter, plain = score(case, hits_of(case.edges, setup)), score(case, plain_hits_of(case.edges, setup))
    assert sorter.ghosts < plain.ghosts
    assert sorter.found > plain.found
    assert score(lone, hits_of(lone.edges, setup)).found > 0.98


def test_hits_far_apart_in_one_pulse_are_sorted_as_in_pulses_of_their_own(water_text: str) -> None:
    setup, number, apart_ns = hexanode(water_text), 12, 600.0
    edges = make_case(setup, number, 2, 60.0, QUIET, 9).edges
    pulse = np.repeat(np.arange(number), np.diff(edges.first_edge.astype(int)))
    together = Edges(
        first_edge=np.array([0, pulse.size], np.uint32), channel=edges.channel, t_ns=edges.t_ns + apart_ns * pulse
    )
    single, made = hits_of(edges, setup), hits_of(together, setup)
    of_pulse = np.repeat(np.arange(number), np.diff(single.first_hit.astype(int)))
    np.testing.assert_array_equal(made.method, single.method)
    np.testing.assert_allclose(made.x_mm, single.x_mm, atol=1e-3)
    np.testing.assert_allclose(made.t_ns, single.t_ns + apart_ns * of_pulse, atol=0.01)


def test_time_sums_that_depend_on_the_place(water_text: str) -> None:
    bent = hexanode(water_text, BENT)
    case = make_case(bent, 300, 2, 1000.0, QUIET, 4)
    assert score(case, hits_of(case.edges, bent)).found > 0.99
    assert score(case, hits_of(case.edges, hexanode(water_text))).found < 0.9


@pytest.mark.parametrize("layer", range(3))
def test_a_dead_layer(water_text: str, layer: int) -> None:
    setup = hexanode(water_text)
    case = make_case(setup, 300, 1, 100.0, Signals(lost_wire=0.0, lost_mcp=0.0, noise_per_channel=0.0), 5)
    alive = case.edges.channel // 2 != layer
    alive |= case.edges.channel == MCP
    pulse = np.repeat(np.arange(300), np.diff(case.edges.first_edge.astype(int)))
    edges = Edges(
        first_edge=np.searchsorted(pulse[alive], np.arange(301)).astype(np.uint32),
        channel=case.edges.channel[alive],
        t_ns=case.edges.t_ns[alive],
    )
    made = hits_of(edges, setup)
    assert score(case, made).found > 0.99
    assert set(made.method.tolist()) == {TWO_LAYERS}


def test_hits_above_the_largest_method_are_left_out(water_text: str) -> None:
    setup, strict = hexanode(water_text), hexanode(water_text, "method_max = 3\n")
    case = make_case(setup, 500, 2, 1000.0, Signals(lost_wire=0.2, lost_mcp=0.2), 6)
    every, few = hits_of(case.edges, setup), hits_of(case.edges, strict)
    assert every.method.max() == UNCHECKED_PLACE
    assert few.method.max() == 3
    assert few.left_out == np.sum(every.method > 3) == every.t_ns.size - few.t_ns.size
    np.testing.assert_array_equal(few.x_mm, every.x_mm[every.method <= 3])


@pytest.mark.parametrize("number", [400, 900])
def test_a_pulse_full_of_noise_is_cut_short_and_spoils_no_other(water_text: str, number: int) -> None:
    setup, random = hexanode(water_text), np.random.default_rng(7)
    good = make_case(setup, 1, 1, 100.0, Signals(lost_wire=0.0, lost_mcp=0.0, noise_per_channel=0.0), 8).edges
    channel, t = np.repeat(np.arange(7), number), random.uniform(1000, 1300, 7 * number)
    full = Edges(first_edge=np.array([0, t.size], np.uint32), channel=channel.astype(np.uint8), t_ns=t)
    made = hits_of(Edges.joined([good, full, good]), setup)
    assert made.cut_short == 1
    alone = hits_of(good, setup)
    assert made.x_mm[[0, -1]].tolist() == alone.x_mm.tolist() * 2
