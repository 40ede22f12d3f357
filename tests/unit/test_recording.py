"""Recording: files one after another, nothing lost that was flushed, and a full disk that stops nothing else."""

import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from onlinecei.files.recording import RecordingFolder, RecordingLimits
from onlinecei.files.room import Room
from onlinecei.files.run import open_run
from onlinecei.records import Batch, Train
from onlinecei.stream.sources.folder import FolderSource


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def train(number: int, hits: int = 3000) -> Train:
    random = np.random.default_rng(number)
    x, y, t = random.normal(size=(3, hits)).astype(np.float32)
    return Train(
        train_id=number,
        pulse_id=np.arange(10, dtype=np.uint32),
        delay_fs=np.full(10, np.nan),
        energy_uj=np.ones(10, np.float32),
        first_hit=np.linspace(0, hits, 11).astype(np.uint32),
        x_mm=x,
        y_mm=y,
        t_ns=t,
    )


def one(number: int) -> Batch:
    return Batch.of([train(number)])


def ids(folder: Path) -> list[int]:
    source, given = FolderSource(folder, 10_000), []
    while (batch := source.poll()) is not None:
        given += batch.train_id.tolist()
    return given


SMALL = RecordingLimits(
    bytes_per_file=400_000, seconds_per_file=100.0, held_bytes=1_500_000, spare_bytes=0, retry_s=1.0
)


def test_files_follow_one_another_by_size_and_by_time(tmp_path: Path, water_text: str) -> None:
    clock = Clock()
    folder = RecordingFolder(tmp_path, "run 7.h5", SMALL, clock)
    for number in range(40):
        folder.add(one(number), water_text)
        if number % 3 == 0:
            folder.flush()
        clock.now += 200.0 if number == 30 else 0.0
    folder.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[0] == "run-7-0000000000.h5"
    assert any(name.startswith("run-7-0000000031") for name in names)
    assert 4 <= len(names) <= 10
    assert all(path.stat().st_size < 800_000 for path in tmp_path.iterdir())
    assert ids(tmp_path) == list(range(40))
    assert (folder.recorded, folder.not_recorded) == (40, 0)


def test_another_setup_or_kind_of_trains_is_another_file(tmp_path: Path, water_text: str) -> None:
    folder = RecordingFolder(tmp_path, "run", SMALL)
    pumped = Batch.of([Train(**{n: getattr(train(1), n) for n in Train.__slots__} | {"pump": np.ones(10, np.uint8)})])
    for batch, text in ((one(0), water_text), (pumped, water_text), (one(2), water_text), (one(3), "# other")):
        folder.add(batch, text)
    folder.close()
    texts = []
    for path in sorted(tmp_path.iterdir()):
        with open_run(path) as run:
            texts.append((run.trains, run.setup_text, "pump" in run.further))
    assert texts == [(1, water_text, False), (1, water_text, True), (1, water_text, False), (1, "# other", False)]


def test_no_file_is_ever_written_over(tmp_path: Path, water_text: str) -> None:
    for _ in range(3):
        folder = RecordingFolder(tmp_path, "run", SMALL)
        folder.add(one(5), water_text)
        folder.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "run-0000000005-2.h5", "run-0000000005-3.h5", "run-0000000005.h5",
    ]  # fmt: skip


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.unit.test_recording import SMALL, one
from onlinecei.files.recording import RecordingFolder
folder = RecordingFolder(Path(sys.argv[1]), "run", SMALL)
for number in range(10_000):
    folder.add(one(number), sys.argv[2])
    if number % 4 == 3:
        folder.flush()
        print(number, flush=True)
"""


def run(script: str, *arguments: object, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    root = Path(__file__).parents[2]
    paths = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    command = [*prefix, sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": paths}, cwd=root
    )


def test_what_was_flushed_outlives_the_recorder(tmp_path: Path, water_text: str) -> None:
    with run(KILLED, tmp_path, water_text) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if int(line) >= 60:
                process.send_signal(signal.SIGKILL)
                break
    told = int(line)
    found = ids(tmp_path)
    assert found[: told + 1] == list(range(told + 1))


FULL = """
import sys
from pathlib import Path
from tests.unit.test_recording import SMALL, Clock, ids, one
from onlinecei.files.recording import RecordingFolder
disk, clock, flushed = Path(sys.argv[1]), Clock(), []
folder = RecordingFolder(disk / "record", "run", SMALL, clock)
for number in range(340):
    folder.add(one(number), "")
    if number % 4 == 3:
        clock.now += 0.6
        flushed += range(number - 3, number + 1) if folder.flush() else []
    if number == 300:
        assert folder.stopped_since is not None and folder.not_recorded > 50
        assert ids(disk / "record") == flushed, "lost"
        for path in (disk / "record").iterdir():
            path.unlink()
        flushed.clear()
folder.close()
assert ids(disk / "record") == flushed and flushed[-1] == 339, flushed
assert folder.stopped_since is None and folder.recorded + folder.not_recorded == 340
print("survived", folder.not_recorded)
"""


def unprivileged_disks() -> bool:
    try:
        return subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode == 0  # noqa: S607
    except OSError:
        return False


@pytest.mark.skipif(not unprivileged_disks(), reason="may not mount a disk of its own")
def test_a_disk_that_is_really_full_stops_the_recording_until_there_is_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = f'mount -t tmpfs -o size=6m tmpfs {disk} && exec "$@"'
    with run(FULL, disk, prefix=("unshare", "-rm", "sh", "-c", mounted, "sh")) as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    assert said.startswith("survived")


def test_room_is_taken_given_up_and_missed(tmp_path: Path) -> None:
    room = Room(tmp_path, 1_000_000, 0)
    assert room.hold()
    assert room.hold(3_000_000)
    assert room.held == 3_000_000
    room.give_up(2_500_000)
    assert room.held == 500_000
    assert room.comfortable()
    assert room.held == 1_000_000
    assert not room.hold(2**60)
    room.close()
    greedy = Room(tmp_path, 1_000_000, 2**60)
    assert not greedy.hold()
    assert greedy.held == 0
    greedy.close()
    assert list(tmp_path.iterdir()) == []


def test_names_are_plain_and_differ(tmp_path: Path) -> None:
    folder = RecordingFolder(tmp_path, "../a b/c?.h5", SMALL)
    for number in range(3):
        folder.add(one(number), f"# {number}")
    folder.close()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert all(after > before for before, after in pairwise(names))
    assert all(name.startswith("a-b-c-") for name in names)
