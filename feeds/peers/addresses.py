"""Rule: to which addresses the hub may connect for a peer. Looked at when the connection stands, before a byte is sent.

A name that is looked at first and resolved again for the connection could lead elsewhere the second time; the address
of the other end of an open socket cannot.
"""

import ipaddress
from collections.abc import Sequence

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Read the administrator's list."""
    return tuple(ipaddress.ip_network(text) for text in texts)


def is_allowed(address: str, networks: Sequence[Network]) -> bool:
    """Public addresses are allowed; private, local and reserved ones only where the administrator lists them."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if any(found in network for network in networks):
        return True
    return found.is_global and not found.is_multicast
