"""Our schemas against `stix2` and the OASIS schemas: what differs is decided, in `docs/stix-differences.md`."""

import copy
import os
import random
import warnings

import pytest
import stix2
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from feeds.stix.schema import validate
from tests.feeds.stix.samples import OASIS_MISSING, TYPES, oasis_folder, oasis_validators, objects

FEW = settings(
    max_examples=int(os.environ.get("CEPTOAR_HUB_STIX_EXAMPLES", "15")),
    # The same examples on every run; ask for many and other ones with the variable above and --hypothesis-seed.
    derandomize="CEPTOAR_HUB_STIX_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)

STIX2_STRICTER = {"definition_type must be a valid marking type": "marking types that nobody registered"}
"""Decided: `stix2` refuses, we accept; by its message."""

OASIS_STRICTER = {
    "media types of the registry": lambda error: last_name(error) in {"mime_type", "content_type"},
    "character sets of the registry": lambda error: last_name(error) in {"path_enc", "name_enc"},
    "language tags and CPE names": lambda error: last_name(error) in {"languages", "cpe"},
    "registry keys known by modified_time alone": lambda error: "modified_time" in mapping(error),
    "2.0 where no version is stated": lambda error: "type" in mapping(error) and "spec_version" not in mapping(error),
}
"""Decided: OASIS refuses, we accept."""

WE_STRICTER = {
    "times that do not exist": lambda problem: problem.expected.startswith("a UTC time"),
    "order of times": lambda problem: problem.expected.startswith(("not before", "after")),
    "types of references": lambda problem: problem.expected.startswith("the id of an object of type"),
    "names of properties": lambda problem: problem.expected.startswith("property names"),
    "authors of extension-definitions": lambda problem: problem.pointer == "/created_by_ref",
    "whole numbers that doubles hold": lambda problem: problem.expected.startswith(("at least", "at most")),
    "translations that are no mappings": lambda problem: problem.pointer.startswith("/contents/"),
    "null and empty lists in own properties": lambda problem: problem.pointer.startswith("/x_custom"),
}
"""Decided: we refuse, OASIS accepts."""


def mapping(error):
    return error.instance if isinstance(error.instance, dict) else {}


def last_name(error):
    return next((step for step in reversed(list(error.instance_path)) if isinstance(step, str)), "")


def decided(differences, table):
    return all(any(known(each) for known in table.values()) for each in differences)


def tidy(value):
    """Give an object the relations between properties that drawing at random seldom hits."""
    made = copy.deepcopy(value)
    for earlier, later in (
        ("created", "modified"),
        ("first_seen", "last_seen"),
        ("first_observed", "last_observed"),
        ("start", "end"),
        ("analysis_started", "analysis_ended"),
    ):
        if earlier in made and later in made:
            made[earlier], made[later] = sorted((made[earlier], made[later]))
    for name in ("valid_until", "stop_time", "granular_markings", "extensions"):
        made.pop(name, None)
    if made["type"] == "indicator":
        made |= {"pattern": "[url:value = 'http://example.com/']", "pattern_type": "stix"}
    if made["type"] == "marking-definition":
        made |= {"definition_type": "statement", "definition": {"statement": "text"}}
    if made["type"] == "artifact":
        made.pop("url", None)
        made["payload_bin"] = "YWJj"
    if made["type"] == "location":
        made |= {"region": "eastern-asia", "latitude": 35.0, "longitude": 139.0}
    if made["type"] == "network-traffic":
        made.pop("end", None)
        made["src_ref"] = "ipv4-addr--11111111-1111-4111-8111-111111111111"
    if made["type"] == "observed-data":
        made.pop("objects", None)
        made["object_refs"] = ["url--11111111-1111-4111-8111-111111111111"]
    if made["type"] == "email-message":
        made.pop("body_multipart", None)
        made["is_multipart"] = False
    for name in ("contains_refs", "analysis_sco_refs"):
        if name in made and made["type"] != "directory":
            made[name] = ["url--11111111-1111-4111-8111-111111111111"]
    if "sample_ref" in made:
        made["sample_ref"] = "file--11111111-1111-4111-8111-111111111111"
    if made["type"] in {"file", "malware", "process", "malware-analysis", "x509-certificate"}:
        made |= {
            "file": {"name": "n"},
            "malware": {"name": "n"},
            "process": {"pid": 1},
            "malware-analysis": {"result": "benign"},
            "x509-certificate": {"subject": "s"},
        }[made["type"]]
    if made["type"] == "extension-definition":
        made["extension_types"] = ["toplevel-property-extension"]
    for reference in made.get("external_references", ()):
        reference["description"] = "text"
    return made


def stix2_accepts(value) -> tuple[bool, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            stix2.parse(copy.deepcopy(value), allow_custom=True, version="2.1")
        except Exception as error:
            return False, f"{type(error).__name__}: {error}"
    return True, ""


@pytest.mark.parametrize("kind", TYPES)
def test_what_we_accept_stix2_accepts(kind):
    @FEW
    @given(objects(kind).map(tidy))
    def check(value):
        assume(validate(value) == ())
        accepted, why = stix2_accepts(value)
        assert accepted, (why, value)

    check()


@pytest.mark.skipif(oasis_folder() is None, reason=OASIS_MISSING)
@pytest.mark.parametrize("kind", TYPES)
def test_what_we_accept_oasis_accepts(kind):
    judge = oasis_validators()[kind]

    @FEW
    @given(objects(kind).map(tidy))
    def check(value):
        assume(validate(value) == ())
        errors = list(judge.iter_errors(value))
        assert decided(errors, OASIS_STRICTER), ([error.message for error in errors], value)

    check()


EXTENSION = "extension-definition--a932fcc6-e032-476c-826f-cb970a5a1ade"
UUID = "11111111-1111-4111-8111-111111111111"
TIMES = {"created": "2026-04-01T09:30:00.000Z", "modified": "2026-04-01T09:30:00.000Z"}


def extended(kind, extension, key=EXTENSION, **more):
    """An object of a type with one extension."""
    if kind == "indicator":
        more |= {"pattern": "[a:b = 1]", "pattern_type": "stix", "valid_from": "2026-04-01T09:30:00Z"} | TIMES
    made = {"type": kind, "spec_version": "2.1", "id": f"{kind}--{UUID}", **more}
    return made | ({} if extension is None else {"extensions": {key: extension}})


OF_TYPE = "extension_type"
EXTENDED = {
    "a property of its own": (extended("indicator", {OF_TYPE: "property-extension", "rank": 5}), True),
    "properties at the top": (extended("indicator", {OF_TYPE: "toplevel-property-extension"}, rank=5), True),
    "a new object": (extended("my-sdo", {OF_TYPE: "new-sdo"}, name="x", **TIMES), True),
    "a new observable": (extended("my-sco", {OF_TYPE: "new-sco"}, value="x"), True),
    "a new relationship": (
        extended("my-sro", {OF_TYPE: "new-sro"}, source_ref=f"malware--{UUID}", target_ref=f"tool--{UUID}", **TIMES),
        True,
    ),
    "one without its kind": (extended("indicator", {"rank": 5}), False),
    "one of no such kind": (extended("indicator", {OF_TYPE: "new-thing"}), False),
    "one that is a number": (extended("indicator", 5), False),
    "one that is a list": (extended("indicator", []), False),
    "one that is empty": (extended("indicator", {}), False),
    "null in one": (extended("indicator", {OF_TYPE: "property-extension", "x": None}), False),
    "an empty list in one": (extended("indicator", {OF_TYPE: "property-extension", "x": []}), False),
    "one by another name": (extended("indicator", {"x": 1}, key="Nonsense"), False),
    "none at all": (extended("indicator", None) | {"extensions": {}}, False),
    "a new type without one": (extended("my-sdo", None, **TIMES), False),
    "a new type with another": (extended("my-sdo", {OF_TYPE: "property-extension"}, **TIMES), False),
    "a new object without times": (extended("my-sdo", {OF_TYPE: "new-sdo"}), False),
    "a new relationship without times": (extended("my-sro", {OF_TYPE: "new-sro"}), False),
}
"""STIX 2.1 §7.3: what carries an extension, and whether it may."""


@pytest.mark.parametrize("what", EXTENDED)
def test_extensions_of_all_five_kinds(what):
    """As the specification says; OASIS agrees where it has a schema of the type, `stix2` takes what is good."""
    value, is_good = EXTENDED[what]
    assert (validate(value) == ()) is is_good
    assert stix2_accepts(value)[0] or not is_good
    if oasis_folder() is not None and value["type"] in oasis_validators():
        errors = [error.message for error in oasis_validators()[value["type"]].iter_errors(value)]
        assert (not errors) is is_good, errors


ENDS = {
    "relationship": ("source_ref", {"relationship_type": "uses", "target_ref": f"tool--{UUID}"}),
    "sighting": ("sighting_of_ref", {}),
}
NO_ENDS = ["bundle", "language-content", "marking-definition", "relationship", "sighting"]


@pytest.mark.parametrize("kind", ENDS)
@pytest.mark.parametrize("other", [*NO_ENDS, "ipv4-addr", "file", "malware", "indicator", "my-sdo"])
def test_what_relationships_and_sightings_lead_to(kind, other):
    """Labels, relations and bundles are no ends (§5): a strict collection took them. Observables are related only."""
    name, more = ENDS[kind]
    value = {"type": kind, "spec_version": "2.1", "id": f"{kind}--{UUID}", **TIMES, **more, name: f"{other}--{UUID}"}
    problems = validate(value)
    theirs = [stix2_accepts(value)[0]]
    if oasis_folder() is not None:
        theirs.append(not list(oasis_validators()[kind].iter_errors(value)))
        assert all(theirs) is (problems == ())
    assert problems or all(theirs)
    if other in NO_ENDS:
        assert problems[0].pointer == f"/{name}"
        assert problems[0].expected.startswith("the id of an object of another type than bundle or language-content")


JUNK = [None, "", "text", 5, -1, 3.5, True, [], {}, ["text"], [5], {"a": 1}, "2026-02-30T00:00:00.000Z"]


def mutated(value, choice: random.Random):
    """Spoil one property of an object, or drop it, or add a wrong one."""
    made = copy.deepcopy(value)
    name = choice.choice(sorted(set(made) - {"type"}))
    how = choice.randrange(3)
    if how == 0:
        del made[name]
    elif how == 1:
        made[name] = choice.choice(JUNK)
    else:
        made[choice.choice(["Wrong", "x_", "a", "x_custom"])] = choice.choice(JUNK)
    return made


@pytest.mark.parametrize("kind", TYPES)
def test_what_stix2_refuses_we_refuse(kind):
    @FEW
    @given(objects(kind).map(tidy), st.randoms(use_true_random=False))
    def check(value, choice):
        assume(validate(value) == ())
        made = mutated(value, choice)
        accepted, why = stix2_accepts(made)
        if not accepted and not any(known in why for known in STIX2_STRICTER):
            assert validate(made), (why, made)

    check()


@pytest.mark.skipif(oasis_folder() is None, reason=OASIS_MISSING)
@pytest.mark.parametrize("kind", TYPES)
def test_we_and_oasis_agree_on_spoiled_objects(kind):
    judge = oasis_validators()[kind]

    @FEW
    @given(objects(kind).map(tidy), st.randoms(use_true_random=False))
    def check(value, choice):
        assume(validate(value) == ())
        made = mutated(value, choice)
        problems, errors = validate(made), list(judge.iter_errors(made))
        if problems and not errors:
            assert decided(problems, WE_STRICTER), (problems, made)
        if errors and not problems:
            assert decided(errors, OASIS_STRICTER), ([error.message for error in errors], made)

    check()
