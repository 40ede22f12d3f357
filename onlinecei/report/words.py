"""Names and numbers as people write them."""

import math

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def with_error(value: float, error: float) -> tuple[str, str]:
    """Write a number and its error to the same place: two digits of the error.

    An error that is not a positive number says nothing about the digits; the number is then written to six.
    """
    if not (math.isfinite(error) and error > 0 and math.isfinite(value)):
        return f"{value:.6g}", f"{error:.2g}"
    places = min(max(1 - math.floor(math.log10(error)), 0), 12)
    return f"{value:.{places}f}", f"{error:.{places}f}"


def ion_in_words(name: str, *, gas: bool = False) -> str:
    """Write O2+ as O²⁺, or as O₂⁺ where it is a molecule of the residual gas."""
    body = name.rstrip("+")
    if gas:
        return f"{body.translate(_LOWERED)}⁺"
    return f"{body.translate(_RAISED)}⁺" if name.endswith("+") else name


def channel_in_words(name: str) -> str:
    """Write O2+/H+/H+ as O²⁺ + H⁺ + H⁺; a state follows as it is."""
    ions, bracket, state = name.partition(" [")
    return " + ".join(ion_in_words(ion) for ion in ions.split("/")) + bracket + state


def formula_in_words(formula: str) -> str:
    """Write H2O as H₂O."""
    return formula.translate(_LOWERED)
