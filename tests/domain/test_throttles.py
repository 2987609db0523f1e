"""What counts as one place in the network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.domain.throttles import UNKNOWN_NETWORK, network_of


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9:51422", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2:3:4:5:6]:443", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::]", "2001:db8:1:2::/64"),
        ("203.0.113", UNKNOWN_NETWORK),
        ("localhost", UNKNOWN_NETWORK),
        ("", UNKNOWN_NETWORK),
        (None, UNKNOWN_NETWORK),
    ],
)
def test_an_address_is_counted_by_itself_or_its_network(address, network):
    assert network_of(address) == network


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_all_addresses_of_a_customer_with_ipv6_are_one(prefix, one, other):
    first, second = (str(IPv6Address(prefix << 64 | host)) for host in (one, other))
    if not (IPv6Address(first).ipv4_mapped or IPv6Address(second).ipv4_mapped):
        assert network_of(first) == network_of(second)


@given(st.integers(0, 2**32 - 1))
def test_each_address_of_ipv4_is_its_own(number):
    assert network_of(str(IPv4Address(number))) == str(IPv4Address(number))
