"""Trains out of what sources say: divided over pulses, joined by train, in order, each once, nothing lost silently."""

import tomllib
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from onlinecei.errors import SetupError
from onlinecei.facility.joined import LeftOutError, joined
from onlinecei.facility.values import Properties
from onlinecei.records import Batch, Train
from onlinecei.setup import Setup, SourceSection
from onlinecei.stream.sources._given import Given
from onlinecei.stream.sources.arrivals import Arrivals
from onlinecei.stream.wire import batch_message, batch_of

HITS = """
[source.hits]
source = "H"
x_key = "x"
y_key = "y"
t_key = "t"
"""
COUNTED = HITS + 'divided = "count"\ndivision_key = "n"\n'
DELAY = '[source.delay]\nsource = "M"\nkey = "v"\n'


@pytest.fixture
def section(water_text: str) -> Any:
    def make(text: str, top: str = "") -> SourceSection:
        found = Setup.from_toml(f"{water_text}\n[source]\n{top}\n{text}").source
        assert found is not None
        return found

    return make


def hits(train_id: int = 1, **values: Any) -> Properties:
    plain = {
        "x": np.array([1.0, 2, 3]),
        "y": np.array([4.0, 5, 6]),
        "t": np.array([7.0, 8, 9]),
        "n": np.array([2, 0, 1]),
    }
    return Properties(train_id=train_id, values={**plain, **values})


def rows(train: Train) -> list[list[float]]:
    first = train.first_hit
    return [train.t_ns[first[p] : first[p + 1]].tolist() for p in range(train.pulse_id.size)]


NAN = np.nan


@pytest.mark.parametrize(
    ("division", "values"),
    [
        ('"count"\ndivision_key = "n"', {}),
        ('"offset"\ndivision_key = "n"', {"n": np.array([0, 2, 2, 3], "u8")}),
        ('"index"\ndivision_key = "n"\n[source.pulses]\nnumber = 3', {"n": np.array([0, 0, 2.0])}),
        (
            '"index"\ndivision_key = "n"\n[source.pulses]\nnumber = 3',
            {key: np.array(column) for key, column in
             {"n": [2, 0, 0], "x": [3.0, 1, 2], "y": [6.0, 4, 5], "t": [9.0, 7, 8]}.items()},
        ),
        (
            '"padded"',
            {"x": np.array([[1, 2.0], [0, 0], [3, 0]]), "y": np.array([[4, 5.0], [0, 0], [6, 0]]),
             "t": np.array([[7, 8], [NAN, NAN], [9, NAN]])},
        ),
        (
            '"padded"\npadding = "zero"',
            {"x": np.array([[1, 2.0], [0, 0], [3, 0]]), "y": np.array([[4, 5.0], [0, 0], [6, 0]]),
             "t": np.array([[7, 8], [0, 0], [9, NAN]])},
        ),
        (
            '"padded"\ndivision_key = "n"',
            {"x": np.array([[1, 2.0], [9, 9], [3, 9]]), "y": np.array([[4, 5.0], [9, 9], [6, 9]]),
             "t": np.array([[7, 8.0], [9, 9], [9, 9]])},
        ),
    ],
)  # fmt: skip
def test_every_way_of_division_gives_the_same_train(section: Any, division: str, values: dict[str, Any]) -> None:
    train = joined(section(f"{HITS}divided = {division}"), 7, hits(**values), {}).train
    assert train.train_id == 7
    assert rows(train) == [[7, 8], [], [9]]
    assert train.x_mm.tolist() == [1, 2, 3]
    assert train.y_mm.tolist() == [4, 5, 6]
    assert np.isnan(train.delay_fs).all()
    assert train.delay_fs.shape == (3,)


@pytest.mark.parametrize(
    "values",
    [
        {"n": np.array([2, 0, 2])},
        {"n": np.array([2, -1, 2])},
        {"n": np.array([1.5, 0.5, 1])},
        {"n": None},
        {"n": "three"},
        {"x": np.array([1.0])},
        {"y": None},
        {"t": np.zeros((2, 2))},
        {"n": np.array([NAN, 2, 1])},
    ],
)
def test_arrays_that_do_not_fit_are_no_train(section: Any, values: dict[str, Any]) -> None:
    with pytest.raises(LeftOutError, match="hits of H not usable"):
        joined(section(COUNTED), 7, hits(**values), {})


