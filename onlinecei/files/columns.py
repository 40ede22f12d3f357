"""Reconstructions as plain columns, the form in which they travel and are stored."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from onlinecei.arrays import F8, AnyArray
from onlinecei.errors import MoleculeError, ResultError
from onlinecei.files.further_columns import Taker, further, further_numbers, joint_of, per_event_of
from onlinecei.files.solution_columns import solution_numbers, solution_of, solution_words
from onlinecei.ions import Channel, parse_with_state
from onlinecei.records import Centroids, Reconstruction

PER_ION = ("momentum_au", "positions_au", "uncertainty_au", "round_trip_au")
NUMBERS = (
    "complete",
    "delay_bin",
    "delay_from_fs",
    "delay_to_fs",
    "events",
    "mean_ker_ev",
    "misfit",
    "solutions",
)
WORDS = ("channel", "method", "reason", "doubts", "labels")
"""The last is absent in results older than kept events."""
MAX_ROWS = 10_000
"""Channels times delay bins that a reader accepts."""


def to_columns(reconstructions: Sequence[Reconstruction]) -> dict[str, AnyArray]:
    """Lay reconstructions end to end.

    They are ``ions`` (I, 12), ``covariance`` (C,), ``numbers`` (R, 8), ``words`` (JSON), ``further`` (F,), the
    numbers of averages over single events and of joint geometries, and ``solution`` (S,), those of covariances,
    sudden explosions and alternatives.
    """
    ions = [
        np.hstack([each.centroids.momentum_au, each.positions_au, each.uncertainty_au, each.round_trip_au])
        for each in reconstructions
    ]
    words = [
        [
            each.centroids.name,
            each.method,
            each.reason,
            list(each.doubts),
            _labels(each.centroids) | further(each) | solution_words(each),
        ]
        for each in reconstructions
    ]
    return {
        "ions": np.concatenate([np.empty((0, 12)), *ions]),
        "covariance": np.concatenate(
            [np.empty(0), *(each.centroids.covariance_au2.ravel() for each in reconstructions)]
        ),
        "numbers": np.array([_numbers(each) for each in reconstructions]).reshape(-1, len(NUMBERS)),
        "words": np.frombuffer(json.dumps(words).encode(), dtype=np.uint8),
        "further": np.concatenate([np.empty(0), *(further_numbers(each) for each in reconstructions)]),
        "solution": np.concatenate([np.empty(0), *(solution_numbers(each) for each in reconstructions)]),
    }


def _labels(measured: Centroids) -> dict[str, Any]:
    return {
        "labelled": measured.labelled,
        "background_share": measured.background_share,
        "unresolved": measured.unresolved,
        "flags": list(measured.flags),
        **({} if math.isnan(measured.false_events) else {"false": [measured.false_events, measured.false_error]}),
        **({} if measured.effective_events is None else {"effective_events": measured.effective_events.tolist()}),
        **({"lasting_share": measured.lasting_share} if measured.lasting_share else {}),
    }


def _numbers(each: Reconstruction) -> list[float]:
    measured = each.centroids
    return [
        float(measured.complete),
        float(measured.delay_bin),
        *measured.delay_fs,
        float(measured.events),
        measured.mean_ker_ev,
        each.misfit,
        float(each.solutions),
    ]


def from_columns(columns: Mapping[str, AnyArray]) -> tuple[Reconstruction, ...]:
    """Take the columns apart; `ResultError` where they do not fit together."""
    try:
        words = json.loads(columns["words"].tobytes())
        ions, covariance = (
            np.asarray(columns["ions"], np.float64),
            np.asarray(columns["covariance"], np.float64),
        )
        numbers = np.asarray(columns["numbers"], np.float64)
        if len(words) != len(numbers) or len(words) > MAX_ROWS:
            raise ResultError(f"the result names {len(words)} channels and holds numbers of {len(numbers)}")
        found, ion, product = [], 0, 0
        more, beside = (Taker(columns.get(name, np.empty(0)), name) for name in ("further", "solution"))
        for (name, *said), row in zip(words, numbers, strict=True):
            channel, state = parse_with_state(str(name))
            width = len(channel.ions)
            block = ions[ion : ion + width]
            products = covariance[product : product + 9 * width**2].reshape(3 * width, 3 * width)
            found.append(_with_state(_reconstruction(channel, said, row, block, products, more, beside), state))
            ion, product = ion + width, product + 9 * width**2
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError, RecursionError, MoleculeError) as error:
        raise ResultError(f"the columns of the reconstructions do not fit together: {error}") from error
    return tuple(found)


def _effective_events(labels: Mapping[str, Any], channel: Channel) -> F8 | None:
    """Take the effective events of each ion; absent where ions were not told apart, and in older results."""
    if "effective_events" not in labels:
        return None
    return np.array([float(each) for each in labels["effective_events"]]).reshape(len(channel.ions))


def _with_state(found: Reconstruction, state: str) -> Reconstruction:
    joint = replace(found.joint, state=state) if found.joint else None
    return replace(found, centroids=replace(found.centroids, state=state), joint=joint)


def _reconstruction(
    channel: Channel, said: list[Any], row: F8, ions: F8, covariance: F8, more: Taker, beside: Taker
) -> Reconstruction:
    method, reason, doubts, *others = said
    labels = others[0] if others else {}
    false_events, false_error = labels.get("false", (math.nan, math.nan))
    complete, delay_bin, delay_from, delay_to, events, ker, misfit, solutions = row.tolist()
    momentum, positions, uncertainty, round_trip = ions.reshape(len(channel.ions), 4, 3).swapaxes(0, 1)
    return Reconstruction(
        centroids=Centroids(
            channel=channel,
            complete=bool(complete),
            delay_bin=int(delay_bin),
            delay_fs=(delay_from, delay_to),
            events=int(events),
            momentum_au=momentum,
            covariance_au2=covariance,
            mean_ker_ev=ker,
            labelled=bool(labels.get("labelled", False)),
            background_share=float(labels.get("background_share", 0.0)),
            effective_events=_effective_events(labels, channel),
            lasting_share=float(labels.get("lasting_share", 0.0)),
            false_events=float(false_events),
            false_error=float(false_error),
            unresolved=str(labels.get("unresolved", "")),
            flags=tuple(str(flag) for flag in labels.get("flags", ())),
        ),
        method=str(method),
        positions_au=positions,
        uncertainty_au=uncertainty,
        round_trip_au=round_trip,
        misfit=misfit,
        solutions=int(solutions),
        reason=str(reason),
        doubts=tuple(str(each) for each in doubts),
        per_event=per_event_of(labels, channel, more),
        joint=joint_of(labels, channel, more),
        **solution_of(labels, channel, beside),
    )
