"""The recorder process."""

import os
import secrets

from onlinecei.errors import LineError, RunFileError
from onlinecei.files.recording import RecordingFolder
from onlinecei.stream.config import LineConfig
from onlinecei.stream.ingest import RECORDER
from onlinecei.stream.log import get_logger
from onlinecei.stream.loop import TURN_MS, loop
from onlinecei.stream.ports import End, Ports
from onlinecei.stream.recorder import Recorder


def run_recorder(config: LineConfig) -> None:
    """Write all that comes in to run files."""
    if config.record is None:
        raise LineError("the line is not told where to record")
    ends = {
        "ingest": End(config.work_endpoint, name=RECORDER),
        "reducer": End(config.sums_endpoint, name=RECORDER),
    }
    folder = RecordingFolder(config.record, config.source.run)
    with Ports(**ends) as ports:
        recorder = Recorder(folder, ports["ingest"], ports["reducer"], secrets.randbits(62))

        def turn() -> int:
            ports["ingest"].deliver(lambda _, message: recorder.take(message))
            recorder.step()
            return TURN_MS

        try:
            loop(ports, turn)
            folder.close()
        except RunFileError:
            get_logger(__name__).exception("a file of the recording failed")
            os._exit(1)