def test_units_and_zeros(section: Any) -> None:
    text = COUNTED + (
        "mm_per_unit = 10.0\nns_per_unit = 0.5\n[source.delay]\nsource='M'\nkey='v'\nfs_per_unit=-2.0\nzero=1.0\n"
        "[source.energy]\nsource='X'\nkey='e'\nuj_per_unit=1000.0\n[source.pump]\nsource='P'\nkey='p'\n"
        "[source.timing_tool]\nsource='T'\nkey='j'\nfs_per_unit=3.0\n[source.pulses]\nsource='I'\nkey='id'\n"
    )
    partners = {
        "delay": 4.0, "energy": np.array([1.0, 2, 3, 99, 99]), "pump": np.array([0, 1, 1]),
        "timing_tool": np.array([NAN, 1, 2]), "pulses": np.array([8, 16, 24]),
    }  # fmt: skip
    made = joined(section(text), 7, hits(), partners)
    train = made.train
    assert made.remarks == ()
    assert train.x_mm.tolist() == [10, 20, 30]
    assert train.t_ns.tolist() == [3.5, 4, 4.5]
    assert train.delay_fs.tolist() == [-6, -6, -6]
    assert train.energy_uj.tolist() == [1000, 2000, 3000]
    assert train.pump is not None
    assert train.pump.tolist() == [0, 1, 1]
    assert train.timing_tool_fs is not None
    assert train.timing_tool_fs[1:].tolist() == [3, 6]
    assert train.pulse_id.tolist() == [8, 16, 24]


def test_edges_of_every_channel(section: Any) -> None:
    text = '[source.edges]\nsource = "H"\nt_key = "t"\ndivided = "padded"\nchannels = [3, 2, 1, 0, 4]\n'
    times = np.full((2, 6, 3), NAN)
    times[0, 3, 0], times[0, 4, :2], times[1, 5, 0], times[1, 0, 2] = 1.0, [2.0, 3.0], 9.0, 4.0
    train = joined(section(text), 1, hits(t=times), {}).train
    assert train.edges is not None
    assert train.edges.channel.tolist() == [0, 6, 6, 3]
    assert train.edges.t_ns.tolist() == [1, 2, 3, 4]
    assert train.edges.first_edge.tolist() == [0, 3, 4]
    flat = '[source.edges]\nsource = "H"\nt_key = "t"\nchannel_key = "c"\ndivided = "count"\ndivision_key = "n"\n'
    train = joined(section(flat), 1, hits(c=np.array([6, 0, 9])), {}).train
    assert train.edges is not None
    assert train.edges.channel.tolist() == [6, 0]
    assert train.edges.first_edge.tolist() == [0, 2, 2, 2]


@pytest.mark.parametrize("value", [None, "far", np.array([1.0, 2.0]), np.zeros((3, 3))])
def test_a_partner_without_sense_is_said_and_the_train_analysed(section: Any, value: Any) -> None:
    partners = {"delay": value}
    made = joined(section(COUNTED + DELAY), 7, hits(), partners)
    assert made.remarks == ("delay from M not usable, analysed without",)
    assert np.isnan(made.train.delay_fs).all()
    with pytest.raises(LeftOutError, match="delay from M not usable, left out"):
        joined(section(COUNTED + DELAY, 'needed = ["delay"]'), 7, hits(), partners)


def test_the_state_of_the_machine_decides(section: Any) -> None:
    machine = section(COUNTED + "[source.machine]\nsource = 'S'\nkey = 'k'\ngood = ['OPEN', 3]\n")
    for good in ("OPEN", 3, 3.0, np.array([3])):
        assert joined(machine, 7, hits(), {"machine": good}).remarks == ()
    for bad in ("CLOSED", 2, np.array([3, 3])):
        with pytest.raises(LeftOutError, match="machine state of S not good"):
            joined(machine, 7, hits(), {"machine": bad})
    assert joined(machine, 7, hits(), {}).remarks == ("no machine state from S, analysed without",)


