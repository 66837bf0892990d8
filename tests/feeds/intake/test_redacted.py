"""Redacted forms are judged as objects are: at their own labels, by what they name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from feeds.intake.judging import Judge
from feeds.intake.taking import take_in
from feeds.stix.markings import TLP2_IDS
from models.vocabulary import Label
from sharing.readers import load_reader
from sharing.rules.policy import default_policy
from tests.factory import World
from tests.feeds.intake.test_references import Town, note
from tests.hub.taxii.conftest import envelope, indicator

MARKED = {
    "abstract": "for a few",
    "granular_markings": [{"marking_ref": TLP2_IDS[Label.RED], "selectors": ["abstract"]}],
}


@pytest.fixture
def town(hub_url: str, tmp_path: Path):
    world = World(hub_url, tmp_path)
    yield Town(world)
    world.close()


def posts(town: Town, *objects: dict[str, Any], lenient: bool = False) -> tuple[str, list[Label]]:
    """The message about the last object, and the labels at which its forms go out."""
    world = town.world
    judge = Judge(world.hub.secrets.edition_key, world.reading)
    collection = town.lenient if lenient else town.strict
    post = judge.judge(envelope(*objects), collection, lambda session: load_reader(session, town.office))
    with world.writing() as session:
        taken = take_in(session, town.office, post, policy=default_policy(), context=world.context())
    assert all(each.accepted for each in taken.answers)
    return taken.answers[-1].message, [form.label for form in post.candidates[-1].lesser if form.type == "note"]


@pytest.mark.parametrize("together", [True, False])
def test_a_form_that_names_something_stricter_is_withheld(town: Town, together: bool):
    """The whole is RED and may name RED; its GREEN form told everybody of it, where a GREEN note was refused."""
    secret = indicator(Label.RED)
    naming = note(Label.GREEN, secret["id"], **MARKED)
    if not together:
        posts(town, secret)
    message, forms = posts(town, *([secret] if together else []), naming)
    assert forms == []
    assert "it goes out whole only" in message and secret["id"] in message
    assert "goes out at" not in message


def test_a_lenient_collection_warns_as_it_does_of_objects(town: Town):
    """The words are the poster's, and so is what follows."""
    secret = indicator(Label.RED)
    posts(town, secret)
    message, forms = posts(town, note(Label.GREEN, secret["id"], **MARKED), lenient=True)
    assert forms == [Label.GREEN]
    assert "warning" in message and secret["id"] in message
    message, forms = posts(town, note(Label.GREEN, indicator()["id"], content=f"see {secret['id']}", **MARKED))
    assert forms == [Label.GREEN]
    assert "a text names" in message and secret["id"] in message


def test_what_a_form_leaves_out_and_what_is_known_wider_holds_nothing_up(town: Town):
    """The part that names it is the one that is marked; or what is named is no stricter than the form."""
    secret, known = indicator(Label.RED), indicator(Label.GREEN)
    posts(town, secret, known)
    marks = [{"marking_ref": TLP2_IDS[Label.RED], "selectors": ["x_seen_ref"]}]
    seen = note(Label.GREEN, known["id"], x_seen_ref=secret["id"], granular_markings=marks)
    message, forms = posts(town, seen)
    assert forms == [Label.GREEN]
    assert secret["id"] not in message
    message, forms = posts(town, note(Label.GREEN, known["id"], **MARKED))
    assert forms == [Label.GREEN]
    assert secret["id"] not in message
