"""`flask token`: tokens by which programs are known."""

from __future__ import annotations

from datetime import datetime

import click
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal import clock, database
from portal.cli import sessions
from portal.domain.errors import Refusal
from portal.domain.token_scopes import TokenScope
from portal.models.api_tokens import ApiToken
from portal.models.organizations import Organization
from portal.services import api_tokens
from portal.web import db

token_commands = AppGroup("token", help="Tokens of programs that send usage.")


@token_commands.command("create")
@click.argument("name")
@click.option("--organization", "slug", help="Good for this organization alone, by the name in its address.")
@with_appcontext
def create(name: str, slug: str | None) -> None:
    """Make a token that lets a program import usage, and print it: it is shown this once.

    NAME says in the list whose token it is.
    """
    with sessions.refusals_as_errors(), sessions.open_session() as session:
        organization = _organization(session, slug) if slug else None
        made = api_tokens.make(session, name, scope=TokenScope.IMPORT_USAGE, at=clock.now(), organization=organization)
        session.commit()
    click.echo(made.text)
    click.echo("Keep it now: it is not shown again.", err=True)


@token_commands.command("list")
@with_appcontext
def show() -> None:
    """Every token, the newest first; of the token itself its beginning."""
    with database.reading(db.engine())() as session:
        for token in api_tokens.every_token(session):
            click.echo(_line(token))


@token_commands.command("revoke")
@click.argument("prefix")
@with_appcontext
def revoke(prefix: str) -> None:
    """End the token that begins with PREFIX, as the list shows it."""
    with sessions.refusals_as_errors(), sessions.open_session() as session:
        token = api_tokens.revoke(session, prefix, at=clock.now())
        session.commit()
        click.echo(_line(token))


def _organization(session: Session, slug: str) -> Organization:
    organization = session.scalar(select(Organization).where(Organization.slug == slug))
    if organization is None:
        raise Refusal(f"There is no organization “{slug}”.")
    return organization


def _line(token: ApiToken) -> str:
    good_for = token.organization.slug if token.organization else "all organizations"
    state = f"revoked {_day(token.revoked_at)}" if token.revoked_at else f"last used {_day(token.last_used_at)}"
    return f"{token.prefix}  {token.scope}  {good_for}  made {_day(token.created_at)}  {state}  {token.name}"


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else "never"
