"""`flask organization`: make organizations, their projects and members."""

from __future__ import annotations

from typing import Any

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select

from portal import catalogues, clock
from portal.cli import sessions
from portal.domain.addresses import Address, AddressRefused, checked
from portal.domain.errors import Refusal
from portal.gateways.payments import sandbox
from portal.models.organizations import Organization
from portal.services import billing_profiles, organizations, parties, payment_methods, people

organization_commands = AppGroup("organization", help="Organizations, their projects and members.")


@organization_commands.command("create")
@click.argument("slug")
@click.option("--name", required=True, help="The customer's name in law; it stands on invoices.")
@click.option("--catalogue", required=True, help="Which catalogue its plans and roles come from.")
@click.option("--project", "projects", multiple=True, help="A project; may be given several times.")
@click.option("--country", help="ISO 3166 code. With it, city, street and postal code make the invoice address.")
@click.option("--region", help="State, province or region.")
@click.option("--city")
@click.option("--street")
@click.option("--postal-code")
@click.option("--tax-id")
@click.option("--payment-method", type=click.Choice(sorted(sandbox.TEST_METHODS)), help="A sandbox payment method.")
@with_appcontext
def create(slug: str, name: str, catalogue: str, projects: tuple[str, ...], **billing: str | None) -> None:
    """Make the organization SLUG, which stands in its address."""
    at = clock.now()
    with sessions.refusals_as_errors(), sessions.open_session() as session:
        catalogues.load(catalogue)
        organization = organizations.create_organization(session, slug, name=name, catalogue=catalogue, at=at)
        for project in projects:
            organizations.create_project(session, organization, project, at=at)
        group = billing_profiles.own_group(session, organization)
        if billing["country"]:
            address = _address(billing)
            billing_profiles.change(session, group, at=at, company=name, tax_id=billing["tax_id"], **address)
        if token := billing["payment_method"]:
            method = sandbox.TEST_METHODS[token]
            payment_methods.put_on_file(
                session, group, kind=method.kind, label=method.label, gateway=sandbox.NAME, token=token, at=at
            )
        session.commit()
    click.echo(f"{slug}: made.")


@organization_commands.command("add-member")
@click.argument("slug")
@click.argument("email")
@click.option("--role", "roles", multiple=True, required=True, help="A role of the catalogue; may be given again.")
@click.password_option(help="For a person who has no account yet.")
@with_appcontext
def add_member(slug: str, email: str, roles: tuple[str, ...], password: str) -> None:
    """Make EMAIL a member of the organization SLUG, with an account if the person has none."""
    at = clock.now()
    with sessions.refusals_as_errors(), sessions.open_session() as session:
        organization = session.scalar(select(Organization).where(Organization.slug == slug))
        if organization is None:
            raise Refusal(f"There is no organization “{slug}”.")
        user = people.find_user_by_email(session, email) or people.create_user(
            session, email, name=email, password_hash=people.hash_password(password), at=at
        )
        known = catalogues.load(organization.catalogue).roles
        organizations.add_member(session, organization, user, roles=known, at=at, organization_roles=roles)
        session.commit()
    click.echo(f"{email}: member of {slug}.")


def _address(given: dict[str, str | None]) -> dict[str, Any]:
    """The invoice address in the form that is kept; refused with what is wrong, option by option."""
    address = Address(
        country=given["country"] or "",
        region=given["region"] or "",
        city=given["city"] or "",
        line1=given["street"] or "",
        postal_code=given["postal_code"] or "",
    )
    try:
        kept = checked(
            address,
            countries=parties.country_codes(),
            subdivisions=catalogues.load_tax_rules().subdivisions,
        )
    except AddressRefused as refused:
        options = {"line1": "street", "postal_code": "postal-code"}
        faults = [f"--{options.get(field, field)}: {message}" for field, message in refused.faults.items()]
        raise Refusal("\n".join(faults)) from None
    return {column: getattr(kept, column) for column in ("country", "region", "city", "line1", "postal_code")}
