"""The networks: from the momenta of all ions of a molecule, in one or more charge channels, to its geometry."""

from onlinecei.molexa.network.base import LossOptions, Network
from onlinecei.molexa.network.inputs import Inputs, collate
from onlinecei.molexa.network.onlinecei import Config, OnlineCEI
from onlinecei.molexa.network.reconstruct import reconstruct
from onlinecei.molexa.network.registry import NETWORKS, network_class
from onlinecei.molexa.network.sample import Sample
from onlinecei.molexa.network.weights import load_network, save_network

__all__ = [
    "NETWORKS",
    "Config",
    "Inputs",
    "LossOptions",
    "Network",
    "OnlineCEI",
    "Sample",
    "collate",
    "load_network",
    "network_class",
    "reconstruct",
    "save_network",
]
