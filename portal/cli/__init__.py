"""The commands of `flask --app wsgi`."""

from __future__ import annotations

from flask import Flask

from portal.cli.backups import backup_command, restore_command
from portal.cli.catalogue import catalogue_commands
from portal.cli.database import database_commands
from portal.cli.demo import demo_commands
from portal.cli.mail import mail_commands
from portal.cli.months import month_commands
from portal.cli.organizations import organization_commands
from portal.cli.simulate import simulate_command
from portal.cli.tokens import token_commands
from portal.cli.usage import usage_commands
from portal.cli.worker import worker_command


def register(app: Flask) -> None:
    """Add the commands to `app`."""
    groups = (
        catalogue_commands, database_commands, demo_commands, mail_commands, month_commands, organization_commands,
        token_commands, usage_commands,
    )  # fmt: skip
    for command in (*groups, backup_command, restore_command, simulate_command, worker_command):
        app.cli.add_command(command)
