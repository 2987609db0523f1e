"""Staff grant credits."""

from __future__ import annotations

from flask import url_for
from flask.typing import ResponseReturnValue

from portal import clock
from portal.blueprints.contracts import desk
from portal.blueprints.contracts.desk import Desk
from portal.blueprints.contracts.forms import GrantForm
from portal.blueprints.contracts.routes import bp, found_organization
from portal.domain.permissions import StaffRole
from portal.services import billing_profiles, credit_changes, credit_rows
from portal.web import db
from portal.web.access import staff_only
from portal.web.idempotency import once
from portal.web.identity import current_user


@bp.get("/credits/grant")
@staff_only(StaffRole.SALES, StaffRole.BILLING)
def review_grant(organization_id: str) -> ResponseReturnValue:
    """The form of a grant, and what it would do."""
    return desk.review(_grant(organization_id))


@bp.post("/credits/grant")
@staff_only(StaffRole.SALES, StaffRole.BILLING)
@once
def grant(organization_id: str) -> ResponseReturnValue:
    """Grant credits."""
    return desk.make(_grant(organization_id))


def _grant(organization_id: str) -> Desk:
    organization, form = found_organization(organization_id), GrantForm(entered={})
    group = billing_profiles.own_group(db.session(), organization)
    return Desk(
        organization=organization,
        form=form,
        title="Grant credits",
        of=organization.name,
        note="They pay for usage from their first day on, in months that are not closed. No tax invoice asks for them.",
        back=url_for(".index", organization_id=organization_id),
        preview=lambda: credit_changes.preview_grant(db.session(), organization, group, form.grant(), at=clock.now()),
        make=lambda: credit_rows.grant(
            db.session(),
            organization,
            group,
            form.grant(),
            at=clock.now(),
            by=current_user(),
            reason=form.why,
        ),
        button="Grant credits",
    )
