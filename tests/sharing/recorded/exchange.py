"""What is published and exchanged by machines, each operation once: posts, collections, peers, pushes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from models.codelists import read_list, shipped_documents
from models.vocabulary import CollectionKind, Label
from sharing.codelists.loading import load_codelist
from sharing.collections.access import load_collection
from sharing.collections.adding import NewCollection, add_collection
from sharing.collections.api_roots import RootRules, add_api_root, change_api_root, end_api_root
from sharing.collections.changing import change_collection
from sharing.collections.deletions import delete_made, delete_object
from sharing.disclosures import Shown, write_disclosures
from sharing.exchange.peers import NewPeer, add_peer, end_peer
from sharing.exchange.pushes import NewPush, add_push, agree_push, end_push
from sharing.exchange.sending import Answered, finish_sending, load_push, settle_pending
from sharing.publications import publish
from sharing.publishing.nouns import NewObject, Publication
from sharing.reading.own import list_own_versions
from sharing.rules.tokens import organization as organization_token
from tests.sharing.recorded.stories import Act, story
from tests.sharing.reports.conftest import Scene


@story(publish)
def _(scene: Scene) -> Act:
    world = scene.world
    stix = NewObject(f"indicator--{uuid4()}", "indicator", "2.1", 1, "2026", None, Label.GREEN, b'{"a":1}')
    with world.reading() as session:
        collection = load_collection(session, world.reader(session, scene.office), "electricity").collection
    return lambda session: publish(
        session, scene.office, Publication(collection, [stix]), policy=scene.policy, context=world.context()
    )


def published_in_electricity(scene: Scene) -> tuple[Any, Any, str]:
    """An object that the secretariat posted: its reader, the collection, the id."""
    world, ident = scene.world, f"indicator--{uuid4()}"
    stix = NewObject(ident, "indicator", "2.1", 1, "2026", None, Label.GREEN, b'{"a":1}')
    with world.reading() as session:
        reader = world.reader(session, scene.office)
        opened = load_collection(session, reader, "electricity")
    with world.writing() as session:
        publication = Publication(opened.collection, [stix])
        publish(session, scene.office, publication, policy=scene.policy, context=world.context())
    return reader, opened, ident


@story(delete_object)
def _(scene: Scene) -> Act:
    reader, opened, ident = published_in_electricity(scene)
    return lambda session: delete_object(session, reader, opened, ident, context=scene.world.context())


@story(delete_made)
def _(scene: Scene) -> Act:
    reader, opened, ident = published_in_electricity(scene)
    with scene.world.reading() as session:
        made = list_own_versions(session, scene.office.organization.id, [ident])
    of = f"indicator--{uuid4()}"
    return lambda session: delete_made(session, reader, opened, of, made, context=scene.world.context())


@story(write_disclosures)
def _(scene: Scene) -> Act:
    shown = [Shown(scene.nco, 1, None, first, first + 5, 3, 2, "{}", scene.world.now) for first in (1, 10)]
    return lambda session: write_disclosures(session, shown, scene.world.hub.units)


@story(add_collection)
def _(scene: Scene) -> Act:
    return lambda session: add_collection(
        session,
        scene.world.command(),
        NewCollection(
            ident=uuid4(),
            title="Grid exchange",
            title_ja="電力交換",
            kind=CollectionKind.ADDED,
            readers=["members"],
            writers=[organization_token(scene.aoba.id)],
        ),
        context=scene.world.context(),
    )


@story(load_codelist)
def _(scene: Scene) -> Act:
    document = next(each for each in shipped_documents() if each["list"] == "sectors")
    given = read_list(document)
    context = scene.world.context()
    return lambda session: load_codelist(session, scene.world.command(), given, document, context=context)


@story(add_peer)
def _(scene: Scene) -> Act:
    return lambda session: add_peer(
        session, scene.world.command(), _peer(scene), ident=uuid4(), key_sealed=None, context=scene.world.context()
    )


@story(end_peer)
def _(scene: Scene) -> Act:
    world, new = scene.world, _peer(scene)
    with world.writing() as session:
        add_peer(session, world.command(), new, ident=uuid4(), key_sealed=None, context=world.context())
    return lambda session: end_peer(session, world.command(), new.name, context=world.context())


def _peer(scene: Scene) -> NewPeer:
    return NewPeer(
        name="isac",
        organization_id=scene.office.organization.id,
        collection="electricity",
        url="https://isac.example/taxii2/root/collections/1/",
        floor=Label.GREEN,
    )


@story(add_push)
def _(scene: Scene) -> Act:
    return lambda session: _add_push(scene, session)


@story(agree_push)
def _(scene: Scene) -> Act:
    with scene.world.writing() as session:
        _add_push(scene, session)
    return lambda session: agree_push(session, scene.office, "isac", context=scene.world.context())


@story(end_push)
def _(scene: Scene) -> Act:
    with scene.world.writing() as session:
        _add_push(scene, session)
    return lambda session: end_push(session, scene.world.command(), "isac", context=scene.world.context())


@story(finish_sending)
def _(scene: Scene) -> Act:
    with scene.world.writing() as session:
        _add_push(scene, session)
    return lambda session: finish_sending(
        session, load_push(session, "isac"), 5, _answered(pending=1), context=scene.world.context()
    )


@story(settle_pending)
def _(scene: Scene) -> Act:
    context = scene.world.context()
    with scene.world.writing() as session:
        _add_push(scene, session)
        finish_sending(session, load_push(session, "isac"), 5, _answered(pending=1), context=context)
    return lambda session: settle_pending(session, load_push(session, "isac"), 1, _answered(), context=context)


def _add_push(scene: Scene, session: Session) -> None:
    world = scene.world
    new = NewPush(name="isac", organization_id=scene.office.organization.id, url="https://isac.example/taxii2/r/c/1/")
    add_push(session, world.command(), new, ident=uuid4(), key_sealed=None, context=world.context())


def _answered(pending: int = 0) -> Answered:
    return Answered(1, 5, bytes(32), 2, 2 - pending, 0, pending, "status-1")


@story(change_collection)
def _(scene: Scene) -> Act:
    world = scene.world
    with world.reading() as session:
        ident = load_collection(session, world.reader(session, scene.office), "electricity").collection.id
    return lambda session: change_collection(
        session,
        world.command(),
        ident,
        lambda rules: replace(rules, types=frozenset({"indicator"})),
        context=world.context(),
    )


def _root_rules(scene: Scene) -> RootRules:
    with scene.world.reading() as session:
        reader = scene.world.reader(session, scene.office)
        found = [load_collection(session, reader, name).collection.id for name in ("electricity", "water")]
    return RootRules("Grid", "電力", "What grids exchange", 50_000, frozenset(found))


def _make_root(scene: Scene, name: str) -> RootRules:
    rules = _root_rules(scene)
    with scene.world.writing() as session:
        add_api_root(session, scene.world.command(), name, rules, context=scene.world.context())
    scene.world.advance(seconds=1)
    return rules


@story(add_api_root)
def _(scene: Scene) -> Act:
    rules = _root_rules(scene)
    world = scene.world
    return lambda session: add_api_root(session, world.command(), "grid", rules, context=world.context())


@story(change_api_root)
def _(scene: Scene) -> Act:
    world = scene.world
    some = frozenset(sorted(_make_root(scene, "grid").collections)[:1])
    return lambda session: change_api_root(
        session, world.command(), "grid", lambda rules: replace(rules, collections=some), context=world.context()
    )


@story(end_api_root)
def _(scene: Scene) -> Act:
    world = scene.world
    _make_root(scene, "grid")
    return lambda session: end_api_root(session, world.command(), "grid", context=world.context())
