"""More clients that are out there: the sources and sinks of `stix2`, and one that is found in the index."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from uuid import UUID

import pytest
import stix2
from stix2 import Filter, TAXIICollectionSink, TAXIICollectionSource, TAXIICollectionStore
from taxii2client.v21 import Collection

from models.vocabulary import Label
from sharing.collections.api_roots import RootRules, add_api_root
from tests.harness import others
from tests.hub.taxii.conftest import ROOT, Door, indicator
from tests.hub.taxii.test_clients import Bearer


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The libraries log what they do."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def remote(door: Door) -> Collection:
    """A collection of its own, as the library sees it."""
    where = door.collection("Store", default_label=Label.GREEN)
    return Collection(f"{door.hub.url}{ROOT}collections/{where}/", auth=Bearer(door.poster.key))


def test_the_sink_posts_and_the_source_finds_again(remote: Collection):
    """Single objects, several at once, a bundle; by id, all versions, and filters, some of which the server applies."""
    sink, source = TAXIICollectionSink(remote, allow_custom=True), TAXIICollectionSource(remote, allow_custom=True)
    objects = [stix2.parse(indicator(Label.GREEN), allow_custom=True) for _ in range(4)]
    sink.add(objects[0])
    sink.add(objects[1:3])
    sink.add(stix2.Bundle(objects[3], allow_custom=True))
    for each in objects:
        assert source.get(each.id) == each
    found = source.query([Filter("type", "=", "indicator"), Filter("pattern", "=", objects[2].pattern)])
    assert [each.id for each in found] == [objects[2].id]
    newer = objects[0].new_version(name="newer")
    sink.add(newer)
    assert source.get(objects[0].id).name == "newer"
    assert {each.modified for each in source.all_versions(objects[0].id)} == {objects[0].modified, newer.modified}
    assert source.get(f"indicator--{objects[0].id[11:19]}-0000-4000-8000-000000000000") is None


def test_the_store_and_its_relationships(remote: Collection):
    """One object for reading and writing; what is related is found from either end."""
    store = TAXIICollectionStore(remote, allow_custom=True)
    first, second = (stix2.parse(indicator(Label.GREEN), allow_custom=True) for _ in range(2))
    tie = stix2.Relationship(first, "related-to", second, object_marking_refs=first.object_marking_refs)
    store.add([first, second, tie])
    assert [each.id for each in store.relationships(first)] == [tie.id]
    assert [each.id for each in store.related_to(first)] == [second.id]


def test_a_first_page_holds_what_the_source_reads(remote: Collection, door: Door):
    """The source reads one page only: without a limit a page is as large as the server gives, a thousand."""
    door.poster.add(remote.id, *[indicator(Label.GREEN) for _ in range(300)])
    source = TAXIICollectionSource(remote, allow_custom=True)
    assert len(source.query([Filter("type", "=", "indicator")])) == 300


@pytest.mark.skipif(others.find_python() is None, reason=others.ENABLE)
def test_a_client_that_knows_one_api_root_by_heart(door: Door):
    """cc-taxii2-client asks below `api` and nowhere else: an administrator adds that root, and it reads every page."""
    where = door.collection("By heart", default_label=Label.GREEN)
    door.poster.add(where, *(indicator(None, name=f"n{n}", description="d", pattern_version="2.1") for n in range(7)))
    rules = RootRules("For one client", "専用", collections=frozenset({UUID(where)}))
    with door.world.writing() as session:
        add_api_root(session, door.world.command(), "api", rules, context=door.world.context())
    said = others.run_client(_CC, f"{door.hub.url}/taxii2", "coordinator", door.poster.key)
    assert said == {"collections": [where], "names": [f"n{n}" for n in range(7)]}


_CC = """
from cc_taxii2_client import CCTaxiiClient
url, user, key = given
client = CCTaxiiClient(user, key)
client.url = url
said["collections"] = client.get_collections()
said["names"] = [each.name for page in client.get_cc_indicators_generator(limit=3, follow_pages=True) for each in page]
"""
