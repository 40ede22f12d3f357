"""Molecular geometries from Coulomb explosion imaging, while the beam is on."""

from importlib.metadata import version

__version__ = version("onlinecei")
