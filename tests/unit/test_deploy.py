"""What is in ``deploy``: that it says what the program knows, as far as this can be told without installing it."""

import json
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import dask.config
import dask_jobqueue  # noqa: F401 - tells Dask which settings there are
import pytest
import typer.main
import yaml
from prometheus_client.metrics_core import Metric

from onlinecei.analysis import nothing
from onlinecei.cli._app import app
from onlinecei.records import Facts, Snapshot, State
from onlinecei.setup import Setup
from onlinecei.stream.figures import Figures, Seen

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FULL = Facts(
    dropped={"a": 1}, quarantined={"b": 1}, missing={"c": 1, "no delay, analysed without": 1},
    messages_rejected={"d": 1}, restarts={"e": 1},
    queues={"f": 1}, idle_s=1.0, latency_p50_s=0.1, latency_p99_s=0.2, latency_counts=(1,) * 19,
)  # fmt: skip
METRIC = re.compile(r"\bonlinecei_[a-z0-9_]+")


@pytest.fixture(scope="module")
def families(water: Setup, water_text: str) -> list[Metric]:
    """Everything that the line gives to Prometheus."""
    state = State(total=nothing(water), rejected={"unreadable": 1}, facts=FULL)
    snapshot = Snapshot(run="r", setup_text=water_text, state=state, reconstructions=(), reconstructed_version=0)
    return list(Figures(Seen(snapshot=snapshot, facts=FULL, silent_s=0.0)).collect())


@pytest.fixture(scope="module")
def names(families: list[Metric]) -> set[str]:
    return {sample.name for family in families for sample in family.samples}


def dashboard() -> dict:
    return json.loads((DEPLOY / "grafana" / "onlinecei.json").read_text(encoding="utf-8"))


def expressions() -> list[str]:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "onlinecei-alerts.yml").read_text(encoding="utf-8"))
    alerts = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    return alerts + [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]


def test_every_metric_that_is_drawn_or_watched_exists(names: set[str]) -> None:
    used = {name for text in expressions() for name in METRIC.findall(re.sub(r"\{[^}]*\}", "", text))}
    assert len(used) > 10
    assert used <= names


@pytest.mark.skipif(shutil.which("promtool") is None, reason="there is no promtool here")
def test_prometheus_understands_its_configuration_and_all_that_is_asked(tmp_path: Path) -> None:
    asked = [{"record": f"asked_{number}", "expr": text} for number, text in enumerate(expressions())]
    rules = tmp_path / "asked.yml"
    rules.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": asked}]}), encoding="utf-8")
    for words in (["check", "config", str(DEPLOY / "prometheus" / "prometheus.yml")], ["check", "rules", str(rules)]):
        done = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False, timeout=60)  # noqa: S607
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_label_that_is_asked_for_exists(families: list[Metric]) -> None:
    labels = {sample.name: set(sample.labels) for family in families for sample in family.samples}
    for text in expressions():
        for name, inside in re.findall(r"(onlinecei_[a-z_]+)\{([^}]*)\}", text):
            assert set(re.findall(r"(\w+)=", inside)) <= labels[name], text


def test_every_metric_is_explained(families: list[Metric]) -> None:
    page = (ROOT / "docs" / "reference" / "metrics.md").read_text(encoding="utf-8")
    for family in families:
        assert f"`{family.samples[0].name}`" in page, family.name
        assert family.documentation


def test_panels_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard()["panels"]:
        place = panel["gridPos"]
        cells = {(place["x"] + i, place["y"] + j) for i in range(place["w"]) for j in range(place["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells


def options_of(words: list[str]) -> set[str]:
    """Options that a command line uses, `--option` each."""
    return {word.partition("=")[0] for word in words if word.startswith("--")}


def known_options(command: str) -> set[str]:
    group = typer.main.get_command(app)
    return {option for each in group.commands[command].params for option in (*each.opts, *each.secondary_opts)}


def service() -> str:
    return (DEPLOY / "systemd" / "onlinecei-live.service").read_text(encoding="utf-8")


def settings_of(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if "=" in line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_the_service_calls_what_there_is() -> None:
    given = settings_of((DEPLOY / "systemd" / "live.env").read_text(encoding="utf-8"))
    words = shlex.split(settings_of(service())["ExecStart"] + " " + given["OPTIONS"])
    assert words[1] == "live"
    assert options_of(words) <= known_options("live")
    assert set(re.findall(r"\$\{?(\w+)", settings_of(service())["ExecStart"])) == set(given)


def test_the_service_gives_away_little() -> None:
    settings = settings_of(service())
    assert settings["Restart"] == "on-failure"
    assert settings["User"] not in {"", "root"}
    assert settings["CapabilityBoundingSet"] == ""
    assert settings["ProtectSystem"] == "strict"
    assert settings["NoNewPrivileges"] == "yes"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd-analyze here")
def test_systemd_understands_the_service(tmp_path: Path) -> None:
    unit = tmp_path / "onlinecei-live.service"
    unit.write_text(service().replace("/opt/onlinecei/bin/onlinecei", "/bin/true"), encoding="utf-8")
    words = ["systemd-analyze", "verify", str(unit)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def container() -> list[str]:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def test_the_container_is_made_of_what_there_is() -> None:
    for line in container():
        words = line.split()
        if words[0] == "COPY" and not words[1].startswith("--from"):
            assert all((ROOT / name).exists() for name in words[1:-1]), line
    stages = [line.split()[-1] for line in container() if line.startswith("FROM") and " AS " in line]
    taken = re.findall(r"--from=(\w+)", "\n".join(container()))
    assert set(taken) == set(stages)


def test_the_container_runs_as_nobody_in_particular() -> None:
    users = [line.split()[1] for line in container() if line.startswith("USER")]
    assert users[-1].split(":")[0] not in {"0", "root"}
    last = "\n".join(container()[max(k for k, line in enumerate(container()) if line.startswith("FROM")) :])
    assert "pip install" not in last


def test_the_container_asks_the_program_how_it_does() -> None:
    (check,) = [line for line in container() if line.startswith("HEALTHCHECK")]
    words = json.loads(check[check.index("[") :])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert words[0] in project["project"]["scripts"]
    assert options_of(words) <= known_options(words[1])
    torch = next(each for each in project["project"]["dependencies"] if each.startswith("torch"))
    assert f'"{torch}"' in "\n".join(container())


def test_slurm_is_asked_for_what_there_is() -> None:
    folder = DEPLOY / "slurm"
    for name in ("reprocess.sbatch", "one_node.sh"):
        script = (folder / name).read_text(encoding="utf-8").replace("\\\n", " ")
        called = [line for line in script.splitlines() if " reprocess " in line and not line.startswith("#")]
        assert called
        assert all(options_of(line.split()) <= known_options("reprocess") for line in called)
        words = ["bash", "-n", str(folder / name)]
        assert subprocess.run(words, check=False).returncode == 0
    settings = yaml.safe_load((folder / "jobqueue.yaml").read_text(encoding="utf-8"))["jobqueue"]["slurm"]
    assert settings.keys() <= dask.config.get("jobqueue.slurm").keys()
