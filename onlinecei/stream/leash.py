"""supervisord on a leash: ``python leash.py PARENT ARGUMENT...`` runs it until the process PARENT is gone.

A file of its own that imports nothing of this program, so that it starts at once.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(number: signal.Signals) -> None:
    """Have the kernel send this process a signal when its parent dies; only Linux can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(number))


if __name__ == "__main__":
    die_with_parent(signal.SIGTERM)
    if os.getppid() == int(sys.argv[1]):
        from supervisor.supervisord import main

        main(sys.argv[2:])
