"""What dies as soon as it is started is started a few times more, and then given up with its last words."""

import signal
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
STILLBORN = """
import sys
from pathlib import Path
if sys.orig_argv[2].endswith("leash.py"):
    births = Path({births!r})
    births.write_text(births.read_text() + "x")
    if births.read_text() in {{"xx", "xxx"}}:
        sys.exit(1)
"""


def test_a_reducer_is_given_up_with_its_last_words(
    line_of: Callable[..., Any], small_run: Path, planted: Callable
) -> None:
    planted(DEADLY)
    with line_of(small_run) as patient, pytest.raises(LineError) as caught:
        patient.follow()
    assert "process 'reducer' of the line died again and again" in str(caught.value)
    assert "there is no state like this state" in str(caught.value)


def test_a_supervisord_that_dies_twice_more_as_it_starts_does_not_show(
    line_of: Callable[..., Any], bytes_of: Callable, undisturbed: bytes, tmp_path: Path, planted: Callable
) -> None:
    births = tmp_path / "births"
    births.touch()
    planted(STILLBORN.format(births=str(births)))
    with line_of(trains_per_second=8.0) as patient:

        def kill() -> None:
            patient.wait_for(lambda: patient.trains > 0)
            patient.send("supervisord", signal.SIGKILL)
            patient.wait_for(lambda: births.read_text() == "xxxx")
            patient.release()

        last = patient.hurt(kill)
    assert patient.facts[-1].restarts["supervisord"] == 3
    assert bytes_of(last) == undisturbed
