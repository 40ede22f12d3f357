"""Charge-up times from the setup file: one for all atoms, or one for each element."""

import json

import numpy as np
import pytest

from onlinecei import units
from onlinecei.errors import CEIError, SetupError
from onlinecei.explosion import ChargeUp, explode
from onlinecei.ions import Channel
from onlinecei.reconstruction.classical import charge_up_of
from onlinecei.setup import ExplosionSection, Setup

TABLE = '[explosion]\ncharge_up = "erf"\ntau_fs = {H = 4, O = 8.5}\n'
WATER = np.array([[0.0, 0, 0], [0.586, 0.757, 0], [0.586, -0.757, 0]]) * units.ANGSTROM


def test_a_table_gives_each_atom_the_time_of_its_element(water_text: str) -> None:
    setup = Setup.from_toml(water_text + TABLE)
    assert charge_up_of(setup, ["O", "H", "H"]) == ChargeUp("erf", (8.5, 4.0, 4.0))
    assert charge_up_of(setup, ["H"]) == ChargeUp("erf", (4.0,))
    with pytest.raises(CEIError, match="no N, expected every atom's element"):
        charge_up_of(setup, ["N", "H"])


def test_a_number_holds_for_all_atoms(water_text: str) -> None:
    setup = Setup.from_toml(water_text + '[explosion]\ncharge_up = "exponential"\ntau_fs = 10')
    assert charge_up_of(setup) == charge_up_of(setup, ["O", "H", "H"]) == ChargeUp("exponential", 10.0)
    assert charge_up_of(Setup.from_toml(water_text), ["O"]) == ChargeUp()


@pytest.mark.parametrize(
    ("tau", "parts"),
    [
        ("{O = 8.0}", ["no time for 'H'", "H2O"]),
        ("{O = 8.0, H = 4.0, N = 1.0}", ["names 'N'", "H2O"]),
        ("{O = 8.0, H = -4.0}", ["of H", "-4.0", "greater than 0"]),
        ("{O = 8.0, H = true}", ["of H", "True"]),
        ("{}", ["no time for 'H'"]),
        ("[8.0, 4.0]", ["[8.0, 4.0]", "number"]),
        ("nan", ["nan", "greater than 0"]),
        ("inf", ["inf", "greater than 0"]),
        ("0.0", ["0.0", "greater than 0"]),
        ('"8 fs"', ["8 fs", "number"]),
    ],
)
def test_a_wrong_time_is_one_sentence(water_text: str, tau: str, parts: list[str]) -> None:
    text = f'{water_text}\n[explosion]\ncharge_up = "erf"\ntau_fs = {tau}\n'
    with pytest.raises(SetupError) as error:
        Setup.from_toml(text)
    sentence = str(error.value)
    assert "tau_fs" in sentence
    assert "\n" not in sentence
    assert not [part for part in parts if part not in sentence], sentence


def test_a_table_needs_a_law(water_text: str) -> None:
    with pytest.raises(SetupError, match="'sudden'"):
        Setup.from_toml(water_text + "[explosion]\ntau_fs = {H = 4.0, O = 8.5}")


def test_the_hash_tells_times_not_their_order(water_text: str) -> None:
    setup = Setup.from_toml(water_text + TABLE)
    again = Setup.from_toml(water_text + TABLE.replace("H = 4, O = 8.5", "O = 8.5, H = 4.0"))
    assert (setup.hash, hash(setup)) == (again.hash, hash(again))
    assert Setup.model_validate_json(setup.model_dump_json()) == setup
    assert setup.hash != Setup.from_toml(water_text + TABLE.replace("8.5", "8.6")).hash


def test_a_number_is_written_as_before() -> None:
    section = ExplosionSection.model_validate({"charge_up": "erf", "tau_fs": 45})
    assert json.loads(section.model_dump_json()) == {"charge_up": "erf", "tau_fs": 45.0}


def test_an_atom_that_charges_late_is_pushed_less() -> None:
    channel = Channel.parse("O+/H+/H+")
    late = [
        np.linalg.norm(explode(WATER, channel.masses_au, channel.charges, ChargeUp("erf", (5.0, 5.0, tau)))[2])
        for tau in (5.0, 20.0, 60.0)
    ]
    assert late == sorted(late, reverse=True)
    assert late[-1] < 0.8 * late[0]
