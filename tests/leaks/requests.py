"""The request table: for each route of the application what is asked there, or why nothing is.

A route that stands neither here nor among the exempt fails the check, and so does a line without a route.
Reading stands before writing, and what ends or hides things of the readers themselves comes last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from flask import Flask

from tests.leaks.asking import Ask, Ids, Line
from tests.leaks.reading_requests import OPEN, READ_PAGES, READ_REST, READ_TAXII
from tests.leaks.writing_requests import ASKING, ENDING, WRITE

TABLE: Mapping[str, Sequence[Line]] = {**OPEN, **READ_TAXII, **READ_REST, **READ_PAGES, **ASKING, **WRITE, **ENDING}

EXEMPT: Mapping[str, str] = {
    "GET /static/<path:filename>": "files of the program; no database stands behind them",
    "POST /account/second-factor": "changes the caller's own second factor; needs the caller's own codes",
    "POST /account/sessions/end-all": "ends the caller's own sessions, so the caller could ask nothing more",
    "POST /sign-out": "ends the caller's own session",
    "POST /api/v1/<anything:rest>": "hands on to the routes of the REST door, which are listed one by one",
    "PUT /api/v1/<anything:rest>": "no route of the REST door takes it",
    "PATCH /api/v1/<anything:rest>": "hands on to the routes of the REST door, which are listed one by one",
    "DELETE /api/v1/<anything:rest>": "hands on to the routes of the REST door, which are listed one by one",
}

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def routes_of(app: Flask) -> list[str]:
    """Every route of the application, `METHOD /rule`; those of the REST door too, which is an application inside."""
    door = app.view_functions.get("api")
    maps = [app.url_map] + ([door.application().url_map] if door is not None else [])  # type: ignore[attr-defined]
    found = [(rule.rule, rule.methods or set()) for url_map in maps for rule in url_map.iter_rules()]
    return [f"{method} {rule}" for rule, methods in found for method in METHODS if method in methods]


def requests_of(routes: Collection[str], known: Ids, *hidden: Ids) -> list[Ask]:
    """The requests of the table in its order, for the base world's ids and those of hidden things.

    What names a hidden thing comes after all that names the base world: in the world where nothing is hidden, that of
    every thing is asked, and what it leaves (a download is noted too) must not reach what both worlds are asked alike.
    """
    reading = {**OPEN, **READ_TAXII, **READ_REST, **READ_PAGES}
    steps = [(table, ids) for table in (reading, ASKING, WRITE, ENDING) for ids in ((known,), hidden)]
    return [
        ask
        for table, ids in steps
        for route, lines in table.items()
        if route in routes
        for line in lines
        for each_ids in ids
        for ask in line.asks(route, each_ids)
    ]
