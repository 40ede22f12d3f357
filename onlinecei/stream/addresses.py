"""Addresses of sockets, and the one place that decides which of them need keys: those that others can reach."""

import ipaddress
import re

from onlinecei.errors import AddressError

DOOR = "tcp://127.0.0.1:45450"
"""Where readers come to a live line, unless told otherwise."""
_LOCAL = ("ipc", "inproc")
_TCP = re.compile(r"tcp://(\[[0-9A-Fa-f:.%\w]+\]|[^\[\]:;/\s]+):(\d{1,5}|\*)")


def needs_keys(endpoint: str) -> bool:
    """Tell whether other machines can reach an address: everything but ``ipc://``, ``inproc://`` and loopback.

    Raises
    ------
    AddressError
        It is no address that this program can use.
    """
    if endpoint.partition("://")[0] in _LOCAL and len(endpoint.partition("://")[2]) > 0:
        return False
    host = host_of(endpoint)
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def host_of(endpoint: str) -> str:
    """Give the host of a ``tcp://`` address, without the brackets of IPv6."""
    found = _TCP.fullmatch(endpoint)
    if found is None or (found[2] != "*" and int(found[2]) > 65_535):
        raise AddressError(f"address '{endpoint}' cannot be used, expected tcp://HOST:PORT or ipc://PATH")
    return found[1].strip("[]")


def is_ipv6(endpoint: str) -> bool:
    """Tell whether the host is written as an IPv6 address, which a socket has to be told."""
    return endpoint.startswith("tcp://[")
