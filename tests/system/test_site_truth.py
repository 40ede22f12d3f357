"""Sites of every ion from about twenty thousand partial events at half of all ions detected, beside the truth."""

from dataclasses import replace

import pytest

from onlinecei.bench.sites import CASES, site_errors


@pytest.mark.parametrize(("index", "bar"), [(0, 0.10), (2, 0.05), (3, 0.05)])
def test_mean_momenta_from_partial_events_are_those_of_the_simulation(index: int, bar: float) -> None:
    case = CASES[index]
    errors = site_errors(case)
    assert errors.events == pytest.approx(20_000, rel=0.02)
    assert errors.found.labelled == (case.molecule != "water"), errors.found.unresolved
    assert errors.worst < bar


def test_few_events_are_said_to_be_few() -> None:
    errors = site_errors(replace(CASES[0], pulses=500, molecules_per_pulse=0.1))
    assert not errors.found.labelled
    assert errors.found.unresolved
