"""Objects of every type of STIX 2.1 for tests, drawn from our own schemas; and the OASIS judges where found."""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from hypothesis import strategies as st

from feeds.stix import schema_rules
from feeds.stix.timestamps import format_timestamp

REPOSITORY = Path(__file__).parents[3]
DOCUMENT = json.loads((REPOSITORY / "feeds/stix/schemas/stix-2.1.json").read_text())
TYPES = [*DOCUMENT["types"]["objects"], *DOCUMENT["types"]["observables"]]


def oasis_folder() -> Path | None:
    """Find the OASIS schemas: the folder named by CEPTOAR_HUB_STIX_SCHEMAS, or beside the checkout."""
    named = os.environ.get("CEPTOAR_HUB_STIX_SCHEMAS")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "stix-schemas"
    return folder if (folder / "schemas" / "common" / "core.json").is_file() else None


OASIS_MISSING = (
    "the OASIS schemas are not here: put oasis-open/cti-stix2-json-schemas at ../shared/stix-schemas "
    "or name its folder in CEPTOAR_HUB_STIX_SCHEMAS"
)


@cache
def oasis_validators() -> dict[str, Any]:
    """Compile the OASIS schema of each type."""
    folder = oasis_folder()
    assert folder is not None
    documents = {path.stem: json.loads(path.read_text()) for path in sorted((folder / "schemas").rglob("*.json"))}
    registry = jsonschema_rs.Registry([(each["$id"], each) for each in documents.values()])
    return {
        name: jsonschema_rs.validator_for(each, registry=registry) for name, each in documents.items() if name in TYPES
    }


@cache
def _pattern(text: str) -> Any:
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "pattern": text}
    return jsonschema_rs.validator_for(schema, pattern_options=jsonschema_rs.RegexOptions())


def matches(pattern: str, text: str) -> bool:
    """Ask the engine of the validators whether a text matches."""
    return bool(_pattern(pattern).is_valid(text))


MOMENTS = st.integers(315_532_800, 4_070_908_800).map(lambda seconds: format_timestamp(seconds * 1_000_000 + 123_000))
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=8)
HEX = st.binary(min_size=1, max_size=4).map(bytes.hex)
SPECIAL = {
    schema_rules.TIMESTAMP: MOMENTS,
    schema_rules.VERSION_TIME: MOMENTS,
    schema_rules.HEX: HEX,
    schema_rules.BASE64: st.sampled_from(["", "YWJj", "YWI=", "YQ=="]),
    schema_rules.SELECTOR: st.just("type"),
    schema_rules.IPV4: st.ip_addresses(v=4).map(str),
    schema_rules.IPV6_LETTERS: st.ip_addresses(v=6).map(str),
    schema_rules.ANY_ID: st.uuids(version=4).map("malware--{}".format),
    schema_rules.HASHES["SSDEEP"]: st.just(
        "96:s4Ud1Lj96tHHlZDrwciQmA+4uy1I0G4HYuL8N3TzS8QsO/wqWXLcMSx:sF1LjEtHHlZDrJzrhuyZvHYm8tKp/RWO"
    ),
    schema_rules.HASHES["TLSH"]: st.just("6FF02BEF718027B0160B4391212923ED7F1A463D563B1549B86CF62973B197AD2731F8"),
}


def objects(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Draw objects of a type."""
    return _values({"$ref": f"#/$defs/{kind}"})


def _values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name in {"custom-value", "observable-in-data"}:
            return TEXTS if name == "custom-value" else st.just({"type": "url", "value": "http://example.com/"})
        return st.deferred(lambda: _values(DOCUMENT["$defs"][name]))
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    return _TYPED[schema["type"]](schema)


def _strings(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    pattern = schema.get("pattern")
    if pattern is None:
        return TEXTS
    if pattern in SPECIAL:
        return SPECIAL[pattern]
    found = re.match(r"\^(?:\(\?:)?([a-z0-9|-]+?)\)?--", pattern)
    if found is None:
        return st.from_regex(pattern, fullmatch=True)
    return st.builds("{}--{}".format, st.sampled_from(found[1].split("|")), st.uuids(version=4))


def _mappings(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    properties, required = schema.get("properties", {}), schema.get("required", [])
    if schema == DOCUMENT["$defs"]["translations"]:
        return st.dictionaries(st.sampled_from(["ja", "en-GB"]), st.just({"name": "text"}), min_size=1)
    if not properties:
        return st.dictionaries(st.sampled_from(["SO_KEEPALIVE", "example"]), st.just("text"), min_size=1)
    return st.fixed_dictionaries(
        {name: _values(properties[name]) for name in required},
        optional={name: _values(each) for name, each in properties.items() if name not in required},
    )


_TYPED = {
    "string": _strings,
    "integer": lambda schema: st.integers(schema["minimum"], schema["maximum"]),
    "number": lambda schema: st.floats(
        schema.get("minimum"), schema.get("maximum"), allow_nan=False, allow_infinity=False
    ),
    "boolean": lambda _: st.booleans(),
    "array": lambda schema: st.lists(_values(schema["items"]), min_size=1, max_size=2),
    "object": _mappings,
}
