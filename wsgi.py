"""The WSGI entry: the application with the settings of the environment."""

import gc
import os
from dataclasses import replace

from portal.app import create_app
from portal.config import Settings, SettingsError
from portal.web import metrics_port

try:
    settings = Settings.from_environment(os.environ)
except SettingsError as error:
    # One line with the setting's name, not a traceback.
    raise SystemExit(str(error)) from None

# Flask sets it for its commands: those take as long as they take, and show no figures.
if is_command := "FLASK_RUN_FROM_CLI" in os.environ:
    settings = replace(settings, database=replace(settings.database, statement_seconds=0))
app = create_app(settings)
if not is_command:
    # What the application is made of stays until the end: looking through it again and again finds nothing to throw
    # away, and took a seventh of the time of a page.
    gc.collect()
    gc.freeze()
    metrics_port.start(app.extensions["database"], settings.metrics)
