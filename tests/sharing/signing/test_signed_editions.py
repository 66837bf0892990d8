"""Editions are the hub's own writing: it signs them with a key that is a leaf of the log, for anybody to check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from feeds.intake.border import read_post
from feeds.intake.taking import take_in
from feeds.signatures.signed import Standing, check_signatures
from feeds.stix.markings import TLP2_IDS
from feeds.stix.parse import Limits, split_envelope
from feeds.stix.signature import SIGNATURE
from hub.cli import main
from hub.keys.editions_key import introduce_editions_key
from hub.log.door import list_vkeys
from hub.process.lifetime import introduce
from models.vocabulary import Label
from sharing.collections.access import load_collection
from sharing.reading.question import ALL
from sharing.reports.range_changes.recalls import raise_report, withdraw_report
from sharing.signing.keys import list_signing_keys, revoke_signing_key
from tests.factory import World
from tests.hub.reading.tools import Reading, application
from tests.sharing.reports.conftest import Scene
from tests.sharing.signing.conftest import indicator


@pytest.fixture
def scene(peopled_url: str, tmp_path: Path) -> Iterator[Scene]:
    """A hub that has started once, with everybody in it."""
    made = Scene(World(peopled_url, tmp_path))
    introduce(made.world.hub)
    made.builder = made.world.hub.editions
    yield made
    made.world.close()


def published(scene: Scene, label: str = "TLP:GREEN") -> Any:
    """A report of Aoba and an edition of it that its approver let go."""
    report = scene.files(scene.hanako)
    scene.world.advance(hours=2)
    scene.approves(scene.boss, scene.proposes(scene.office, report, Label(label)))
    return report


def seen(scene: Scene, actor: Any) -> list[bytes]:
    """All that somebody has of the inbox."""
    return [bytes(row.body) for row in scene.sees(actor, types=(), versions=(ALL,))]


def checked(scene: Scene, bodies: list[bytes]) -> list[Any]:
    """Each of the objects with its signature, by the hub's key."""
    key = scene.world.hub.secrets.editions.public
    return check_signatures(
        split_envelope(b'{"objects":[' + b",".join(bodies) + b"]}", Limits()), {key.thumbprint: key}
    )


def test_the_key_of_editions_is_a_leaf_and_is_listed(scene: Scene) -> None:
    """Registered once, under the organization that runs the hub, and shown with the log's keys until it is revoked."""
    introduce(scene.world.hub)
    with scene.world.reading() as session:
        keys = list_signing_keys(session, scene.world.command())
    key = scene.world.hub.secrets.editions.public
    assert [each.thumbprint for each in keys] == [key.thumbprint]
    (line,) = [each for each in list_vkeys(scene.world.hub).decode().split() if "/editions+" in each]
    assert line.startswith("hub.test/log/editions+")
    with scene.world.writing() as session:
        revoke_signing_key(session, scene.world.command(), keys[0].id, context=scene.world.context())
    with scene.world.writing() as session:
        told = introduce_editions_key(session, scene.world.hub.secrets.editions, scene.world.context())
    assert "was replaced or revoked" in told
    assert "/editions+" not in list_vkeys(scene.world.hub).decode()


