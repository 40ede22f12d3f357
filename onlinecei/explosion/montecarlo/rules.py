"""The rules of electron transfer that can be compared, and the one that is used."""

import math
from typing import NamedTuple


class Rule(NamedTuple):
    """When an electron that is over the barrier goes over."""

    downhill: bool = True
    """Only where the molecule gains energy by it; otherwise wherever there is a vacancy."""
    third_body: bool = True
    """Whether the charges of all other atoms count in that energy, or only those of the two."""
    tries: float = math.inf
    """How often per orbit of the electron; infinite: at once."""


RULES = {
    "over the barrier": Rule(downhill=False, third_body=False, tries=1.0),
    "downhill, pair": Rule(third_body=False, tries=1.0),
    "downhill": Rule(),
    "downhill, hopping": Rule(tries=1.0),
}
CHOSEN = RULES["downhill"]
