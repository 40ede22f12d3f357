"""Whether several files are one run: of one molecule, with one setup, all hits or all edges."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

from onlinecei.errors import RunFileError, SetupError
from onlinecei.files.reader import TrainFile
from onlinecei.setup import Setup

NOT_TOGETHER = "runs '{}' and '{}' cannot be taken together: {}"
OTHER_FORMULAS = "they are of {} and {}"
OTHER_SETUPS = "they hold different setups; --setup gives one for all"
_RECORDED = re.compile(r"(?P<run>.+)-\d{10}(-\d+)?\.h5")
"""Name of a file that a line recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a file says of itself."""

    path: Path
    setup_text: str
    holds_edges: bool
    simulated: bool
    formula: str
    """Of the molecule; empty where it does not say."""
    setup_hash: str
    """Empty where the setup cannot be used."""

    @classmethod
    def of(cls, file: TrainFile) -> Self:
        """Look at an open file."""
        text = file.setup_text
        return cls(
            path=file.path, setup_text=text, holds_edges=file.holds_edges, simulated=file.simulated,
            formula=_formula(text), setup_hash=_hash(text),
        )  # fmt: skip

    @property
    def recording(self) -> str:
        """Name of the run that a line recorded; empty where none did."""
        name = _RECORDED.fullmatch(self.path.name)
        return name["run"] if name else ""


def check_one_run(files: Sequence[Said], *, setup_given: bool) -> list[str]:
    """Say what a person should know before files are read as one run.

    Parameters
    ----------
    files
        In the order in which they are read.
    setup_given
        Whether a setup is given that counts for all of them, whatever they hold.

    Returns
    -------
    list of str
        Sentences: where the setup of a recording was revised, which one is taken; where only some files are simulated.

    Raises
    ------
    RunFileError
        They are not one run: hits and edges, several molecules, or setups that differ without being a recording's.
    """
    remarks = []
    for named in ([each for each in files if each.formula], files):
        for before, after in pairwise(named):
            _check_pair(before, after, setup_given=setup_given)
    setups = dict.fromkeys(each.setup_hash or each.setup_text for each in files)
    if len(setups) > 1 and not setup_given:
        last = files[-1]
        said = f"the setup was revised while the run was recorded, its files hold {len(setups)}"
        remarks.append(f"{said}: that of the last file, '{last.path.name}', is taken for all trains")
    simulated = [each for each in files if each.simulated]
    if 0 < len(simulated) < len(files):
        real = next(each for each in files if not each.simulated)
        names = f"'{simulated[0].path.name}' is, '{real.path.name}' is not"
        remarks.append(f"{len(simulated)} of the {len(files)} files are simulated, the others not: {names}")
    return remarks


def _formula(setup_text: str) -> str:
    """Read the formula even of a setup that another version wrote."""
    try:
        molecule = tomllib.loads(setup_text).get("molecule")
    except tomllib.TOMLDecodeError:
        return ""
    formula = molecule.get("formula") if isinstance(molecule, dict) else None
    return formula if isinstance(formula, str) else ""


def _hash(setup_text: str) -> str:
    try:
        return Setup.from_toml(setup_text).hash
    except SetupError:  # another one is used
        return ""


def _check_pair(one: Said, other: Said, *, setup_given: bool) -> None:
    if one.holds_edges != other.holds_edges:
        hits, edges = (other, one) if one.holds_edges else (one, other)
        raise RunFileError(f"'{hits.path}' holds hits and '{edges.path}' edges, expected files of one run")
    if one.formula and other.formula and one.formula != other.formula:
        formulas = OTHER_FORMULAS.format(one.formula, other.formula)
        raise RunFileError(NOT_TOGETHER.format(one.path, other.path, formulas))
    same = one.setup_text == other.setup_text or (one.setup_hash == other.setup_hash != "")
    revised = bool(one.recording) and one.recording == other.recording
    if not (same or revised or setup_given):
        raise RunFileError(NOT_TOGETHER.format(one.path, other.path, OTHER_SETUPS))
