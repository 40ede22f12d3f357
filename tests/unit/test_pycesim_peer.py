"""Explosions beside those of PyCESim, an independent simulation, within its own error."""

import importlib

import numpy as np
import pytest
from ase.build import molecule

from onlinecei import units
from onlinecei.bench import explosions
from onlinecei.bench.pycesim_peer import explode_with_pycesim
from onlinecei.errors import CEIError
from onlinecei.explosion import explode
from onlinecei.ions import Channel

CHANNELS = {
    "H2O": "O2+/H+/H+",
    "N2": "N+/N+",
    "CO": "O+/C2+",
    "CO2": "O+/O+/C+",
    "NH3": "N+/H+/H+/H+",
    "CH4": "C+/H+/H+/H+/H+",
    "CF4": "F+/F+/F+/F+/C+",
    "HCN": "N2+/C+/H+",
    "SO2": "S2+/O+/O+",
    "CH3Cl": "Cl+/C+/H+/H+/H+",
}


@pytest.mark.parametrize(("name", "ions"), CHANNELS.items(), ids=CHANNELS.keys())
def test_momenta_and_energy_agree(name: str, ions: str) -> None:
    pytest.importorskip("PyCESim")
    channel, atoms = Channel.parse(ions), molecule(name)
    positions = atoms.positions[np.argsort(-atoms.numbers, kind="stable")] * units.ANGSTROM
    theirs = explode_with_pycesim(positions, channel.masses_au, channel.charges)
    ours = explode(positions, channel.masses_au, channel.charges)
    by_ion = 2 * channel.masses_au[:, None]
    assert np.sum(theirs**2 / by_ion) == pytest.approx(np.sum(ours**2 / by_ion), rel=5e-3)
    np.testing.assert_allclose(theirs, ours, atol=5e-3 * np.abs(ours).max())


def test_the_rows_tell_the_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("PyCESim")
    monkeypatch.setattr(explosions, "EXPLOSIONS", 10)
    monkeypatch.setattr(explosions, "PEER_EXPLOSIONS", 1)
    rows = explosions.explosion_rows(1)
    assert [row.name for row in rows] == [
        f"{program}, {name}" for name in ("H2O", "CH3CH2OH") for program in ("classical explosions", "PyCESim")
    ]
    assert "times PyCESim" in rows[0].note
    assert rows[0].value > rows[1].value > 0


def test_without_the_peer_the_row_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    monkeypatch.setattr(explosions, "EXPLOSIONS", 10)
    rows = explosions.explosion_rows(1)
    assert [row.name for row in rows] == ["classical explosions, H2O", "classical explosions, CH3CH2OH"]
    assert "not installed" in rows[0].note
    with pytest.raises(CEIError, match=r"onlinecei\[bench\]"):
        explode_with_pycesim(np.eye(2, 3), np.ones(2), np.ones(2))
