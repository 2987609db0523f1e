"""How a job opens the database: each step in a new session that writes."""

from collections.abc import Callable

from sqlalchemy.orm import Session

OpenSession = Callable[[], Session]
