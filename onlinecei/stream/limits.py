"""What the operating system lets a process have."""

import resource

MOST_OPEN = 65_536
"""Sockets and files. ZeroMQ ends the process when there are none left; strangers who connect and say nothing are cut
off after five seconds, and nobody opens as many in that time."""


def allow_many_sockets() -> int:
    """Raise the number of files that this process may open, as far as it is allowed to; gives the number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_OPEN if hard == resource.RLIM_INFINITY else min(hard, MOST_OPEN)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted
