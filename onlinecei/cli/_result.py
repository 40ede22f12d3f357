"""What a replay or a live run leaves behind: files of the result, and a table on the terminal."""

from pathlib import Path

from onlinecei.cli._output import answers, report_one, words
from onlinecei.records import Snapshot


def write(out: Path, snapshot: Snapshot, run: Path | None) -> None:
    """Write the files of a result into a directory and say so; `run`: the file that it was made from."""
    write_files(out, snapshot, run)
    words.print(f"wrote {out / 'result.h5'}, {out / 'geometries.xyz'}, {out / 'provenance.json'}")


def write_files(out: Path, snapshot: Snapshot, run: Path | None = None) -> None:
    """Write the files of a result into a directory."""
    from onlinecei.files.geometries import write_geometries
    from onlinecei.files.provenance import origin_in_words, write_provenance
    from onlinecei.files.result import write_result

    write_result(out / "result.h5", snapshot)
    write_geometries(out / "geometries.xyz", snapshot.reconstructions, origin_in_words(snapshot))
    write_provenance(out / "provenance.json", snapshot, run if run is not None and run.is_file() else None)


def in_short(snapshot: Snapshot) -> str:
    """Say in one line how much was analysed."""
    from onlinecei.centroids import Layout
    from onlinecei.setup import Setup

    state = snapshot.state
    counters = Layout.of(Setup.from_toml(snapshot.setup_text)).counters(state.total.values)
    expected = f" of {state.trains_expected:,}" if state.trains_expected else ""
    trains = f"{snapshot.title}: {state.total.train_count:,}{expected} trains"
    return f"{trains}, {counters['pulses']:,} pulses, {counters['hits']:,} hits"


def report(snapshot: Snapshot) -> None:
    """Say what was found, and on how many events it rests."""
    from onlinecei.centroids import Layout
    from onlinecei.centroids.quality import qualities
    from onlinecei.cli._quality import quality_table
    from onlinecei.setup import Setup

    state, setup = snapshot.state, Setup.from_toml(snapshot.setup_text)
    counters = Layout.of(setup).counters(state.total.values)
    answers.print(in_short(snapshot), highlight=False)
    kinds = ["hits_", "ions_", "edges_", "pulses_outside_"]
    if setup.delays.leaves_out_unpumped:
        kinds.append("pulses_without_pump")
    left_out = {name: count for name, count in counters.items() if name.startswith(tuple(kinds)) and count}
    for name, count in left_out.items():
        answers.print(f"  left out, {name.replace('_', ' ')}: {count:,}", highlight=False)
    for what, trains in (("left out", state.left_out), ("incomplete", state.incomplete)):
        for reason, count in trains.items():
            answers.print(f"  {what}, trains: {reason}: {count:,}", highlight=False, markup=False)
    for each in snapshot.reconstructions:
        report_one(each)
    if rows := qualities(state.total.values, snapshot.reconstructions, setup):
        answers.print(quality_table(rows), highlight=False)
