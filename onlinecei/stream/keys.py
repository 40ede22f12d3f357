"""Keys of sockets that other machines can reach: CURVE, one pair for each person or machine.

A directory of keys holds one's own pair, ``NAME.key`` and ``NAME.key_secret``; under ``clients`` the public keys of
those who may come in; under ``lines`` the public keys of the hosts whose lines one connects to.
"""

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from zmq.auth import create_certificates, load_certificate
from zmq.utils import z85

from onlinecei.errors import AddressError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:%-]{0,100}")
_PUBLIC, _SECRET = ".key", ".key_secret"
CLIENTS, LINES = "clients", "lines"


def default_directory() -> Path:
    """Where keys are unless said otherwise: ``onlinecei/keys`` among the user's settings."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "onlinecei" / "keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A pair of keys, in Z85; the secret one never shows."""

    name: str
    public: bytes
    secret: bytes

    def __repr__(self) -> str:
        return f"Pair(name={self.name!r}, public={self.public!r})"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys in a directory."""

    directory: Path

    def make(self, name: str) -> Pair:
        """Make one's own pair; `AddressError` where there is one already."""
        _check_name(name)
        if others := sorted(self.directory.glob(f"*{_SECRET}")):
            raise AddressError(f"'{self.directory}' holds the pair '{others[0].stem}': one directory is for one pair")
        _private(self.directory)
        for path in create_certificates(self.directory, name):
            Path(path).chmod(0o600)
        return self.own()

    def own(self) -> Pair:
        """One's own pair; `AddressError` where there is none, more than one, or one that others can read."""
        found = sorted(self.directory.glob(f"*{_SECRET}"))
        if len(found) != 1:
            number = f"{len(found)} pairs" if found else "no pair"
            raise AddressError(f"there is {number} of keys in '{self.directory}': make one with `onlinecei keys new`")
        if found[0].stat().st_mode & 0o077:
            raise AddressError(f"secret key '{found[0]}' can be read by others: chmod 600 '{found[0]}'")
        public, secret = _load(found[0])
        if secret is None:
            raise AddressError(f"'{found[0]}' holds no secret key")
        return Pair(name=found[0].stem, public=public, secret=secret)

    def add(self, kind: str, name: str, public: str) -> None:
        """Take up somebody else's public key, under ``clients`` or ``lines``; one of the same name is replaced."""
        _check_name(name)
        key = checked(public)
        _private(self.directory / kind)
        path = self.directory / kind / f"{name}{_PUBLIC}"
        path.write_text(f'metadata\ncurve\n    public-key = "{key.decode()}"\n', encoding="ascii")
        path.chmod(0o600)

    def forget(self, name: str) -> None:
        """Let somebody in no more; `AddressError` where nobody of that name may."""
        _check_name(name)
        path = self.directory / CLIENTS / f"{name}{_PUBLIC}"
        if not path.exists():
            raise AddressError(f"'{name}' is not among the keys in '{self.directory / CLIENTS}'")
        path.unlink()

    def of(self, kind: str) -> dict[str, bytes]:
        """Give the public keys under ``clients`` or ``lines``, by name."""
        return {path.stem: _load(path)[0] for path in sorted((self.directory / kind).glob(f"*{_PUBLIC}"))}

    def lets_in(self, public: bytes) -> bool:
        """Tell whether a key is under ``clients``; a file there that cannot be read is as if it were not there."""
        with suppress(OSError):  # such as a home directory whose server is gone: the thread that asks must not die
            for path in (self.directory / CLIENTS).glob(f"*{_PUBLIC}"):
                with suppress(AddressError):
                    if _load(path)[0] == public:
                        return True
        return False

    def line_at(self, host: str) -> bytes:
        """Give the public key of the line on a host; `AddressError` where it is not known."""
        _check_name(host)
        path = self.directory / LINES / f"{host}{_PUBLIC}"
        if not path.exists():
            said = f"the key of the line at '{host}' is not in '{self.directory / LINES}'"
            raise AddressError(f"{said}: take it up with `onlinecei keys trust {host} KEY`")
        return _load(path)[0]


def checked(public: str) -> bytes:
    """Give a public key as bytes; `AddressError` where it is none."""
    try:
        whole = len(public) == 40 and len(z85.decode(public.encode("ascii"))) == 32
    except (ValueError, KeyError, UnicodeEncodeError):
        whole = False
    if not whole:
        raise AddressError(f"'{public[:60]}' is no public key, expected 40 characters as `onlinecei keys` prints them")
    return public.encode("ascii")


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise AddressError(f"'{name}' is no name for a key, expected letters, digits, '.', '_' and '-'")


def _private(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o700)
    except OSError as error:
        raise AddressError(f"directory '{directory}' of keys cannot be made: {error}") from error


def _load(path: Path) -> tuple[bytes, bytes | None]:
    try:
        public, secret = load_certificate(path)
        return checked(public.decode("ascii", errors="replace")), secret
    except (OSError, ValueError) as error:
        raise AddressError(f"key '{path}' cannot be read: {error}") from error
