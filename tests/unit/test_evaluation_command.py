"""`onlinecei evaluate`, and the training of variants, with networks so small that their answers mean nothing."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from onlinecei.cli import app
from onlinecei.errors import CEIError
from onlinecei.molexa.data import SHIPPED, open_dataset, stage1
from onlinecei.molexa.evaluation import ablations, bonds
from onlinecei.molexa.evaluation.ablations import Variant, train_all
from onlinecei.molexa.network import Config, OnlineCEI, save_network

SMALL = Config(width=16, pair_width=8, heads=2, encoder_blocks=1, denoiser_blocks=1)
CHANGES = ("width=16", "pair_width=8", "heads=2", "encoder_blocks=1", "denoiser_blocks=1")


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    save_network(tmp_path / "w.safetensors", OnlineCEI(SMALL))
    return tmp_path / "w.safetensors"


def invoked(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["evaluate", *arguments], env={"COLUMNS": "200"})


@pytest.fixture
def quick(weights: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    monkeypatch.setattr(bonds, "inverted", lambda case: bonds.Found(position_au=case.position_au))
    return ("--model", str(weights), "--split", "test", "--limit", "6", "--slow", "1", "--no-refine")


def test_a_page(quick: tuple[str, ...], weights: Path, tmp_path: Path) -> None:
    done = invoked(*quick, "--ablation", f"the same={weights}", "--out", str(tmp_path / "new" / "page.md"))
    assert done.exit_code == 0, done.output
    page = (tmp_path / "new" / "page.md").read_text()
    titles = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert titles[:3] == ["Accuracy", "By number of atoms", "Bond lengths of diatomic molecules"]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines() if line.startswith("|")]
    first, same = rows[2], rows[3]
    assert first[1].startswith("onlinecei (")
    assert same[1] == "the same"
    assert first[2:] == same[2:]
    assert rows[4][:5] == ["test, 2 to 7 atoms", "paper: MOLEXA", "-", "-", "0.520"]
    assert "Accuracy" in done.output


def test_numbers(quick: tuple[str, ...], tmp_path: Path) -> None:
    assert invoked(*quick, "--out", str(tmp_path / "n.json")).exit_code == 0
    found = json.loads((tmp_path / "n.json").read_text())
    table = found["tables"][0]
    assert table["title"] == "Accuracy"
    assert table["rows"][0][2:4] == [6, 6]
    assert table["rows"][0][4] > 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--split", "train"), "expected one of test, test-8-9, large, validation"),
        (("--out", "page.html"), "ends in .md or .json"),
        (("--ablation", "name"), "expected NAME=FILE"),
    ],
)
def test_wrong_usage(weights: Path, arguments: tuple[str, ...], words: str) -> None:
    done = invoked("--model", str(weights), *arguments)
    assert done.exit_code == 2
    assert words in " ".join(done.output.replace("│", " ").split())


def test_weights_that_are_not_there(tmp_path: Path) -> None:
    done = invoked("--model", str(tmp_path / "none.safetensors"))
    assert isinstance(done.exception, CEIError)
    assert "none.safetensors" in str(done.exception)


def test_ctrl_c_ends_without_a_file(quick: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bonds, "diatomics", interrupted)
    done = invoked(*quick, "--out", str(tmp_path / "page.md"))
    assert done.exit_code == 1
    assert not (tmp_path / "page.md").exists()
    assert "Accuracy" in done.output


def test_variants_are_trained_once_and_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage1, "BATCH", 16)
    variants = [Variant(name="one", changes=CHANGES), Variant(name="other, alone", changes=CHANGES, classical_share=0)]
    seen: list[str] = []

    def work(count: int, **options: Any) -> list[dict[str, Any]]:
        out, data = tmp_path / "found.json", open_dataset(SHIPPED)
        return train_all(
            variants[:count], 0.01, tmp_path / "work", out, data, about="here", limit=6, tell=seen.append, **options
        )

    assert work(1, stop=lambda: True) == []
    assert not (tmp_path / "found.json").exists()
    first = work(1)
    both = work(2)
    assert both[0] == first[0]
    assert seen == ["one: 0.01 minutes"] * 2 + ["other, alone: 0.01 minutes"]
    assert sorted(each.name for each in (tmp_path / "work" / "one").iterdir()) == ["1", "2"]
    assert [each.name for each in (tmp_path / "work" / "other-alone").iterdir()] == ["2"]
    table = ablations.table(tmp_path / "found.json")
    assert table is not None
    assert [row[0] for row in table.rows] == ["one", "other, alone"]
    assert table.rows[0][3] == pytest.approx(first[0]["mae_au"]["test"])
    with pytest.raises(CEIError, match="expected 3"):
        train_all(variants, 3, tmp_path / "work", tmp_path / "found.json", open_dataset(SHIPPED), about="here")


def test_no_table_of_variants_without_their_figures(tmp_path: Path) -> None:
    assert ablations.table(tmp_path / "none.json") is None
    (tmp_path / "bad.json").write_text("[]")
    with pytest.raises(CEIError, match=r"bad\.json"):
        ablations.table(tmp_path / "bad.json")
