"""A person's own account: who they are here, their password, where they are signed in."""

from portal.blueprints.account.routes import bp

__all__ = ["bp"]
