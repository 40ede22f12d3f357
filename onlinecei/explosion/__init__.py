"""Forward physics: how a molecule explodes, and the inverse of it."""

from onlinecei.explosion.charge_up import ChargeUp
from onlinecei.explosion.classical import explode, sudden_energy
from onlinecei.explosion.inverse import Solution, invert

__all__ = ["ChargeUp", "Solution", "explode", "invert", "sudden_energy"]
