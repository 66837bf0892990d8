"""Stories of signing keys: shown by their owner, replaced by both, revoked for good; each change is a leaf."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from crypto.entry import LeafKind, parse_leaf
from crypto.publisher import KEY_PREFIX, PublisherKey
from models.audit import AuditEntry, AuditPart
from sharing.audit.check.database import check_database
from sharing.errors import Conflict, Invalid, NotPermitted, NotVisible
from sharing.signing.keys import (
    OVERLAP,
    Statement,
    keys_in_force,
    list_signing_keys,
    register_signing_key,
    revoke_signing_key,
)
from tests.sharing.signing.conftest import Press, accepted, indicator, new_signer, refusals


def test_a_key_is_a_leaf_of_the_log(press: Press):
    """Its kind stands in the open part of the entry; the statement that the key signed in the decision."""
    with press.reading() as session:
        entry = session.execute(
            select(AuditEntry).where(AuditEntry.tag == "organization:signing-key:register")
        ).scalar_one()
        assert parse_leaf(bytes(entry.leaf)).kind is LeafKind.KEY
        body = session.execute(
            select(AuditPart.body).where(AuditPart.entry_id == entry.id, AuditPart.name == "decision")
        ).scalar_one()
    told = json.loads(body)
    said = json.loads(told["statement"])
    PublisherKey.parse(told["key"]).verify(KEY_PREFIX, said["statement"], bytes.fromhex(said["signatures"][0]))


def test_a_key_is_replaced_by_old_and_new_with_a_week_of_overlap(press: Press):
    """What is under way when it is replaced is still taken; a week later the old key is over."""
    new = new_signer()
    press.rotates(press.manager, new, press.signer)
    assert accepted(press.posts(press.signs(indicator()))) != []
    assert refusals(press.posts(press.signs(indicator(), signer=new))) == []
    press.advance(seconds=OVERLAP.total_seconds())
    assert "key of yours that is in force" in refusals(press.posts(press.signs(indicator())))[0]
    assert refusals(press.posts(press.signs(indicator(), signer=new))) == []


def test_a_replacement_needs_both_signatures(press: Press):
    """Whoever has only the account, or only one of the keys, replaces nothing."""
    new, stranger = new_signer(), new_signer()
    with pytest.raises(Conflict):
        press.rotates(press.manager, new, stranger)
    good = press.statement("rotate", press.manager.organization.id, new, press.signer)
    for signatures in ((good.signatures[0],), good.signatures[::-1], (good.signatures[0], b"\0" * 64)):
        with pytest.raises(Invalid), press.writing() as session:
            from sharing.signing.keys import rotate_signing_key

            rotate_signing_key(session, press.manager, Statement(good.value, signatures), context=press.context())


def test_a_revoked_key_signs_nothing_more_and_does_not_come_back(press: Press):
    """From the moment on; the time since when it was lost is told in the log."""
    since = press.now - timedelta(hours=3)
    with press.writing() as session:
        revoked = revoke_signing_key(session, press.manager, press.key.id, since=since, context=press.context())
    assert (revoked.revoked_at, revoked.revoked_from) == (press.now, since)
    assert "key of yours that is in force" in refusals(press.posts(press.signs(indicator())))[0]
    with pytest.raises(Conflict):
        press.registers(press.manager, press.signer)
    with pytest.raises(NotVisible), press.writing() as session:
        revoke_signing_key(session, press.manager, press.key.id, context=press.context())


def test_whoever_registers_a_key_has_it(press: Press):
    """A statement signed by another key, for another organization, or from tomorrow, is refused."""
    mine, other = new_signer(), new_signer()
    good = press.statement("register", press.manager.organization.id, mine)
    stolen = Statement(good.value, press.statement("register", press.manager.organization.id, other).signatures)
    with pytest.raises(Invalid), press.writing() as session:
        register_signing_key(session, press.manager, stolen, context=press.context())
    with pytest.raises(NotPermitted), press.writing() as session:
        register_signing_key(session, press.rival_manager, good, context=press.context())
    with pytest.raises(NotPermitted), press.writing() as session:
        register_signing_key(session, press.office, good, context=press.context())
    press.now += timedelta(days=1)
    early = press.statement("register", press.manager.organization.id, mine)
    press.now -= timedelta(days=1)
    with pytest.raises(Invalid), press.writing() as session:
        register_signing_key(session, press.manager, early, context=press.context())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"{}",
        b'{"statement":{},"signatures":[]}',
        b'{"statement":{"do":1},"signatures":["x"]}',
        b'{"statement":{"do":"register"},"signatures":"x"}',
        b"\xff\xfe",
        b'{"statement":{"do":"register","do":"rotate"},"signatures":[]}',
        b"{" * 20_000,
    ],
)
def test_wrong_statements_get_clear_words(press: Press, raw: bytes):
    """Never a failure, and nothing is written."""
    before = press.tags()
    with pytest.raises(Invalid), press.writing() as session:
        register_signing_key(session, press.manager, Statement.parse(raw), context=press.context())
    assert press.tags() == before


def test_each_organization_sees_its_own_keys(press: Press):
    """Keys tell who signs: a rival sees its own only, the administrator all."""
    with press.reading() as session:
        assert [each.id for each in list_signing_keys(session, press.manager)] == [press.key.id]
        assert list_signing_keys(session, press.rival_manager) == []
        assert [each.id for each in list_signing_keys(session, press.command())] == [press.key.id]


def test_attack_14_the_hub_swaps_a_signing_key(press: Press):
    """A key that was changed in the database alone is in force here, and whoever checks the trail finds its row."""
    swapped = new_signer()
    with press.writing() as session:
        row = session.get_one(type(press.key), press.key.id)
        row.key, row.thumbprint = swapped.public.text, swapped.public.thumbprint
    with press.reading() as session:
        (key,) = keys_in_force(session, press.manager.organization.id, press.now).values()
        found = [each.what for each in check_database(session, []).findings if "signing" in each.what]
    assert key.text == swapped.public.text
    assert len(found) == 1
