"""Relativistic levels of xraylib and xraydb (K, L1, ...) as subshells nl, with electrons and binding energies."""  # noqa: INP001

from collections.abc import Callable

import xraydb
import xraylib

LEVELS = {
    "1s": ("K",),
    "2s": ("L1",),
    "2p": ("L2", "L3"),
    "3s": ("M1",),
    "3p": ("M2", "M3"),
    "3d": ("M4", "M5"),
    "4s": ("N1",),
    "4p": ("N2", "N3"),
    "4d": ("N4", "N5"),
    "5s": ("O1",),
    "5p": ("O2", "O3"),
}
SHELL_OF = {level: shell for shell, levels in LEVELS.items() for level in levels}
# First ionisation energy plus the lowest ns np^(k+1) term of the ion; X-ray tables list solids there. Br and I: the
# term of Kr+ and Xe+ times 0.86, which is the ratio of Cl to Ar; good to about 1 eV.
OUTER_S_EV = {
    "C": 16.59,
    "N": 20.33,
    "O": 28.48,
    "F": 37.85,
    "Ne": 48.47,
    "Si": 13.46,
    "P": 16.15,
    "S": 20.20,
    "Cl": 24.54,
    "Ar": 29.24,
    "Br": 23.4,
    "I": 20.1,
}


def known(function: Callable[..., float], *arguments: float) -> float:
    """Value of an xraylib function, 0 where it has none."""
    try:
        return float(function(*arguments))
    except ValueError:
        return 0.0


def level_electrons(number: int) -> dict[str, float]:
    """Electrons per relativistic level of the neutral atom."""
    electrons = {level: known(xraylib.ElectronConfig, number, getattr(xraylib, f"{level}_SHELL")) for level in SHELL_OF}
    return {level: count for level, count in electrons.items() if count}


def by_shell(electrons: dict[str, float]) -> dict[str, int]:
    """Whole electrons per nl subshell."""
    totals = {shell: sum(electrons.get(level, 0.0) for level in LEVELS[shell]) for shell in LEVELS}
    return {shell: round(count) for shell, count in totals.items() if count}


def average(shell: str, electrons: dict[str, float], value: Callable[[str], float]) -> float:
    """Mean over the levels of a subshell, by their electrons; levels without a value (0) do not count."""
    pairs = [(electrons[level], value(level)) for level in LEVELS[shell] if level in electrons]
    weight = sum(count for count, found in pairs if found)
    return sum(count * found for count, found in pairs) / weight if weight else 0.0


def edges(symbol: str, electrons: dict[str, float], first_ionisation_ev: float) -> dict[str, float]:
    """Binding energies: xraydb for the core, free-atom values for the outermost s and p subshells."""
    shells = tuple(by_shell(electrons))
    values = {
        shell: average(shell, electrons, lambda level: xraydb.xray_edge(symbol, level).energy) for shell in shells
    }
    outer = valence(shells)
    if len(outer) == 2:
        values[outer[0]] = OUTER_S_EV[symbol]
    values[outer[-1]] = first_ionisation_ev
    return values


def valence(shells: tuple[str, ...]) -> tuple[str, ...]:
    """The subshells of the highest principal quantum number."""
    return tuple(shell for shell in shells if shell[0] == max(name[0] for name in shells))
