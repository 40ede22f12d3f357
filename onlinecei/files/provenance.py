"""Where a result comes from: versions, hashes, and what was used and left out."""

import hashlib
import json
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from onlinecei import __version__
from onlinecei.centroids import Layout, kept_channels
from onlinecei.reconstruction.models import models
from onlinecei.records import Delta, Snapshot
from onlinecei.setup import Setup
from onlinecei.whole import write_whole

_LIBRARIES = ("numpy", "numba", "scipy", "h5py", "torch")


def write_provenance(path: Path, snapshot: Snapshot, source: Path | None = None) -> None:
    """Write ``provenance.json`` beside a result; `CEIError` where it cannot be written."""
    write_whole(path, json.dumps(provenance(snapshot, source), indent=2) + "\n")


def provenance(snapshot: Snapshot, source: Path | None = None) -> dict[str, object]:
    """Give everything that is needed to make the result again or to doubt it."""
    setup, state = Setup.from_toml(snapshot.setup_text), snapshot.state
    return {
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "run_sha256": _digest(source) if source else None,
        **origin(snapshot),
        "counters": Layout.of(setup).counters(state.total.values),
        "events_kept": _kept(setup, state.total),
    }


def origin(snapshot: Snapshot) -> dict[str, object]:
    """Give what a result itself says of its origin: no time and no machine, so it is the same every time."""
    setup, state = Setup.from_toml(snapshot.setup_text), snapshot.state
    return {
        "onlinecei": __version__,
        "run": snapshot.run,
        "simulated": state.total.simulated,
        "setup_hash": setup.hash,
        "setup": snapshot.setup_text,
        "models": models_of(snapshot, setup),
        "methods": sorted({each.method for each in snapshot.reconstructions}),
        "finished": state.finished,
        "trains_used": state.total.train_count,
        "trains_expected": state.trains_expected,
        "trains_missing": state.trains_missing,
        "trains_left_out": state.left_out,
        "trains_incomplete": state.incomplete,
        "train_ranges": state.total.trains.tolist(),
    }


def origin_in_words(snapshot: Snapshot, setup: Setup | None = None) -> dict[str, str | int]:
    """Give the same as short words, for each frame of a file of geometries.

    With a setup, its geometries were made anew, and by the weights that it names.
    """
    made_with = setup or Setup.from_toml(snapshot.setup_text)
    known = models(made_with) if setup else models_of(snapshot, made_with)
    named = [f"{name}:{digest[:12]}" for name, digest in sorted(known.items())]
    state = snapshot.state
    return {
        "run": snapshot.run,
        **({"simulated": True} if state.total.simulated else {}),
        "program": f"onlinecei {__version__}",
        "setup_hash": made_with.hash,
        **({"models": " ".join(named)} if named else {}),
        "trains_used": state.total.train_count,
        "trains_left_out": sum(state.left_out.values()),
    }


def models_of(snapshot: Snapshot, setup: Setup) -> dict[str, str]:
    """Give the weights that its geometries rest on, by name; what it does not say itself follows from its setup."""
    return dict(models(setup) if snapshot.models is None else snapshot.models)


def _kept(setup: Setup, total: Delta) -> dict[str, dict[str, int]]:
    """Say of each channel that keeps single events how many of those counted were left out."""
    layout = Layout.of(setup)
    counted = {
        section.name: int(layout.view(total.values, f"{section.name}:events").sum()) for section in kept_channels(setup)
    }
    pairs = zip(counted.items(), total.kept, strict=False)  # a result of an earlier version holds none
    return {name: {"kept": kept.events, "left_out": number - kept.events} for (name, number), kept in pairs}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