def test_an_unknown_pump_is_never_taken_for_one(section: Any) -> None:
    pumped = section(COUNTED + "[source.pump]\nsource = 'P'\nkey = 'k'\n")
    for partners in ({}, {"pump": np.array([1, NAN, 0])}):
        with pytest.raises(LeftOutError, match="about the pump"):
            joined(pumped, 7, hits(), partners)


ALL = COUNTED + (
    "[source.delay]\nsource='M'\nkey='v'\n[source.energy]\nsource='X'\nkey='e'\n[source.pump]\nsource='P'\nkey='p'\n"
    "[source.timing_tool]\nsource='T'\nkey='j'\n[source.machine]\nsource='S'\nkey='k'\ngood=[1]\n"
)
GOOD = {"delay": 5.0, "energy": 2.0, "pump": np.array([0, 1, 1]), "timing_tool": 3.0, "machine": 1}


@pytest.mark.parametrize(
    ("change", "reason", "column", "expected"),
    [
        ({"delay": None}, "delay from M not usable, left out", "delay_fs", [NAN] * 3),
        ({"energy": "much"}, "pulse energy from X not usable, left out", "energy_uj", [NAN] * 3),
        ({"timing_tool": np.ones(2)}, "jitter from T not usable, left out", "timing_tool_fs", [NAN] * 3),
        ({"pump": np.array([0, NAN, 1])}, "word about the pump from P not usable, left out", "pump", [0, 255, 1]),
        ({"pump": None}, "word about the pump from P not usable, left out", "pump", [255] * 3),
        ({"machine": 2}, "machine state of S not good", "delay_fs", [5.0] * 3),
        ({"machine": 2, "delay": None}, "machine state of S not good", "delay_fs", [NAN] * 3),
    ],
)
def test_a_train_that_is_left_out_is_known_as_far_as_it_can_be_read(
    section: Any, change: dict[str, Any], reason: str, column: str, expected: list[float]
) -> None:
    needed = section(ALL, 'needed = ["delay", "energy", "timing_tool"]')
    with pytest.raises(LeftOutError) as left_out:
        joined(needed, 7, hits(), {**GOOD, **change})
    train = left_out.value.train
    assert left_out.value.args[0] == reason
    assert train is not None
    assert (train.train_id, rows(train), train.x_mm.tolist()) == (7, [[7, 8], [], [9]], [1, 2, 3])
    np.testing.assert_array_equal(getattr(train, column), expected)
    untouched = {"energy_uj": [2.0] * 3, "pump": [0, 1, 1], "timing_tool_fs": [3.0] * 3}
    for name, values in untouched.items():
        if name != column:
            np.testing.assert_array_equal(getattr(train, name), values)


def test_of_hits_that_cannot_be_read_the_first_reason_is_said_and_there_is_no_train(section: Any) -> None:
    for change, reason in (({}, "hits of H not usable"), ({"machine": 2}, "machine state of S not good")):
        with pytest.raises(LeftOutError) as left_out:
            joined(section(ALL), 7, hits(n=np.array([9])), {**GOOD, **change})
        assert (left_out.value.args[0], left_out.value.train) == (reason, None)


def delay(train_id: int, value: float = 1.0) -> dict[str, Properties]:
    return {"M": Properties(train_id=train_id, values={"v": value})}


def given_ids(arrivals: Arrivals, now: float) -> list[int]:
    return [train.train_id for train in arrivals.due(now)]


def test_a_train_waits_for_its_partner_until_the_deadline(section: Any) -> None:
    arrivals = Arrivals(section(COUNTED + DELAY, "deadline_s = 2.0"))
    arrivals.take({"H": hits(5)}, 0.0)
    assert given_ids(arrivals, 1.9) == []
    arrivals.take(delay(5), 1.9)
    assert given_ids(arrivals, 1.9) == [5]
    arrivals.take({"H": hits(6)}, 3.0)
    assert given_ids(arrivals, 4.9) == []
    assert given_ids(arrivals, 5.0) == [6]
    arrivals.take(delay(7), 5.0)
    arrivals.take({"H": hits(7)}, 6.0)
    assert given_ids(arrivals, 6.0) == [7]
    assert arrivals.census.counts == {"no delay from M, analysed without": 1}


