"""What speaks against a line after it was under load for a long time."""

from onlinecei.bench.soak import Look, Soaked

LAST_SHARE = 0.4
"""Of the time: where memory is judged. Before, samples fill up and allocators find their size."""
MOST_GROWTH = 0.03
"""Share of its memory that a line may gain meanwhile: four times what the last four of ten minutes were seen to add."""
MOST_LATE_S = 0.1
"""Largest 99th percentile of all batches where the line is not at its limit: what is on the screen is of now."""
LEAST_RATE = 0.98
"""Of the rate without them, beside dashboards that hang."""
FULL = "as fast as it goes"
BESIDE = "beside dashboards that hang"


def complaints(full: Soaked, easy: Soaked, beside: Soaked, share: float) -> list[str]:
    """Say what went wrong, in a sentence for each; nothing where nothing did.

    Parameters
    ----------
    full
        The line as fast as it goes.
    easy
        The same at a share of that rate.
    beside
        Again at that share, beside dashboards that hang.
    share
        That share.
    """
    at_share = f"at {share:.0%} of that"
    found = _of_one(full, FULL)
    for soaked, when in ((easy, at_share), (beside, BESIDE)):
        found += _of_one(soaked, when) + _lateness(soaked, when)
    if beside.trains_per_s < LEAST_RATE * easy.trains_per_s:
        said = f"{beside.trains_per_s:,.0f} trains/s are analysed, without them {easy.trains_per_s:,.0f}"
        found.append(f"{BESIDE}, {said}")
    return found


def _of_one(soaked: Soaked, when: str) -> list[str]:
    found = []
    if soaked.lost > 0:
        found.append(f"{when}, {soaked.lost:,} of {soaked.received:,} trains that came in were lost")
    if soaked.lost < 0:
        found.append(
            f"{when}, {-soaked.lost:,} more trains are accounted for than the {soaked.received:,} that came in"
        )
    if soaked.restarts:
        found.append(f"{when}, processes were started again: {soaked.restarts} restarts, expected none")
    return found + _growth(soaked.looks, when)


def _growth(looks: list[Look], when: str) -> list[str]:
    begin = (1.0 - LAST_SHARE) * looks[-1].at_s
    first, last = next(look.resident_bytes for look in looks if look.at_s >= begin), looks[-1].resident_bytes
    if last <= (1.0 + MOST_GROWTH) * first:
        return []
    grown = f"from {first / 1e6:,.0f} to {last / 1e6:,.0f} MB"
    return [f"{when}, memory grew {grown} in the last {LAST_SHARE:.0%} of the time, expected {MOST_GROWTH:.0%} at most"]


def _lateness(soaked: Soaked, when: str) -> list[str]:
    late_s = soaked.latency_s[1]
    if late_s <= MOST_LATE_S:
        return []
    if late_s > MOST_LATE_S:
        said = f"one batch in a hundred is later than {1000 * late_s:.0f} ms, expected {1000 * MOST_LATE_S:.0f} at most"
        return [f"{when}, {said}"]
    return [f"{when}, no batch was timed: the line ran for too short a time"]
