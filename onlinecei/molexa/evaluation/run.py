"""What is evaluated, and what has been computed of it: several tables need the same answers."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from onlinecei.arrays import F8
from onlinecei.errors import CEIError
from onlinecei.molexa.data import Dataset
from onlinecei.molexa.evaluation.cases import Case, cases_of, spread
from onlinecei.molexa.evaluation.methods import AT_ONCE, Found, answering, by_size, drawing, one_by_one
from onlinecei.molexa.evaluation.refining import refining
from onlinecei.molexa.evaluation.scores import Scores
from onlinecei.molexa.network import Network
from onlinecei.molexa.refine import Forward

SETS = {
    "test": "test, 2 to 7 atoms",
    "test-8-9": "test, 8 or 9 atoms",
    "large": "test, 10 to 14 atoms",
    "validation": "validation, 2 to 7 atoms",
}
"""Splits that can be evaluated, as they are called in the tables."""
T = TypeVar("T")
_REFINED_AT_ONCE = 8
"""Cases that are refined between two words about how far that has come."""
Track = Callable[[str, int], Callable[[int], object]]
"""Told what is to be done and how much of it; gives what is to be told of every part that is done."""


def silent(_what: str, _total: int) -> Callable[[int], object]:
    """Track nothing."""
    return lambda _: None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """An evaluation. The first network is looked at in every way, the others only on whole explosions."""

    dataset: Dataset
    networks: Mapping[str, Network]
    """By the names they have in the tables; one at least."""
    splits: tuple[str, ...] = ("test", "test-8-9", "large")
    limit: int | None = None
    """Entries of a split; None: all."""
    draws: int = 8
    slow: int = 24
    """Entries of a split for what is slow: classical inversion."""
    refine_at_most: int = 300
    """Entries of a split to refine."""
    forward: Forward | None = None
    """Through which to refine; None: refinement is left out."""
    track: Track = silent
    _cases: dict[str, list[Case]] = field(default_factory=dict, repr=False)
    _answers: dict[tuple[str, str], list[Found]] = field(default_factory=dict, repr=False)
    _refined: dict[str, list[Found]] = field(default_factory=dict, repr=False)
    _draws: dict[str, list[F8]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.networks:
            raise CEIError("there is no network to evaluate, expected one or more")
        if unknown := [split for split in self.splits if split not in SETS]:
            raise CEIError(f"split '{unknown[0]}' cannot be evaluated, expected one of {', '.join(SETS)}")
        if self.draws < 2 or self.slow < 1:
            raise CEIError(f"draws {self.draws}, slow {self.slow}: expected 2 or more, 1 or more")

    @property
    def first(self) -> str:
        """Name of the network that is looked at in every way."""
        return next(iter(self.networks))

    def cases(self, split: str) -> list[Case]:
        """Whole explosions of a split in one channel."""
        if split not in self._cases:
            self._cases[split] = cases_of(self.dataset, split, self.limit)
        return self._cases[split]

    def found(self, split: str, name: str | None = None) -> list[Found]:
        """Answers of a network, the first one if no other is named, to whole explosions."""
        key = split, name or self.first
        if key not in self._answers:
            what = f"{key[1]}: {SETS[split]}"
            self._answers[key] = self.through(what, answering(self.networks[key[1]]), self.cases(split))
        return self._answers[key]

    def scores(self, split: str, name: str | None = None) -> Scores:
        """Errors of these."""
        return Scores.of(self.cases(split), self.found(split, name))

    def few_cases(self, split: str) -> list[Case]:
        """Some of these for what is slow, of as many molecules as can be."""
        return [self.cases(split)[number] for number in self._few(split, self.slow)]

    def unrefined(self, split: str) -> Scores:
        """Errors of the first network on those that `refined` is about."""
        chosen = self._few(split, self.refine_at_most)
        return Scores.of([self.cases(split)[each] for each in chosen], [self.found(split)[each] for each in chosen])

    def refined(self, split: str) -> Scores:
        """Errors of the first network on some entries, of as many molecules as can be, after refinement."""
        if self.forward is None:
            raise CEIError("refinement is not part of this evaluation")
        cases = [self.cases(split)[number] for number in self._few(split, self.refine_at_most)]
        if split not in self._refined:
            way = refining(self.networks[self.first], self.forward)
            self._refined[split] = self.through(f"refinement: {SETS[split]}", way, cases, _REFINED_AT_ONCE)
        return Scores.of(cases, self._refined[split])

    def _few(self, split: str, number: int) -> list[int]:
        return spread([case.molecule for case in self.cases(split)], number)

    def drawn(self, split: str) -> list[F8]:
        """Draws (D, N, 3) of the first network for whole explosions."""
        if split not in self._draws:
            way = drawing(self.networks[self.first], self.draws)
            self._draws[split] = self.through(f"{self.draws} draws: {SETS[split]}", way, self.cases(split))
        return self._draws[split]

    def scores_of(self, what: str, cases: Sequence[Case]) -> Scores:
        """Errors of the first network on other cases."""
        return Scores.of(cases, self.through(what, answering(self.networks[self.first]), cases))

    def through(
        self, what: str, way: Callable[[Sequence[Case]], list[T]], cases: Sequence[Case], at_once: int = AT_ONCE
    ) -> list[T]:
        """Go through cases, so many at a time, and tell how far that has come."""
        return by_size(way, cases, self.track(what, len(cases)), at_once)

    def slowly(self, what: str, single: Callable[[Case], Found], cases: Sequence[Case]) -> list[Found]:
        """Go through cases one by one, on all processors."""
        return self.through(what, one_by_one(single), cases, 4 * (os.cpu_count() or 1))
