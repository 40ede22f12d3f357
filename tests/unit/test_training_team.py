"""Two processes that train one network."""

import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import torch

from onlinecei.errors import CEIError
from onlinecei.molexa.network.weights import read_tensors
from onlinecei.molexa.training import leading, read_log, train

SCRIPT = Path(__file__).with_name("two_of_a_team.py")


@pytest.fixture(scope="module")
def script() -> Any:
    spec = spec_from_file_location(SCRIPT.stem, SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[SCRIPT.stem] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def together(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes left behind."""
    directory = tmp_path_factory.mktemp("team") / "two"
    start = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run([*start, SCRIPT, directory], capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr
    for rank in range(2):
        assert (directory / f"process-{rank}").read_text() == "stopped after step 5"
    return directory


def test_two_processes_learn_what_one_does_from_their_joined_data(together: Path, tmp_path: Path, script: Any) -> None:
    torch.manual_seed(0)
    network = script.Linear()
    before = network.layer.weight.detach().clone()
    train(network, script.Joined(), tmp_path, script.OPTIONS)
    one, two = read_log(tmp_path), read_log(together)
    assert [each["step"] for each in two] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [each["samples"] for each in two] == [each["samples"] for each in one]
    assert [each["loss"] for each in two] == pytest.approx([each["loss"] for each in one], rel=1e-5)
    alone, _ = read_tensors(tmp_path / "checkpoint.safetensors")
    team, _ = read_tensors(together / "checkpoint.safetensors")
    assert float((alone["network.layer.weight"] - before).abs().min()) > 0.05
    for name, each in alone.items():
        torch.testing.assert_close(team[name], each, rtol=1e-4, atol=1e-6)


def test_another_number_of_processes_does_not_go_on(together: Path, script: Any) -> None:
    with pytest.raises(CEIError, match="is of 2 processes, expected 1"):
        train(script.Linear(), script.Blocks(), together, script.OPTIONS)


def test_the_first_process_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    assert leading()
    monkeypatch.setenv("RANK", "1")
    assert not leading()
