"""The recorder process."""

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

from onlinecei.errors import CEIError, LineError, RunFileError
from onlinecei.files.left_out import LeftOutFolder
from onlinecei.files.recording import RecordingFolder
from onlinecei.stream.config import LineConfig
from onlinecei.stream.ingest import RECORDER
from onlinecei.stream.log import get_logger
from onlinecei.stream.loop import TURN_MS, loop
from onlinecei.stream.ports import End, Ports
from onlinecei.stream.recorder import Recorder
from onlinecei.whole import write_whole


def run_recorder(config: LineConfig) -> None:
    """Write all that comes in to run files."""
    if config.record is None:
        raise LineError("the line is not told where to record")
    ends = {
        "ingest": End(config.work_endpoint, name=RECORDER),
        "reducer": End(config.sums_endpoint, name=RECORDER),
    }
    folder = RecordingFolder(config.record, config.source.run)
    left_out = LeftOutFolder(config.record, config.source.run)
    tallies = Tally(config.directory / "recorded.json", folder), Tally(config.directory / "left-out.json", left_out)
    with Ports(**ends) as ports:
        recorder = Recorder(folder, left_out, ports["ingest"], ports["reducer"], secrets.randbits(62))

        def turn() -> int:
            ports["ingest"].deliver(lambda _, message: recorder.take(message))
            recorder.step()
            for tally in tallies:
                tally.keep()
            return TURN_MS

        try:
            loop(ports, turn)
            recorder.close()
        except RunFileError:
            get_logger(__name__).exception("a file of the recording failed")
            os._exit(1)


class Tally:
    """What a recorder of this line has counted, in a file beside it: one that is started again goes on from there."""

    def __init__(self, path: Path, folder: RecordingFolder | LeftOutFolder) -> None:
        self._path, self._folder = path, folder
        with suppress(OSError, ValueError, TypeError):
            folder.recorded, folder.not_recorded = map(int, json.loads(path.read_text(encoding="utf-8")))
        self._kept = self._now

    @property
    def _now(self) -> tuple[int, int]:
        return self._folder.recorded, self._folder.not_recorded

    def keep(self) -> None:
        """Write it down where it has changed; where that cannot be done, a recorder after this one counts anew."""
        if self._now != self._kept:
            self._kept = self._now
            with suppress(CEIError):
                write_whole(self._path, json.dumps(self._now))
