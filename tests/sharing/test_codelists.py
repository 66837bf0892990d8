"""Code lists, sectors and CEPTOARs are data: an administrator edits them, and what reports use stays."""

import json
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models.audit import AuditEntry
from models.codelist import CodeItem, Sector
from models.codelists import shipped_documents
from models.codelists.file import BadCodeList, parse_codelist
from models.vocabulary import Door, Role
from sharing.audit.tags import Tag
from sharing.codelists.loading import list_codelists, load_codelist, load_codelist_document
from sharing.collections.access import list_all_collections
from sharing.errors import Invalid, NotPermitted, NotVisible
from sharing.reports.codes import EVENT_TYPES, Standing, list_code_items, load_codes
from sharing.setup import hub_actor
from tests.factory import World

ADMINISTRATOR = hub_actor(Door.COMMAND)


@pytest.fixture
def world(hub_url: str, tmp_path: Path) -> Iterator[World]:
    """A fresh hub."""
    made = World(hub_url, tmp_path)
    yield made
    made.close()


def shipped(name: str, version: str) -> dict[str, Any]:
    """A shipped file, to be edited."""
    return deepcopy(next(each for each in shipped_documents() if (each["list"], each["version"]) == (name, version)))


def load(world: World, document: dict[str, Any]) -> Any:
    """Load an edited file as the command does."""
    given, kept = parse_codelist(json.dumps(document).encode())
    with world.writing() as session:
        return load_codelist(session, ADMINISTRATOR, given, kept, context=world.context())


def test_every_shipped_file_can_be_edited() -> None:
    """What ships passes the checks that an edited file must pass."""
    for document in shipped_documents():
        given, kept = parse_codelist(json.dumps(document).encode())
        assert (given.list, kept) == (document["list"], document)


def test_the_sixteenth_sector_gets_its_name(world: World) -> None:
    """Words change under the same code, everywhere, and one entry tells of it."""
    document = shipped("sectors", "2026")
    document["items"][-1] |= {"ja": "宇宙", "en": "Space", "confirmed": True}
    loaded = load(world, document)
    assert (loaded.added, loaded.changed, loaded.retired) == ((), ("sixteenth",), ())
    with world.reading() as session:
        sector = session.get_one(Sector, "sixteenth")
        assert (sector.name_ja, sector.confirmed) == ("宇宙", True)
        entries = session.execute(select(AuditEntry.tag).order_by(AuditEntry.id.desc()).limit(1)).scalars().all()
    assert entries == [Tag.CODELIST_LOAD.value]


def test_a_new_sector_gets_a_collection_that_its_ceptoar_writes(world: World) -> None:
    """A seventeenth sector and its CEPTOAR work from the next request on."""
    document = shipped("sectors", "2026")
    document["items"].append(document["items"][-1] | {"code": "food", "order": 17, "ja": "食料", "en": "Food"})
    load(world, document)
    bodies = shipped("ceptoars", "2024")
    bodies["groups"].append(bodies["groups"][-1] | {"code": "food", "order": 17, "ja": "食料", "en": "Food"})
    bodies["items"].append(
        bodies["items"][-1] | {"code": "food", "order": 22, "ja": "食料セプター", "en": "Food CEPTOAR", "group": "food"}
    )
    assert load(world, bodies).added == ("food",)
    with world.reading() as session:
        rights = {each.alias: writers for each, _, writers in list_all_collections(session, ADMINISTRATOR)}
    assert rights["food"] == ["secretariat:food"]


