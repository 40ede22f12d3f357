"""What is told of the sites: means in one frame, errors, and whether each stands for itself."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from onlinecei.arrays import F8, I8
from onlinecei.centroids._site_model import Columns
from onlinecei.centroids._site_order import canonical
from onlinecei.centroids._site_steps import Estimate, Rules
from onlinecei.ions import Channel

MOVING = 0.003
"""Change of a site in one pass, over the rms momentum, above which it is said to move still."""
LEAST_RECOIL_AU = 1e-3
"""The sum of the means is taken to be known to this where it is said to be exact."""
CLOSE = 2.0
"""Two Gaussians of equal width have two peaks from this distance on, in standard deviations."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sites:
    """Mean momenta of every ion of a molecule, in a frame of its own: x along the first, y towards the second."""

    channel: Channel
    """All ions, in the order of the sites; identical ones in falling order of their mean momenta."""
    momentum_au: F8
    """(N, 3) means."""
    covariance_au2: F8
    """(N, 3, 3) of the momentum of single events about the site."""
    error_covariance_au2: F8
    """(3 N, 3 N) of the means, what is not known of assignments and rotations included; nothing along the three
    rotations of all sites, which are a matter of choice."""
    count: F8
    """(N,) effective number of ions that each mean rests on."""
    events: int
    false_share: float
    """Share of the events that are no such molecule at all."""
    stray_share: F8
    """(species,) share of ions from elsewhere in the other events, in the order of `Channel.species`."""
    log_likelihood: float
    """Of all events, with momenta in atomic units."""
    starts: int
    agreed: int
    """How many starts led to these sites."""
    passes: int
    symmetry: int
    """Number of turns that lay the sites on themselves; above one where the molecule was taken to be symmetric because
    it nearly is and events do not tell the turns apart."""
    reason: str
    """Why the sites are not resolved; empty where they are."""

    @property
    def resolved(self) -> bool:
        """Whether every site stands for itself."""
        return not self.reason

    @property
    def error_au(self) -> F8:
        """(N, 3) standard errors of the means."""
        return np.sqrt(np.maximum(np.diag(self.error_covariance_au2), 0.0)).reshape(-1, 3)


def reported(end: Estimate, channel: Channel, columns: Columns, starts: int, agreed: int, rules: Rules) -> Sites:
    """Name, order and turn what was found, with its errors and what is wrong with it."""
    model, sums = end.model, end.sums
    order, rotation = canonical(model.first_site, model.mean, mirror=rules.mirror)
    errors = _error_covariance(end, rules)
    rows = (3 * order[:, None] + np.arange(3)).reshape(-1)
    turn = np.kron(np.eye(len(order)), rotation)
    sites = Sites(
        channel=channel,
        momentum_au=model.mean[order] @ rotation.T,
        covariance_au2=rotation @ model.covariance[order] @ rotation.T,
        error_covariance_au2=turn @ errors[np.ix_(rows, rows)] @ turn.T,
        count=sums.seen[order],
        events=columns.first_ion.size - 1,
        false_share=float(sums.false[:, 0].sum() / sums.false[:, 1].sum()),
        stray_share=sums.stray[:, 0] / np.maximum(sums.stray[:, 1], 1e-300),
        log_likelihood=end.log_likelihood,
        starts=starts,
        agreed=agreed,
        passes=end.passes,
        symmetry=1 if rules.group is None else len(rules.group),
        reason="",
    )
    return replace(sites, reason=_reason(sites, model.first_site, settled=end.moved < MOVING))


def _error_covariance(end: Estimate, rules: Rules) -> F8:
    """Inverse of the information in the scores of events (Meilijson 1989) and in the conservation of momentum."""
    information = end.sums.information
    if rules.conserved_au is not None:
        tie = np.eye(3) / max(rules.conserved_au, LEAST_RECOIL_AU) ** 2
        information = information + np.tile(tie, (len(end.model.mean),) * 2)
    # a turn of all sites changes no likelihood: it is taken out, the rest is inverted
    turns = _turns(end.model.mean)
    basis = np.linalg.qr(turns, mode="complete")[0][:, turns.shape[1] :]
    inside = basis.T @ information @ basis
    return np.asarray(basis @ np.linalg.pinv(inside, rcond=1e-12, hermitian=True) @ basis.T)


def _turns(mean: F8) -> F8:
    """How all sites move, (3 N, 3), when they are turned about each axis."""
    return np.column_stack([np.cross(axis, mean).reshape(-1) for axis in np.eye(3)])


def _reason(sites: Sites, first_site: I8, *, settled: bool) -> str:
    for a, b in pairwise(first_site):
        for s in range(a, b):
            if sites.count[s] < 1.0:
                return f"site {s + 1} ({sites.channel.ions[s]}) was hardly ever seen"
            for t in range(s + 1, b):
                apart = sites.momentum_au[s] - sites.momentum_au[t]
                length = float(np.linalg.norm(apart))
                both = (sites.covariance_au2[s] + sites.covariance_au2[t]) / 2
                width = np.sqrt(apart @ both @ apart) / length if length > 0 else np.inf
                if length < CLOSE * width:
                    return (
                        f"sites {s + 1} and {t + 1} ({sites.channel.ions[s]}) are {length:.3g} a.u. apart, less than "
                        f"{CLOSE:g} times their width of {width:.3g} a.u."
                    )
    if sites.starts > 2 and sites.agreed < 2:
        return f"only {sites.agreed} of {sites.starts} starts led to these sites"
    return "" if settled else f"the sites still moved after {sites.passes} passes"
