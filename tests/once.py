"""What holds for every form that goes to a route which is done once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from werkzeug.exceptions import HTTPException

from portal.web import idempotency

if TYPE_CHECKING:
    from bs4 import BeautifulSoup
    from flask import Flask


def check_keys(app: Flask, soup: BeautifulSoup) -> None:
    """Each of them carries a key, and no two the same."""
    keys = []
    for form in soup.find_all("form", method=re.compile("post", re.IGNORECASE)):
        field = form.find("input", attrs={"name": idempotency.FIELD, "value": True})
        assert field or not _is_done_once(app, str(form.get("action", ""))), f"a form without a key: {form}"
        keys += [field["value"]] if field else []
    assert len(keys) == len(set(keys)), f"two forms with one key: {keys}"


def _is_done_once(app: Flask, action: str) -> bool:
    try:
        endpoint, _ = app.url_map.bind("localhost").match(action.partition("?")[0], method="POST")
    except HTTPException:
        return False
    return idempotency.repeats_of(app, endpoint) == idempotency.ONCE