def test_trains_leave_in_order_and_a_late_one_closes_its_gap(section: Any) -> None:
    arrivals = Arrivals(section(COUNTED + DELAY, "deadline_s = 2.0"))
    for train_id in (3, 1, 2):
        arrivals.take({"H": hits(train_id)}, 0.0)
    arrivals.take(delay(3), 0.0)
    assert given_ids(arrivals, 1.0) == []
    for train_id in (1, 2):
        arrivals.take(delay(train_id), 1.0)
    assert given_ids(arrivals, 1.0) == [1, 2, 3]
    for train_id in (6, 7):
        arrivals.take({"H": hits(train_id), **delay(train_id)}, 2.0)
    assert given_ids(arrivals, 2.0) == [6, 7]
    assert arrivals.census.counts == {"gap in the source": 2}
    arrivals.take({"H": hits(4), **delay(4)}, 3.0)
    assert given_ids(arrivals, 3.0) == [4]
    assert arrivals.census.counts == {"gap in the source": 1}
    for train_id in (4, 6):
        arrivals.take({"H": hits(train_id), **delay(train_id)}, 4.0)
    assert given_ids(arrivals, 4.0) == []
    assert arrivals.census.counts == {"gap in the source": 1, "repeated train id": 2}


def test_a_value_may_hold_for_later_trains(section: Any) -> None:
    arrivals = Arrivals(section(COUNTED + DELAY + "holds_trains = 3\n", "deadline_s = 2.0"))
    arrivals.take(delay(10, 5.0), 0.0)
    for train_id in (11, 14):
        arrivals.take({"H": hits(train_id)}, 0.0)
    trains = arrivals.due(2.0)
    assert [train.delay_fs[0] for train in trains] == [5.0, pytest.approx(NAN, nan_ok=True)]
    arrivals.take({"H": hits(16)}, 3.0)
    arrivals.take(delay(15, 6.0), 3.0)
    arrivals.take(delay(17, 7.0), 3.0)
    assert [train.delay_fs[0] for train in arrivals.due(3.0)] == [6.0]


def test_trains_that_are_left_out_are_given_apart_once(section: Any) -> None:
    arrivals = Arrivals(section(COUNTED + DELAY, 'deadline_s = 2.0\nneeded = ["delay"]'))
    arrivals.take({"H": hits(1), **delay(1)}, 0.0)
    arrivals.take({"H": hits(2)}, 0.0)
    arrivals.take({"H": hits(3, n=None), **delay(3)}, 0.0)
    assert given_ids(arrivals, 1.0) == [1]
    assert arrivals.left_out == []
    assert given_ids(arrivals, 2.0) == []
    ((train, reason),) = arrivals.left_out
    assert (train.train_id, train.t_ns.tolist(), reason) == (2, [7, 8, 9], "no delay from M, left out")
    assert arrivals.census.counts == {"no delay from M, left out": 1, "hits of H not usable": 1}
    arrivals.take({"H": hits(2), **delay(2)}, 2.0)
    assert given_ids(arrivals, 3.0) == []
    assert arrivals.left_out == []


def test_it_says_how_long_the_first_of_what_it_gave_has_waited(section: Any) -> None:
    arrivals = Arrivals(section(COUNTED + DELAY, "deadline_s = 2.0"))
    arrivals.take({"H": hits(1)}, 10.0)
    arrivals.take({"H": hits(2), **delay(2)}, 10.5)
    assert (given_ids(arrivals, 11.0), arrivals.waited_s) == ([], 0.0)
    arrivals.take(delay(1), 11.5)
    assert (given_ids(arrivals, 11.5), arrivals.waited_s) == ([1, 2], 1.5)
    arrivals.take({"H": hits(3), **delay(3)}, 12.0)
    assert (given_ids(arrivals, 12.0), arrivals.waited_s) == ([3], 0.0)
    arrivals.take({"H": hits(4)}, 13.0)
    rest = arrivals.due(13.25, all_of_them=True)
    assert ([train.train_id for train in rest], arrivals.waited_s) == ([4], 0.25)


