"""The commands of `flask --app wsgi`."""

from __future__ import annotations

from flask import Flask

from portal.cli.database import database_commands
from portal.cli.months import month_commands
from portal.cli.organizations import organization_commands
from portal.cli.usage import usage_commands


def register(app: Flask) -> None:
    """Add the commands to `app`."""
    for command in (database_commands, month_commands, organization_commands, usage_commands):
        app.cli.add_command(command)
