"""A process that dies as soon as it is started is given up after a few times, with a sentence and its last words."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from onlinecei.errors import LineError

DEADLY = """
import sys
if "reducer" in sys.orig_argv:
    sys.exit("there is no state like this state")
"""


def test_it_is_given_up_with_its_last_words(
    line_of: Callable[..., Any], small_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(DEADLY, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    with line_of(small_run) as patient, pytest.raises(LineError) as caught:
        patient.follow()
    assert "process 'reducer' of the line died again and again" in str(caught.value)
    assert "there is no state like this state" in str(caught.value)
