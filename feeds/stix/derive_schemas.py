"""Operation: derive our JSON schemas of STIX 2.1 from the property tables of `stix2` and the specification.

Run `python -m feeds.stix.derive_schemas` after an upgrade of `stix2`; the result is committed and a test compares it.
Nothing here is imported while the hub runs. What the tables do not say (rules across properties, properties that
`stix2` fills in by itself) stands in `feeds.stix.schema_rules`.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stix2 import properties as p
from stix2.utils import STIXTypeClass
from stix2.v21 import EXT_MAP, OBJ_MAP, OBJ_MAP_OBSERVABLE

from feeds.reasons.codes import Code
from feeds.reasons.reason import Reason, because, spell
from feeds.stix.schema_rules import (
    ANY_ID,
    BASE64,
    COMMON,
    EXTENSION_ID,
    EXTENSION_NAME,
    FILLED_IN,
    FORMS,
    HEX,
    LARGEST_INTEGER,
    PROPERTY_NAME,
    RULES,
    SELECTOR,
    TIMESTAMP,
    TYPE_NAME,
    UUID,
    VERSION_TIME,
    WORDS,
    Schema,
    told,
)

DRAFT = "https://json-schema.org/draft/2020-12/schema"
SCHEMAS = Path(__file__).parent / "schemas"


def derive() -> Schema:
    """Make the whole document: definitions for every type of STIX 2.1, and the words for its patterns."""
    parts: dict[str, Schema] = {}
    types = {
        name: object_schema(name, made, parts)
        for name, made in sorted((OBJ_MAP | OBJ_MAP_OBSERVABLE).items())
        if name != "bundle"
    }
    return {
        "$schema": DRAFT,
        "$comment": "Made by feeds/stix/derive_schemas.py; do not edit.",
        "types": {
            "objects": sorted(set(types) - set(OBJ_MAP_OBSERVABLE)),
            "observables": sorted(OBJ_MAP_OBSERVABLE),
        },
        "words": _spelled(WORDS),
        "$defs": COMMON | dict(sorted(parts.items())) | types | {"custom-object": custom_object()},
    }


def _spelled(words: Mapping[str, Reason]) -> Schema:
    return {pattern: spell([each])[0] for pattern, each in words.items()}


def object_schema(name: str, made: Any, parts: dict[str, Schema]) -> Schema:
    """Turn the property table of a top-level type into a schema."""
    schema = structure(name, made, parts)
    observable = name in OBJ_MAP_OBSERVABLE
    schema["required"] = sorted(set(schema["required"]) | {"type", "id"} | (set() if observable else {"spec_version"}))
    schema["properties"]["type"] = {"const": name}
    schema["properties"]["spec_version"] = {"const": "2.1"}
    for moment in ("created", "modified"):
        if moment in schema["properties"]:
            schema["properties"][moment] = {"$ref": "#/$defs/version-time"}
    if name == "marking-definition":
        # The predefined markings of STIX and TLP 2.0 are precise to the second at best.
        schema["properties"]["created"] = {"$ref": "#/$defs/timestamp"}
    schema["additionalProperties"] = False
    schema["patternProperties"] = {PROPERTY_NAME: {"$ref": "#/$defs/custom-value"}}
    return schema


def structure(name: str, made: Any, parts: dict[str, Schema]) -> Schema:
    """Turn any property table (object, part or extension) into a schema."""
    properties, required = {}, []
    for key, prop in made._properties.items():
        properties[key] = property_schema(key, prop, name, parts)
        if prop.required or key in FILLED_IN:
            required.append(key)
    schema: Schema = {
        "type": "object",
        "required": sorted(required),
        "properties": properties,
        "additionalProperties": {"$ref": "#/$defs/custom-value"},
    }
    if not required:
        schema["minProperties"] = 1
    if name in RULES:
        schema["allOf"] = RULES[name]
    return schema


NAMED: dict[str, Schema] = {
    "confidence": {"$ref": "#/$defs/confidence"},
    "contents": {"$ref": "#/$defs/translations"},
    "definition": {"type": "object", "minProperties": 1},
}
"""Properties whose schema follows from their name alone."""


def property_schema(key: str, prop: Any, owner: str, parts: dict[str, Schema]) -> Schema:
    """Turn one property of a table into a schema."""
    if (owner, key) in FORMS:
        return {"type": "string", "pattern": FORMS[owner, key]}
    if key in NAMED:
        return NAMED[key]
    if isinstance(prop, p.ListProperty):
        return {"type": "array", "minItems": 1, "items": item_schema(key, prop.contained, owner, parts)}
    if isinstance(prop, p.EmbeddedObjectProperty):
        return part(prop.type, parts)
    if isinstance(prop, p.ExtensionsProperty):
        return extensions(owner, parts)
    return simple(prop)


def simple(prop: Any) -> Schema:
    """Give the schema of a property that holds no structure of its own."""
    for kind, make in SIMPLE:
        if isinstance(prop, kind):
            return make(prop)
    raise TypeError(f"no schema for properties of the kind {type(prop).__name__}")


def item_schema(key: str, contained: Any, owner: str, parts: dict[str, Schema]) -> Schema:
    """Give the schema of a list's items, which the tables name by property or by class."""
    if isinstance(contained, p.Property):
        return property_schema(key, contained, owner, parts)
    if issubclass(contained, p.Property):
        return property_schema(key, contained(), owner, parts)
    return part(contained, parts)


