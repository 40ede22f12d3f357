"""The default network: from the momenta of all ions of a molecule, in one or more charge channels, to its geometry."""

from onlinecei.molexa.network.config import Config
from onlinecei.molexa.network.inputs import Inputs, collate
from onlinecei.molexa.network.model import OnlineCEI
from onlinecei.molexa.network.reconstruct import reconstruct
from onlinecei.molexa.network.sample import Sample
from onlinecei.molexa.network.weights import load_network, save_network

__all__ = ["Config", "Inputs", "OnlineCEI", "Sample", "collate", "load_network", "reconstruct", "save_network"]
