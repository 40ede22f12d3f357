"""The supervisor of a line: supervisord with a configuration written for it, asked over its own private socket."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import xmlrpc.client
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError

from onlinecei.errors import LineError
from onlinecei.stream import leash
from onlinecei.stream.config import LineConfig

START_SECONDS = 1
"""What dies younger is started again after one second, then two, then three, and then given up. Workers have more
lives: a train at which they die has to be found first."""
START_AGAIN, WORKERS_START_AGAIN = 3, 6
STOP_SECONDS = 3
"""Time that a process has to end by itself."""
PATIENCE_SECONDS = 30.0
"""supervisord answers after a fifth of a second, on a machine that has time."""
ANSWER_SECONDS = 2.0
"""A supervisord that does not answer by then is asked again later."""
GROUP = "line"
"""All processes are one group, and end at the same time."""
LOG_BYTES, LOG_FILES = "5MB", 3
_COMMON = {
    "autostart": "false",
    "autorestart": "true",
    "startsecs": START_SECONDS,
    "stopsignal": "TERM",
    "stopwaitsecs": STOP_SECONDS,
    "stdout_logfile": "NONE",
    "stderr_logfile_maxbytes": LOG_BYTES,
    "stderr_logfile_backups": LOG_FILES,
    "environment": 'OMP_NUM_THREADS="1",OPENBLAS_NUM_THREADS="1",MKL_NUM_THREADS="1"',
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What supervisord says of one process."""

    name: str
    pid: int
    """0 while it is not there."""
    state: str
    """Such as RUNNING, STARTING, BACKOFF, or FATAL where it was given up."""
    reason: str = ""
    """Why it does not run."""


class Supervision:
    """supervisord as a child of this process."""

    def __init__(self, config: LineConfig, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._config = config
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, with nothing under it yet; `OSError` where that cannot be done."""
        self._config.logs.mkdir(parents=True, exist_ok=True)
        path = self._config.directory / "supervisord.conf"
        if not path.exists():  # where it is started again there may be no room for another
            path.write_text(configuration(self._config, self._names), encoding="utf-8")
        arguments = [str(os.getpid()), "--nodaemon", "--configuration", str(path)]
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and file
            [sys.executable, "-P", str(Path(leash.__file__)), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for whoever started the line; it ends the parts in order
        )

    def start_all(self) -> None:
        """Start the processes, once it answers; `LineError` where it does not."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self._ask("startAllProcesses", False) is None:  # noqa: FBT003 - its own interface
            if not self.alive or time.monotonic() > end:
                raise LineError(f"supervisord does not start: {last_words(self._config.logs / 'supervisord.log')}")
            time.sleep(0.02)

    @property
    def alive(self) -> bool:
        """Whether supervisord itself runs."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int:
        """Of supervisord; 0 while it is not there."""
        return self._child.pid if self._child and self.alive else 0

    def processes(self) -> list[Process]:
        """Say how each process is; empty while it does not answer."""
        found = self._ask("getAllProcessInfo") or []
        return [
            Process(name=each["name"], pid=each["pid"], state=each["statename"], reason=each["spawnerr"])
            for each in found
        ]

    def give_up(self, name: str) -> None:
        """Stop a process for good."""
        self._ask("stopProcess", f"{GROUP}:{name}", False)  # noqa: FBT003 - its own interface

    def stop(self) -> None:
        """End all processes and supervisord."""
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(STOP_SECONDS + 3)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _ask(self, method: str, *arguments: object) -> Any:  # noqa: ANN401 - whatever it answers
        """Call a method of it; None where it does not answer, refuses, or ends in the middle of its answer."""
        transport = _Transport(self._config.supervisor_socket)
        with (
            contextlib.suppress(OSError, HTTPException, xmlrpc.client.Error, ExpatError),
            xmlrpc.client.ServerProxy("http://localhost", transport=transport) as server,
        ):
            return getattr(server.supervisor, method)(*arguments)
        return None


class _Connection(HTTPConnection):
    """HTTP over a socket in the file system."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            door.settimeout(self.timeout)
            door.connect(str(self._path))
        except OSError:
            door.close()
            raise
        self.sock = door


class _Transport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> HTTPConnection:  # noqa: ANN401 - there is only one
        connection = _Connection(self._path)
        self._connection = host, connection  # closed with the transport
        return connection


def configuration(config: LineConfig, names: Sequence[str]) -> str:
    """Write the configuration file of supervisord."""
    sections: dict[str, dict[str, object]] = {
        "unix_http_server": {"file": config.supervisor_socket, "chmod": "0700"},
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        },
        "supervisorctl": {"serverurl": f"unix://{config.supervisor_socket}"},
        "supervisord": {
            "logfile": config.logs / "supervisord.log",
            "logfile_maxbytes": LOG_BYTES,
            "logfile_backups": LOG_FILES,
            "pidfile": config.directory / "supervisord.pid",
            "childlogdir": config.directory,
            "directory": config.directory,
            "nodaemon": "true",
            "silent": "true",
        },
    }
    for name in names:
        command = f'"{sys.executable}" -P -m onlinecei.stream {name} "{config.directory / "line.json"}"'
        log = config.logs / f"{name}.log"
        again = {"startretries": WORKERS_START_AGAIN if name.startswith("worker-") else START_AGAIN}
        own = {"command": command, "stderr_logfile": log, "directory": Path.cwd()}
        sections[f"program:{name}"] = {**own, **again, **_COMMON}
    sections[f"group:{GROUP}"] = {"programs": ",".join(names)}
    return "\n".join(line for title, values in sections.items() for line in _section(title, values))


def _section(title: str, values: dict[str, object]) -> list[str]:
    escaped = {name: str(value).replace("%", "%%") for name, value in values.items()}
    return [f"[{title}]", *(f"{name} = {value}" for name, value in escaped.items()), ""]


def last_words(log: Path) -> str:
    """Give the last line that a process wrote; of an event the words in it."""
    try:
        with log.open("rb") as file:
            file.seek(max(log.stat().st_size - 20_000, 0))
            lines = [line for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    except OSError:
        return "it left no word"
    if not lines:
        return "it left no word"
    try:
        event = json.loads(lines[-1])
    except ValueError:
        return lines[-1].strip()[:500]
    if not isinstance(event, dict):
        return lines[-1].strip()[:500]
    exception = str(event.get("exception", "")).strip().splitlines()
    reason = [str(event["reason"])] if "reason" in event else []
    return ": ".join([str(event.get("event", "")), *reason, *exception[-1:]])[:500]
