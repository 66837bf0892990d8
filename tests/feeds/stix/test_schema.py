"""Judging objects: every fault is found, named by place, and never shown."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.errors import TimestampError
from feeds.stix import derive_schemas, schema_rules
from feeds.stix.markings import TLP1_NAMES, TLP2_IDS, tlp_marking_definition
from feeds.stix.schema import Strictness, acceptable, compile_all, validate
from feeds.stix.timestamps import parse_timestamp
from models.vocabulary import Label
from tests.feeds.stix.samples import matches

AMBER = TLP2_IDS[Label.AMBER]
NEW_TYPE = {"extension-definition--66666666-6666-4666-8666-666666666666": {"extension_type": "new-sdo"}}

INDICATOR = {
    "type": "indicator",
    "spec_version": "2.1",
    "id": "indicator--11111111-1111-4111-8111-111111111111",
    "created": "2026-04-01T00:00:00.000Z",
    "modified": "2026-04-01T00:00:00.000Z",
    "pattern": "[url:value = 'http://example.com/']",
    "pattern_type": "stix",
    "valid_from": "2026-04-01T00:00:00Z",
    "object_marking_refs": [AMBER],
    "external_references": [{"source_name": "memo", "description": "d"}],
}
FILE = {
    "type": "file",
    "id": "file--22222222-2222-5222-8222-222222222222",
    "hashes": {"MD5": "0" * 32},
}


def changed(value, **changes):
    made = copy.deepcopy(value) | changes
    return {key: each for key, each in made.items() if each is not ...}


def test_the_committed_schemas_are_the_derived_ones():
    """After an upgrade of stix2: run `python -m feeds.stix.derive_schemas` and read the difference."""
    for path, text in derive_schemas.written().items():
        assert path.read_text() == text


def test_every_validator_compiles():
    compile_all()


@pytest.mark.parametrize("value", [INDICATOR, FILE, changed(FILE, spec_version="2.1")])
def test_good_objects(value):
    assert validate(value) == ()


FAULTS = {
    "no id": ({"id": ...}, "/id", "this property", "nothing", True),
    "id of another type": ({"id": "malware--11111111-1111-4111-8111-111111111111"}, "/id", None, None, True),
    "id without UUID": ({"id": "indicator--1"}, "/id", "an id like indicator--<UUID>", "indicator--1", True),
    "id with a line end": ({"id": INDICATOR["id"] + "\n"}, "/id", None, None, True),
    "no modified": ({"modified": ...}, "/modified", "this property", "nothing", True),
    "modified without milliseconds": ({"modified": "2026-04-01T00:00:00Z"}, "/modified", None, None, False),
    "modified of no day": ({"modified": "2026-02-30T00:00:00.000Z"}, "/modified", None, None, True),
    "modified before created": (
        {"modified": "2026-03-31T23:59:59.999Z"},
        "/modified",
        "not before created",
        "an earlier time",
        True,
    ),
    "spec_version of the future": ({"spec_version": "3.0"}, "/spec_version", "2.0 or 2.1", "3.0", True),
    "spec_version as a number": ({"spec_version": 2.1}, "/spec_version", "2.0 or 2.1", "a number", True),
    "marking of another type": ({"object_marking_refs": [INDICATOR["id"]]}, "/object_marking_refs/0", None, None, True),
    "markings as text": ({"object_marking_refs": AMBER}, "/object_marking_refs", None, "a text", True),
    "empty list": ({"labels": []}, "/labels", "not empty", "empty", False),
    "null": ({"description": None}, "/description", "a value of type string", "null", False),
    "null in a custom property": ({"x_note": None}, "/x_note", None, "null", False),
    "empty list in a custom property": ({"x_note": []}, "/x_note", "not empty", "empty", False),
    "number for text": ({"name": 5}, "/name", "a value of type string", "a whole number", False),
    "text for boolean": ({"revoked": "true"}, "/revoked", "a value of type boolean", "a text", False),
    "confidence": ({"confidence": 101}, "/confidence", "at most 100", "101", False),
    "name with capitals": ({"Name": "x"}, "", "property names that STIX allows", "Name", False),
    "name too short": ({"ab": "x"}, "", "property names that STIX allows", "ab", False),
    "reference without content": (
        {"external_references": [{"source_name": "memo"}]},
        "/external_references/0",
        "at least one of description, external_id, url",
        "none of them",
        False,
    ),
    "hash in a reference": (
        {"external_references": [{"source_name": "m", "url": "u", "hashes": {"SHA-256": "abc"}}]},
        "/external_references/0/hashes/SHA-256",
        "a hash value as its algorithm writes it",
        "abc",
        False,
    ),
    "phase without chain": (
        {"kill_chain_phases": [{"phase_name": "x"}]},
        "/kill_chain_phases/0/kill_chain_name",
        "this property",
        "nothing",
        False,
    ),
    "extension without type": ({"extensions": {next(iter(NEW_TYPE)): {"a": 1}}}, None, "this property", None, False),
    "extension of a loose name": ({"extensions": {"mine": {"a": 1}}}, "/extensions", None, "mine", False),
    "empty extensions": ({"extensions": {}}, "/extensions", "not empty", "empty", False),
    "valid for no time": (
        {"valid_until": "2026-04-01T00:00:00.000000Z"},
        "/valid_until",
        "after valid_from",
        "the same time",
        False,
    ),
    "selector that leads nowhere": (
        {"granular_markings": [{"marking_ref": AMBER, "selectors": ["external_references.[1]"]}]},
        "/granular_markings/0/selectors/0",
        "a selector that leads to something in this object",
        "one that leads nowhere",
        True,
    ),
    "granular marking of nothing": (
        {"name": "n", "granular_markings": [{"selectors": ["name"]}]},
        "/granular_markings/0",
        "exactly one of lang, marking_ref",
        "none of them",
        True,
    ),
    "granular marking of two things": (
        {"name": "n", "granular_markings": [{"selectors": ["name"], "lang": "ja", "marking_ref": AMBER}]},
        "/granular_markings/0",
        "exactly one of lang, marking_ref",
        "several of them",
        True,
    ),
}


@pytest.mark.parametrize("changes, pointer, expected, found, fatal", FAULTS.values(), ids=FAULTS)
def test_faults_are_named(changes, pointer, expected, found, fatal):
    problems = validate(changed(INDICATOR, **changes))
    first = problems[0]
    for stated, wanted in ((first.pointer, pointer), (first.expected, expected), (first.found, found)):
        assert wanted is None or stated == wanted
    assert any(problem.fatal for problem in problems) == fatal


def test_policy_decides_what_is_not_fatal():
    minor, grave = validate(changed(INDICATOR, labels=[])), validate(changed(INDICATOR, id="x"))
    assert (acceptable((), Strictness.REFUSE), acceptable((), Strictness.WARN)) == (True, True)
    assert (acceptable(minor, Strictness.REFUSE), acceptable(minor, Strictness.WARN)) == (False, True)
    assert (acceptable(grave, Strictness.REFUSE), acceptable(grave, Strictness.WARN)) == (False, False)


@pytest.mark.parametrize("kind", [None, 5, ["indicator"], {}])
def test_a_type_that_is_no_text(kind):
    (problem,) = validate({"type": kind})
    assert (problem.pointer, problem.fatal) == ("/type", True)


@pytest.mark.parametrize(
    "key, good",
    [
        ("HKEY_LOCAL_MACHINE\\System", True),
        ("hkey_users", True),
        ("HKLMs\\System", True),
        ("a\\HKLM\\b", True),
        ("HKLM\\System", False),
        ("hkcu", False),
    ],
)
def test_a_registry_key_names_its_whole_hive(key, good):
    """The specification says so in so many words, and only the schemas of OASIS looked (real feeds hold such keys)."""
    value = {"type": "windows-registry-key", "id": "windows-registry-key--22222222-2222-4222-8222-222222222222"}
    problems = validate({**value, "spec_version": "2.1", "key": key})
    assert [(each.expected, each.fatal) for each in problems] == (
        [] if good else [("a registry key with its hive written out, such as HKEY_LOCAL_MACHINE", False)]
    )


@pytest.mark.parametrize("selector", ["name", "id", "external_references.[0].description", "object_marking_refs.[0]"])
def test_selectors_that_lead_somewhere(selector):
    value = changed(INDICATOR, name="n", granular_markings=[{"marking_ref": AMBER, "selectors": [selector]}])
    assert validate(value) == ()


@pytest.mark.parametrize(
    "selector", ["description", "external_references.[1]", "external_references.source_name", "name.[0]"]
)
def test_selectors_that_lead_nowhere(selector):
    value = changed(INDICATOR, name="n", granular_markings=[{"lang": "ja", "selectors": [selector]}])
    assert [problem.pointer for problem in validate(value)] == ["/granular_markings/0/selectors/0"]


def custom(kind, **more):
    return {
        "type": kind,
        "spec_version": "2.1",
        "id": f"{kind}--11111111-1111-4111-8111-111111111111",
        "created": "2026-04-01T00:00:00.000Z",
        "modified": "2026-04-01T00:00:00.000Z",
    } | more


def test_custom_types():
    assert validate(custom("x-plan")) == ()
    assert validate(custom("impact", extensions=NEW_TYPE)) == ()
    (problem,) = validate(custom("impact"))
    assert (problem.pointer, problem.found, problem.fatal) == ("/type", "impact", False)
    other = {"extensions": {next(iter(NEW_TYPE)): {"extension_type": "property-extension"}}}
    assert [each.pointer for each in validate(custom("impact", **other))] == ["/type"]
    assert validate(custom("x-plan", id="x-plot--11111111-1111-4111-8111-111111111111"))[0].fatal
    assert any(each.fatal for each in validate(custom("bundle", extensions=NEW_TYPE)))


def test_objects_of_stix_2_0():
    old = {key: each for key, each in INDICATOR.items() if key != "spec_version"} | {"labels": ["malicious-activity"]}
    assert validate(old) == ()
    assert validate(old | {"spec_version": "2.0"}) == ()
    assert [each.pointer for each in validate(changed(old, modified=...))] == ["/modified"]
    assert [each.pointer for each in validate(changed(old, created="2026-13-01T00:00:00.000Z"))] == ["/created"]
    assert [each.pointer for each in validate(changed(old, type="incident"))] == ["/id", "/type"]


@pytest.mark.parametrize("label", Label)
def test_a_published_label_cannot_be_redefined(label):
    """Who may define RED anew could tell its readers that it means CLEAR."""
    good = tlp_marking_definition(label)
    assert validate(good) == ()
    forged = good | {
        "extensions": tlp_marking_definition(Label.RED if label != Label.RED else Label.CLEAR)["extensions"]
    }
    assert validate(forged)[0].fatal
    assert validate(
        {key: each for key, each in good.items() if key != "extensions"}
        | {
            "definition_type": "statement",
            "definition": {"statement": "free for all"},
        }
    )[0].fatal


@pytest.mark.parametrize("marking, name", TLP1_NAMES.items())
def test_tlp_1_markings_are_those_published(marking, name):
    good = {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": marking,
        "created": "2017-01-20T00:00:00.000Z",
        "definition_type": "tlp",
        "name": f"TLP:{name}",
        "definition": {"tlp": name.lower()},
    }
    assert validate(good) == ()
    assert validate(good | {"definition": {"tlp": "white" if name != "WHITE" else "red"}})
    assert validate(good | {"id": "marking-definition--11111111-1111-4111-8111-111111111111"})


RULES = {
    "location without a place": ("location", {}, ["at least one of region, country, latitude"]),
    "latitude alone": ("location", {"latitude": 3.5}, ["this property"]),
    "latitude too large": ("location", {"latitude": 90.5, "longitude": 0}, ["at most 90.0"]),
    "family without name": ("malware", {"is_family": True}, ["this property"]),
    "analysis without result": ("malware-analysis", {"product": "p"}, ["at least one of result, analysis_sco_refs"]),
    "opinion outside the list": ("opinion", {"opinion": "maybe", "object_refs": [INDICATOR["id"]]}, None),
    "extension properties": (
        "extension-definition",
        {
            "created_by_ref": "identity--11111111-1111-4111-8111-111111111111",
            "name": "n",
            "schema": "s",
            "version": "1",
            "extension_types": ["property-extension"],
            "extension_properties": ["x"],
        },
        ["extension_properties only with toplevel-property-extension"],
    ),
    "relationship to nothing": ("relationship", {"relationship_type": "uses", "source_ref": INDICATOR["id"]}, None),
    "one body in two forms": (
        "email-message",
        {"is_multipart": True, "body": "x"},
        ["no body where is_multipart is true"],
    ),
    "translations that are no mappings": (
        "language-content",
        {"object_ref": INDICATOR["id"], "contents": {"ja": "訳", "en": {"name": "n"}}},
        ["a value of type object"],
    ),
    "stop before start": (
        "relationship",
        {
            "relationship_type": "uses",
            "source_ref": INDICATOR["id"],
            "target_ref": INDICATOR["id"],
            "start_time": "2026-04-01T00:00:00Z",
            "stop_time": "2026-04-01T00:00:00Z",
        },
        ["after start_time"],
    ),
}


@pytest.mark.parametrize("kind, more, expected", RULES.values(), ids=RULES)
def test_rules_across_properties(kind, more, expected):
    problems = validate(custom(kind, **more))
    assert problems
    if expected:
        assert [problem.expected for problem in problems] == expected


def test_no_message_is_long_and_there_are_few():
    value = changed(INDICATOR, labels=[5] * 1_000, name=["n" * 5_000], id="i" * 5_000, **{"B" * 5_000: 1})
    problems = validate(value)
    assert 0 < len(problems) <= 20
    assert all(len(problem.found) <= 80 and len(problem.expected) <= 120 for problem in problems)


DIGITS = st.text("0123456789", min_size=1, max_size=8)
NEARLY = st.builds(
    "{:04d}-{:02d}-{:02d}T{:02d}:{:02d}:{:02d}{}{}".format,
    st.sampled_from([0, 1, 4, 99, 100, 400, 1900, 2000, 2023, 2024, 2100, 9999]) | st.integers(0, 9999),
    st.integers(0, 13),
    st.integers(0, 32),
    st.integers(0, 24),
    st.integers(0, 60),
    st.integers(0, 60),
    st.just("") | DIGITS.map(".{}".format) | st.just("."),
    st.sampled_from(["Z", "Z", "Z", "z", "", "+09:00", "Z\n"]),
)


@given(NEARLY)
def test_the_schema_and_the_parser_agree_on_timestamps(text):
    try:
        parse_timestamp(text)
        parsed = True
    except TimestampError:
        parsed = False
    assert matches(schema_rules.TIMESTAMP, text) == parsed
