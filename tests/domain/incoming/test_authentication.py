"""Only what our own relay found proves who sent a mail."""

from __future__ import annotations

import pytest

from portal.domain.incoming.authentication import Verdict, verdict

ANN, RELAY = "ann@acme.example", "mx.portal.example"
TOLD = {
    "mx.portal.example; spf=pass smtp.mailfrom=ann@acme.example": Verdict.PROVEN,
    "mx.portal.example; spf=pass smtp.mailfrom=acme.example": Verdict.PROVEN,
    'MX.Portal.example;\n\tdkim=pass header.d=acme.example header.s=s1 header.b="a;b"': Verdict.PROVEN,
    "mx.portal.example; spf=pass (mx: ann@acme.example (a) permits) smtp.mailfrom=ann@acme.example": Verdict.PROVEN,
    "mx.portal.example; spf=pass (smtp.mailfrom=acme.example) smtp.mailfrom=evil.example": Verdict.UNKNOWN,
    "mx.portal.example 1; dkim=pass (2048-bit key; unprotected) header.d=acme.example": Verdict.PROVEN,
    "mx.portal.example; dkim=fail header.d=acme.example; dkim=pass header.d=acme.example": Verdict.PROVEN,
    "mx.portal.example; dkim=fail header.d=x.example; dmarc=pass header.from=acme.example": Verdict.PROVEN,
    "mx.portal.example; spf=pass smtp.mailfrom=eve@evil.example": Verdict.UNKNOWN,
    "mx.portal.example; spf=pass smtp.helo=acme.example": Verdict.UNKNOWN,
    "mx.portal.example; dkim=pass header.d=evil.example": Verdict.UNKNOWN,
    "mx.portal.example; dkim=pass header.d=example": Verdict.UNKNOWN,
    "mx.portal.example; dkim=pass header.d=eve.acme.example": Verdict.UNKNOWN,
    "mx.portal.example; dkim=pass header.d=notacme.example": Verdict.UNKNOWN,
    "mx.portal.example; dkim=none; spf=neutral": Verdict.UNKNOWN,
    "mx.portal.example; none": Verdict.UNKNOWN,
    "mx.evil.example; spf=pass smtp.mailfrom=ann@acme.example": Verdict.UNKNOWN,
    "mx.portal.example.evil.example; spf=pass smtp.mailfrom=ann@acme.example": Verdict.UNKNOWN,
    "(mx.portal.example;) evil; spf=pass smtp.mailfrom=ann@acme.example": Verdict.UNKNOWN,
    "mx.portal.example; dmarc=fail header.from=acme.example; spf=pass smtp.mailfrom=ann@acme.example": Verdict.FORGED,
    "mx.portal.example; spf=fail smtp.mailfrom=ann@acme.example": Verdict.FORGED,
    "mx.portal.example; spf=fail smtp.mailfrom=x.example; dkim=pass header.d=evil.example": Verdict.FORGED,
    # Who sends chooses what stands before the @, and may quote it.
    'mx.portal.example; spf=pass smtp.mailfrom="ann@acme.example"@evil.example': Verdict.UNKNOWN,
    'mx.portal.example; spf=pass smtp.mailfrom="a; dkim=pass header.d=acme.example b"@evil.example': Verdict.UNKNOWN,
    'mx.portal.example; spf=pass smtp.mailfrom="a header.d=acme.example b"@evil.example': Verdict.UNKNOWN,
    'mx.portal.example; spf=pass (of "a) smtp.mailfrom=acme.example ("@evil.example) smtp.mailfrom=x@evil.example': (
        Verdict.UNKNOWN
    ),
    'mx.portal.example; dkim=pass header.d=evil.example reason="dkim=pass header.d=acme.example"': Verdict.UNKNOWN,
    'mx.portal.example; dkim=pass header.i="\\"@acme.example"@evil.example': Verdict.UNKNOWN,
    'mx.portal.example; spf=pass smtp.mailfrom="("@e.example; dmarc=fail header.from=acme.example; dkim=pass (b)': (
        Verdict.FORGED
    ),
    'mx.portal.example; spf=pass smtp.mailfrom="; dkim=pass header.d=acme.example': Verdict.UNKNOWN,
    "mx.portal.example; dkim=pass header.d=acme.example (without an end": Verdict.UNKNOWN,
    'mx.portal.example; spf=pass smtp.mailfrom="ann@acme.example"': Verdict.PROVEN,
    'mx.portal.example; spf=pass reason="a \\"good\\" one" smtp.mailfrom="ann lee"@acme.example': Verdict.PROVEN,
    "": Verdict.UNKNOWN,
    ";;;===": Verdict.UNKNOWN,
}


@pytest.mark.parametrize("header", TOLD)
def test_what_the_relay_says_counts_for_the_senders_own_domain(header: str):
    assert verdict([header], sender=ANN, relay=RELAY) is TOLD[header]


def test_nothing_is_proven_where_no_relay_is_named():
    assert verdict([next(iter(TOLD))], sender=ANN, relay=None) is Verdict.UNKNOWN


def test_of_each_method_the_topmost_header_counts():
    ours, forged = "mx.portal.example; spf=softfail", "mx.portal.example; spf=pass smtp.mailfrom=ann@acme.example"
    assert verdict([ours, forged], sender=ANN, relay=RELAY) is Verdict.UNKNOWN
    assert verdict([forged, ours], sender=ANN, relay=RELAY) is Verdict.PROVEN


def test_a_domain_speaks_for_no_longer_name():
    told = "mx.portal.example; dkim=pass header.d=acme.example"
    assert verdict([told], sender="ann@notacme.example", relay=RELAY) is Verdict.UNKNOWN


def test_a_domain_speaks_for_those_in_it():
    told = "mx.portal.example; dkim=pass header.d=acme.example"
    assert verdict([told], sender="ann@mail.acme.example", relay=RELAY) is Verdict.PROVEN
