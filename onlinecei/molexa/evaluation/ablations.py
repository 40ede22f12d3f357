"""What each idea is worth: variants of the networks, all trained for the same time on one core, one after another."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from onlinecei.errors import CEIError
from onlinecei.molexa.data import Dataset
from onlinecei.molexa.evaluation.run import SETS, Run
from onlinecei.molexa.evaluation.table import Cell, Table
from onlinecei.molexa.network import Network
from onlinecei.molexa.training import LossOptions, Options, StageName, mixed, new_network, read_log, stage, train
from onlinecei.whole import whole

SHIPPED = Path(__file__).parents[1] / "weights" / "ablations.json"
"""Figures of the variants that come with the program."""
_SPLITS = ("test", "test-8-9", "large")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A network, and how it is trained."""

    name: str
    network: str = "onlinecei"
    changes: tuple[str, ...] = ()
    """Sizes that are not the usual ones, each as KEY=VALUE."""
    classical_share: float = 0.5
    """Share of the time for stage 1; 0: stage 2 alone, from random weights."""


VARIANTS = (
    Variant(name="onlinecei"),
    Variant(name="onlinecei, without the physics scale", changes=("physics_scale=false",)),
    Variant(name="onlinecei, stage 2 alone", classical_share=0.0),
    Variant(name="molexa-2026", network="molexa-2026"),
    Variant(name="molexa-2026, without memory", network="molexa-2026", changes=("memory=false",)),
    Variant(
        name="molexa-2026, with the physics scale", network="molexa-2026", changes=("scale=true", "sigma_data=0.4")
    ),
)


def train_variant(
    variant: Variant, minutes: float, directory: Path, stop: Callable[[], bool] = lambda: False
) -> Network | None:
    """Train a variant for so long, or go on to; None if it was stopped before its end."""
    network = new_network(variant.network, variant.changes)
    shares: tuple[tuple[StageName, float], ...] = (("1", variant.classical_share), ("2", 1 - variant.classical_share))
    for name, share in shares:
        if not share:
            continue
        source, fresh, hours = stage(name), share == 1, minutes * share / 60
        options = Options(
            hours=hours,
            loss=LossOptions(mixed=mixed("auto", "cpu")),
            learning_rate=network.LEARNING_RATE * (1 if fresh else source.pace),
            warm_up=stage("1").warm_up if fresh else source.warm_up,
            threads=1,
            workers=0,
            device="cpu",
        )
        network = train(network, source.stream, directory / name, options, stop=stop)
        if stop():
            return None
    return network


def train_all(
    variants: Sequence[Variant],
    minutes: float,
    directory: Path,
    out: Path,
    dataset: Dataset,
    *,
    about: str,
    limit: int | None = None,
    stop: Callable[[], bool] = lambda: False,
    tell: Callable[[str], object] = lambda _: None,
) -> list[dict[str, Any]]:
    """Train all variants, one after another, and evaluate each; go on where it was stopped.

    Parameters
    ----------
    variants
        With a name of its own each.
    minutes
        Of training for each.
    directory
        For the trainings.
    out
        JSON file, written anew after each variant; variants that it has already are left as they are.
    dataset
        With the test sets.
    about
        Machine and date, kept beside the figures.
    limit
        Entries of a test set at most.
    stop
        Asked before every step.
    tell
        Told what comes next.

    Raises
    ------
    CEIError
        The file is of another time of training, or one cannot be read or written.
    """
    rows = _begun(out, minutes)
    for variant in variants:
        if any(row["name"] == variant.name for row in rows):
            continue
        tell(f"{variant.name}: {minutes:g} minutes")
        own = directory / variant.name.replace(",", "").replace(" ", "-")
        network = train_variant(variant, minutes, own, stop)
        if network is None:
            return rows
        rows.append(_row(variant, network, own, Run(dataset=dataset, networks={variant.name: network}, limit=limit)))
        _write(out, {"minutes": minutes, "about": about, "variants": rows})
    return rows


def table(path: Path = SHIPPED) -> Table | None:
    """The table of the variants; None where there is no file."""
    if not path.is_file():
        return None
    found = _read(path)
    rows: list[tuple[Cell, ...]] = [
        (
            *(row["name"], row["parameters"], row["samples"]),
            *(row[error][split] for error in ("mae_au", "mean_de_au") for split in _SPLITS),
        )
        for row in found["variants"]
    ]
    sets = [SETS[split].removeprefix("test, ") for split in _SPLITS]
    heads = [f"{what} {each} [a.u.]" for what in ("MAE", "mean DE") for each in sets]
    return Table(
        title=f"Variants trained for {found['minutes']:g} minutes each on one core",
        columns=("variant", "parameters", "explosions seen", *heads),
        rows=tuple(rows),
        note=f"Half of the time for stage 1, half for stage 2, unless the name says otherwise. {found['about']}.",
    )


def _row(variant: Variant, network: Network, directory: Path, run: Run) -> dict[str, Any]:
    scores = {split: run.scores(split).means for split in _SPLITS}
    logs = [read_log(each) for each in sorted(directory.iterdir()) if each.is_dir()]
    return {
        **asdict(variant),
        "changes": list(variant.changes),
        "parameters": network.parameters_count,
        "samples": sum(int(log[-1]["samples"]) for log in logs if log),
        "mae_au": {split: means[0] for split, means in scores.items()},
        "mean_de_au": {split: means[1] for split, means in scores.items()},
    }


def _begun(path: Path, minutes: float) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    found = _read(path)
    if found["minutes"] != minutes:
        raise CEIError(f"'{path}' is of {found['minutes']:g} minutes of training, expected {minutes:g}: take another")
    return list(found["variants"])


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if {"minutes", "about", "variants"} <= set(found):
            return dict(found)
    except (OSError, TypeError, ValueError) as error:
        raise CEIError(f"'{path}' cannot be read: {error}") from error
    raise CEIError(f"'{path}' has no minutes, about and variants, expected the figures of variants")


def _write(path: Path, content: dict[str, Any]) -> None:
    with whole(path) as unfinished:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
