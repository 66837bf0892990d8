"""A publisher with a signing key, a collection that takes only what is signed, and what a client does without a hub."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crypto.encoding import encode_base64
from crypto.publisher import KEY_PREFIX, PublisherSigner, key_statement
from feeds.intake.border import read_post
from feeds.intake.posts import Answer, Taken
from feeds.intake.taking import take_in
from feeds.signatures.signing import sign_envelope
from feeds.stix.markings import TLP2_IDS
from models.signing import SigningKey
from models.vocabulary import CollectionKind, Label, Role
from sharing.actor import Actor
from sharing.collections.access import load_collection
from sharing.collections.adding import NewCollection, add_collection
from sharing.readers import load_reader
from sharing.reading.grants import Row
from sharing.reading.page import page
from sharing.reading.question import ALL, Question
from sharing.rules.policy import default_policy
from sharing.signing.keys import Statement, register_signing_key, rotate_signing_key
from tests.factory import World


def new_signer() -> PublisherSigner:
    return PublisherSigner(Ed25519PrivateKey.generate())


class Press(World):
    """A secretariat that publishes signed indicators; its rival; readers."""

    def __init__(self, database_url: str, folder: Path) -> None:
        super().__init__(database_url, folder)
        office = self.secretariat("電力セプター事務局")
        self.office = self.person(office, Role.COORDINATOR)
        self.manager = self.person(office, Role.MANAGER)
        self.rival = self.person(self.secretariat("水道セプター事務局", "water"), Role.COORDINATOR)
        self.rival_manager = self.person(self.rival.organization, Role.MANAGER)
        self.member = self.person(self.operator("青葉電力株式会社"), Role.READER)
        self.signer = new_signer()
        self.collection = uuid4()
        writers = [f"organization:{each.organization.id}" for each in (self.office, self.rival)]
        with self.writing() as session:
            add_collection(
                session,
                self.command(),
                NewCollection(
                    ident=self.collection,
                    title="Signed",
                    title_ja="署名付き",
                    kind=CollectionKind.ADDED,
                    writers=writers,
                    needs_signature=True,
                ),
                context=self.context(),
            )
        self.key = self.registers(self.manager, self.signer)

    @property
    def audience(self) -> str:
        return f"hub.test/collections/{self.collection}"

    def statement(self, do: str, organization: UUID, *signers: PublisherSigner, **more: str) -> Statement:
        """What the holder of the keys says and signs."""
        if len(signers) > 1:
            more["old"] = signers[1].public.text
        value = key_statement(do, str(organization), signers[0].public, self.now, **more)
        signatures = [encode_base64(each.sign(KEY_PREFIX, value)) for each in signers]
        return Statement.parse(json.dumps({"statement": value, "signatures": signatures}).encode())

    def registers(self, actor: Actor, signer: PublisherSigner) -> SigningKey:
        with self.writing() as session:
            statement = self.statement("register", actor.organization.id, signer)
            return register_signing_key(session, actor, statement, context=self.context())

    def rotates(self, actor: Actor, new: PublisherSigner, old: PublisherSigner) -> SigningKey:
        with self.writing() as session:
            statement = self.statement("rotate", actor.organization.id, new, old)
            return rotate_signing_key(session, actor, statement, context=self.context())

    def signs(self, *objects: Any, signer: PublisherSigner | None = None, audience: str | None = None) -> bytes:
        """What the signing client makes of objects (values, or raw bytes)."""
        raws = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in objects]
        body = b'{"objects":[' + b",".join(raws) + b"]}"
        audience = audience or self.audience
        return sign_envelope(body, signer or self.signer, audience, now=self.now, random_bytes=os.urandom)

    def posts(self, body: bytes, actor: Actor | None = None, into: str | None = None) -> Taken:
        """Take a body in, as the TAXII door does."""
        actor = actor or self.office
        with self.reading() as session:
            opened = load_collection(session, load_reader(session, actor), into or str(self.collection))
        post = read_post(body, opened.collection)
        with self.writing() as session:
            return take_in(session, actor, post, policy=default_policy(), context=self.context())

    def sees(self, actor: Actor, *types: str) -> list[Row]:
        with self.reading() as session:
            reader = load_reader(session, actor)
            question = Question(types=types, versions=(ALL,))
            return list(page(session, reader, 1, question, sealer=self.hub.secrets.cursor).rows)


def indicator(label: Label = Label.GREEN, **more: Any) -> dict[str, Any]:
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid4()}",
        "created": "2026-11-01T00:00:00.000Z",
        "modified": "2026-11-01T00:00:00.000Z",
        "name": "beacon",
        "confidence": 50,
        "pattern": "[ipv4-addr:value = '192.0.2.1']",
        "pattern_type": "stix",
        "valid_from": "2026-11-01T00:00:00Z",
        "object_marking_refs": [TLP2_IDS[label]],
        **more,
    }


def refusals(taken: Taken) -> list[str]:
    """Why objects were refused, in the order of the post."""
    return [each.message for each in taken.answers if not each.accepted]


def accepted(taken: Taken) -> list[Answer]:
    return [each for each in taken.answers if each.accepted]


@pytest.fixture
def press(hub_url: str, tmp_path: Path) -> Iterator[Press]:
    """A fresh hub with a publisher."""
    made = Press(hub_url, tmp_path)
    yield made
    made.close()
