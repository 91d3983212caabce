"""The one way out: every call to another machine resolves its name once, looks at what came out, and connects to exactly that.

Only public addresses are called. What lies inside (loopback, the office, a cloud's own services) is called only where the
owner of the home names it in ``zhike.toml``: ``private_hosts = ["login.corp.example"]``. Redirects are not followed.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from zhike.kernel.errors import Refused
from zhike.kernel.words import Words, _

SECONDS = 10
MOST_BYTES = 1024 * 1024
LONGEST_ADDRESS = 2000
PORTS = {"https": 443, "http": 80}
WRAPPED = tuple(
    IPv6Network(one) for one in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16", "fec0::/10")
)
"""IPv6 addresses that lead to some IPv4 address, or into the house: none of them is called."""
NEIGHBOURS = tuple(IPv4Network(one) for one in ("168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24"))
"""Public by number to some, and yet a cloud's own service or a way round."""


class NotCalled(Refused):
    """The other side was not called, or gave no answer that can be used; the text says why."""

    code = "not-called"
    title = _("The other side did not answer")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the other side answered."""

    status: int
    body: bytes
    type: str

    def json(self) -> dict[str, Any]:
        """The body as a JSON object. Raises NotCalled."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise NotCalled(_("The answer is no JSON object (status {status}).").with_(status=self.status))
        return found


def call(
    address: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
) -> Reply:
    """Ask a web address and return what it answered, whatever the status. Raises NotCalled."""
    scheme, host, port, path = _parts(address)
    targets = resolved(host, port)
    connection = _Plain(host, port, targets, seconds) if scheme == "http" else _Secure(host, port, targets, seconds)
    try:
        connection.request(method, path, body, {"Accept": "application/json", "User-Agent": "Zhike", **(headers or {})})
        answer = connection.getresponse()
        found = answer.read(MOST_BYTES + 1)
        if len(found) > MOST_BYTES:
            raise NotCalled(_("{host} answers with too much.").with_(host=host))
        return Reply(answer.status, found, answer.headers.get_content_type())
    except ssl.SSLCertVerificationError as error:
        text = _("The certificate of {host} cannot be trusted: {reason}.")
        raise NotCalled(text.with_(host=host, reason=error.verify_message)) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotCalled(_("{host} does not answer.").with_(host=host)) from error
    finally:
        connection.close()


def resolved(host: str, port: int, *, inside: bool = False) -> list[str]:
    """The addresses a name stands for, asked once; what connects afterwards uses these. Raises NotCalled when any of them
    is not public, unless ``inside`` or the home names the host; OSError for a name that is none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    targets = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not inside and host.casefold() not in _named() and not all(is_public(one) for one in targets):
        raise NotCalled(_inside(host))
    return targets


def is_public(address: str) -> bool:
    """Whether an IP address lies in the open net."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if isinstance(found, IPv6Address) and any(found in one for one in WRAPPED):
        return False
    if isinstance(found, IPv4Address) and any(found in one for one in NEIGHBOURS):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def connected(targets: list[str], port: int, seconds: float | None) -> socket.socket:
    """A connection to the first of these addresses that takes one. Raises OSError."""
    problem: OSError | None = None
    for target in targets:
        try:
            return socket.create_connection((target, port), seconds)
        except OSError as error:
            problem = error
    raise problem or OSError("no address")


class _Plain(http.client.HTTPConnection):
    """To the addresses that were looked at, whatever the name stands for by now."""

    def __init__(self, host: str, port: int, targets: list[str], seconds: float) -> None:
        super().__init__(host, port, timeout=seconds)
        self._targets = targets

    def connect(self) -> None:
        """Connect."""
        self.sock = connected(self._targets, int(self.port), self.timeout)


class _Secure(_Plain):
    """The same with a certificate for the name."""

    def connect(self) -> None:
        """Connect and check the certificate."""
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)


def _parts(address: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path of an address that may be called. Raises NotCalled."""
    wrong = NotCalled(_("“{address}” is no address that can be called.").with_(address=address[:200]))
    if (
        len(address) > LONGEST_ADDRESS
        or not address.isascii()
        or any(one <= " " or one in '\\"<>^`{|}' for one in address)
    ):
        raise wrong
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        raise wrong from None
    host = parts.hostname or ""
    if parts.scheme not in PORTS or not host or "@" in parts.netloc or "%" in host:
        raise wrong
    named = host.casefold() in _named()
    if not named and (parts.scheme != "https" or port not in (None, 443)):
        raise NotCalled(_("Only https:// on its usual port is called: {host}.").with_(host=host))
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme, host, port or PORTS[parts.scheme], path


def _named() -> set[str]:
    return {str(one).casefold() for one in settings.PRIVATE_HOSTS}


def _inside(host: str) -> Words:
    text = _("{host} lies inside this network. The owner of the home can allow it in zhike.toml: private_hosts.")
    return text.with_(host=host)
