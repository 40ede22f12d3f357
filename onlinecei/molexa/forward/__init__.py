"""The forward model: the mean momenta that the Monte Carlo would give for a geometry, in a millisecond."""

from onlinecei.molexa.forward.correction import Config, Correction
from onlinecei.molexa.forward.emulator import Emulator

__all__ = ["Config", "Correction", "Emulator"]
