"""The default network: atoms as tokens, in the scale of the explosion, with one answer or many draws."""

from onlinecei.molexa.network.onlinecei.config import Config
from onlinecei.molexa.network.onlinecei.model import OnlineCEI

__all__ = ["Config", "OnlineCEI"]