def test_a_code_that_is_left_out_is_retired_and_a_new_version_takes_over(world: World) -> None:
    """Old reports keep their codes; new ones choose from the version in force."""
    document = shipped("event-types", "2020-form")
    document |= {"version": "2026-form", "valid_from": "2026-01-01"}
    document["items"] = [item for item in document["items"] if item["code"] != "E42"]
    document["items"].append(document["items"][-1] | {"code": "E44", "order": 9, "ja": "なりすまし", "en": "Spoofing"})
    loaded = load(world, document)
    assert (loaded.added, loaded.retired) == (("E44",), ("E42",))
    with world.reading() as session:
        codes = load_codes(session)
        assert codes.standing(EVENT_TYPES, "E42") is Standing.RETIRED
        assert codes.standing(EVENT_TYPES, "E44") is Standing.ACTIVE
        assert {item.version for item in list_code_items(session, EVENT_TYPES)} == {"2026-form"}
        lines = [
            each for each in list_codelists(session, ADMINISTRATOR, world.now.date()) if each.list == "event-types"
        ]
        assert [(each.version, each.in_force) for each in lines] == [("2026-form", True), ("2020-form", False)]
        assert load_codelist_document(session, ADMINISTRATOR, "event-types", None, world.now.date()) == document


def test_what_is_in_use_cannot_be_left_out(world: World) -> None:
    """A sector, a CEPTOAR's sector, the near miss, a closed list: refused with the code named, nothing written."""
    fewer = shipped("sectors", "2026")
    fewer["items"] = fewer["items"][:-1]
    moved = shipped("ceptoars", "2024")
    moved["items"][0]["group"] = "water"
    without = shipped("event-types", "2020-form")
    without["items"] = [item for item in without["items"] if item["code"] != "E00"]
    roles = shipped("roles", "1")
    roles["items"] = roles["items"][:-1]
    unknown = shipped("roles", "1") | {"list": "colours"}
    for document, code in (
        (fewer, "in-use"),
        (moved, "other-sector"),
        (without, "missing-code"),
        (roles, "closed-list"),
        (unknown, "unknown-list"),
    ):
        with pytest.raises(Invalid) as refused:
            load(world, document)
        assert code in {fault.code for fault in refused.value.faults}
    with world.reading() as session:
        assert session.execute(select(CodeItem).where(CodeItem.list == "colours")).first() is None


def test_only_an_administrator_edits_lists(world: World) -> None:
    """Not even a secretariat sees the files."""
    actor = world.person(world.secretariat("Electricity secretariat"), Role.COORDINATOR)
    given, kept = parse_codelist(json.dumps(shipped("roles", "1")).encode())
    with world.writing() as session, pytest.raises(NotPermitted):
        load_codelist(session, actor, given, kept, context=world.context())
    with world.reading() as session:
        with pytest.raises(NotPermitted):
            list_codelists(session, actor, world.now.date())
        with pytest.raises(NotVisible):
            load_codelist_document(session, ADMINISTRATOR, "colours", None, world.now.date())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.pop("items"), "missing required field `items`"),
        (lambda d: d["items"][2].pop("ja"), "$.items[2]"),
        (lambda d: d["items"][2].update(ja="  "), "items[2].ja: expected a name"),
        (lambda d: d["items"][2].update(ja="あ" * 101), "items[2].ja: expected a name of at most 100"),
        (lambda d: d["items"][2].update(ja="改行\n"), "items[2].ja"),
        (lambda d: d["items"][2].update(code=d["items"][1]["code"]), "expected each code once"),
        (lambda d: d["items"][2].update(code="E 1"), "items[2].code"),
        (lambda d: d["items"][2].update(group="nowhere"), "items[2].group"),
        (lambda d: d["items"][2].update(colour="red"), "colour"),
        (lambda d: d.update(version="../x"), "version: expected"),
        (lambda d: d.update(valid_from="yesterday"), "valid_from"),
        (lambda d: d.update(valid_to="2001-01-01"), "valid_to: expected a day after"),
        (lambda d: d.update(items=[]), "items: expected 1 to"),
    ],
)
def test_a_bad_file_is_refused_with_its_place(change: Any, words: str) -> None:
    """Every fault names where it stands."""
    document = shipped("event-types", "2020-form")
    change(document)
    with pytest.raises(BadCodeList) as refused:
        parse_codelist(json.dumps(document).encode())
    assert words in str(refused.value)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b"\xff", b'{"list": 7}', b"x" * (1024 * 1024 + 1)])
def test_what_is_no_file_is_refused(raw: bytes) -> None:
    """Whatever it is, it is told in words."""
    with pytest.raises(BadCodeList):
        parse_codelist(raw)