def test_whoever_has_an_edition_has_its_signature(
    scene: Scene, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every object that says something, for a rival and for a council; checked offline, and a changed one is found."""
    published(scene)
    for actor in (scene.rival_reader, scene.council):
        found = checked(scene, seen(scene, actor))
        assert {each.standing for each in found if not each.id.startswith("identity")} == {Standing.GOOD}
        assert any(each.id.startswith("incident--") for each in found)
    vkeys, bundle = tmp_path / "vkeys", tmp_path / "feed.json"
    vkeys.write_bytes(list_vkeys(scene.world.hub))
    bundle.write_bytes(b'{"objects":[' + b",".join(seen(scene, scene.rival_reader)) + b"]}")
    verify = ["key", "verify", str(bundle), "--vkeys", str(vkeys), "--json"]
    capsys.readouterr()
    assert main(verify) == 0
    assert json.loads(capsys.readouterr().out)["ok"]
    bundle.write_bytes(bundle.read_bytes().replace(b'"status":"new"', b'"status":"closed"', 1))
    if b'"status":"closed"' not in bundle.read_bytes():
        bundle.write_bytes(bundle.read_bytes().replace(b'"name":"', b'"name":"x', 1))
    assert main(verify) == 1
    assert main(["key", "verify", str(bundle)]) == 2


def test_nothing_joins_an_edition_to_the_report_as_it_was_filed(scene: Scene) -> None:
    """Its ids and times are its own, and so are those of its signatures; no signature of the hub is on the original."""
    published(scene)
    own = [json.loads(body) for body in seen(scene, scene.hanako)]
    edition = [json.loads(body) for body in seen(scene, scene.rival_reader)]
    filed = [each for each in own if each["id"] not in {it["id"] for it in edition}]
    assert any(each["type"] == "incident" for each in filed)
    assert not [each for each in filed if each["type"] == SIGNATURE]
    said = [each for each in edition if each["type"] not in {"marking-definition", "extension-definition", "identity"}]
    times = {each[name] for each in said for name in ("created", "modified")}
    assert not times & {each[name] for each in filed for name in ("created", "modified") if name in each}
    assert not {each["id"] for each in said} & {each["id"] for each in filed}
    for each in edition:
        if each["type"] == SIGNATURE:
            assert each["related_to"] in {it["id"] for it in edition}


@pytest.mark.parametrize("change", ["withdrawn", "raised"])
def test_each_version_brings_its_own_signature(scene: Scene, change: str) -> None:
    """A notice of recall and what goes out again are signed; signatures themselves are not recalled."""
    report = published(scene)
    scene.world.advance(hours=1)
    with scene.world.writing() as session:
        means = scene.means()
        if change == "withdrawn":
            withdraw_report(session, scene.hanako, report.report_id, "a mistake", means=means)
        else:
            raise_report(
                session, scene.hanako, report.report_id, Label.AMBER, "too wide", submission=uuid4(), means=means
            )
    bodies = seen(scene, scene.rival_reader)
    found = checked(scene, bodies)
    incidents = [each for each in found if each.id.startswith("incident--")]
    assert len(incidents) == 2
    assert {each.standing for each in incidents} == {Standing.GOOD}
    signatures = [json.loads(body) for body in bodies if json.loads(body)["type"] == SIGNATURE]
    assert not [each for each in signatures if each.get("revoked")]
    assert len({each["id"] for each in signatures}) == len(signatures)


def test_the_form_of_a_machines_object_is_signed_by_the_hub_and_not_by_its_publisher(scene: Scene) -> None:
    """The hub wrote the form, under an id and times of its own; the whole stays what its publisher made of it."""
    world = scene.world
    marks = [{"marking_ref": TLP2_IDS[Label.RED], "selectors": ["description"]}]
    posted = indicator(description="ours alone", granular_markings=marks)
    with world.writing() as session:
        opened = load_collection(session, world.reader(session, scene.office), "electricity")
        post = read_post(
            json.dumps({"objects": [posted]}).encode(),
            opened.collection,
            edition_key=world.hub.secrets.edition_key,
            signer=world.hub.secrets.editions,
        )
        take_in(session, scene.office, post, policy=scene.policy, context=world.context())
    (form, *others) = checked(scene, seen(scene, scene.rival_reader))
    assert not others
    assert form.standing is Standing.GOOD
    assert form.id != posted["id"]
    assert form.key == world.hub.secrets.editions.public.thumbprint
    own = {each.id: each.standing for each in checked(scene, seen(scene, scene.office))}
    assert own[posted["id"]] is Standing.UNSIGNED
    assert own[form.id] is Standing.GOOD


def test_the_page_says_that_the_hub_signed_it(scene: Scene) -> None:
    """In both languages; nobody takes it for a signature of the sender."""
    published(scene)
    (row,) = scene.sees(scene.rival_reader)
    app = application(scene.world)
    for language, words in (("en", "Signed by the hub"), ("ja", "ハブの署名あり")):
        shown = Reading(app, scene.world, scene.rival_reader, language).get(f"/feed/inbox/objects/{row.stix_id}/").text
        assert words in shown
        assert "Signed by its publisher" not in shown
