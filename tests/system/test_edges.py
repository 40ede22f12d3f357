"""Runs of delay-line edges go through the same line as runs of hits."""

from collections.abc import Callable
from pathlib import Path

import pytest

from onlinecei.files.result import read_result
from onlinecei.twin import TwinOptions, make_run


@pytest.mark.parametrize(("detector", "model"), [("hexanode", "monte-carlo"), ("quad", "classical")])
def test_a_run_of_edges_gives_the_events_of_its_hits(tmp_path: Path, cli: Callable, detector: str, model: str) -> None:
    events = {}
    for output in ("hits", "edges"):
        path = tmp_path / f"{output}.h5"
        options = TwinOptions(pulses=4000, model=model, output=output, efficiency=0.9, geometries=300)
        make_run("water", path, options=options, seed=4, detector=detector)
        path.with_suffix(".truth.h5").unlink()
        done = cli("replay", path, "--headless", "--workers", 1, "--out", tmp_path / output)
        assert done.returncode == 0, done.stderr
        found = read_result(tmp_path / output / "result.h5").reconstructions
        events[output] = {each.centroids.channel.name: each.centroids for each in found}
    (channel, whole), *_ = events["hits"].items()
    edges = events["edges"][channel]
    assert 20 < edges.events < whole.events, "protons that come together lose signals to dead time"
    assert edges.mean_ker_ev == pytest.approx(whole.mean_ker_ev, rel=0.1)
