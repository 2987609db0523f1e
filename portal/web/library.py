"""The developer resources of this process, and who answers questions from them."""

from __future__ import annotations

from flask import Flask, current_app

from portal.config import Settings
from portal.gateways.answers import Answerer
from portal.gateways.answers.extracts import Extracts
from portal.services import markdown
from portal.services.resources import Library


def init_app(app: Flask, settings: Settings) -> None:
    """Know the folder that the settings name; an operator's model takes the place of `Extracts` here."""
    app.extensions["library"] = Library(settings.resources_dir)
    app.extensions["answerer"] = Extracts()
    app.jinja_env.filters["markdown"] = markdown.html


def current() -> Library:
    """The pages, and the search in them."""
    known: Library = current_app.extensions["library"]
    return known


def answerer() -> Answerer:
    """Who answers."""
    chosen: Answerer = current_app.extensions["answerer"]
    return chosen
