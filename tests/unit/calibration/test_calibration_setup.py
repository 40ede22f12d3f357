"""The setup file of a calibration: it reads back exactly, and says of each number how it is known."""

import tomllib
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onlinecei.calibration import Calibration, setup_text, with_error
from onlinecei.calibration._comments import comments_of
from onlinecei.calibration._rounding import rounded
from onlinecei.calibration.words import sentence
from onlinecei.errors import SetupError
from onlinecei.fitted import Fitted
from onlinecei.setup import Setup
from onlinecei.toml import comment, toml

SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"])),
)
VALUES = st.recursive(SCALARS, lambda each: st.lists(each) | st.dictionaries(st.text(min_size=1, max_size=5), each))


@given(VALUES)
def test_any_value_comes_back_as_it_was(value: object) -> None:
    assert tomllib.loads(f"key = {toml(value)}") == {"key": value}


@given(st.text())
def test_any_words_make_a_comment(words: str) -> None:
    assert tomllib.loads(f"a = 1 {comment(words)}\nb = 2") == {"a": 1, "b": 2}


def test_what_toml_lacks_is_refused() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        toml(None)


@pytest.fixture(scope="module")
def text(example: Calibration, before_text: str) -> str:
    return setup_text(example, before_text)


def line_of(text: str, start: str) -> str:
    (line,) = (line for line in text.splitlines() if line.lstrip().startswith(start))
    return line.strip()


def test_the_file_is_exactly_the_setup(text: str, example: Calibration) -> None:
    assert Setup.from_toml(text).hash == example.setup.hash != example.before.hash


def test_no_value_of_the_setup_before_is_lost(text: str, before_text: str) -> None:
    before, after = tomllib.loads(before_text), tomllib.loads(text)
    for section in ("molecule", "delays", "explosion", "reconstruction", "histograms", "limits"):
        assert after[section] == before[section]
    assert after["channels"][1]["ker_ev"] == [1.0, 40.0]


def test_a_fitted_number_says_error_before_and_origin(text: str) -> None:
    assert (
        line_of(text, "field_v_per_mm")
        == "field_v_per_mm = 22.0003            # ± 0.0021, before 21.5; 7,012 made-up events"
    )
    assert "± 0.0040, not given before; 7,012 made-up events" in line_of(text, "-0.8,")


def test_only_the_layer_that_was_fitted_says_so(text: str) -> None:
    block = text[text.index("time_sum_ns = [") :].split("]", maxsplit=1)[0].splitlines()
    assert ["±" in line for line in block] == [False, True, False, False]


def test_words_of_a_person_stay_where_the_value_stays(text: str) -> None:
    assert line_of(text, "acceleration_mm").endswith('# by the drawing, "as built" # 2')
    assert line_of(text, "radius_mm").endswith("# the old one")
    assert line_of(text, 'formula = "H2O"').endswith("# in helium")
    assert "# What a person wrote\n# in two lines." in text
    assert "a guess" not in text


def test_ions_and_channels_keep_their_words_wherever_they_move(text: str) -> None:
    first, second, third = text.split("[[ions]]")[1:]
    assert first.startswith("                            # the heavy one")
    assert "plenty" in first
    assert "new: not in the setup before" in second
    assert "# before 80.0" in third
    fresh, old = text.split("[[channels]]")[1:]
    assert "new: not in the setup before" in fresh
    assert "# before 15.0" in old
    assert "wide" not in old


def test_the_head_says_run_date_version_and_remarks(example: Calibration, doubtful: Callable) -> None:
    head = setup_text(doubtful("the molecule is\nanother [one] = 1")).partition("[molecule]")[0]
    assert all(line.startswith("#") for line in head.splitlines() if line)
    for words in (
        "a run.h5 (simulated)",
        "30 of 300 trains",
        "2026-11-21 14:03 UTC",
        "onlinecei 0.1.0",
        example.remarks[0].text,
    ):
        assert words in " ".join(head.replace("#", " ").split())
    assert "# SERIOUS: the molecule is\n# another [one] = 1" in head


def test_no_line_is_too_long(doubtful: Callable, before_text: str) -> None:
    assert max(map(len, setup_text(doubtful("so " * 100), before_text).splitlines())) <= 120


def test_calibrating_again_does_not_pile_up_heads(text: str, example: Calibration) -> None:
    again = setup_text(replace(example, before=example.setup), text)
    assert again.count("Calibrated by onlinecei") == 1
    assert line_of(again, "acceleration_mm") == line_of(text, "acceleration_mm")


def test_a_setup_that_cannot_be_written_is_an_error(example: Calibration) -> None:
    stale = example.setup.model_copy(update={"molecule": example.setup.molecule})
    stale.__dict__["hash"] = "another"
    with pytest.raises(SetupError, match="cannot be written"):
        setup_text(replace(example, setup=stale))


def test_comments_by_key(before_text: str) -> None:
    found = comments_of(before_text)
    assert found["ions[1]"] == "the heavy one"
    assert found["channels[0].momentum_sum_au"] == "wide"
    assert found["spectrometer.acceleration_mm"] == 'by the drawing, "as built" # 2'
    assert "reconstruction.network" not in found
    assert comments_of("") == {}


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (21.99871, 0.0021, ("21.9987", "0.0021")),
        (905.2, 12.3, ("905", "12")),
        (3.0, 0.0, ("3", "0")),
        (1e-5, float("nan"), ("1e-05", "nan")),
    ],
)
def test_numbers_have_the_digits_of_their_error(value: float, error: float, said: tuple[str, str]) -> None:
    assert with_error(value, error) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("layer w is dead", "Layer w is dead."),
        ("mm_per_ns was left. ", "mm_per_ns was left."),
        ("u - v - w is wide", "u - v - w is wide."),
        ("Is it right?", "Is it right?"),
    ],
)
def test_remarks_are_sentences(text: str, said: str) -> None:
    assert sentence(text) == said


def test_rounding_keeps_far_below_the_error(example: Calibration) -> None:
    def found(name: str, value: float, error: float) -> Fitted:
        return Fitted(name=name, value=value, error=error, before=None, unit="", how="")

    numbers = (found("spectrometer.t0_ns", 11.98123456789, 0.0312), found("detector.centre_mm[1]", -0.123456789, 0.004))
    setup, (t0, y) = rounded(example.before, numbers)
    assert (t0.value, y.value) == (11.9812, -0.12346)
    assert setup.spectrometer.t0_ns == t0.value
    assert setup.detector.centre_mm == (0.0, y.value)
    assert rounded(setup, (found("spectrometer.t0_ns", 1 / 3, float("nan")),))[0].spectrometer.t0_ns == 1 / 3
