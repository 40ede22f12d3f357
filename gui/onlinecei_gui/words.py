"""Numbers and names as people write them."""

from collections import Counter

from ase.formula import Formula

from onlinecei.ions import Channel, Ion

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

MOST_NAMED = 4
"""Ions of a channel that are named one by one."""


def grouped(number: int) -> str:
    """Write a whole number with thin spaces between thousands."""
    return f"{number:,}".replace(",", "\u2009")


def short(number: float) -> str:
    """Write a number with three digits and k, M or G."""
    for factor, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= factor:
            return f"{number / factor:.3g}\u2009{letter}"
    return f"{number:.3g}"


def ion_name(ion: Ion) -> str:
    """Write O+ as O⁺."""
    return f"{ion.symbol}{str(ion.charge).translate(_RAISED) if ion.charge > 1 else ''}⁺"


def channel_name(channel: Channel, state: str = "") -> str:
    """Write the ions of a channel, counted where they are many, and which state of the molecule it is gated on."""
    counted = Counter(ion_name(ion) for ion in channel.ions)
    if len(channel.ions) > MOST_NAMED:
        ions = " + ".join(f"{number}\u2009{name}" if number > 1 else name for name, number in counted.items())
    else:
        ions = " + ".join(counted.elements())
    return f"{ions} \u2013 {state}" if state else ions


def formula_html(formula: str) -> str:
    """Write a formula with lowered numbers."""
    return str(Formula(formula).format("html"))


def share(part: int, whole: int) -> str:
    """Write a part of a whole in percent."""
    return f"{100 * part / max(whole, 1):.2g}\u2009%"


def milliseconds(seconds: float | None) -> str:
    """Write a short time; a dash where it is not known."""
    if seconds is None:
        return "–"
    return f"{1000 * seconds:.0f}\u2009ms" if seconds < 1 else f"{seconds:.1f}\u2009s"


def rounded(value: float, digits: int = 4) -> float:
    """Give a number as a person would type it."""
    return float(f"{value:.{digits}g}")
