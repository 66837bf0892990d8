"""What a machine posts with granular markings reaches each reader in the form that it may see, and no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.intake.border import read_post
from feeds.intake.taking import take_in
from feeds.stix.markings import TLP2_IDS
from models.vocabulary import Label
from sharing.collections.access import load_collection
from tests.factory import World
from tests.feeds.intake.test_border import indicator
from tests.sharing.reports.conftest import Scene


@pytest.fixture
def scene(peopled_url: str, tmp_path: Path) -> Iterator[Scene]:
    """A fresh hub with everybody in it."""
    world = World(peopled_url, tmp_path)
    yield Scene(world)
    world.close()


def test_each_reader_gets_the_form_that_it_may_see(scene):
    marks = [{"marking_ref": TLP2_IDS[Label.RED], "selectors": ["description"]}]
    posted = indicator(Label.GREEN, name="n", description="ours alone", granular_markings=marks)
    body = json.dumps({"objects": [posted]}).encode()

    def posts():
        with scene.world.writing() as session:
            opened = load_collection(session, scene.world.reader(session, scene.office), "electricity")
            post = read_post(body, opened.collection, edition_key=scene.world.hub.secrets.edition_key)
            return take_in(session, scene.office, post, policy=scene.policy, context=scene.world.context()).answers

    (answer,) = posts()
    assert answer.accepted and "TLP:GREEN" in answer.message
    (form,) = [json.loads(row.body) for row in scene.sees(scene.rival_reader, types=("indicator",))]
    assert form["id"] != posted["id"] and "description" not in form and form["name"] == "n"
    assert scene.sees(scene.rival_reader, types=("relationship",)) == ()
    own = {row.stix_id for row in scene.sees(scene.office, types=("indicator",))}
    assert own == {posted["id"], form["id"]}
    assert len(scene.sees(scene.office, types=("relationship",))) == 1
    scene.world.advance(minutes=1)
    (again,) = posts()
    assert again.accepted
    assert len(scene.sees(scene.rival_reader, types=("indicator",))) == 1, "posted twice, published once"
