"""Lists of networks, and whether an address lies in one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network


def networks_in(text: str) -> tuple[Network, ...]:
    """The networks of a list such as ``10.0.0.0/8, 203.0.113.7``, by commas, blanks or lines. Raises ValueError with the
    part that is none."""
    found: list[Network] = []
    for part in text.replace(",", " ").replace("，", " ").replace(";", " ").split():
        try:
            found.append(ip_network(part, strict=False))
        except ValueError:
            raise ValueError(part) from None
    return tuple(found)


def inside(address: str, networks: Iterable[Network]) -> bool:
    """Whether an address lies in one of these networks. An IPv4 address written as IPv6 counts as what it is."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found.version == one.version and found in one for one in networks)


def address_in(meta: Mapping[str, object], behind_proxy: bool) -> str:
    """The address a request came from, out of what the server says of it. Behind a proxy it is the last one in
    X-Forwarded-For, which that proxy wrote itself; whatever stands before it anybody may have written."""
    forwarded = str(meta.get("HTTP_X_FORWARDED_FOR", "")) if behind_proxy else ""
    return forwarded.rpartition(",")[2].strip() or str(meta.get("REMOTE_ADDR", ""))
