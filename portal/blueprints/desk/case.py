"""One case: its page, what comes in meanwhile, who else looks at it, and the customer whose it is."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from portal import catalogues, clock
from portal.blueprints.desk import rows, sight
from portal.blueprints.desk.routes import bp, found_case
from portal.domain.permissions import StaffRole
from portal.services import customer_cards, onlookers
from portal.web import db, htmx
from portal.web.access import staff_only
from portal.web.identity import current_session
from portal.web.paging import place_after


@bp.get("/cases/<int:case_number>")
@staff_only(StaffRole.SUPPORT)
def case(case_number: int) -> ResponseReturnValue:
    """The conversation with everything, what stands beside it, and where one writes."""
    return htmx.page(sight.PAGE, **sight.whole(found_case(case_number)))


@bp.get("/cases/<int:case_number>/later")
@staff_only(StaffRole.SUPPORT)
def later(case_number: int) -> ResponseReturnValue:
    """What came into the conversation behind the entry `?after=`; asked again and again."""
    return htmx.page("desk/later.html", sight.LATER, **sight.later(found_case(case_number), place_after() or 0))


@bp.get("/cases/<int:case_number>/onlookers")
@staff_only(StaffRole.SUPPORT)
def who_looks(case_number: int) -> ResponseReturnValue:
    """Who else has the case open; whoever asks is noted as one of them."""
    found, own, at = found_case(case_number), current_session().user_id, clock.now()
    others = onlookers.others(db.session(), found, own, at=at)
    with db.in_passing() as apart:
        onlookers.note(apart, found.id, own, at=at)
    return htmx.page("desk/onlookers.html", "desk/_onlookers.html", case=found, others=others)


@bp.get("/cases/<int:case_number>/customer")
@staff_only(StaffRole.SUPPORT)
def customer(case_number: int) -> ResponseReturnValue:
    """The customer's plan, open invoices and cases, who cares for them, and who is kept from support."""
    found = found_case(case_number)
    card = customer_cards.of_organization(db.session(), found.organization, on=clock.today())
    catalogue = catalogues.load(found.organization.catalogue)
    return htmx.page(
        "desk/customer.html", "desk/_customer.html", case=found, card=card, catalogue=catalogue, STATES=rows.STATES
    )
