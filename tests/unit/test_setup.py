"""Setup files: what is right is read, what is wrong is named in one sentence."""

from pathlib import Path

import pytest

from onlinecei.errors import SetupError
from onlinecei.setup import Setup

WINDOW = 'name = "H+"\nmomentum_max_au'
LINES = "[histograms]"


def _lines(kind: str, scales: str, sums: str = "[99.0, 99.0]", more: str = "") -> str:
    return f'[delay_lines]\nkind = "{kind}"\nmm_per_ns = {scales}\ntime_sum_ns = {sums}\n{more}\n[histograms]'


ERRORS = {
    "unknown key": ("t0_ns = 12.0", "t0_us = 12.0", ["spectrometer.t0_us", "not known"]),
    "unknown section": ("[histograms]", "[histogram]", ["histogram", "not known"]),
    "missing key": ("acceleration_mm = 95.0\n", "", ["spectrometer.acceleration_mm", "missing"]),
    "text for a number": ("field_v_per_mm = 22.0", 'field_v_per_mm = "22 V"', ["spectrometer.field_v_per_mm", "22 V"]),
    "negative length": (
        "acceleration_mm = 95.0",
        "acceleration_mm = -95.0",
        [
            "acceleration_mm",
            "-95.0",
            "greater than 0",
        ],
    ),
    "nan": ("t0_ns = 12.0", "t0_ns = nan", ["spectrometer.t0_ns", "nan", "finite"]),
    "infinite radius": ("radius_mm = 60.0", "radius_mm = inf", ["detector.radius_mm", "inf", "finite"]),
    "nan field": ("field_v_per_mm = 22.0", "field_v_per_mm = nan", ["spectrometer.field_v_per_mm", "nan"]),
    "nan momentum": ("momentum_max_au = 300.0", "momentum_max_au = nan", ["ions.0.momentum_max_au", "nan"]),
    "ion": ('name = "O+"', 'name = "Q+"', ["ion 'Q+'", "no element"]),
    "formula": ('formula = "H2O"', 'formula = "H2Xx"', ["formula 'H2Xx'"]),
    "repeated ion": ('name = "H+"', 'name = "O+"', ["'O+'", "more than once"]),
    "channel without window": (WINDOW, WINDOW.replace("H+", "O2+"), ["O+/H+/H+", "'H+'", "window"]),
    "repeated channel": ('ions = ["H+", "H+"]', 'ions = ["H+", "O+"]', ["O+/H+", "more than once"]),
    "too many atoms": ('ions = ["H+", "H+"]', 'ions = ["H+", "H+", "H+"]', ["H+/H+/H+", "more H", "H2O"]),
    "partial with sum": ("ker_ev = [1.0, 40.0]", "momentum_sum_au = 9.0", ["O+/H+", "9.0", "lacks atoms"]),
    "falling window": ("ker_ev = [1.0, 40.0]", "ker_ev = [40.0, 1.0]", ["channels.1", "40.0", "1.0", "smaller"]),
    "negative gate": ("momentum_sum_au = 15.0", "momentum_sum_au = -15.0", ["channels.0.momentum_sum_au", "-15.0"]),
    "one ion": ('ions = ["H+", "H+"]', 'ions = ["H+"]', ["channel 'H+'", "2 to 9"]),
    "too few bins": ("time_bins = 500", "time_bins = 5", ["histograms.time_bins", "5", "10"]),
    "falling delays": ("[histograms]", "[delays]\nedges_fs = [5.0, -5.0]\n[histograms]", ["edges_fs", "5.0", "rising"]),
    "one delay edge": ("[histograms]", "[delays]\nedges_fs = [5.0]\n[histograms]", ["edges_fs", "two or more"]),
    "tau without law": ("[histograms]", "[explosion]\ntau_fs = 5.0\n[histograms]", ["tau_fs", "5.0", "sudden"]),
    "law without tau": ("[histograms]", '[explosion]\ncharge_up = "erf"\n[histograms]', ["charge_up", "erf", "tau_fs"]),
    "unknown law": ("[histograms]", '[explosion]\ncharge_up = "slow"\n[histograms]', ["charge_up", "slow", "erf"]),
    "no limit": ("[histograms]", "[limits]\ncombinations_per_pulse = 0\n[histograms]", ["combinations_per_pulse", "0"]),
    "lines without times": (LINES, '[delay_lines]\nkind = "quad"\n', ["delay_lines.mm_per_ns", "missing"]),
    "unknown lines": (LINES, '[delay_lines]\nkind = "octal"\n', ["delay_lines.kind", "octal", "hexanode"]),
    "no third layer": (LINES, _lines("hexanode", "[0.7, 0.7]"), ["mm_per_ns", "[0.7, 0.7]", "3 numbers", "hexanode"]),
    "one layer too many": (LINES, _lines("quad", "[0.7, 0.7, 0.7]"), ["mm_per_ns", "2 numbers", "quad"]),
    "times do not fit": (LINES, _lines("quad", "[0.7, 0.7]", "[99.0]"), ["time_sum_ns", "[99.0]", "2 numbers"]),
    "negative scale": (LINES, _lines("quad", "[0.7, -0.7]"), ["delay_lines.mm_per_ns.1", "-0.7", "greater than 0"]),
    "no half-width": (
        LINES,
        _lines("quad", "[0.7, 0.7]", more="time_sum_half_width_ns = 0"),
        ["time_sum_half_width_ns", "0"],
    ),
    "offset of no layer": (LINES, _lines("quad", "[0.7, 0.7]", more="w_offset_mm = 0.5"), ["w_offset_mm", "0.5"]),
    "not TOML": ("[molecule]", "[molecule", ["not valid TOML"]),
}


@pytest.mark.parametrize(("right", "wrong", "parts"), ERRORS.values(), ids=ERRORS.keys())
def test_a_mistake_is_one_sentence_with_its_key_or_value(
    water_text: str, right: str, wrong: str, parts: list[str]
) -> None:
    assert right in water_text
    with pytest.raises(SetupError) as error:
        Setup.from_toml(water_text.replace(right, wrong), "water.toml")
    sentence = str(error.value)
    assert sentence.startswith("water.toml")
    assert "\n" not in sentence
    assert not [part for part in parts if part not in sentence], sentence


def test_files_that_cannot_be_read_are_errors(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="does not exist"):
        Setup.from_file(tmp_path / "none.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SetupError, match="cannot be read"):
        Setup.from_file(tmp_path / "binary.toml")
    with pytest.raises(SetupError, match="cannot be read"):
        Setup.from_file(tmp_path)


def test_the_hash_tells_content_not_spelling(water_text: str, tmp_path: Path) -> None:
    (tmp_path / "water.toml").write_text("# a comment\n" + water_text.replace("95.0", "95"), encoding="utf-8")
    setup = Setup.from_toml(water_text)
    assert Setup.from_file(tmp_path / "water.toml").hash == setup.hash
    assert Setup.from_toml(water_text.replace("95.0", "95.1")).hash != setup.hash


def test_a_setup_is_frozen(water: Setup) -> None:
    with pytest.raises(ValueError, match="frozen"):
        water.spectrometer.t0_ns = 1.0


def test_delay_bins_follow_the_edges(water: Setup, water_text: str) -> None:
    assert water.delays.bins == ((float("-inf"), float("inf")),)
    setup = Setup.from_toml(water_text + "[delays]\nedges_fs = [-5, 0, 5]")
    assert setup.delays.bins == ((-5.0, 0.0), (0.0, 5.0))
