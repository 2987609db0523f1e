"""The WSGI entry: the application with the settings of the environment."""

import os

from portal.app import create_app
from portal.config import Settings, SettingsError

try:
    app = create_app(Settings.from_environment(os.environ))
except SettingsError as error:
    # One line with the setting's name, not a traceback.
    raise SystemExit(str(error)) from None