def test_a_held_value_that_says_nothing_new_costs_the_deadline(section: Any) -> None:
    arrivals = Arrivals(section(COUNTED + DELAY + "holds_trains = 100\n", "deadline_s = 0.75"))
    arrivals.take(delay(1), 0.0)
    for train_id in (2, 3):
        arrivals.take({"H": hits(train_id)}, float(train_id))
        assert given_ids(arrivals, train_id + 0.5) == []
        assert (given_ids(arrivals, train_id + 0.75), arrivals.waited_s) == ([train_id], 0.75)
    assert arrivals.census.counts == {}


def test_an_earlier_life_is_remembered(section: Any) -> None:
    arrivals = Arrivals(section(COUNTED))
    arrivals.census.skip(np.array([[1, 4], [6, 6]], np.uint64))
    for train_id in (3, 6, 9):
        arrivals.take({"H": hits(train_id)}, 0.0)
    assert given_ids(arrivals, 0.0) == [9]
    assert arrivals.census.counts == {"gap in the source": 2, "repeated train id": 2}


def test_what_an_earlier_life_had_under_way_closes_its_gap(section: Any) -> None:
    arrivals = Arrivals(section(COUNTED))
    arrivals.census.skip(np.array([[1, 4]], np.uint64))
    arrivals.take({"H": hits(9)}, 0.0)
    assert given_ids(arrivals, 0.0) == [9]
    assert arrivals.census.counts == {"gap in the source": 4}
    arrivals.census.skip(np.array([[1, 6], [9, 9]], np.uint64))
    assert arrivals.census.counts == {"gap in the source": 2}
    arrivals.take({"H": hits(5)}, 0.0)
    assert given_ids(arrivals, 0.0) == []
    assert arrivals.census.counts == {"gap in the source": 2, "repeated train id": 1}


def test_gaps_that_an_earlier_life_counted_are_not_counted_again(section: Any) -> None:
    arrivals = Arrivals(section(COUNTED))
    arrivals.census.skip(np.array([[1, 4], [9, 9], [12, 12]], np.uint64), 10)
    assert arrivals.census.counts == {"gap in the source": 1}  # 11
    arrivals.take({"H": hits(15)}, 0.0)
    assert given_ids(arrivals, 0.0) == [15]
    assert arrivals.census.counts == {"gap in the source": 3}  # 13, 14
    arrivals.census.skip(np.array([[1, 6], [9, 9], [11, 12], [15, 15]], np.uint64), 10)
    assert arrivals.census.counts == {"gap in the source": 2}  # 5 and 6 were never in it


def test_a_counter_set_anew_is_no_gap_and_stops_nothing(section: Any) -> None:
    arrivals = Arrivals(section(COUNTED))
    for train_id in (5, 2**62, 6, 7):
        arrivals.take({"H": hits(train_id)}, 0.0)
        assert given_ids(arrivals, 0.0) == [train_id]
    assert arrivals.census.counts == {"train ids jumped": 1}


def test_a_flood_of_trains_without_partners_takes_bounded_memory(section: Any) -> None:
    arrivals = Arrivals(section(COUNTED + DELAY, "deadline_s = 600.0"))
    for train_id in range(2000):
        arrivals.take({"H": hits(train_id)}, 0.0)
        arrivals.due(0.0)
    assert len(arrivals._waiting) <= 1024
    for train_id in range(20_000):
        arrivals.take(delay(train_id), 0.0)
    assert len(arrivals._partners["delay"]._values) <= 8192


