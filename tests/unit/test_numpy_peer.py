"""The compiled stages give, bit for bit, what plain NumPy and pandas give."""

import sys
from collections.abc import Callable

import numpy as np
import pytest

from onlinecei.analysis import analyse
from onlinecei.bench import Row, analyse_with_numpy, machine
from onlinecei.centroids import Layout
from onlinecei.errors import CEIError
from onlinecei.records import Batch
from onlinecei.setup import Setup

VARIANTS = {
    "as it is": ("", ""),
    "limited": ("[histograms]", "[limits]\ncombinations_per_pulse = 4\n[histograms]"),
    "missing momentum": ("ker_ev = [1.0, 40.0]", "missing_momentum_au = 60.0"),
    "delays": ("[histograms]", "[delays]\nedges_fs = [-10.0, 0.0, 7.5, 30.0]\n[histograms]"),
    "overlapping windows": ("momentum_max_au = 80.0", "momentum_max_au = 260.0"),
    "doubly charged": ('name = "O+"', 'name = "O+"\nmomentum_max_au = 200.0\n[[ions]]\nname = "O2+"'),
}


@pytest.mark.parametrize(("old", "new"), VARIANTS.values(), ids=VARIANTS.keys())
def test_every_sum_and_histogram_is_the_same(water_text: str, water_batch: Batch, old: str, new: str) -> None:
    pytest.importorskip("pandas")
    setup = Setup.from_toml(water_text.replace(old, new) if old else water_text)
    layout = Layout.of(setup)
    batch = with_delays(water_batch)
    compiled, plain = analyse(batch, setup).values, analyse_with_numpy(batch, setup)
    for name, block in layout.blocks.items():
        np.testing.assert_array_equal(block.of(compiled), block.of(plain), err_msg=name)
    assert layout.view(plain, "O+/H+:events").sum() > 20


def with_delays(batch: Batch) -> Batch:
    delays = np.random.default_rng(8).uniform(-20, 40, batch.pulses)
    delays[::7] = np.nan
    delays[:4] = [-10.0, 0.0, 7.5, 30.0]
    return Batch(**{name: getattr(batch, name) for name in Batch.__slots__} | {"delay_fs": delays})


def test_an_empty_batch_is_analysed(water: Setup, train_of: Callable) -> None:
    pytest.importorskip("pandas")
    batch = Batch.of([train_of([[], []])])
    np.testing.assert_array_equal(analyse(batch, water).values, analyse_with_numpy(batch, water))


@pytest.mark.parametrize("key", ["drift_mm", "magnetic_field_gauss"])
def test_what_it_does_not_know_is_an_error(water_text: str, water_batch: Batch, key: str) -> None:
    setup = Setup.from_toml(water_text.replace("t0_ns = 12.0", f"t0_ns = 12.0\n{key} = 5.0"))
    with pytest.raises(CEIError, match=key):
        analyse_with_numpy(water_batch, setup)


def test_without_pandas_the_extra_is_named(water: Setup, water_batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(CEIError, match=r"onlinecei\[bench\]"):
        analyse_with_numpy(water_batch, water)


def test_the_machine_is_told_and_rows_compare() -> None:
    assert "numba" in machine()
    assert "Python" in machine()
    assert Row("stage", 1.0, "hits/s") == Row("stage", 1.0, "hits/s", "")
