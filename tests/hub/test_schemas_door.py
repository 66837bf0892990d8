"""The schemas' door: open to anybody, each version for ever, nothing but the files that we published."""

import json
from pathlib import Path

import jsonschema
import pytest
from flask.testing import FlaskClient

from feeds.editions.contents import build_contents
from feeds.stix.extension import LIAISON, SCHEMA_PATH
from hub.app import create_app
from tests.feeds.editions.sources import FULL
from tests.hub.fakes import FrameHub, load_settings


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    """An application with this door only."""
    hub = FrameHub(load_settings(tmp_path, environ={}))
    return create_app(hub, page_groups=(), machine_doors=("hub.schemas",)).test_client()


def test_the_schema_stands_where_the_definition_says(client: FlaskClient):
    answer = client.get(SCHEMA_PATH)
    assert (answer.status_code, answer.mimetype) == (200, "application/schema+json")
    assert "immutable" in answer.headers["Cache-Control"]
    jsonschema.Draft202012Validator(json.loads(answer.data)).validate(build_contents(FULL)[0]["extensions"][LIAISON])


def test_every_version_is_listed(client: FlaskClient):
    listed = client.get("/schemas/liaison-form/").text.split()
    assert SCHEMA_PATH in listed
    assert all(client.get(path).status_code == 200 for path in listed)


@pytest.mark.parametrize(
    "path", ["/schemas/other/", "/schemas/liaison-form/9.json", "/schemas/liaison-form/__init__.json"]
)
def test_there_is_nothing_else(client: FlaskClient, path: str):
    assert client.get(path).status_code == 404
