"""Order forms: the terms of a contract as a document, issued for each contract year and when terms change (4.1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from invoices import document
from portal import catalogues
from portal.domain import order_terms
from portal.domain.contracts import COMMITTING, Terms
from portal.domain.money import USD, Money
from portal.domain.periods import Days
from portal.models.contract_papers import OrderForm
from portal.models.documents import Document, DocumentKind
from portal.models.organizations import Organization, User
from portal.models.subscriptions import AgreedTerms, Subscription
from portal.services import (
    billing_mail,
    billing_profiles,
    contracts,
    freezing,
    letters,
    months,
    numbers,
    outbox,
    parties,
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
    content = _content(session, organization, contract, year, on=at.date())
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
    newest = (
        select(OrderForm.number)
        .where(OrderForm.subscription_id == AgreedTerms.subscription_id)
        .order_by(OrderForm.id.desc())
        .limit(1)
        .correlate(AgreedTerms)
        .scalar_subquery()
    )
    rows = session.execute(
        select(AgreedTerms.subscription_id, AgreedTerms.purchase_order, newest).where(
            AgreedTerms.subscription_id.in_(subscription_ids), contracts.is_newest()
        )
    )
    return {subscription_id: References(purchase_order, number) for subscription_id, purchase_order, number in rows}


def terms_of(contract: Contract) -> Terms:
    """The terms as they were sold, by which parts and words are told."""
    agreed = contract.terms
    return Terms(
        type=contract.subscription.type,
        starts_on=agreed.starts_on,
        months=agreed.months,
        currency=agreed.currency,
        unit_price=agreed.unit_price,
        elastic_unit_price=agreed.elastic_unit_price,
        commitment=None if agreed.commitment_cents is None else Money(agreed.commitment_cents, USD),
        elastic=agreed.elastic,
        marketplace=agreed.marketplace,
        yearly_in_advance=agreed.yearly_in_advance,
        pay_now_allowed=agreed.pay_now_allowed,
    )


def _content(
    session: Session, organization: Organization, contract: Contract, year: Days, *, on: date
) -> document.OrderForm:
    agreed, terms, catalogue = contract.terms, terms_of(contract), catalogues.load(organization.catalogue)
    sold = catalogue.subscription_types[terms.type]
    profile = billing_profiles.current(session, contract.subscription.billing_group_id)
    by_us = terms.type not in order_terms.BILLED_BY_PROVIDER
    return document.OrderForm(
        number="",
        issued_on=on,
        replaces=None,
        seller=parties.seller(),
        buyer=parties.buyer(organization, profile) or parties.unaddressed(organization),
        organization_name=organization.name,
        organization_id=organization.hex_id,
        type_label=sold.name,
        description=sold.description,
        starts_on=agreed.starts_on,
        ends_before=agreed.ends_before,
        months=agreed.months,
        year=_period(year),
        commitment_cents=agreed.commitment_cents,
        schedule=_schedule(terms, contract.term, priced=by_us),
        schedule_note=order_terms.note(terms),
        currency=agreed.currency,
        unit_price=format(agreed.unit_price, "f") if by_us and terms.type in COMMITTING else None,
        beyond=order_terms.beyond(terms),
        elastic_unit_price=format(agreed.elastic_unit_price, "f") if by_us and agreed.elastic else None,
        support_plan=catalogue.support_plans[agreed.support_plan].name if agreed.support_plan else None,
        billing=order_terms.billing(terms),
        payment_terms=order_terms.payment(terms, terms_days=catalogue.payment_terms_days),
        billing_contact=profile.billing_contact if profile else agreed.billing_contact,
        purchase_order=agreed.purchase_order,
        sales_contact=_sales_contact(session, agreed),
    )


def _schedule(terms: Terms, term: Days, *, priced: bool) -> tuple[document.Share, ...]:
    return tuple(
        document.Share(
            period=_period(share.days),
            count=share.count,
            each_cents=share.each.minor,
            net_minor=share.each.at_price(terms.unit_price, terms.currency).minor if priced else share.each.minor,
        )
        for share in order_terms.schedule(terms, term)
    )


def _period(days: Days) -> document.Period:
    if days.ends_before is None:
        raise ValueError("a period on paper has an end")
    return document.Period(starts_on=days.starts_on, ends_before=days.ends_before)


def _sales_contact(session: Session, agreed: AgreedTerms) -> str | None:
    person = session.get(User, agreed.sales_representative_id) if agreed.sales_representative_id else None
    return f"{person.name}, {person.email}" if person else None


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
