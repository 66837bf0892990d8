"""Imports may be run twice and stopped, and are judged as posts are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crypto.sealing import CursorSealer
from feeds.files.importing import BATCH, Imported, Into, import_objects
from feeds.files.indicators import Skipped
from feeds.intake.judging import Judge
from feeds.stix.markings import TLP2_IDS
from models.vocabulary import Label, Role
from sharing.collections.access import load_collection
from sharing.readers import load_reader
from sharing.reading.page import page
from sharing.reading.question import Question
from sharing.rules.policy import default_policy
from tests.factory import World
from tests.feeds.intake.test_references import note
from tests.hub.taxii.conftest import indicator


@pytest.fixture
def into(hub_url: str, tmp_path: Path):
    world = World(hub_url, tmp_path)
    office = world.person(world.secretariat("電力セプター事務局"), Role.COORDINATOR)
    with world.reading() as session:
        collection = load_collection(session, load_reader(session, office), "electricity").collection
        session.expunge_all()
    judge = Judge(world.hub.secrets.edition_key, world.hub.reading)
    yield Into(world.hub.units, office, collection, lambda _session: default_policy(), judge)
    world.close()


def numbers(done: Imported) -> tuple[int, ...]:
    return done.read, done.published, done.repeated, done.refused, done.skipped


def test_an_import_may_be_run_again(into: Into):
    """The second time everything is a repetition; one spoilt object spoils no other."""
    good = [json.dumps(indicator(Label.GREEN)).encode() for _ in range(3)]
    twice = b'{"id":"a","id":"b"}'
    bad = json.dumps({**indicator(Label.GREEN), "created": "yesterday"}).encode()
    given = [good[0], twice, Skipped("a comment"), good[1], bad, good[2]]
    first = import_objects(into, given, lambda _done: None)
    assert numbers(first) == (6, 3, 0, 2, 1)
    assert any("twice" in reason for reason in map(str, first.reasons))
    assert numbers(import_objects(into, given, lambda _done: None)) == (6, 0, 3, 2, 1)


def test_an_import_that_was_stopped_goes_on(into: Into):
    """After the first batch somebody pulls the plug; the next run begins behind it."""
    given = [json.dumps(indicator(Label.GREEN)).encode() for _ in range(BATCH + 5)]
    reached: list[int] = []

    def stopped(done: Imported) -> None:
        reached.append(done.read)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_objects(into, given, stopped)
    assert reached == [BATCH]
    assert numbers(import_objects(into, given, lambda _done: None, begin=BATCH)) == (BATCH + 5, 5, 0, 0, 0)


def test_definitions_come_with_what_names_them(into: Into):
    """Of a large file they stand in another batch: alone there, they were held as what nothing names, or refused."""
    made = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "created": "2026-11-01T00:00:00.000Z",
        "definition_type": "statement",
    }
    first, second, third = (
        {**made, "id": f"marking-definition--{n * 4}-1111-4111-8111-111111111111", "definition": {"statement": n}}
        for n in ("11", "22", "33")
    )
    third["object_marking_refs"] = [second["id"]]
    names = indicator(Label.GREEN)
    names["object_marking_refs"] = [*names["object_marking_refs"], first["id"]]
    before = [indicator(Label.GREEN) for _ in range(BATCH)]
    given = [json.dumps(each).encode() for each in (second, first, third, *before, names, indicator(Label.GREEN))]
    reached: list[int] = []
    done = import_objects(into, [*given, Skipped("a comment")], lambda done: reached.append(done.read))
    assert (numbers(done), reached) == ((BATCH + 6, BATCH + 5, 0, 0, 1), [BATCH, BATCH + 6])
    with into.units.reading() as session:
        reader = load_reader(session, into.actor)
        question = Question(types=("marking-definition",))
        rows = page(session, reader, into.collection.feed, question, sealer=CursorSealer(bytes(64))).rows
    labels = {row.stix_id: Label.of_rank(row.label) for row in rows}
    assert labels[first["id"]] is Label.GREEN
    assert labels[second["id"]] is labels[third["id"]] is not Label.GREEN, "no object names these"
    assert numbers(import_objects(into, given, lambda _done: None, begin=BATCH)) == (BATCH + 5, 0, 5, 0, 0)


def test_a_file_is_judged_as_a_post_is(into: Into):
    """Redacted forms are made, a reference to something stricter is refused with the reason."""
    marks = [{"marking_ref": TLP2_IDS[Label.AMBER_STRICT], "selectors": ["description"]}]
    whole = indicator(Label.GREEN, description="for a few", granular_markings=marks)
    secret = indicator(Label.AMBER)
    named = note(Label.GREEN, secret["id"])
    raws = [json.dumps(each).encode() for each in (whole, secret, named)]
    done = import_objects(into, raws, lambda _done: None)
    assert numbers(done) == (3, 2, 0, 1, 0)
    (refused,) = map(str, done.reasons)
    assert secret["id"] in refused and refused.startswith(named["id"])
    with into.units.reading() as session:
        reader = load_reader(session, into.actor)
        found = page(session, reader, into.collection.feed, Question(), sealer=CursorSealer(bytes(64)))
        texts = [json.loads(row.body) for row in found.rows]
    forms = [each for each in texts if each["type"] == "indicator" and each["id"] not in {whole["id"], secret["id"]}]
    assert len(forms) == 1 and "description" not in forms[0]
