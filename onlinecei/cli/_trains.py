"""A look at the trains that a command is about to read."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.markup import escape

from onlinecei.cli._options import text_of_file
from onlinecei.cli._output import words
from onlinecei.errors import RunFileError

if TYPE_CHECKING:
    from onlinecei.files.reader import TrainFile
    from onlinecei.records import Batch

LOOKED_AT: Final = 5000
"""Hits that tell whether a file is in other units."""


def look_into(run: Path, setup: Path | None) -> tuple[str, str]:
    """Give the setup to use, as text, and say what the run holds, before any process is started."""
    from onlinecei.detector import delay_lines_of
    from onlinecei.setup import Setup

    given = None if setup is None else text_of_file(setup)
    files = list(_files(run, given))
    counts: Counter[str] = Counter()
    for each in files:
        counts.update(each.contents)
    contents = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    contents += f" in {len(files)} files" if len(files) > 1 else ""
    if 0 in counts.values():
        raise RunFileError(f"'{run}' holds {contents}: there is nothing to analyse")
    setup_text = given or files[-1].setup_text
    used = Setup.from_toml(setup_text, f"setup stored in {run}")
    if files[-1].holds_edges:
        delay_lines_of(used)
    return setup_text, contents


def _files(path: Path, setup_text: str | None) -> Iterator["TrainFile"]:
    """Look into a run, or into each run file of a folder that can be read, in the order of their trains.

    `RunFileError` where they are not one run.
    """
    from onlinecei.files.one_run import Said, check_one_run
    from onlinecei.files.opening import holds_runs, open_trains
    from onlinecei.stream.sources import run_files

    said: list[Said] = []
    for each in run_files(path) if path.is_dir() and holds_runs(path) else [path]:
        with closing(open_trains(each, setup_text)) as opened:
            said.append(Said.of(opened))
            _look_at(opened)
            yield opened
    for remark in check_one_run(said, setup_given=setup_text is not None):
        words.print(f"[yellow]doubtful:[/] {escape(remark)}", highlight=False, soft_wrap=True)


def _look_at(opened: "TrainFile") -> None:
    """Read the first trains of a file that was not written here: its names and units may not be those of the setup."""
    if "hits" in opened.contents or "delay-line edges" in opened.contents:
        return
    first = next(opened.batches(LOOKED_AT), None)
    if first is None:
        raise no_train(opened)
    say_remarks(first, opened.setup_text)


def say_remarks(batch: "Batch", setup_text: str) -> None:
    """Say which columns look as if they were in other units."""
    from onlinecei.files.plausible import remarks
    from onlinecei.setup import Setup

    for remark in remarks(batch, Setup.from_toml(setup_text)):
        words.print(f"[yellow]doubtful:[/] {escape(remark)}", highlight=False, soft_wrap=True)


def why_skipped(opened: "TrainFile") -> Iterator[str]:
    """Say which trains a file did not give, or not whole, and what was wrong with the first of them."""
    for reason, number in opened.skipped.items():
        detail = opened.details.get(reason)
        yield f"{reason}: {number:,}" + (f", {detail}" if detail else "")


def no_train(opened: "TrainFile") -> RunFileError:
    """Say that a file gives no train, and why."""
    reasons = "; ".join(why_skipped(opened))
    return RunFileError(f"'{opened.path}' gives no train" + (f" ({reasons})" if reasons else ""))
