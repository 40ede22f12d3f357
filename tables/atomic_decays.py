"""How a hole decays: Auger, Coster-Kronig and fluorescence branching by subshell."""  # noqa: INP001

from itertools import combinations_with_replacement

import xraylib
from atomic_levels import LEVELS, SHELL_OF, average, by_shell, known, valence

# Weight per principal shell that an electron comes from beyond the next one. In xraylib's own K and L Auger rates
# of Si to I a pair with one such electron weighs 0.06 to 0.14 of one without.
FURTHER_OUT = 0.1

FROM_2S = (xraylib.FL12_TRANS, xraylib.FL13_TRANS)

Decays = dict[tuple[str, str, str], float]
"""Share of each decay (hole, first, second); a photon has no second."""


def decays_of(number: int, hole: str, electrons: dict[str, float], edge: dict[str, float]) -> Decays:
    """Every decay of one hole in an otherwise neutral atom; empty for the outermost subshells."""
    allowed = pairs_of(hole, edge)
    if not allowed or hole in valence(tuple(edge)):
        return {}
    fluorescence = average(hole, electrons, lambda s: known(xraylib.FluorYield, number, getattr(xraylib, f"{s}_SHELL")))
    same_n = [pair for pair in allowed if pair[0][0] == hole[0]]
    auger = auger_of(number, hole, electrons, [pair for pair in allowed if pair not in same_n])
    coster_kronig = 0.0
    if not auger:
        auger = counted(hole, by_shell(electrons), allowed)
    elif hole == "2s":
        coster_kronig = sum(known(xraylib.CosKronTransProb, number, code) for code in FROM_2S)
    parts = (
        (radiative(number, hole, electrons), fluorescence),
        (counted(hole, by_shell(electrons), same_n), coster_kronig),
        (auger, 1.0 - fluorescence - coster_kronig),
    )
    found = {key: share * weight for part, weight in parts for key, share in part.items()}
    return normalised({key: share for key, share in found.items() if share > 1e-6})


def pairs_of(hole: str, edge: dict[str, float]) -> list[tuple[str, str]]:
    """Pairs of subshells whose electrons can fill the hole and leave, by the binding energies of the neutral atom."""
    outward = [shell for shell in edge if edge[shell] < edge[hole]]
    return [(a, b) for a, b in combinations_with_replacement(outward, 2) if edge[a] + edge[b] < edge[hole]]


def auger_of(number: int, hole: str, electrons: dict[str, float], allowed: list[tuple[str, str]]) -> Decays:
    """Auger branching of xraylib, averaged over the levels of the hole; without Coster-Kronig decays."""
    found: Decays = {}
    for level in LEVELS[hole]:
        weight = electrons.get(level, 0.0) * known(xraylib.AugerYield, number, getattr(xraylib, f"{level}_SHELL"))
        for a, b in combinations_with_replacement(electrons, 2):
            code = getattr(xraylib, f"{level}_{a}{b}_AUGER", None)
            pair = (SHELL_OF[a], SHELL_OF[b])
            if code is not None and pair in allowed:
                key = (hole, *pair)
                found[key] = found.get(key, 0.0) + weight * known(xraylib.AugerRate, number, code)
    return normalised(found)


def counted(hole: str, occupation: dict[str, int], allowed: list[tuple[str, str]]) -> Decays:
    """Branching by the number of electron pairs, from the hole's own n (super-Coster-Kronig) when that is allowed."""
    own = {pair: sum(shell[0] == hole[0] for shell in pair) for pair in allowed}
    most = max(own.values(), default=0)
    found: Decays = {}
    for (a, b), count in own.items():
        pairs = occupation[a] * occupation[b] if a != b else occupation[a] * (occupation[a] - 1) / 2
        further = sum(max(int(shell[0]) - int(hole[0]) - 1, 0) for shell in (a, b))
        if count == most and pairs:
            found[hole, a, b] = pairs * FURTHER_OUT**further
    return normalised(found)


def radiative(number: int, hole: str, electrons: dict[str, float]) -> Decays:
    """Which subshell fills the hole when a photon leaves: xraylib's line rates, else the dipole-allowed electrons."""
    found: Decays = {}
    for level in LEVELS[hole]:
        for filler, shell in ((name, SHELL_OF[name]) for name in electrons if SHELL_OF[name] != hole):
            code = getattr(xraylib, f"{level}{filler}_LINE", None)
            if code is not None:
                rate = electrons.get(level, 0.0) * known(xraylib.RadRate, number, code)
                found[hole, shell, ""] = found.get((hole, shell, ""), 0.0) + rate
    return normalised(found) or dipole_allowed(hole, by_shell(electrons))


def dipole_allowed(hole: str, occupation: dict[str, int]) -> Decays:
    """Fluorescence by the number of electrons further out whose angular momentum differs by one."""
    momentum = {shell: "spd".index(shell[1]) for shell in occupation}
    outward = [s for s in occupation if s[0] > hole[0] and abs(momentum[s] - momentum[hole]) == 1]
    return normalised({(hole, shell, ""): float(occupation[shell]) for shell in outward})


def normalised(shares: Decays) -> Decays:
    """The same, adding up to one; what is zero is left out."""
    total = sum(shares.values())
    return {key: value / total for key, value in shares.items() if value}
