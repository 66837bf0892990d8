"""What a collection takes holds for a peer's objects too: those that its rule lets on, and those that a person does."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from feeds.intake.posts import Answer
from feeds.peers.deciding import let_on
from models.vocabulary import CollectionKind, Label, PeerState, Role
from sharing.actor import Actor
from sharing.collections.adding import NewCollection, add_collection
from sharing.collections.changing import change_collection
from sharing.errors import NotVisible
from sharing.exchange import peers
from sharing.readers import load_reader
from sharing.rules.policy import default_policy
from sharing.rules.tokens import organization as organization_token
from tests.feeds.peers.conftest import Reading
from tests.feeds.peers.other_hub import answer
from tests.hub.taxii.conftest import indicator


def collection_of(reading: Reading, *writers: Actor, needs_signature: bool = False) -> UUID:
    """A collection that these write."""
    ident = uuid4()
    new = NewCollection(
        ident=ident,
        title="From abroad",
        title_ja="海外",
        kind=CollectionKind.ADDED,
        writers=tuple(organization_token(each.organization.id) for each in writers),
        needs_signature=needs_signature,
    )
    with reading.world.writing() as session:
        add_collection(session, reading.world.command(), new, context=reading.world.context())
    return ident


def changes(reading: Reading, ident: UUID, **rules: object) -> None:
    """The administrator sets what it takes from now on."""
    with reading.world.writing() as session:
        change_collection(
            session,
            reading.world.command(),
            ident,
            lambda before: replace(before, **rules),  # type: ignore[arg-type]
            context=reading.world.context(),
        )


def lets_on(reading: Reading, actor: Actor) -> list[Answer]:
    """A person lets on all that waits."""
    with reading.world.writing() as session:
        rows = peers.list_sent(session, peers.load_peer(session, "abroad"), PeerState.WAITING)
        return let_on(
            session,
            load_reader(session, actor),
            "abroad",
            [row.id for row in rows],
            policy=default_policy(),
            context=reading.world.context(),
            edition_key=reading.world.hub.secrets.edition_key,
        )


def test_only_coordinators_of_ceptoars_let_on_where_only_they_post(reading: Reading, odd):
    """Any writer let a peer's objects into a collection in which it may not post itself, and so did the peer's rule."""
    operator = reading.world.person(reading.member.organization, Role.REPORTER)
    one = indicator(Label.GREEN)
    server = odd(lambda _query, _number: answer(one, last="2026-11-20T00:00:00.000001Z"))
    ident = collection_of(reading, operator, reading.office)
    changes(reading, ident, ceptoar_only=True)
    reading.meets(server.url, collection=str(ident))
    pulled = reading.pulls()
    assert (pulled.published, pulled.waiting) == (0, 1)
    with pytest.raises(NotVisible):
        lets_on(reading, operator)
    assert [each.accepted for each in lets_on(reading, reading.office)] == [True]
    assert reading.sees(reading.office, str(ident)) == [one]


@pytest.mark.parametrize("rule", [None, Label.GREEN])
def test_what_must_be_signed_is_let_on_by_nobody_without(reading: Reading, odd, rule: Label | None):
    """What waited was let on by a person unsigned, where a post without a signature is refused."""
    server = odd(lambda _query, _number: answer(indicator(Label.GREEN), last="2026-11-20T00:00:00.000001Z"))
    ident = collection_of(reading, reading.office, needs_signature=True)
    reading.meets(server.url, collection=str(ident), let_on=rule)
    pulled = reading.pulls()
    assert (pulled.published, pulled.waiting, pulled.refused) == ((0, 1, 0) if rule is None else (0, 0, 1))
    assert [each.accepted for each in lets_on(reading, reading.office)] == ([False] if rule is None else [])
    assert reading.sees(reading.office, str(ident)) == []


def test_nothing_above_the_highest_label_is_let_on(reading: Reading, odd):
    """The highest was lowered below the peer's floor while objects waited: they came in above it."""
    server = odd(lambda _query, _number: answer(indicator(Label.GREEN), last="2026-11-20T00:00:00.000001Z"))
    ident = collection_of(reading, reading.office)
    reading.meets(server.url, collection=str(ident), floor=Label.AMBER, let_on=None)
    assert reading.pulls().waiting == 1
    changes(reading, ident, highest_label=Label.GREEN)
    (refused,) = lets_on(reading, reading.office)
    assert not refused.accepted and "at most TLP:GREEN" in refused.message
    assert reading.sees(reading.office, str(ident)) == []


def test_a_definition_beside_something_that_waits_is_taken_for_itself(reading: Reading, odd):
    """Where what stands before it waits, the object behind a definition was taken for the definition.

    It was held as what nothing names, so that its readers never had it; in a collection that takes nothing so strict
    it was refused.
    """
    waits = indicator(Label.AMBER)
    statement = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{uuid4()}",
        "created": "2026-11-01T00:00:00.000Z",
        "definition_type": "statement",
        "definition": {"statement": "Copyright"},
    }
    one = indicator(Label.GREEN)
    one["object_marking_refs"].append(statement["id"])
    server = odd(lambda _query, _number: answer(waits, statement, one, last="2026-11-20T00:00:00.000001Z"))
    reading.meets(server.url)
    pulled = reading.pulls()
    assert (pulled.published, pulled.waiting, pulled.refused) == (2, 1, 0)
    assert reading.sees(reading.member) == [statement, one]
