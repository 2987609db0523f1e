"""create_app: wires everything together."""

from __future__ import annotations

from flask import Flask, send_from_directory
from flask.typing import ResponseReturnValue
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import catalogues, cli
from portal.blueprints import (
    access_matrix,
    account,
    api,
    attachments,
    auth,
    billing,
    cases,
    chats,
    codes,
    contracts,
    desk,
    finance_requests,
    health,
    home,
    leads,
    linked,
    organizations,
    people,
    plans,
    previews,
    projects,
    resources,
    staff,
    subscriptions,
    support,
)
from portal.config import Settings
from portal.web import (
    access,
    addresses,
    assets,
    chat_icon,
    db,
    entered,
    errors,
    files,
    formatting,
    htmx,
    idempotency,
    identity,
    incidents,
    kept,
    library,
    links,
    logs,
    navigation,
    paging,
    payment_asks,
    readiness,
    security,
    templating,
    tracing,
    uploads,
    visits,
    work,
)

MOST_BYTES = 10 * 1024 * 1024
_BLUEPRINTS = (
    access_matrix.bp,
    access_matrix.own_bp,
    account.bp,
    api.bp,
    attachments.bp,
    auth.bp,
    billing.bp,
    cases.bp,
    cases.shared_bp,
    chats.bp,
    chats.incidents_bp,
    chats.staff_bp,
    codes.bp,
    codes.staff_bp,
    contracts.bp,
    desk.bp,
    finance_requests.bp,
    health.bp,
    home.bp,
    leads.bp,
    leads.staff_bp,
    linked.bp,
    organizations.bp,
    people.bp,
    people.joining_bp,
    people.membership_bp,
    plans.bp,
    previews.bp,
    previews.staff_bp,
    projects.bp,
    resources.bp,
    staff.bp,
    subscriptions.bp,
    support.bp,
    support.policies_bp,
    support.requests_bp,
    support.staff_bp,
)

# What needs no settings, and templates use.
_PARTS = (
    chat_icon, entered, errors, formatting, idempotency, incidents, kept, links, navigation, paging, payment_asks,
    uploads, visits,
)  # fmt: skip


def create_app(settings: Settings) -> Flask:
    """The application with these settings. A catalogue with a mistake or a route without a guard stops the start."""
    app = Flask("portal", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_key_fallbacks),
        TRUSTED_HOSTS=list(settings.trusted_hosts),
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
    )
    app.extensions["settings"] = settings
    # Who types a slash behind an address, or leaves it out, means the same page.
    app.url_map.strict_slashes = False
    app.url_map.converters["int"] = addresses.IdConverter
    templating.init_app(app)
    # The order of these is the order in which a request meets them.
    security.init_app(app, settings)
    logs.init_app(app)
    db.init_app(app, settings.database_url, settings.database)
    readiness.init_app(app, settings)
    tracing.init_app(app, app.extensions["database"], settings.tracing_endpoint)
    files.init_app(app, settings)
    work.init_app(app, settings)
    library.init_app(app, settings)
    htmx.init_app(app)
    identity.init_app(app, settings.lifetimes)
    access.init_app(app)
    for part in _PARTS:
        part.init_app(app)
    for blueprint in (*_BLUEPRINTS, *([staff.mailbox_bp] if settings.has_mailbox else [])):
        app.register_blueprint(blueprint)
    _serve_static_files(app)
    access.check_every_route(app)
    catalogues.load_all()
    cli.register(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app


def _serve_static_files(app: Flask) -> None:
    @app.get("/static/<path:filename>", endpoint="static")
    @access.public
    def static(filename: str) -> ResponseReturnValue:
        # WhiteNoise answers for what was there at the start; this is for what `make setup` brought since.
        return send_from_directory(assets.FOLDER, filename)

    assets.init_app(app, security.static_headers(app))
