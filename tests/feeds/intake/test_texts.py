"""What the texts of a post name is found as a page finds it, and told to whoever sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from feeds.intake.border import read_post
from feeds.intake.posts import Post
from feeds.intake.references import MOST_TOLD, judge_references
from feeds.intake.taking import take_in
from feeds.stix.texts import names_in_texts
from models.collection import Collection
from models.vocabulary import CollectionKind, Label
from sharing.collections.adding import NewCollection, add_collection
from sharing.readers import load_reader
from sharing.rules.policy import default_policy
from tests.factory import World
from tests.hub.taxii.conftest import envelope, indicator
from tests.sharing.reports.conftest import Scene

WIDE = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})
NUMBER = "K7QM-4TX2-D"
TITLE = "変電所の監視システムが停止している"
IDENT = "incident--6f1d0c0e-0000-4000-8000-0123456789ab"


def note(label: Label, **more: Any) -> dict[str, Any]:
    """An object that tells something."""
    made = {
        **indicator(label),
        "type": "note",
        "id": f"note--{uuid4()}",
        "object_refs": [f"indicator--{uuid4()}"],
        **more,
    }
    for name in ("pattern", "pattern_type", "valid_from"):
        del made[name]
    return made


def spellings(name: str) -> tuple[str, ...]:
    return name, name.lower(), name.upper(), name.translate(WIDE), name.replace("-", "‐")


@pytest.fixture
def scene(hub_url: str, tmp_path: Path):
    world = World(hub_url, tmp_path)
    yield Scene(world)
    world.close()


@pytest.fixture
def collection(scene: Scene) -> Collection:
    """Where the secretariats of both sectors may post."""
    with scene.world.writing() as session:
        made = add_collection(
            session,
            scene.world.command(),
            NewCollection(
                ident=uuid4(),
                title="Shared",
                title_ja="共有",
                kind=CollectionKind.ADDED,
                writers=("secretariat:electricity", "secretariat:water"),
            ),
            context=scene.world.context(),
        )
        session.flush()
        session.expunge_all()
    return made


def posts(scene: Scene, actor: Any, collection: Collection, *descriptions: str) -> list[tuple[bool, str]]:
    """Post a GREEN indicator for each description, as the door does."""
    return tells(scene, actor, collection, *[indicator(Label.GREEN, description=each) for each in descriptions])


def tells(scene: Scene, actor: Any, collection: Collection, *objects: dict[str, Any]) -> list[tuple[bool, str]]:
    """Post objects, as the door does."""
    post = judged(scene, actor, collection, *objects)
    with scene.world.writing() as session:
        taken = take_in(session, actor, post, policy=default_policy(), context=scene.world.context())
    return [(each.accepted, each.message) for each in taken.answers]


def judged(scene: Scene, actor: Any, collection: Collection, *objects: dict[str, Any]) -> Post:
    """What is judged of a post before it is taken."""
    post = read_post(envelope(*objects), collection)
    with scene.world.reading() as session:
        return judge_references(session, load_reader(session, actor), post)


def test_names_are_found_however_they_are_spelled():
    """In any of the texts, several in one; words of nine letters have no check character that fits, or nobody's."""
    for name, spelled in [(NUMBER, each) for each in spellings(NUMBER)] + [(IDENT, each) for each in spellings(IDENT)]:
        assert names_in_texts({"description": f"関連：{spelled}。"}) == (name,)
    for spelled in (NUMBER.replace("-", ""), NUMBER.replace("-", " ").lower()):
        assert names_in_texts({"content": f"about {spelled}, closed"}) == (NUMBER,)
    assert names_in_texts({"name": f"{IDENT} {NUMBER}", "abstract": NUMBER}) == (IDENT, NUMBER)
    assert names_in_texts({"pattern": NUMBER, "name": 3, "description": "電話 1234-5678、192.0.2.1 を遮断"}) == ()


def test_a_report_is_told_to_whoever_sees_it_however_its_number_is_spelled(scene: Scene, collection: Collection):
    """The sector's secretariat is asked; another one is answered as if there were no such report."""
    filed = scene.files(scene.hanako, label="TLP:AMBER")
    texts = [f"続報（{each}）" for each in (*spellings(filed.reference), filed.reference.replace("-", ""))]
    for accepted, message in posts(scene, scene.office, collection, *texts):
        assert accepted and filed.reference in message and "TLP:AMBER" in message
    assert posts(scene, scene.water_office, collection, *texts) == [(True, "")] * len(texts)


def test_a_post_full_of_numbers_is_answered(scene: Scene, collection: Collection):
    """However many could be numbers, a bounded number of them is looked up."""
    words = [
        f"{number:04d}{number % 7919:04d}{check}" for number in range(3_000) for check in "0ABCDEFGHJKMNPQRSTVWXYZ"
    ]
    texts = [" ".join(words[place : place + 3_000]) for place in range(0, len(words), 3_000)]
    assert {accepted for accepted, _ in posts(scene, scene.office, collection, *texts)} == {True}


def test_the_title_of_a_stricter_report_is_told_to_whoever_sees_it(scene: Scene, collection: Collection):
    """Where people tell what happened, in any spelling; the answer does not say the title again."""
    scene.files(scene.hanako, label="TLP:AMBER", summary=TITLE)
    told = f"先日の「{TITLE[:4]} {TITLE[4:]}」と同じ原因。"
    for actor, warned in ((scene.office, True), (scene.water_office, False)):
        ((accepted, message),) = tells(scene, actor, collection, note(Label.GREEN, content=told))
        assert accepted and ("title of a report at TLP:AMBER" in message) is warned
        assert TITLE not in message
        assert tells(scene, actor, collection, note(Label.AMBER, content=told)) == [(True, "")]
        assert tells(scene, actor, collection, indicator(Label.GREEN, description=told)) == [(True, "")]


def test_titles_are_looked_for_where_people_write_and_not_in_copies_of_collections(
    scene: Scene, collection: Collection
):
    """Each object of a post that tells a little is answered by itself."""
    scene.files(scene.hanako, label="TLP:AMBER", summary=TITLE)
    quoting, other = f"先日の「{TITLE}」と同じ原因。", "先日の件と同じ原因。"
    told = [quoting if place % 3 == 0 else other for place in range(MOST_TOLD)]
    answers = tells(scene, scene.office, collection, *[note(Label.GREEN, content=each) for each in told])
    assert ["title of a report" in message for _, message in answers] == [each is quoting for each in told]
    more = [note(Label.GREEN, content=quoting) for _ in range(MOST_TOLD + 1)]
    assert tells(scene, scene.office, collection, *more) == [(True, "")] * len(more)


def test_an_old_title_is_found_behind_many_incidents(scene: Scene, collection: Collection):
    """Of an edition that its reader sees in the feed alone: hundreds of posted incidents came since."""
    scene.files(scene.hanako, label="TLP:AMBER", summary=TITLE)
    incidents = [
        note(Label.GREEN, type="incident", id=f"incident--{uuid4()}", name="some incident") for _ in range(300)
    ]
    for each in incidents:
        del each["object_refs"]
    told = note(Label.GREEN, content=f"先日の「{TITLE}」と同じ原因。")
    for objects in ([], incidents[:150], incidents[150:]):
        if objects:
            assert {accepted for accepted, _ in tells(scene, scene.office, collection, *objects)} == {True}
        (found,) = judged(scene, scene.colleague, collection, told).candidates
        assert "title of a report at TLP:AMBER" in found.note
