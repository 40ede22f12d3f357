"""The newest saved state is damaged when the reducer comes back: the one before is used, and nothing is lost."""

import signal
from collections.abc import Callable
from typing import Any


def test_the_state_before_the_damaged_one_is_used(
    line_of: Callable[..., Any], bytes_of: Callable, undisturbed: bytes
) -> None:
    with line_of(trains_per_second=5.0) as patient:
        folder = patient.line.config.state

        def damage() -> None:
            patient.wait_for(lambda: patient.trains > 10 and len(list(folder.glob("state-*"))) == 2)
            before = patient.trains
            patient.send("reducer", signal.SIGKILL)
            newest = max(folder.glob("state-*"))
            content = bytearray(newest.read_bytes())
            content[len(content) // 2] ^= 1
            newest.write_bytes(content)
            log = patient.line.config.logs / "reducer.log"
            patient.wait_for(lambda: "is damaged: its checksum does not fit" in log.read_text(encoding="utf-8"))
            patient.wait_for(lambda: patient.trains > before and patient.facts[-1].restarts)
            assert patient.facts[-1].restarts == {"reducer": 1}, "ingest had all that was missing"
            patient.release()

        last = patient.hurt(damage)
    assert bytes_of(last) == undisturbed
