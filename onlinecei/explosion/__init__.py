"""Forward physics: how a molecule explodes, and the inverse of it."""

from onlinecei.explosion.beam import Beam
from onlinecei.explosion.charge_up import ChargeUp
from onlinecei.explosion.classical import explode, explode_many, sudden_energy
from onlinecei.explosion.combinations import Combination, combinations
from onlinecei.explosion.distinct import distinct
from onlinecei.explosion.inverse import Solution, invert
from onlinecei.explosion.monte_carlo import Trajectories, explode_in_beam
from onlinecei.explosion.tangent import jacobian

__all__ = [
    "Beam",
    "ChargeUp",
    "Combination",
    "Solution",
    "Trajectories",
    "combinations",
    "distinct",
    "explode",
    "explode_in_beam",
    "explode_many",
    "invert",
    "jacobian",
    "sudden_energy",
]
