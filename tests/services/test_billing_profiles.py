"""Billing profiles: a change is a row, and no change is none."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from portal.models.billing_groups import BillingProfile
from portal.models.history import Activity
from portal.services import billing_profiles
from tests.customers import a_customer, midnight

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

LATER = midnight(date(2024, 2, 1))


def test_a_change_that_changes_nothing_is_not_recorded(session: Session) -> None:
    """PROFILE-3."""
    customer = a_customer(session, country="DE", region="Berlin", method=None)
    before = billing_profiles.current(session, customer.group.id)
    again = billing_profiles.change(session, customer.group, at=LATER, region="Berlin", tax_id=None)
    assert again is before
    assert session.scalar(select(func.count(BillingProfile.id))) == 1
    assert session.scalar(select(func.count(Activity.id))) == 1


def test_what_an_older_row_said_is_still_there_after_a_change(session: Session) -> None:
    """PROFILE-2: the rows that closed invoices printed stay as they are."""
    customer = a_customer(session, country="DE", region="Berlin", method=None)
    billing_profiles.change(session, customer.group, at=LATER, city="Potsdam")
    billing_profiles.change(session, customer.group, at=LATER, city="Town")
    cities = session.scalars(select(BillingProfile.city).order_by(BillingProfile.id)).all()
    assert cities == ["Town", "Potsdam", "Town"]


def test_the_organizations_profile_is_that_of_its_own_billing_group(session: Session) -> None:
    acme, other = a_customer(session, country="DE", region="Berlin"), a_customer(session, "other", country=None)
    assert billing_profiles.own_group(session, acme.organization).id == acme.group.id
    profile = billing_profiles.own_profile(session, acme.organization)
    assert profile is not None
    assert profile.country == "DE"
    assert billing_profiles.own_profile(session, other.organization) is None
