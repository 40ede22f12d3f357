"""Trains that are not in a result, and those in it that lack something: each is counted once."""

from collections import Counter
from collections.abc import Mapping

from onlinecei.records.facts import WITHOUT, Facts

REPEATED = "repeated train id"
"""A train with this ID came before."""
FOR_OTHER_REASONS = "for other reasons"
"""Counts in `State.rejected` those reasons that a message had no room to name."""
NAMED = 50
"""Letters of a reason that a message always has room for; longer ones may be cut."""


def left_out(rejected: Mapping[str, int], facts: Facts) -> dict[str, int]:
    """Give the trains that are not in the result, by reason; reasons of a drop or quarantine say so.

    Parameters
    ----------
    rejected
        Of a `State`: trains by reason, among them most that the facts name, as the reducer counts them too.
    facts
        What the line said, of the same moment or later; none of a run that was read without a line.
    """
    return {reason: count for reason, count in _each_once(rejected, facts).items() if not in_the_result(reason)}


def incomplete(rejected: Mapping[str, int], facts: Facts) -> dict[str, int]:
    """Give the trains that are in the result and lack something, by what it is; parameters as of `left_out`."""
    return {reason: count for reason, count in _each_once(rejected, facts).items() if in_the_result(reason)}


def in_the_result(reason: str) -> bool:
    """Whether trains that are counted under a reason are in the result all the same."""
    return reason.endswith(WITHOUT)


def _each_once(rejected: Mapping[str, int], facts: Facts) -> dict[str, int]:
    """Give what the facts name, and of `rejected` what is more than that."""
    told = Counter[str]()
    for counts in (facts.dropped, facts.quarantined, facts.missing):
        for reason, count in counts.items():
            told[_name(reason, rejected)] += count
    more = {reason: count - told[reason] for reason, count in rejected.items()}
    named = Counter(facts.missing)  # a file that is read without a line is missing the same trains
    named.update({f"dropped: {reason}": count for reason, count in facts.dropped.items()})
    named.update({f"quarantined: {reason}": count for reason, count in facts.quarantined.items()})
    named.update({reason: count for reason, count in more.items() if count > 0})
    return {reason: count for reason, count in named.items() if count}


def _name(reason: str, rejected: Mapping[str, int]) -> str:
    """Give the name under which `rejected` counts a reason of the facts."""
    if reason in rejected:
        return reason
    cut = (name for name in rejected if len(name) >= NAMED and reason.startswith(name))
    return next(cut, FOR_OTHER_REASONS)