def part(made: Any, parts: dict[str, Schema]) -> Schema:
    """Refer to an embedded structure, deriving it on first use."""
    name = kebab(made.__name__)
    if name not in parts:
        parts[name] = {}
        parts[name] = structure(name, made, parts)
    return {"$ref": f"#/$defs/{name}"}


def kebab(name: str) -> str:
    """Write a class name as the specification writes names."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", name)
    return spaced.lower()


PREDEFINED = {
    "file": ["archive-ext", "ntfs-ext", "pdf-ext", "raster-image-ext", "windows-pebinary-ext"],
    "network-traffic": ["http-request-ext", "icmp-ext", "socket-ext", "tcp-ext"],
    "process": ["windows-process-ext", "windows-service-ext"],
    "user-account": ["unix-account-ext"],
}
"""The predefined extensions that each observable may carry."""


def extensions(owner: str, parts: dict[str, Schema]) -> Schema:
    """Give the schema of an object's `extensions`."""
    known = {}
    for name in PREDEFINED.get(owner, ()):
        if name not in parts:
            parts[name] = structure(name, EXT_MAP[name], parts)
        known[name] = {"$ref": f"#/$defs/{name}"}
    return {
        "type": "object",
        "minProperties": 1,
        "properties": known,
        "patternProperties": {
            EXTENSION_ID: {"$ref": "#/$defs/extension"},
            EXTENSION_NAME: {"type": "object", "minProperties": 1},
        },
        "additionalProperties": False,
    }


def integer(prop: Any) -> Schema:
    """Give the schema of a whole number with its bounds."""
    if prop.min is None and prop.max is None:
        return {"$ref": "#/$defs/integer"}
    low = -LARGEST_INTEGER if prop.min is None else prop.min
    return {"type": "integer", "minimum": low, "maximum": LARGEST_INTEGER if prop.max is None else prop.max}


def number(prop: Any) -> Schema:
    """Give the schema of a number with its bounds."""
    bounds = {"minimum": prop.min, "maximum": prop.max}
    return {"type": "number"} | {name: bound for name, bound in bounds.items() if bound is not None}


def reference(prop: Any) -> Schema:
    """Give the schema of a reference; classes of types stay open, since custom types belong to them too."""
    names = sorted(prop.specifics or ())
    if prop.auth_type != prop._WHITELIST:
        return no_reference_to(names)
    if set(prop.generics or ()) == {STIXTypeClass.SDO}:
        return no_reference_to(NEVER_SIGHTED, *OBJ_MAP_OBSERVABLE)
    if prop.generics:
        return {"$ref": "#/$defs/identifier"}
    pattern = f"^(?:{'|'.join(names)})--{UUID}$"
    WORDS[pattern] = because(Code.ID_OF_TYPES, types=" or ".join(names))
    return {"type": "string", "pattern": pattern}


NEVER_SIGHTED = ["bundle", "language-content", "marking-definition", "relationship", "sighting"]
"""What is no object of its own matter; nor is an observable, of which a sighting tells by observed data."""


def no_reference_to(names: list[str], *observables: str) -> Schema:
    """Give the schema of a reference that leads to anything but these (§5.1, §5.2): custom types are free."""
    said = " or ".join([*names, *(["an observable"] if observables else [])])
    forbidden = {"not": {"pattern": f"^(?:{'|'.join([*names, *sorted(observables)])})--"}}
    return {"$ref": "#/$defs/identifier"} | told(Code.ID_OF_OTHERS, types=said) | forbidden


def identifier(prop: Any) -> Schema:
    """Give the schema of an object's own id."""
    pattern = f"^{prop.required_prefix}{UUID}$"
    WORDS[pattern] = because(Code.AN_ID, prefix=prop.required_prefix)
    return {"type": "string", "pattern": pattern}


def text(prop: Any) -> Schema:
    """Give the schema of a text, fixed or free."""
    return {"const": prop._fixed_value} if hasattr(prop, "_fixed_value") else {"type": "string"}


