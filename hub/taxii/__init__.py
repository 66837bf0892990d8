"""A door: TAXII 2.1 under /taxii2/, for programs that poll and post."""

from typing import Final

from flask import Flask

from hub.errors import register_machine_errors
from hub.taxii.addresses import OneSpelling
from hub.taxii.outside import answer_outside
from hub.taxii.routes import blueprint
from hub.taxii.straight import Straight

PREFIX: Final = "/taxii2/"


def register(app: Flask) -> None:
    """Add the door; its errors speak TAXII also where no route was reached."""
    app.wsgi_app = OneSpelling(app.wsgi_app, PREFIX)  # type: ignore[method-assign]
    app.register_blueprint(blueprint)
    app.extensions["straight"].append(Straight(app))
    register_machine_errors(app, PREFIX, answer_outside)
