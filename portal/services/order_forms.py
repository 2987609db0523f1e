"""Order forms: the terms of a contract as a document, issued for each contract year and when terms change (4.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import cache

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from invoices import document
from portal import catalogues
from portal.domain import order_terms
from portal.models.among import among
from portal.models.contract_papers import OrderForm
from portal.models.documents import Document, DocumentKind
from portal.models.organizations import Organization
from portal.models.subscriptions import AgreedTerms, Subscription
from portal.services import (
    billing_mail,
    billing_profiles,
    contracts,
    freezing,
    letters,
    months,
    numbers,
    order_form_content,
    outbox,
    tax_invoice_mail,
)
from portal.services.contracts import Contract
from portal.services.freezing import References


def issue(session: Session, contract: Contract, *, at: datetime) -> OrderForm | None:
    """Issue the order form of a contract as it stands on the day of `at`, and have it mailed to the billing contact.

    None is issued where the last one is of the same contract year and says the same (ORDER-2). The caller holds the
    organization's lock.
    """
    organization = session.get_one(Organization, contract.subscription.organization_id)
    year = order_terms.year_of(contract.term, at.date())
    content = order_form_content.of_contract(session, organization, contract, year, on=at.date())
    held = session.scalars(_newest_first(contract.subscription.id).limit(1)).one_or_none()
    if held and _says_the_same(session, held, content):
        return None
    entity = catalogues.load_seller().entity
    (number,) = numbers.take(
        session, DocumentKind.ORDER_FORM, legal_entity=entity.key, prefix=entity.order_form_prefix, year=at.year
    )
    content = replace(content, number=number, replaces=held.number if held else None)
    form = OrderForm(
        organization_id=organization.id,
        subscription_id=contract.subscription.id,
        version=contract.terms.version,
        number=number,
        year_starts_on=year.starts_on,
        year_ends_before=content.year.ends_before,
        issued_on=at.date(),
    )
    session.add(form)
    row = freezing.frozen(DocumentKind.ORDER_FORM, content, organization, None, at)
    freezing.keep(session, [row])
    _post(session, organization, contract, content, row, at=at)
    return form


def lacking(session: Session, *, on: date) -> Sequence[int]:
    """The ids of organizations with a contract that runs on the day and has no order form for its contract year."""
    return session.scalars(_lacking(on).with_only_columns(Subscription.organization_id).order_by(None).distinct()).all()


def issue_lacking(session: Session, organization_id: int, *, at: datetime) -> int:
    """Issue the order forms of the contract years that have begun by `at`; returns how many. A second call issues none.

    Everything is read after the lock, so that two who do it at the same time issue one.
    """
    months.lock(session, organization_id)
    found = session.scalars(_lacking(at.date()).where(Subscription.organization_id == organization_id)).all()
    return sum(issue(session, contracts.of_subscription(session, one), at=at) is not None for one in found)


def of_subscription(session: Session, subscription_id: int) -> Sequence[OrderForm]:
    """All order forms of a contract, the one that holds first."""
    return session.scalars(_newest_first(subscription_id)).all()


def references_of(session: Session, subscription_ids: Collection[int]) -> Mapping[int, References]:
    """What the tax invoices of each of these contracts name, in one query."""
    if not subscription_ids:
        return {}
    rows = session.execute(_references(), {"subscriptions": list(subscription_ids)})
    return {subscription_id: References(purchase_order, number) for subscription_id, purchase_order, number in rows}


def _says_the_same(session: Session, held: OrderForm, content: document.OrderForm) -> bool:
    """Whether the form that holds differs in its number and its day alone."""
    before = document.from_json(session.scalars(select(Document.content).where(Document.number == held.number)).one())
    if not isinstance(before, document.OrderForm):
        raise TypeError(f"{held.number} is no order form")
    return replace(content, number=before.number, issued_on=before.issued_on, replaces=before.replaces) == before


def _post(
    session: Session,
    organization: Organization,
    contract: Contract,
    content: document.OrderForm,
    row: Document,
    *,
    at: datetime,
) -> None:
    profile = billing_profiles.current(session, contract.subscription.billing_group_id)
    letter = letters.write(
        "order_form",
        number=content.number,
        organization=organization.name,
        kind=content.type_label,
        issued_on=content.issued_on,
        starts_on=content.starts_on,
        last_on=contract.term.last_on,
        replaces=content.replaces,
    )
    posting = outbox.Posting(
        letter=letter,
        to=tax_invoice_mail.readers(profile, billing_mail.owners_and_admins(session, organization)),
        key=f"order-form {content.number}",
        organization_id=organization.id,
        document_ids=[row.id],
    )
    outbox.post_all(session, [posting], at=at)


def _newest_first(subscription_id: int) -> Select[OrderForm]:
    return select(OrderForm).where(OrderForm.subscription_id == subscription_id).order_by(OrderForm.id.desc())


def _lacking(on: date) -> Select[Subscription]:
    of_year = select(OrderForm.id).where(
        OrderForm.subscription_id == Subscription.id, OrderForm.year_starts_on <= on, OrderForm.year_ends_before > on
    )
    return (
        select(Subscription)
        .join(AgreedTerms, AgreedTerms.subscription_id == Subscription.id)
        .where(
            contracts.is_newest(),
            AgreedTerms.starts_on <= on,
            or_(AgreedTerms.ends_before.is_(None), AgreedTerms.ends_before > on),
            ~of_year.exists(),
        )
        .order_by(Subscription.id)
    )


# Made once: every close asks it.
@cache
def _references() -> Select[int, str | None, str | None]:
    newest = (
        select(OrderForm.number)
        .where(OrderForm.subscription_id == AgreedTerms.subscription_id)
        .order_by(OrderForm.id.desc())
        .limit(1)
        .correlate(AgreedTerms)
        .scalar_subquery()
    )
    return select(AgreedTerms.subscription_id, AgreedTerms.purchase_order, newest).where(
        among(AgreedTerms.subscription_id, "subscriptions"), contracts.is_newest()
    )
