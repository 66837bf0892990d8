"""A door for anybody: the JSON schemas of the extensions that our objects carry, each version for ever."""

from importlib.resources import files
from typing import Final

from flask import Blueprint, Response, abort

blueprint = Blueprint("schemas", __name__, url_prefix="/schemas")

FOLDERS: Final = {"liaison-form": "liaison_form"}
"""Name in the address → folder of its versions."""
FOR_EVER: Final = "public, max-age=31536000, immutable"
"""A published version is never changed."""
SCHEMA_TYPE: Final = "application/schema+json"


def _versions(name: str) -> dict[str, bytes]:
    if name not in FOLDERS:
        abort(404)
    folder = files("feeds.stix") / "schemas" / FOLDERS[name]
    found = {each.name.removesuffix(".json"): each for each in folder.iterdir() if each.name.endswith(".json")}
    return {version: found[version].read_bytes() for version in sorted(found)}


@blueprint.get("/<name>/")
def index(name: str) -> Response:
    """The versions of one schema, an address a line."""
    lines = [f"/schemas/{name}/{version}.json" for version in _versions(name)]
    return Response("\n".join([*lines, ""]), mimetype="text/plain")


@blueprint.get("/<name>/<version>.json")
def schema(name: str, version: str) -> Response:
    """One version, as it was published."""
    found = _versions(name).get(version)
    if found is None:
        abort(404)
    answer = Response(found, mimetype=SCHEMA_TYPE)
    answer.headers["Cache-Control"] = FOR_EVER
    return answer
