"""Runge-Kutta-Nystrom 8(6), compiled: steps of equations whose accelerations depend on positions and time alone.

The pair of Dormand, El-Mikkawy and Prince (High-order embedded Runge-Kutta-Nystrom formulae, IMA Journal of Numerical
Analysis 7, 423, 1987): order eight in nine stages, of which the last is the first of the next step.
"""

import math

import numpy as np

from onlinecei.arrays import F8
from onlinecei.compiled import compiled

STAGES = 9
ORDER = 7
"""Power of the step that the difference of the two orders goes with."""
TIMES = np.array([0, 1 / 20, 1 / 10, 3 / 10, 1 / 2, 7 / 10, 9 / 10, 1, 1])
_POSITION = np.array([223 / 7938, 0, 1175 / 8064, 925 / 6048, 41 / 448, 925 / 14112, 1175 / 72576, 0, 0])
_VELOCITY = np.array([223 / 7938, 0, 5875 / 36288, 4625 / 21168, 41 / 224, 4625 / 21168, 5875 / 36288, 223 / 7938, 0])
_STAGE = np.zeros((STAGES, STAGES))
_STAGE[1, :1] = (1 / 800,)
_STAGE[2, :2] = (1 / 600, 1 / 300)
_STAGE[3, :3] = (9 / 200, -9 / 100, 9 / 100)
_STAGE[4, :4] = (-66701 / 197352, 28325 / 32892, -2665 / 5482, 2170 / 24669)
_STAGE[5, :5] = (227015747 / 304251000, -54897451 / 30425100, 12942349 / 10141700, -9499 / 304251, 539 / 9250)
_STAGE[6, :6] = (
    -1131891597 / 901789000, 41964921 / 12882700, -6663147 / 3220675, 270954 / 644135, -108 / 5875, 114 / 1645
)  # fmt: skip
_STAGE[7, :7] = (
    13836959 / 3667458, -17731450 / 1833729, 1063919505 / 156478208, -33213845 / 39119552, 13335 / 28544, -705 / 14272,
    1645 / 57088,
)  # fmt: skip
_STAGE[8] = _POSITION
_POSITION_6 = np.array(
    [
        7987313 / 109941300, 0, 1610737 / 44674560, 10023263 / 33505920, -497221 / 12409600, 10023263 / 78180480,
        1610737 / 402071040, 0, 0,
    ]
)  # fmt: skip
_VELOCITY_6 = np.array(
    [
        7987313 / 109941300, 0, 1610737 / 40207104, 10023263 / 23454144, -497221 / 6204800, 10023263 / 23454144,
        1610737 / 40207104, -4251941 / 54970650, 3 / 20,
    ]
)  # fmt: skip
_E_POSITION, _E_VELOCITY = _POSITION - _POSITION_6, _VELOCITY - _VELOCITY_6


@compiled
def advance(x: F8, v: F8, slopes: F8, length: int, row: int, step: float, out: F8) -> None:
    """Positions at a stage of the step, from the accelerations of the stages before."""
    forward, squared = TIMES[row] * step, step * step
    for k in range(length):
        out[k] = x[k] + forward * v[k]
    for stage in range(row):
        weight = squared * _STAGE[row, stage]
        if weight != 0.0:
            for k in range(length):
                out[k] += weight * slopes[stage, k]


@compiled
def accept(x: F8, v: F8, trial: F8, slopes: F8, length: int, step: float) -> None:
    """Take the end of the step, where the last stage was; its accelerations are the first of the next step."""
    for k in range(length):
        x[k] = trial[k]
    for stage in range(STAGES):
        weight = step * _VELOCITY[stage]
        if weight != 0.0:
            for k in range(length):
                v[k] += weight * slopes[stage, k]
    for k in range(length):
        slopes[0, k] = slopes[STAGES - 1, k]


@compiled
def step_error(slopes: F8, masses: F8, atoms: int, step: float, per_length: float, energy: float) -> float:
    """Difference of the two orders, relative: of velocities by their energy, of positions by `per_length`."""
    total = 0.0
    for i in range(atoms):
        per_speed = math.sqrt(0.5 * masses[i] / energy)
        for k in range(3 * i, 3 * i + 3):
            on_x = on_v = 0.0
            for stage in range(STAGES):
                on_x += _E_POSITION[stage] * slopes[stage, k]
                on_v += _E_VELOCITY[stage] * slopes[stage, k]
            total += (on_x * step * per_length) ** 2 + (on_v * per_speed) ** 2
    return step * math.sqrt(total)
