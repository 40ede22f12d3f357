"""Several streams in one."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from onlinecei.errors import CEIError
from onlinecei.molexa.training import Mixture
from onlinecei.molexa.training.explosions import Explosions, side_by_side
from onlinecei.molexa.training.stream import Portion


def marked(mark: int, first: int, count: int, atoms: int = 2, channels: int = 1) -> Explosions:
    """Samples that carry their stream as atomic number and their own number as position."""
    number = np.full((count, atoms), mark)
    position = np.zeros((count, atoms, 3))
    position[:, 0, 0] = np.arange(first, first + count)
    charge = np.ones((count, channels, atoms))
    momentum = np.ones((count, channels, atoms, 3))
    return Explosions(
        atomic_number=number,
        mass_au=number.astype(float),
        charge=charge,
        momentum_au=momentum,
        known=charge > 0,
        position_au=position,
    )


@dataclass(frozen=True)
class Marked:
    """Step s has samples 10 s to 10 s + 9."""

    mark: int
    steps_per_block: int = 1
    atoms: int = 2
    channels: int = 1
    asked: list[int] = field(default_factory=list)

    def block(self, number: int) -> list[Explosions]:
        self.asked.append(number)
        steps = range(number * self.steps_per_block, (number + 1) * self.steps_per_block)
        return [marked(self.mark, 10 * step, 10, self.atoms, self.channels) for step in steps]


def numbers(explosions: Explosions, mark: int) -> list[int]:
    return sorted(explosions.position_au[explosions.atomic_number[:, 0] == mark, 0, 0].astype(int).tolist())


def test_every_step_has_samples_of_each_by_its_share() -> None:
    mixture = Mixture(streams=(Marked(1), Marked(6, 2)), shares=(0.25, 0.75), size=8)
    assert mixture.steps_per_block == 2
    block = mixture.block(3)
    for step, made in enumerate(block):
        light, heavy = numbers(made, 1), numbers(made, 6)
        assert (len(light), len(heavy), len(set(light)), len(set(heavy))) == (2, 6, 2, 6)
        assert {each // 10 for each in [*light, *heavy]} == {6 + step}


def test_blocks_can_be_made_again_and_are_drawn_anew() -> None:
    mixture = Mixture(streams=(Marked(1), Marked(6)), shares=(0.5, 0.5), size=6)
    first, again = mixture.block(4)[0], mixture.block(4)[0]
    np.testing.assert_array_equal(first.position_au, again.position_au)
    other = replace(mixture, seed=2).block(4)[0]
    assert not np.array_equal(first.position_au, other.position_au)


def test_shares_that_are_no_whole_numbers_still_fill_the_step() -> None:
    streams = tuple(Marked(each) for each in (1, 6, 7))
    assert Mixture(streams=streams, shares=(1 / 3, 1 / 3, 1 / 3), size=10).counts == [3, 4, 3]


def test_a_stream_with_too_few_samples_gives_all_of_them_and_some_again() -> None:
    (made,) = Mixture(streams=(Marked(1),), shares=(1.0,), size=14).block(0)
    assert len(made.mass_au) == 14
    assert set(numbers(made, 1)) == set(range(10))


def test_a_stream_without_a_share_is_not_asked() -> None:
    idle = Marked(6)
    Mixture(streams=(Marked(1), idle), shares=(1.0, 0.0)).block(0)
    assert not idle.asked


def test_side_by_side_fills_up_with_zeros() -> None:
    small, large = marked(1, 0, 2), marked(6, 5, 1, atoms=4, channels=3)
    both = side_by_side([small, large])
    assert (both.charge.shape, both.momentum_au.shape, both.position_au.shape) == ((3, 3, 4), (3, 3, 4, 3), (3, 4, 3))
    for part, rows in ((small, [0, 1]), (large, [2])):
        back = both.rows(np.array(rows))
        for name in ("atomic_number", "mass_au", "charge", "momentum_au", "known", "position_au"):
            np.testing.assert_array_equal(getattr(back, name), getattr(part, name))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"shares": (0.5, 0.6)}, "add up to 1"),
        ({"shares": (1.5, -0.5)}, "add up to 1"),
        ({"shares": (1.0,)}, "one for each of 2"),
        ({"size": 0}, "size is 0"),
    ],
)
def test_mixtures_that_make_no_sense(wrong: dict[str, object], message: str) -> None:
    sound = {"streams": (Marked(1), Marked(6)), "shares": (0.5, 0.5)}
    with pytest.raises(CEIError, match=message):
        Mixture(**{**sound, **wrong})


def test_portions_share_out_all_blocks() -> None:
    stream = Marked(1, 2)
    made = [Portion(stream=stream, rank=rank, size=3).block(number) for number in range(2) for rank in range(3)]
    assert stream.asked == [0, 1, 2, 3, 4, 5]
    assert [each[1].position_au[0, 0, 0] for each in made] == [10, 30, 50, 70, 90, 110]
