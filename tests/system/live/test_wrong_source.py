"""A source that cannot be meant is one sentence that says so."""

from collections.abc import Callable
from pathlib import Path

import pytest

from onlinecei.files.run import open_run
from onlinecei.stream.serving import with_source
from onlinecei.stream.serving.section import source_section


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--setup", "SETUP"], "add a section [source]"),
        (["--setup", "SETUP", "--source", "nowhere.h5"], "nowhere.h5"),
        (["--setup", "LIVE", "--source", "tcp://0.0.0.0"], "cannot be"),
    ],
)
def test_a_source_that_cannot_be_meant_is_an_error(
    words: list[str], said: str, small_run: Path, tmp_path: Path, cli: Callable
) -> None:
    with open_run(small_run) as run:
        (tmp_path / "SETUP").write_text(run.setup_text, encoding="utf-8")
        text = with_source(run.setup_text, source_section("tcp://127.0.0.1:1", "REQ", edges=False, further=frozenset()))
        (tmp_path / "LIVE").write_text(text, encoding="utf-8")
    done = cli("live", "--headless", *(tmp_path / word if word.isupper() else word for word in words))
    assert done.returncode == 1
    assert said in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
