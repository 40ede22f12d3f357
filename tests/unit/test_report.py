"""The report of a run: one page that needs nothing else and says what the result says; its figures as files."""

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from onlinecei.analysis import analyse, centroids, nothing, reconstruct_all
from onlinecei.cli import app
from onlinecei.errors import CEIError
from onlinecei.files.result import write_result
from onlinecei.records import Batch, Facts, Snapshot, State
from onlinecei.report import MARK, drawings, report_page, write_figures
from onlinecei.setup import Setup

SCAN = "\n[delays]\nedges_fs = [-50.0, 0.0, 50.0]\nunpumped = true\n"
FORMS = ("xyz", "nexus", "csv", "parquet", "report", "png")


def moment(text: str, batch: Batch) -> Snapshot:
    setup = Setup.from_toml(text)
    total = analyse(batch, setup)
    found = tuple(reconstruct_all(centroids(total, setup), setup))
    state = State(total=total, finished=True, trains_expected=12)
    return Snapshot(run="water.h5", setup_text=text, state=state, reconstructions=found)


@pytest.fixture(scope="module")
def plain(water_text: str, water_batch: Batch) -> Snapshot:
    return moment(water_text, water_batch)


@pytest.fixture(scope="module")
def scan(water_text: str, water_batch: Batch) -> Snapshot:
    at = np.tile([-25.0, 25.0], water_batch.pulses // 2 + 1)[: water_batch.pulses]
    return moment(water_text + SCAN, replace(water_batch, delay_fs=at))


@pytest.fixture(scope="module")
def page(plain: Snapshot) -> str:
    return report_page(plain)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_the_page_says_what_the_result_says(plain: Snapshot, page: str) -> None:
    said = words(page)
    assert MARK in page
    assert "H₂O, water.h5" in said
    assert "12 of 12 trains" in said
    assert "1 of 3 channels and delay bins have a geometry" in said
    first = plain.reconstructions[0]
    assert f"{first.centroids.events:,}" in said
    assert f"{first.centroids.mean_ker_ev:.2f}" in said
    assert "O–H1" in said
    assert "no geometry: the channel lacks atoms of the molecule" in said
    assert Setup.from_toml(plain.setup_text).hash in said
    assert 'formula = "H2O"' in said.replace("&quot;", '"')


def test_the_page_needs_nothing_else(plain: Snapshot, page: str) -> None:
    loaded = re.findall(r'(?:src|href)="(?!data:|#)([^"]*)"', page)
    assert not loaded
    assert "<script" not in page
    assert "@import" not in page
    assert page.count("<figure>") == len(list(drawings(plain, Setup.from_toml(plain.setup_text)))) == 6


def test_a_scan_has_its_own_figures(scan: Snapshot) -> None:
    names = [each.name for each in drawings(scan, Setup.from_toml(scan.setup_text))]
    assert names[:4] == ["molecules", "scan", "scan-energies", "scan-bonds-Op_Hp_Hp"]
    assert len(set(names)) == len(names)
    said = words(report_page(scan))
    assert "Every delay" in said
    assert "-50 to 0 fs" in said


def test_what_was_left_out_is_said_and_names_are_never_markup(plain: Snapshot) -> None:
    facts = Facts(dropped={"queue full": 3}, degraded=("the disk is full",))
    state = replace(plain.state, finished=False, rejected={"unreadable": 2}, facts=facts)
    page = report_page(replace(plain, state=state, run="<script>alert(1)</script>.h5"))
    said = words(page)
    assert "5 trains are not in it" in said
    assert "The run had not come to its end" in said
    assert "left out, trains: unreadable 2" in said
    assert "left out, trains: dropped: queue full 3" in said
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_run_without_events_has_a_report_too(water_text: str) -> None:
    setup = Setup.from_toml(water_text)
    empty = nothing(setup)
    found = tuple(reconstruct_all(centroids(empty, setup), setup))
    blank = Snapshot(run="none.h5", setup_text=water_text, state=State(total=empty), reconstructions=found)
    assert "No channel has an event." in words(report_page(blank))


@pytest.mark.parametrize("form", ["svg", "png"])
def test_figures_are_files_of_their_own(form: str, scan: Snapshot, tmp_path: Path) -> None:
    written = write_figures(tmp_path / "figures", scan, form)
    assert len(written) == len(list((tmp_path / "figures").iterdir())) >= 8
    for path in written:
        if form == "svg":
            assert ET.parse(path).getroot().tag.endswith("svg")  # noqa: S314 - our own file
        else:
            with Image.open(path) as picture:
                assert picture.width > 600
                assert len(picture.convert("L").getcolors()) > 20
    with pytest.raises(CEIError, match="cannot be made"):
        write_figures(written[0] / "below", scan, form)


@pytest.mark.parametrize("form", FORMS)
def test_a_result_is_exported_in_every_form(form: str, plain: Snapshot, tmp_path: Path) -> None:
    write_result(tmp_path / "result.h5", plain)
    done = CliRunner().invoke(app, ["export", str(tmp_path / "result.h5"), "--format", form])
    assert done.exit_code == 0, done.output
    (made,) = [path for path in tmp_path.iterdir() if path.name != "result.h5"]
    assert str(made) in "".join(done.output.split("\n"))
    assert made.is_dir() == (form in {"png", "svg"})


def test_another_form_is_wrong_usage(plain: Snapshot, tmp_path: Path) -> None:
    write_result(tmp_path / "result.h5", plain)
    done = CliRunner().invoke(app, ["export", str(tmp_path / "result.h5"), "--format", "docx"])
    assert done.exit_code == 2
    assert "docx" in done.output
