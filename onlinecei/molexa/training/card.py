"""A card that says where weights come from, how good they are and what they cannot do."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from onlinecei import __version__
from onlinecei.errors import CEIError
from onlinecei.molexa.network import Network
from onlinecei.molexa.training.device import hardware
from onlinecei.molexa.training.log import read_log
from onlinecei.molexa.training.options import Options

CARD = "card.md"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What only the one who trains can say, in plain sentences."""

    stage: str
    data: str
    validation: str
    """What the errors on the validation set are of."""
    start: str
    """The weights training began with."""
    limits: str


def write_card(directory: Path, network: Network, options: Options, about: About) -> Path:
    """Write ``card.md`` beside the weights of a training, from its log.

    Raises
    ------
    CEIError
        There is no log yet, or the file cannot be written.
    """
    lines = read_log(directory)
    if not lines:
        raise CEIError(f"'{directory}' has no log of a training, so no card can be written")
    table = {**_what(network, about), **_how_long(lines[-1], options), **_how_good(lines, about)}
    rows = "\n".join(f"| {name} | {value} |" for name, value in table.items())
    sizes = json.dumps(asdict(network.config), indent=1)
    course = json.dumps(options.decisive, indent=1)
    text = (
        f"# Weights of `{network.NAME}`, stage {about.stage}\n\n| | |\n|---|---|\n{rows}\n\n"
        f"Sizes:\n\n```json\n{sizes}\n```\n\nOptions:\n\n```json\n{course}\n```\n\n## Limits\n\n{about.limits}\n"
    )
    path = directory / CARD
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CEIError(f"'{path}' cannot be written: {error}") from error
    return path


def _what(network: Network, about: About) -> dict[str, str]:
    return {
        "network": f"`{network.NAME}`, version {network.VERSION}, {network.parameters_count:,} parameters",
        "data": about.data,
        "began with": about.start,
        "made by": f"onlinecei {__version__}, {datetime.now(UTC):%Y-%m-%d}",
    }


def _how_long(last: dict[str, float], options: Options) -> dict[str, str]:
    skipped = f", {last['skipped']:,.0f} of them skipped" if last["skipped"] else ""
    return {
        "steps": f"{last['step']:,.0f}{skipped}",
        "samples seen": f"{last['samples']:,.0f} simulated explosions",
        "time": f"{last['hours']:.2f} hours",
        "hardware, at the end": hardware(options.device),
        "matrices in": "bfloat16" if options.loss.mixed else "single precision",
    }


def _how_good(lines: list[dict[str, float]], about: About) -> dict[str, str]:
    found = [(line["validation_mae_au"], line["step"]) for line in lines if "validation_mae_au" in line]
    rows = {"loss, at the end": f"{_last(lines, 'loss'):.4g}"}
    if found:
        least, step = min(found)
        rows["validation on"] = about.validation
        rows["validation MAE"] = f"{found[-1][0]:.3f} bohr at the end; least {least:.3f} at step {step:,.0f}"
    return rows


def _last(lines: list[dict[str, float]], name: str) -> float:
    return next((line[name] for line in reversed(lines) if name in line), float("nan"))
