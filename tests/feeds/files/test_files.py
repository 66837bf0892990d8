"""Files in: objects cut out of a stream byte for byte, lines that become indicators, imports that may be run twice."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto.sealing import CursorSealer
from feeds.files import bundles
from feeds.files.bundles import FileError, split_objects
from feeds.files.importing import BATCH, Imported, Into, import_objects
from feeds.files.indicators import Origin, Skipped, of_list, of_table
from feeds.files.misp import of_misp
from feeds.intake.judging import Judge
from feeds.stix.markings import TLP2_IDS, label_of
from feeds.stix.schema import validate
from models.vocabulary import Label, Role
from sharing.collections.access import load_collection
from sharing.readers import load_reader
from sharing.reading.page import page
from sharing.reading.question import Question
from sharing.rules.policy import default_policy
from tests.factory import World
from tests.feeds.editions.mapping import read_pattern
from tests.feeds.intake.test_references import note
from tests.hub.taxii.conftest import indicator

ORIGIN = Origin(UUID("aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa"), datetime(2026, 11, 20, tzinfo=UTC), Label.GREEN)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda each: (
        st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=4) | st.just("objects"), each, max_size=3)
    ),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=4) | st.just("objects"), JSON, max_size=3), max_size=4)


class Dripping(io.BytesIO):
    """Gives a few bytes at a time, however many are asked for."""

    def __init__(self, raw: bytes, size: int) -> None:
        super().__init__(raw)
        self.size = size

    def read(self, size: int | None = -1) -> bytes:
        return super().read(self.size)


# Cutting --------------------------------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(
    OBJECTS, st.dictionaries(st.sampled_from(["type", "id", "x"]), JSON, max_size=3), st.integers(1, 9), st.booleans()
)
def test_objects_come_out_byte_for_byte(objects, beside, size, indented):
    """Whatever stands in them and beside them, and wherever the pieces are cut."""
    document = {**beside, "objects": objects, "y": {"objects": [{"no": 1}]}}
    raw = json.dumps(document, indent=1 if indented else None, ensure_ascii=not indented).encode()
    found = list(split_objects(Dripping(raw, size)))
    assert [json.loads(each) for each in found] == objects
    assert all(each in raw for each in found)


@given(st.dictionaries(st.text(max_size=3).filter(lambda name: name != "objects"), JSON, max_size=3), st.integers(1, 9))
def test_a_document_without_objects_is_one_object(value, size):
    raw = json.dumps(value).encode()
    assert list(split_objects(Dripping(raw, size))) == [raw]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"5",
        b"{",
        b'{"objects":[{"a":1}',
        b'{"objects":[{"a":1} 5]}',
        b'{"objects":[5,{"a":1}]}',
        b'{"objects":[[{"a":1}]]}',
        b'{"objects":[]} {"objects":[]}',
        b'{"a":"',
        b"}",
        b'{"objects":[{"a":1}]}x',
        b'{"objects":[{"a":1}]},',
        b'{"objects":[{"a":1}]}\n    "more"',
        b'{"a":1}\x00',
        b'{"objects":[{"a":1}],"x":2,"objects":[{"a":2}]}',
    ],
)
def test_files_in_which_nothing_can_be_told_apart(raw):
    for size in (3, 1_000):
        with pytest.raises(FileError):
            list(split_objects(Dripping(raw, size)))


def test_blanks_around_a_document_are_nothing():
    """Of what stands after a document nothing would be read, so it is refused; blanks are nothing to be read."""
    assert list(split_objects(Dripping(b' \n{"objects":[{"a":1}]}  \r\n\t ', 3))) == [b'{"a":1}']


def test_memory_stays_small_and_one_huge_object_is_refused(monkeypatch):
    monkeypatch.setattr(bundles, "LARGEST_OBJECT", 1_000)
    monkeypatch.setattr(bundles, "CHUNK", 100)
    many = b'{"objects":[' + b",".join(b'{"a":"%d"}' % n for n in range(5_000)) + b"]}"
    assert len(list(split_objects(io.BytesIO(many)))) == 5_000
    with pytest.raises(FileError):
        list(split_objects(io.BytesIO(b'{"objects":[{"a":"' + b"x" * 5_000 + b'"}]}')))


# Lines ----------------------------------------------------------------------------------------------------------------


def said(found):
    """Kind, value and label of each line that became an indicator; None for the others."""
    answers = []
    for each in found:
        if isinstance(each, Skipped):
            answers.append(None)
            continue
        value = json.loads(each)
        assert validate(value) == ()
        pattern = read_pattern(value["pattern"])
        answers.append((pattern["kind"], pattern["value"], value["name"]))
    return answers


def test_a_plain_list():
    lines = ["# comment", "", "192.0.2.1", "2001:db8::1 ", "evil.example", "http://evil.example/x", "a" * 64, "what?"]
    assert said(of_list(lines, ORIGIN)) == [
        ("ipv4-addr", "192.0.2.1", "192.0.2.1"),
        ("ipv6-addr", "2001:db8::1", "2001:db8::1"),
        ("domain-name", "evil.example", "evil.example"),
        ("url", "http://evil.example/x", "http://evil.example/x"),
        ("sha256", "a" * 64, "a" * 64),
        None,
    ]


def test_names_of_hosts_in_other_letters():
    """They were left out, though Japan has many: written as they are asked for, named as they were read."""
    lines = ["日本語.jp", "ｅｖｉｌ。example", "日本", "日本語.jp/x", "日..jp"]
    assert said(of_list(lines, ORIGIN)) == [
        ("domain-name", "xn--wgv71a119e.jp", "日本語.jp"),
        ("domain-name", "evil.example", "ｅｖｉｌ。example"),
        *[None] * 3,
    ]
    assert said(of_table(["value,type,name", "日本語.jp,domain-name,x"], ORIGIN)) == [
        ("domain-name", "xn--wgv71a119e.jp", "x")
    ]


def test_a_file_that_changes_makes_new_versions():
    """On one day the same id, which had another `created` each time: that must never change (STIX 2.1 §3.2)."""
    day = datetime(2026, 11, 20, tzinfo=UTC)
    moments = [day, day.replace(hour=9), day.replace(hour=23, microsecond=5), day.replace(day=21)]
    made = [
        json.loads(each) for at in moments for each in of_list(["192.0.2.1"], Origin(ORIGIN.organization_id, at, None))
    ]
    assert [each["id"] == made[0]["id"] for each in made] == [True, True, True, False]
    assert [each["created"] for each in made] == ["2026-11-20T00:00:00.000000Z"] * 3 + ["2026-11-21T00:00:00.000000Z"]
    assert [each["modified"] for each in made] == sorted(each["modified"] for each in made)
    assert len({each["modified"] for each in made}) == 4


def test_a_long_value_is_left_out_whole():
    """The rest was cut off, and what was left went out as another address."""
    found = list(of_list([f"http://a.example/{'x' * 20_000}", "192.0.2.1" + " " * 20_000], ORIGIN))
    assert said(found) == [None, ("ipv4-addr", "192.0.2.1", "192.0.2.1")]
    assert str(found[0]) == "line 1: a value of more than 10000 characters"


def test_comments_behind_values():
    """As blocklists have them; the fragment of an address is none."""
    lines = [
        "192.0.2.1 # command and control",
        "192.0.2.2\t; SBL1",
        " ; all of it",
        "http://e.example/#top",
        "; x",
        "#",
    ]
    assert [each[1] for each in said(of_list(lines, ORIGIN))] == ["192.0.2.1", "192.0.2.2", "http://e.example/#top"]


def test_a_first_line_that_cannot_be_read_is_said():
    """It ended the import with an error of its own."""
    with pytest.raises(FileError):
        list(of_table(["value," + "x" * 200_000], ORIGIN))


def test_a_quote_that_nobody_closes_is_said():
    """All lines behind it became part of one name, and were lost without a word."""
    table = ["value,name\n", "192.0.2.1,a\n", '192.0.2.2,"b\n', "192.0.2.3,c\n"]
    found = of_table(table, ORIGIN)
    assert said([next(found)]) == [("ipv4-addr", "192.0.2.1", "a")]
    with pytest.raises(FileError, match="line 4"):
        next(found)


def test_defanged_values_are_read_as_meant():
    """They were published as they stood, and nothing on earth would have matched hxxp; other values keep every sign."""
    lines = [
        "hxxps://evil[.]example/x?a=[1]",
        "evil[.]example",
        "192.0.2[.]1",
        "http://e.example/Ａ",
        "x(at)e[dot]example",
    ]
    values = ["https://evil.example/x?a=[1]", "evil.example", "192.0.2.1", "http://e.example/Ａ", "x@e.example"]
    kinds = ["url", "domain-name", "ipv4-addr", "url", "email-addr"]
    assert said(of_list(lines, ORIGIN)) == list(zip(kinds, values, values, strict=True))
    (row,) = of_table(["value,type,name", "hxxp://evil[.]example/,url,x"], ORIGIN)
    assert said([row]) == [("url", "http://evil.example/", "x")]


def test_what_is_left_out_says_its_line():
    """Of a thousand lines one that is wrong must be found again."""
    (left,) = (each for each in of_list(["# first", "192.0.2.1", "what?"], ORIGIN) if isinstance(each, Skipped))
    assert str(left).startswith("line 3: ")
    table = ["value,tlp,name", '192.0.2.1,,"two', 'lines"', "192.0.2.2,mauve,"]
    (left,) = (each for each in of_table([f"{line}\n" for line in table], ORIGIN) if isinstance(each, Skipped))
    assert str(left) == "line 4: unknown TLP label"


def test_a_table_with_labels():
    lines = [
        "\ufeffType,VALUE,name,tlp",
        "domain-name,evil.example,Beacon,TLP:AMBER",
        ",192.0.2.1,,",
        "url,x,,",
        ",x.example,,mauve",
    ]
    found = list(of_table(lines, ORIGIN))
    assert said(found) == [
        ("domain-name", "evil.example", "Beacon"),
        ("ipv4-addr", "192.0.2.1", "192.0.2.1"),
        None,
        None,
    ]
    marks = [json.loads(each)["object_marking_refs"] for each in found if isinstance(each, bytes)]
    assert marks[0] == indicator(Label.AMBER)["object_marking_refs"]
    assert marks[1] == indicator(Label.GREEN)["object_marking_refs"]
    with pytest.raises(FileError):
        list(of_table(["a,b", "1,2"], ORIGIN))


def test_a_table_with_a_column_twice_is_said():
    """The last one was read, and of the other nothing, without a word."""
    for first in ("value,VALUE", "value,tlp, TLP "):
        with pytest.raises(FileError, match="each column once"):
            list(of_table([first, "a.example,b.example,c"], ORIGIN))
    assert said(of_table(["value,,", "a.example,,"], ORIGIN)) == [("domain-name", "a.example", "a.example")]


EVENT = {
    "Event": {
        "info": "OSINT - campaign",
        "Tag": [{"name": "tlp:green"}],
        "Attribute": [
            {"type": "ip-dst", "value": "192.0.2.7", "to_ids": True, "timestamp": "1790000000"},
            {"type": "domain", "value": "evil.example", "to_ids": True, "Tag": [{"name": "tlp:red"}]},
            {"type": "comment", "value": "text", "to_ids": True},
            {"type": "url", "value": "http://a.example/", "to_ids": False},
        ],
        "Object": [{"Attribute": [{"type": "sha256", "value": "b" * 64, "to_ids": True}]}],
    }
}


@pytest.mark.parametrize("wrap", [lambda e: e, lambda e: [e], lambda e: {"response": [e]}])
def test_a_misp_event(wrap):
    """Attributes for detection become indicators at the strictest of their labels; the rest is counted as left out."""
    found = list(of_misp(json.dumps(wrap(EVENT)).encode(), ORIGIN))
    assert said(found) == [
        ("ipv4-addr", "192.0.2.7", "OSINT - campaign"),
        ("domain-name", "evil.example", "OSINT - campaign"),
        None,
        None,
        ("sha256", "b" * 64, "OSINT - campaign"),
    ]
    made = [json.loads(each) for each in found if isinstance(each, bytes)]
    assert made[0]["object_marking_refs"] == indicator(Label.GREEN)["object_marking_refs"]
    assert made[1]["object_marking_refs"] == indicator(Label.RED)["object_marking_refs"]
    assert made[0]["valid_from"].startswith("2026-09-21T")


EVENT_LINE = {"type": "ip-dst", "value": "192.0.2.7", "to_ids": True}


def labelled(event, attribute=None, *, label=None, default=None):
    """The label of the one indicator of an event; nothing where it states none."""
    lines = {"Attribute": [{**EVENT_LINE, **attribute}]} if attribute is not None else {}
    raw = json.dumps({"Event": {"info": "x", **event, **lines}}).encode()
    (made,) = of_misp(raw, Origin(ORIGIN.organization_id, ORIGIN.at, label, default))
    assert isinstance(made, bytes)
    return label_of(tuple(json.loads(made).get("object_marking_refs", ()))).label


GREEN_TAG = {"Tag": [{"name": "tlp:green"}]}
NARROW = {
    "nothing is said": ({}, {}, None),
    "this organization": ({"distribution": "0"}, {}, Label.AMBER_STRICT),
    "this organization, tagged green": ({"distribution": "0", **GREEN_TAG}, {}, Label.AMBER_STRICT),
    "this community": ({"distribution": 1, **GREEN_TAG}, {}, Label.AMBER),
    "a sharing group": ({"distribution": "4", **GREEN_TAG}, {}, Label.AMBER_STRICT),
    "connected communities, tagged clear": (
        {"distribution": "2", "Tag": [{"name": "tlp:clear"}]},
        {"distribution": "5"},
        Label.GREEN,
    ),
    "all, tagged clear": ({"distribution": "3", "Tag": [{"name": "TLP:CLEAR"}]}, {}, Label.CLEAR),
    "no such distribution": ({"distribution": "9", **GREEN_TAG}, {}, Label.AMBER_STRICT),
    "an attribute narrower": ({"distribution": "3", **GREEN_TAG}, {"distribution": "0"}, Label.AMBER_STRICT),
    "an attribute wider": ({"distribution": "0", **GREEN_TAG}, {"distribution": "3"}, Label.AMBER_STRICT),
    "a label that nobody knows": ({"Tag": [{"name": "tlp:green"}, {"name": "tlp:ex:chr"}]}, {}, Label.AMBER_STRICT),
    "tags in their other form": ({"EventTag": [{"Tag": {"name": "tlp:red"}}]}, {}, Label.RED),
}


@pytest.mark.parametrize("event, attribute, label", NARROW.values(), ids=NARROW)
def test_a_misp_event_goes_no_wider_than_it_says(event, attribute, label):
    """Distributions were not looked at: what was for one organization went out at the label of the collection."""
    assert labelled(event, attribute) is label


def test_objects_and_wishes_go_no_wider_either():
    """Attributes in objects are as narrow as these; `--label` is for what says nothing."""
    kept = {"distribution": "0", "Attribute": [EVENT_LINE]}
    assert labelled({"distribution": "3", **GREEN_TAG, "Object": [kept]}) is Label.AMBER_STRICT
    assert labelled({"distribution": "0"}, {}, label=Label.GREEN) is Label.AMBER_STRICT
    assert labelled({"distribution": "3"}, {}, label=Label.GREEN) is Label.GREEN


def test_a_misp_distribution_is_never_wider_than_the_collections_default():
    """Connected communities are GREEN at most; where the collection takes the unlabelled as AMBER, so is this."""
    assert labelled({"distribution": "2"}, {}, default=Label.AMBER) is Label.AMBER
    assert labelled({"distribution": "2"}, {}, default=Label.CLEAR) is Label.GREEN
    assert labelled({"distribution": "2"}, {}) is Label.AMBER_STRICT
    assert labelled({"distribution": "3"}, {}, default=Label.AMBER) is None


def test_what_was_deleted_in_misp_and_what_is_no_text_stays_out():
    """Deleted attributes became indicators; half of a surrogate pair ended the import with an error."""
    gone = [{**EVENT_LINE, "deleted": deleted} for deleted in (True, "1")]
    event = {"info": "x", "Attribute": gone, "Object": [{"deleted": True, "Attribute": [EVENT_LINE]}]}
    odd = {"info": "\ud800", "Attribute": [EVENT_LINE, {**EVENT_LINE, "value": "192.0.2.8", "deleted": False}]}
    found = [*of_misp(json.dumps([{"Event": event}, {"Event": odd}]).encode(), ORIGIN)]
    assert [str(each) for each in found[:3]] == ["deleted there"] * 3
    assert all("surrogate" in str(each) for each in found[3:]) and len(found) == 5


@pytest.mark.parametrize("raw", [b"", b"5", b"{}", b'{"Event":5}', b"[[]]", b"[" * 100_000])
def test_what_is_no_misp_event(raw):
    with pytest.raises(FileError):
        list(of_misp(raw, ORIGIN))


# Taking in ------------------------------------------------------------------------------------------------------------


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
