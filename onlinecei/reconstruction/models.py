"""Which weights the geometries of a setup rest on."""

from onlinecei.errors import CEIError
from onlinecei.molexa.shipped import digest_of, weights_at
from onlinecei.setup import Setup


def uses_network(setup: Setup) -> bool:
    """Whether geometries come from a network: it is asked for, or no law of charging is stated."""
    method = setup.reconstruction.method
    return method == "network" or (method == "auto" and "explosion" not in setup.model_fields_set)


def models(setup: Setup) -> dict[str, str]:
    """SHA-256 of the weights by name; none where geometries are classical, empty where they cannot be read now."""
    if not uses_network(setup):
        return {}
    section = setup.reconstruction
    return {name: _digest(name) for name in (section.network, *(["forward"] if section.refine else []))}


def _digest(name: str) -> str:
    try:
        return digest_of(weights_at(name))
    except CEIError:
        return ""
