"""The dashboard with a real line under a real display: what is done in the window is done by the analysis."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


XVFB = shutil.which("xvfb-run")


@pytest.mark.skipif(XVFB is None, reason="Xvfb, which draws without a screen, is not installed")
def test_a_shift_under_a_display(tmp_path: Path) -> None:
    scenario = Path(__file__).with_name("dashboard_scenario.py")
    surroundings = {key: value for key, value in os.environ.items() if key not in {"DISPLAY", "QT_QPA_PLATFORM"}}
    done = subprocess.run(
        [str(XVFB), "-a", "-s", "-screen 0 1920x1200x24", sys.executable, scenario, ROOT / "replay_data" / "water.h5"],
        capture_output=True, text=True, timeout=400, check=False,
        env=surroundings | {"XDG_CONFIG_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "done xcb" in done.stdout