SIMPLE = (
    (p.EnumProperty, lambda prop: {"enum": sorted(prop.allowed)}),
    (p.StringProperty, text),
    (p.TypeProperty, text),
    (p.IDProperty, identifier),
    (p.TimestampProperty, lambda _: {"$ref": "#/$defs/timestamp"}),
    (p.IntegerProperty, integer),
    (p.FloatProperty, number),
    (p.BooleanProperty, lambda _: {"type": "boolean"}),
    (p.ReferenceProperty, reference),
    (p.HashesProperty, lambda _: {"$ref": "#/$defs/hashes"}),
    (p.DictionaryProperty, lambda _: {"$ref": "#/$defs/dictionary"}),
    (p.BinaryProperty, lambda _: {"type": "string", "pattern": BASE64}),
    (p.HexProperty, lambda _: {"type": "string", "pattern": HEX}),
    (p.SelectorProperty, lambda _: {"type": "string", "pattern": SELECTOR}),
    (
        p.ObservableProperty,
        lambda _: {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"$ref": "#/$defs/observable-in-data"},
        },
    ),
)
"""Kinds of properties, the special before the general, each with what makes its schema."""


def custom_object() -> Schema:
    """Give the schema of a type that the specification does not define."""
    return {
        "type": "object",
        "required": ["id", "spec_version", "type"],
        "properties": {
            "type": {"type": "string", "pattern": f"^{TYPE_NAME}$", "minLength": 3, "maxLength": 250},
            "spec_version": {"const": "2.1"},
            "id": {"$ref": "#/$defs/identifier"},
            "created": {"$ref": "#/$defs/version-time"},
            "modified": {"$ref": "#/$defs/version-time"},
            "created_by_ref": {"type": "string", "pattern": f"^identity--{UUID}$"},
            "revoked": {"type": "boolean"},
            "labels": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            "confidence": {"$ref": "#/$defs/confidence"},
            "lang": {"type": "string"},
            "external_references": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/external-reference"}},
            "object_marking_refs": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "pattern": f"^marking-definition--{UUID}$"},
            },
            "granular_markings": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/granular-marking"}},
            "extensions": extensions("custom-object", {}),
        },
        "patternProperties": {PROPERTY_NAME: {"$ref": "#/$defs/custom-value"}},
        "additionalProperties": False,
    }


TYPES_2_0 = [
    *["attack-pattern", "campaign", "course-of-action", "identity", "indicator", "intrusion-set", "malware"],
    *["marking-definition", "observed-data", "relationship", "report", "sighting", "threat-actor", "tool"],
    "vulnerability",
]


def derive_2_0() -> Schema:
    """Make the lighter document for STIX 2.0: what identity, versions and labels need, all else open."""
    types = {name: object_2_0(name) for name in TYPES_2_0}
    shared = {name: COMMON[name] for name in ("version-time", "timestamp")}
    return {
        "$schema": DRAFT,
        "$comment": "Made by feeds/stix/derive_schemas.py; do not edit.",
        "types": {"objects": TYPES_2_0, "observables": []},
        "words": _spelled({pattern: WORDS[pattern] for pattern in (TIMESTAMP, VERSION_TIME, ANY_ID)}),
        "$defs": shared | types | {"custom-object": object_2_0(None)},
    }


def object_2_0(name: str | None) -> Schema:
    """Give the light schema of one type of STIX 2.0, or of a custom one."""
    marking = name == "marking-definition"
    return {
        "type": "object",
        "required": ["created", "id", "type"] if marking else ["created", "id", "modified", "type"],
        "properties": {
            "type": {"const": name} if name else {"type": "string", "pattern": f"^{TYPE_NAME}$", "maxLength": 250},
            "spec_version": {"const": "2.0"},
            "id": {"type": "string", "pattern": f"^{name or TYPE_NAME}--{UUID}$"},
            "created": {"$ref": "#/$defs/timestamp" if marking else "#/$defs/version-time"},
            "modified": {"$ref": "#/$defs/version-time"},
            "created_by_ref": {"type": "string", "pattern": f"^identity--{UUID}$"},
            "revoked": {"type": "boolean"},
            "labels": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            "object_marking_refs": {
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "pattern": f"^marking-definition--{UUID}$"},
            },
            "granular_markings": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["marking_ref", "selectors"],
                    "properties": {
                        "marking_ref": {"type": "string", "pattern": f"^marking-definition--{UUID}$"},
                        "selectors": {"type": "array", "minItems": 1, "items": {"type": "string"}},
                    },
                },
            },
        },
    }


def written() -> dict[Path, str]:
    """Give each document as it stands in the package."""
    made = {SCHEMAS / "stix-2.1.json": derive(), SCHEMAS / "stix-2.0.json": derive_2_0()}
    return {path: json.dumps(document, indent=1, ensure_ascii=False) + "\n" for path, document in made.items()}


def main() -> None:
    """Write the documents into the package."""
    SCHEMAS.mkdir(exist_ok=True)
    for path, text in written().items():
        path.write_text(text)


if __name__ == "__main__":
    main()
