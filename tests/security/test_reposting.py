"""A careless machine: what it posts again never reaches more readers than its sender agreed to."""

from __future__ import annotations

import json
from typing import Any

import pytest

from feeds.intake.border import read_post
from feeds.intake.taking import take_in
from models.collection import Collection
from models.vocabulary import Label
from sharing.collections.access import load_collection
from sharing.readers import load_reader
from tests.sharing.reports.conftest import Scene


def _posts(scene: Scene, body: bytes, collection: Collection) -> Any:
    post = read_post(b'{"objects":[' + body + b"]}", collection)
    with scene.world.writing() as session:
        return take_in(session, scene.office, post, policy=scene.policy, context=scene.world.context()).answers


def _sector(scene: Scene) -> Collection:
    with scene.world.reading() as session:
        return load_collection(session, load_reader(session, scene.office), "electricity").collection


@pytest.mark.parametrize("later", [False, True])
def test_an_edition_that_is_posted_by_machine_reaches_nobody_new(scene: Scene, later: bool):
    """The edition with the sender's name goes to the Council; posted again it must not go to the rivals too."""
    filed = scene.files(scene.hanako, label="TLP:GREEN")
    scene.proposes(scene.office, filed, Label.GREEN)
    (named,) = scene.sees(scene.council)
    assert "青葉電力" in _everything(scene, scene.council)
    body = bytes(named.body)
    if later:
        body = body.replace(json.loads(body)["modified"].encode(), b"2026-11-21T00:00:00.000000Z")
    answers = _posts(scene, body, _sector(scene))
    assert [row.stix_id for row in scene.sees(scene.rival_reader)] != [named.stix_id]
    assert len(scene.sees(scene.rival_reader)) == 1
    assert [row.body for row in scene.sees(scene.council)] == [named.body], "the approved bytes stay the last version"
    assert not answers[0].accepted


def _everything(scene: Scene, actor: Any) -> str:
    return "".join(row.body.decode() for row in scene.sees(actor, types=()))
