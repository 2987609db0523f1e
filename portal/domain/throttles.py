"""How often something may be tried, and what counts as one place in the network."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

UNKNOWN_NETWORK = "unknown"
# What proxies put behind an address, and around one of IPv6 in front of it.
_WITH_PORT = re.compile(r"\[(?P<six>[^\]]+)\](:\d+)?|(?P<four>[\d.]+):\d+")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many attempts in a window of time, which begins with the first of them."""

    name: str
    attempts: int
    window: timedelta


# One account, from one network: the person who mistypes, or who is guessed at from one place.
SIGN_IN_HERE = Limit("sign-in here", 10, timedelta(minutes=15))
# One account, from all networks it never signed in from: many machines guess one password.
SIGN_IN_ELSEWHERE = Limit("sign-in elsewhere", 50, timedelta(hours=1))
# One network, whatever the account: one machine tries what leaked elsewhere.
SIGN_IN_NETWORK = Limit("sign-in network", 100, timedelta(minutes=15))
RESET_ACCOUNT = Limit("reset account", 5, timedelta(hours=1))
RESET_NETWORK = Limit("reset network", 30, timedelta(hours=1))
# A session that was left open must not be the place to guess its password.
PASSWORD_CHECK = Limit("password check", 10, timedelta(minutes=15))
# Each plays a contract of up to five years, which takes a second or two.
PREVIEW = Limit("preview", 60, timedelta(minutes=5))
# Each is read by somebody.
TALK_TO_SALES = Limit("talk to sales", 10, timedelta(hours=1))
# Activation codes that are none: those of one person, and those of all people of one organization (CODE-8).
CODE_PERSON = Limit("code person", 10, timedelta(hours=1))
CODE_ORGANIZATION = Limit("code organization", 30, timedelta(hours=1))
# A person who types fast stays far below it; each question of an ai_chat is a search.
CHAT = Limit("chat", 60, timedelta(minutes=5))

# Mail that comes in: of one sender, notices to one, and notices to anybody, because senders can be made up.
INCOMING_SENDER = Limit("incoming sender", 60, timedelta(hours=1))
INCOMING_NOTICE = Limit("incoming notice", 1, timedelta(days=1))
INCOMING_NOTICES = Limit("incoming notices", 200, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Hit:
    """One attempt, and on whose account it is counted."""

    limit: Limit
    subject: str


def network_of(address: str | None) -> str:
    """What an address is counted by: itself, or for IPv6 its /64, of which one customer has 2⁶⁴ addresses."""
    match = _WITH_PORT.fullmatch(address or "")
    try:
        parsed = ip_address((match["six"] or match["four"]) if match else (address or ""))
    except ValueError:
        return UNKNOWN_NETWORK
    return _counted_as(parsed)


def _counted_as(address: IPv4Address | IPv6Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Network((int(address) >> 64 << 64, 64)))
