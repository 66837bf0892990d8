"""A door: TAXII 2.1 under /taxii2/, for programs that poll and post."""

from flask import Flask

from hub.errors import register_machine_errors
from hub.taxii.answers import answer_error
from hub.taxii.routes import blueprint


def register(app: Flask) -> None:
    """Add the door; its errors speak TAXII also where no route was reached."""
    app.register_blueprint(blueprint)
    register_machine_errors(app, "/taxii2/", answer_error)
