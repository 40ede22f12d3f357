"""The network of Li et al., Nature Communications (2026), doi 10.1038/s41467-026-70160-5: ordered pairs as tokens."""

from onlinecei.molexa.network.molexa2026.config import Config
from onlinecei.molexa.network.molexa2026.model import Molexa2026
from onlinecei.molexa.network.molexa2026.uncertainty import Uncertainty

__all__ = ["Config", "Molexa2026", "Uncertainty"]
