"""The networks by name."""

from onlinecei.errors import CEIError
from onlinecei.molexa.network.base import Network
from onlinecei.molexa.network.molexa2026 import Molexa2026
from onlinecei.molexa.network.onlinecei import OnlineCEI

NETWORKS: dict[str, type[Network]] = {each.NAME: each for each in (OnlineCEI, Molexa2026)}


def network_class(name: str) -> type[Network]:
    """Find a network.

    Raises
    ------
    CEIError
        There is none of this name.
    """
    if name not in NETWORKS:
        raise CEIError(f"network '{name}' does not exist, expected one of {', '.join(NETWORKS)}")
    return NETWORKS[name]
