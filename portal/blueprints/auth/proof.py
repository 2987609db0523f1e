"""Proves who signs in, within limits that hold on all machines together."""

from __future__ import annotations

from portal.domain.throttles import SIGN_IN_ELSEWHERE, SIGN_IN_HERE, SIGN_IN_NETWORK, Hit
from portal.services import people, sessions
from portal.services.people import Proof
from portal.web import db, identity, throttles


def prove(email: str, password: str) -> Proof:
    """Refuse a wrong password in the same words and time whether somebody has the address or not; `TooSoon` first.

    Whoever guesses from elsewhere must not lock the person out: where the person has signed in before, only what is
    tried there counts.
    """
    network = identity.network()
    # Hashing takes its time, in which no write lock is held.
    with db.looking() as session:
        credentials = people.credentials_of(session, email)
        is_known = sessions.is_known_at(session, credentials.user_id, network)
    account = credentials.email.lower()
    here = Hit(SIGN_IN_HERE, f"{account} {network}")
    others = [Hit(SIGN_IN_NETWORK, network)]
    if not is_known:
        others.append(Hit(SIGN_IN_ELSEWHERE, account))
    throttles.count(here, *others)
    proof = people.check_password(credentials, password)
    throttles.forgive(*others, all_of=here)
    return proof
