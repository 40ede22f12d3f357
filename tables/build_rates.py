"""Build ``onlinecei/explosion/rates.json`` (README.md beside this file)."""  # noqa: INP001

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import xraydb
import xraylib
from atomic_cross_sections import PHOTON_EV, cross_sections
from atomic_decays import decays_of
from atomic_levels import average, by_shell, edges, level_electrons
from mendeleev.mendeleev import element as properties

TARGET = Path(__file__).parents[1] / "onlinecei" / "explosion" / "rates.json"
ORIGIN = Path(__file__).with_name("origin.json")
PACKAGES = ("xraylib", "xraydb", "mendeleev")
ELEMENTS = ("H", "C", "N", "O", "F", "Ne", "Si", "P", "S", "Cl", "Ar", "Br", "I")
CHECK_EV = (1000.0, 1500.0, 2000.0, 3000.0, 5000.0, 10000.0, 20000.0)


def main() -> None:
    """Write the table, a line per element."""
    built = table()
    elements = built.pop("elements")
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(entry)}" for name, entry in elements.items())
    head = json.dumps(built, indent=1)[:-2]
    TARGET.write_text(f'{head},\n "elements": {{\n{lines}\n}}\n}}\n', encoding="utf-8")


def table() -> dict[str, Any]:
    """The whole table."""
    return {
        "origin": origin(),
        "photon_ev": digits(PHOTON_EV, 8),
        "check_ev": list(CHECK_EV),
        "elements": {symbol: element(symbol) for symbol in ELEMENTS},
    }


def element(symbol: str) -> dict[str, Any]:
    """One element's entry of the table."""
    number = xraylib.SymbolToAtomicNumber(symbol)
    electrons = level_electrons(number)
    occupation = by_shell(electrons)
    ionisation = [energy for _, energy in sorted(properties(symbol).ionenergies.items())]
    edge = edges(symbol, electrons, ionisation[0])
    decays = {shell: decays_of(number, shell, electrons, edge) for shell in occupation}
    width = [
        average(shell, electrons, lambda level: xraydb.core_width(symbol, level)) if decays[shell] else 0.0
        for shell in occupation
    ]
    fluorescence = [sum(v for (_, _, second), v in found.items() if not second) for found in decays.values()]
    return {
        "number": number,
        "shells": list(occupation),
        "electrons": list(occupation.values()),
        "edge_ev": digits(edge.values()),
        "ionisation_ev": digits(ionisation, 6),
        "width_ev": digits(width),
        "fluorescence": digits(fluorescence),
        "total_barn": digits(xraylib.CSb_Photo(number, energy / 1e3) for energy in CHECK_EV),
        "sigma_barn": [digits(values) for values in cross_sections(number).values()],
        "decays": [[*names, *digits([share])] for found in decays.values() for names, share in found.items()],
    }


def origin() -> dict[str, Any]:
    """Where each column comes from."""
    told = json.loads(ORIGIN.read_text(encoding="utf-8"))
    packages = {name: version(name) for name in PACKAGES}
    return {"packages": packages, "date": datetime.now(UTC).date().isoformat(), **told}


def digits(values: Iterable[float], significant: int = 4) -> list[float]:
    """Rounded to significant digits."""
    return [float(f"{value:.{significant}g}") for value in values]


if __name__ == "__main__":
    main()
