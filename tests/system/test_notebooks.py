"""The notebooks of the documentation run, and what they call gives what a replay gives."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import onlinecei as oc
from onlinecei.files.result import write_result
from onlinecei.stream.config import FileSource
from onlinecei.stream.line import Line

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))
LARGEST_BYTES = 200_000


def test_a_run_in_a_notebook_gives_the_file_of_a_replay(small_run: Path, tmp_path: Path) -> None:
    with oc.open_run(small_run) as run:
        ours = run.analyse().save(tmp_path / "ours.h5")
        setup = run.setup_text
    with Line(FileSource(path=small_run), setup, workers=2, hits_per_batch=2000) as line:
        *_, last = line.snapshots()
    write_result(tmp_path / "line.h5", last)
    assert ours.read_bytes() == (tmp_path / "line.h5").read_bytes()


def test_there_are_notebooks() -> None:
    assert len(NOTEBOOKS) >= 2


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the messages between client and kernel
def test_a_notebook_runs(path: Path) -> None:
    assert path.stat().st_size < LARGEST_BYTES
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(
        notebook, timeout=300, startup_timeout=300, resources={"metadata": {"path": str(path.parent)}}
    ).execute()
    assert any(output for cell in notebook.cells for output in cell.get("outputs", ()))
