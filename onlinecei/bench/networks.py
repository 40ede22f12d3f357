"""Milliseconds that networks take for a geometry of nine atoms, in one thread.

Of the processor, not of the wall: what else the machine does must not count against either network.
"""

from collections.abc import Callable, Sequence
from time import process_time

import numpy as np

from onlinecei.bench.explosions import MOLECULES, geometries
from onlinecei.bench.timing import Row, timed
from onlinecei.errors import CEIError
from onlinecei.explosion import explode
from onlinecei.ions import Channel
from onlinecei.molexa.forward import Emulator
from onlinecei.molexa.network import Network, OnlineCEI, Sample, load_network, reconstruct
from onlinecei.molexa.network.molexa2026 import Config as PeerConfig
from onlinecei.molexa.network.molexa2026 import Molexa2026
from onlinecei.molexa.network.prepare import prepared
from onlinecei.molexa.network.reconstruct import answers
from onlinecei.molexa.network.threads import one_thread
from onlinecei.molexa.refine import Prior, refine
from onlinecei.molexa.shipped import shipped

MOLECULE = "CH3CH2OH"
BATCH = 64
PEER_BATCH = 16
"""Of the published network: more is no faster for it, and takes long."""
_PEER_TURNS = 2
_SINGLE_TURNS = 10
"""As many times more: they are short."""
_OFF_AU = 0.25
"""Standard deviation of the error that refinement begins with, about that of a network's answer."""

Ask = Callable[[Network, Sequence[Sample]], object]


def network_rows(repeats: int, *, compiled: bool = False) -> list[Row]:
    """Measure answers, draws and refinement of `onlinecei`, and answers of the published network in the same run.

    Parameters
    ----------
    repeats
        Counted turns of each measurement.
    compiled
        Also measure a compiled network, which takes some minutes.

    Returns
    -------
    list[Row]
        Milliseconds of one core for each geometry, and how many times as long the published network takes.
    """
    samples = explosions(BATCH)
    with one_thread():
        network, note = shipped_or_random()
        rows = [*_rows(network, samples, note, repeats), _refined_row(network, note, repeats)]
        peer = prepared(Molexa2026(PeerConfig.published()), "cpu")
        few, note_of_peer = samples[:PEER_BATCH], f"width {peer.config.width}, random weights"
        theirs = _row(f"{peer.NAME}, batches", answers, peer, few, note_of_peer, min(repeats, _PEER_TURNS))
        ratio = Row(f"{peer.NAME} over onlinecei", theirs.value / rows[1].value, "", "answers in batches, best turns")
        rows += [theirs, ratio]
        if compiled:
            rows += _rows(prepared(network, "cpu", compiled=True), samples, f"compiled, {note}", repeats)
    return rows


def explosions(number: int) -> list[Sample]:
    """Give classical explosions of ethanol, each from a geometry of its own."""
    channel = Channel.parse(MOLECULES[MOLECULE])
    momenta = explode(geometries(MOLECULE, number), channel.masses_au, channel.charges)
    return [Sample.of(channel, each) for each in momenta]


def shipped_or_random() -> tuple[Network, str]:
    """Give the network that comes with the program, else one of random weights, and say which of them it is."""
    try:
        return prepared(load_network(shipped(OnlineCEI.NAME)), "cpu"), "shipped weights"
    except CEIError:
        return prepared(OnlineCEI(), "cpu"), "random weights"


def _rows(network: Network, samples: Sequence[Sample], note: str, repeats: int) -> list[Row]:
    one, turns = samples[:1], _SINGLE_TURNS * repeats
    name = network.NAME
    return [
        _row(f"{name}, one geometry", answers, network, one, note, turns),
        _row(f"{name}, batches", answers, network, samples, note, repeats),
        _row(f"{name}, one draw", reconstruct, network, one, f"five steps, {note}", turns),
        _row(f"{name}, draws in batches", reconstruct, network, samples, f"five steps, {note}", repeats),
    ]


def _row(name: str, ask: Ask, network: Network, samples: Sequence[Sample], note: str, repeats: int) -> Row:
    best, median = (1e3 * each / len(samples) for each in timed(lambda: ask(network, samples), repeats, process_time))
    at_once = f"{len(samples)} at once" if len(samples) > 1 else "one at a time"
    return Row(name, best, "ms", f"{samples[0].atomic_number.size} atoms, {at_once}, {note}; median {median:.3g}")


def _refined_row(network: Network, note: str, repeats: int) -> Row:
    """An answer, then refinement of a geometry as far off as answers usually are, whatever the weights."""
    forward = Emulator.load()
    truth = geometries(MOLECULE, 1)[0]
    channel = Channel.parse(MOLECULES[MOLECULE])
    charge = channel.charges.astype(np.float64)[None]
    sample = Sample.of(channel, forward.momenta(channel.atomic_numbers, charge, truth)[0])
    start = truth + np.random.default_rng(0).normal(scale=_OFF_AU, size=truth.shape)
    prior = Prior.round(start, _OFF_AU)

    def answer_and_refine(own: Network, samples: Sequence[Sample]) -> None:
        answers(own, samples)
        refine(samples[0], np.zeros((1, truth.size, truth.size)), forward, prior, start[None])

    name = f"{network.NAME}, one geometry refined"
    return _row(name, answer_and_refine, network, [sample], f"from {_OFF_AU} bohr off, {note}", repeats)