@given(st.lists(st.integers(0, 40)))
def test_ranges_of_what_was_given_are_those_of_a_set(ids: list[int]) -> None:
    ranges, known = Given(), set()
    for train_id in ids:
        assert (train_id in ranges) == (train_id in known)
        if train_id not in known:
            ranges.add(train_id)
            known.add(train_id)
    rows = ranges.ranges.tolist()
    assert [train_id for first, last in rows for train_id in range(first, last + 1)] == sorted(known)
    assert all(after[0] > before[1] + 1 for before, after in pairwise(rows))


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[source]\n", "neither of hits and edges"),
        (f"[source]\nneeded = ['delay']\n{COUNTED}", "needed names 'delay'"),
        (f"[source]\n{HITS}divided = 'count'\n", "needs division_key"),
        (f"[source]\n{HITS}divided = 'index'\ndivision_key = 'n'\n", "how many pulses"),
        (f"[source]\nkind = 'wire'\n{COUNTED}", "whole trains"),
        (f"[source]\nendpoints = ['udp://x']\n{COUNTED}", "endpoints"),
        (f"[source]\n{COUNTED}[source.pulses]\n", "number"),
        (f"[source]\n{COUNTED}[source.delay]\nsource='M'\nkey='v'\nps_per_unit=1\n", "ps_per_unit"),
        ("[source.edges]\nsource='H'\nt_key='t'\ndivided='padded'\nchannels=[0,1,2,3,3]\n", "different"),
        ("[source.edges]\nsource='H'\nt_key='t'\ndivided='count'\ndivision_key='n'\n", "channel_key"),
    ],
)
def test_a_section_that_cannot_be_meant_is_refused(water_text: str, text: str, match: str) -> None:
    with pytest.raises(SetupError, match=match):
        Setup.from_toml(water_text + text)


def test_where_data_come_from_is_no_part_of_the_hash(water_text: str, water: Setup) -> None:
    assert Setup.from_toml(f"{water_text}[source]\n{COUNTED}{DELAY}").hash == water.hash


ODD = st.one_of(
    st.none(),
    st.text(max_size=5),
    st.integers(-5, 2**63),
    st.floats(),
    st.builds(
        lambda shape, dtype, seed: np.frombuffer(
            np.random.default_rng(seed).bytes(int(np.prod(shape)) * np.dtype(dtype).itemsize), dtype
        ).reshape(shape),
        st.lists(st.integers(0, 4), max_size=4),
        st.sampled_from(["f4", ">f8", "i1", "u8", "u1", "f2"]),
        st.integers(0, 9),
    ),
    st.builds(np.array, st.lists(st.integers(0, 3), max_size=4)),
    st.sampled_from(
        [np.zeros((2**40, 0)), np.zeros((0, 2**40)), np.full(4, 1e300), np.array([3, 0, 0]), np.arange(3.0)]
    ),
)


@given(
    st.sampled_from(["count", "offset", "index", "padded"]),
    st.dictionaries(st.sampled_from(["x", "y", "t", "n"]), ODD),
    st.dictionaries(st.sampled_from(["delay", "energy", "pump", "pulses", "timing_tool", "machine"]), ODD),
)
def test_whatever_comes_a_train_is_sound_or_left_out(division: str, signals: dict, partners: dict) -> None:
    arrivals = Arrivals(FULL[division])
    said = {"P": Properties(train_id=1, values={key: value for key, value in partners.items() if value is not None})}
    arrivals.take({"H": hits(1, **signals), **said}, 0.0)
    analysed = arrivals.due(1000.0)
    for train in [*analysed, *(train for train, _ in arrivals.left_out)]:
        batch = batch_of(batch_message(Batch.of([train]), 0))
        assert batch.train_id.tolist() == [1]
        assert batch.t_ns.size == batch.x_mm.size == int(batch.first_hit[-1])
    assert analysed or arrivals.census.counts


PARTNERS = "".join(
    f"[source.{name}]\nsource = 'P'\nkey = '{name}'\n" for name in ("delay", "energy", "pump", "pulses", "timing_tool")
)
FULL = {
    division: SourceSection.model_validate(
        tomllib.loads(
            f"[source]\n{HITS}divided = '{division}'\ndivision_key = 'n'\n{PARTNERS}"
            "[source.machine]\nsource = 'P'\nkey = 'machine'\ngood = [1]\n"
        )["source"]
    )
    for division in ("count", "offset", "index", "padded")
}
