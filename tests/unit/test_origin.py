"""Whatever a result is exported to says where it comes from, in the same words every time."""

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from xml.etree import ElementTree as ET

import ase.io
import h5py
import pytest
from PIL import Image
from typer.testing import CliRunner

from onlinecei.analysis import analyse, centroids, reconstruct_all
from onlinecei.api import Result
from onlinecei.cli import app
from onlinecei.files.provenance import origin_in_words
from onlinecei.files.result import write_result
from onlinecei.records import Batch, Facts, Snapshot, State
from onlinecei.setup import Setup

WEIGHTS = "0123456789abcdef" * 4
EXPORTS = ["xyz", "nexus", "csv", "parquet", "report", "png", "svg"]
"""All forms that a result has."""


@pytest.fixture(scope="module")
def snapshot(water: Setup, water_text: str, water_batch: Batch) -> Snapshot:
    total = analyse(replace(water_batch, simulated=True), water)
    facts = Facts(dropped={"queue full": 3}, missing={"no delay, analysed without": 2})
    state = State(total=total, finished=True, trains_expected=15, rejected={"queue full": 3}, facts=facts)
    found = tuple(reconstruct_all(centroids(total, water), water))
    named = {"onlinecei": WEIGHTS}
    return Snapshot(run="a<b>\x07.h5", setup_text=water_text, state=state, reconstructions=found, models=named)


def exported(snapshot: Snapshot, form: str, folder: Path) -> Path:
    write_result(folder / "result.h5", snapshot)
    ended = CliRunner().invoke(app, ["export", str(folder / "result.h5"), "--format", form, "--out", str(folder / "e")])
    assert ended.exit_code == 0, ended.exception
    return folder / "e"


def told(path: Path, form: str) -> str:
    """What the file says of its origin, as text."""
    if form == "xyz":
        return str(ase.io.read(path, 0, format="extxyz").info)
    if form == "nexus":
        with h5py.File(path) as file:
            group = file["entry/analysis"]
            used = int((group["trains"][:, 1] - group["trains"][:, 0] + 1).sum())
            said = [f"{name}: {group[name][()]}" for name in group if group[name].shape == ()]
            return "\n".join([str(file.attrs["creator"]), f"trains used: {used}", *said])
    if form == "parquet":
        parquet = pytest.importorskip("pyarrow.parquet")
        return str(json.loads(parquet.read_schema(path).metadata[b"onlinecei"]))
    if form == "png":
        with Image.open(path / "images.png") as image:
            return str(image.text)
    if form == "svg":
        found = ET.parse(path / "images.svg").iter("{http://purl.org/dc/elements/1.1/}description")  # noqa: S314 - ours
        return str(json.loads("".join(each.text or "" for each in found)))
    return unescape(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("form", EXPORTS)
def test_every_export_names_setup_models_code_and_trains(form: str, snapshot: Snapshot, tmp_path: Path) -> None:
    origin = origin_in_words(snapshot)
    said = told(exported(snapshot, form, tmp_path), form)
    for word in (str(origin["setup_hash"])[:12], WEIGHTS[:12], str(origin["program"]).removeprefix("onlinecei ")):
        assert word in said
    assert "a<b>" in said
    assert re.search(r"\b12\b", said), "trains used"
    assert re.search(r"\b3\b", said), "trains left out"
    assert "simulated" in said


@pytest.mark.parametrize("form", ["png", "svg"])
def test_figures_are_the_same_bytes_every_time(form: str, snapshot: Snapshot, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        exported(snapshot, form, tmp_path / name)
    figures = sorted((tmp_path / "one" / "e").iterdir())
    assert figures
    for path in figures:
        assert path.read_bytes() == (tmp_path / "two" / "e" / path.name).read_bytes()


def test_a_data_set_names_its_weights_and_its_trains(snapshot: Snapshot) -> None:
    said = Result(snapshot).dataset.attrs
    assert json.loads(said["models"]) == {"onlinecei": WEIGHTS}
    assert json.loads(said["trains_left_out"]) == {"dropped: queue full": 3}
    assert json.loads(said["trains_incomplete"]) == {"no delay, analysed without": 2}
    assert said["trains_used"] == 12
