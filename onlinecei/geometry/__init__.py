"""Geometries as such, whatever they come from: lengths and angles with their errors, and one laid onto another."""

from onlinecei.geometry.bonding import atom_names, bonds, corners
from onlinecei.geometry.fitting import Fit, fit
from onlinecei.geometry.internal import angle, distance

__all__ = ["Fit", "angle", "atom_names", "bonds", "corners", "distance", "fit"]
