"""What a training leaves beside its weights: a picture of its log and a card."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import torch

from onlinecei.errors import CEIError
from onlinecei.molexa.network import Config, LossOptions, OnlineCEI
from onlinecei.molexa.network.device import find_device
from onlinecei.molexa.training import About, Options, draw_log, mixed, write_card

OPTIONS = Options(steps=100, loss=LossOptions(mixed=False), device="cpu")
ABOUT = About(stage="2", data="rubber balls", validation="marbles", start="nothing", limits="It cannot swim.")
LINES = [
    {"step": 50, "samples": 500, "hours": 0.5, "skipped": 0, "learning_rate": 1e-3, "loss": 2.0},
    {
        "step": 60,
        "samples": 600,
        "hours": 0.6,
        "skipped": 0,
        "learning_rate": 8e-4,
        "validation_mae_au": 0.25,
        "loss": 1.0,
    },
    {
        "step": 100,
        "samples": 1000,
        "hours": 1.25,
        "skipped": 2,
        "learning_rate": 1e-4,
        "validation_mae_au": 0.375,
        "loss": 0.5,
    },
]


def network() -> OnlineCEI:
    return OnlineCEI(Config(width=16, pair_width=8, heads=2, encoder_blocks=1, denoiser_blocks=1))


def logged(directory: Path, lines: list[dict[str, float]]) -> Path:
    (directory / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return directory


def rows(card: Path) -> dict[str, str]:
    table = [line.strip("| ").split(" | ") for line in card.read_text().splitlines() if line.startswith("| ")]
    return {row[0]: row[1] for row in table if len(row) == 2}


def test_the_card_says_what_was_done(tmp_path: Path) -> None:
    card = write_card(logged(tmp_path, LINES), network(), OPTIONS, ABOUT)
    found = rows(card)
    assert found["data"] == "rubber balls"
    assert found["steps"] == "100, 2 of them skipped"
    assert found["samples seen"] == "1,000 simulated explosions"
    assert found["time"] == "1.25 hours"
    assert found["validation MAE"] == "0.375 bohr at the end; least 0.250 at step 60"
    assert found["loss, at the end"] == "0.5"
    assert found["matrices in"] == "single precision"
    assert torch.__version__ in found["hardware, at the end"]
    assert "cores" in found["hardware, at the end"]
    assert f"{network().parameters_count:,} parameters" in found["network"]
    assert "It cannot swim." in card.read_text()
    assert '"width": 16' in card.read_text()


def test_a_card_without_validation(tmp_path: Path) -> None:
    card = write_card(logged(tmp_path, LINES[:1]), network(), OPTIONS, ABOUT)
    assert "validation" not in " ".join(rows(card))


def test_no_card_without_a_log(tmp_path: Path) -> None:
    with pytest.raises(CEIError, match="has no log"):
        write_card(tmp_path, network(), OPTIONS, ABOUT)


@pytest.mark.parametrize(("lines", "panels"), [(LINES, 3), (LINES[:1], 2)])
def test_the_picture_has_a_panel_for_each_column(lines: list[dict[str, float]], panels: int, tmp_path: Path) -> None:
    picture = draw_log(logged(tmp_path, lines))
    assert picture == tmp_path / "log.svg"
    ids = [each.get("id") or "" for each in ET.parse(picture).iter()]  # noqa: S314 - our own file
    assert sum(each.startswith("axes_") for each in ids) == panels


def test_no_picture_without_a_log(tmp_path: Path) -> None:
    assert draw_log(tmp_path) is None
    assert draw_log(logged(tmp_path, [])) is None


@pytest.mark.parametrize(("able", "expected"), [({"avx512_bf16": True}, True), ({"amx_bf16": True}, True), ({}, False)])
def test_bfloat16_where_the_processor_has_it(
    able: dict[str, bool], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    assert mixed("auto", "cpu") is expected
    assert mixed("bf16", "cpu")
    assert not mixed("fp32", "cpu")


def test_an_unknown_device() -> None:
    with pytest.raises(CEIError, match="device is 'tpu', expected"):
        find_device("tpu")
