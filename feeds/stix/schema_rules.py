"""Rule: what our schemas of STIX 2.1 demand beyond the property tables: forms of text, and rules across properties.

From the text of the specification (OASIS STIX 2.1); read by `feeds.stix.derive_schemas` (and `REASON` by the judge).
"""

from typing import Any

from feeds.reasons.codes import Code
from feeds.reasons.reason import because, spell
from feeds.stix.markings import TLP1_NAMES

Schema = dict[str, Any]

REASON = "x-reason"
"""The keyword under which a schema says what it demands."""

UUID = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}"
TYPE_NAME = "[a-z][a-z0-9]*(?:-[a-z0-9]+)*"

_YEAR = "(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])"
_LEAP_YEAR = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"  # 0000 is no year
_LONG_MONTH = "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
_SHORT_MONTH = "(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
_DAY = f"(?:{_LONG_MONTH}|{_SHORT_MONTH}|02-(?:0[1-9]|1[0-9]|2[0-8]))"
_TIME = "T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_MOMENT = f"^(?:{_YEAR}-{_DAY}|{_LEAP_YEAR}-02-29){_TIME}"

TIMESTAMP = _MOMENT + "(?:\\.[0-9]+)?Z$"
VERSION_TIME = _MOMENT + "\\.[0-9]{3,}Z$"
HEX = "^(?:[0-9a-fA-F]{2})+$"
BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
SELECTOR = "^(?:[a-z0-9_-]{3,250}(?:\\.(?:\\[[0-9]+\\]|[a-zA-Z0-9_-]{1,250}))*|id)$"
PROPERTY_NAME = "^[a-z][a-z0-9_]{2,249}$"
DICTIONARY_KEY = "^[a-zA-Z0-9_-]{1,250}$"
ANY_ID = f"^{TYPE_NAME}--{UUID}$"
EXTENSION_ID = f"^extension-definition--{UUID}$"
EXTENSION_NAME = "^[a-z][a-z0-9-]*-ext$"

_OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
IPV4 = f"^(?:{_OCTET}\\.){{3}}{_OCTET}(?:/(?:3[0-2]|[12]?[0-9]))?$"
IPV6_LETTERS = "^[0-9a-fA-F]{0,4}:[0-9a-fA-F:.]*(?:/(?:12[0-8]|1[01][0-9]|[1-9]?[0-9]))?$"
MAC = "^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$"
RELATIONSHIP_TYPE = "^[a-z0-9-]+$"
SHORT_HIVE = "^[Hh][Kk](?:[Ll][Mm]|[Cc][CcRrUu]|[Uu])(?:\\\\|$)"
"""The hive of a registry key, cut short (STIX 2.1 §6.17 wants all of it)."""

FORMS = {
    ("ipv4-addr", "value"): IPV4,
    ("ipv6-addr", "value"): IPV6_LETTERS,
    ("mac-addr", "value"): MAC,
    ("relationship", "relationship_type"): RELATIONSHIP_TYPE,
}
"""Texts whose form the specification fixes and the tables leave open."""

LARGEST_INTEGER = 2**53 - 1
"""STIX 2.1 §2.9: integers are limited to what a double holds exactly."""

HASHES = {
    "MD5": "^[0-9a-fA-F]{32}$",
    "SHA-1": "^[0-9a-fA-F]{40}$",
    "SHA-256": "^[0-9a-fA-F]{64}$",
    "SHA-512": "^[0-9a-fA-F]{128}$",
    "SHA3-256": "^[0-9a-fA-F]{64}$",
    "SHA3-512": "^[0-9a-fA-F]{128}$",
    "SSDEEP": "^[0-9]+:[A-Za-z0-9/+]*:[A-Za-z0-9/+]*$",
    "TLSH": "^(?:T1)?[0-9a-fA-F]{70}$",
}

FILLED_IN = {"created", "modified", "valid_from"}
"""Required by the specification; `stix2` does not call them so because it fills them in when they are missing."""

COMMON: dict[str, Schema] = {
    "timestamp": {"type": "string", "pattern": TIMESTAMP},
    "version-time": {"type": "string", "pattern": VERSION_TIME},
    "identifier": {"type": "string", "pattern": ANY_ID},
    "integer": {"type": "integer", "minimum": -LARGEST_INTEGER, "maximum": LARGEST_INTEGER},
    "custom-value": {"type": ["array", "boolean", "number", "object", "string"], "minItems": 1},
    "dictionary": {
        "type": "object",
        "minProperties": 1,
        "patternProperties": {DICTIONARY_KEY: {"$ref": "#/$defs/custom-value"}},
        "additionalProperties": False,
    },
    "translations": {
        "type": "object",
        "minProperties": 1,
        "patternProperties": {DICTIONARY_KEY: {"type": "object", "minProperties": 1}},
        "additionalProperties": False,
    },
    "hashes": {
        "type": "object",
        "minProperties": 1,
        "properties": {name: {"type": "string", "pattern": pattern} for name, pattern in HASHES.items()},
        "patternProperties": {"^[a-zA-Z0-9_-]{3,250}$": {"type": "string"}},
        "additionalProperties": False,
    },
    "extension": {
        "type": "object",
        "required": ["extension_type"],
        "properties": {
            "extension_type": {
                "enum": ["new-sdo", "new-sco", "new-sro", "property-extension", "toplevel-property-extension"]
            }
        },
        "additionalProperties": {"$ref": "#/$defs/custom-value"},
    },
    "confidence": {"type": "integer", "minimum": 0, "maximum": 100},
    "observable-in-data": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string"}}},
}

WORDS = {
    TIMESTAMP: because(Code.A_TIME),
    VERSION_TIME: because(Code.A_VERSION_TIME),
    HEX: because(Code.EVEN_HEX),
    BASE64: because(Code.A_BASE64),
    SELECTOR: because(Code.A_SELECTOR),
    ANY_ID: because(Code.AN_ID, prefix="indicator--"),
    IPV4: because(Code.IPV4),
    IPV6_LETTERS: because(Code.IPV6),
    MAC: because(Code.MAC),
    RELATIONSHIP_TYPE: because(Code.SMALL_LETTERS),
} | dict.fromkeys(HASHES.values(), because(Code.A_HASH))
"""Patterns in words, for messages."""


def told(code: Code, **given: object) -> Schema:
    """What a rule demands, in words; validators pass over it."""
    return {REASON: spell([because(code, **given)])[0]}


def any_of(*names: str) -> Schema:
    """Demand at least one of several properties."""
    return told(Code.ANY_OF, names=", ".join(names)) | {"anyOf": [{"required": [name]} for name in names]}


def one_of(*names: str) -> Schema:
    """Demand exactly one of several properties."""
    return told(Code.EXACTLY_ONE_OF, names=", ".join(names)) | {"oneOf": [{"required": [name]} for name in names]}


def never(code: Code, present: list[str], **values: Any) -> Schema:
    """Forbid a combination of properties, or of their values."""
    constants = {name: {"const": value} for name, value in values.items()}
    return told(code) | {"not": {"required": [*present, *values], "properties": constants}}


def needs(name: str, *others: str) -> Schema:
    """Demand other properties where one is present."""
    return told(Code.BESIDE, names=", ".join(others), name=name) | {"dependentRequired": {name: list(others)}}


RULES: dict[str, list[Schema]] = {
    "artifact": [one_of("payload_bin", "url"), needs("url", "hashes"), needs("decryption_key", "encryption_algorithm")],
    "email-mime-component": [any_of("body", "body_raw_ref")],
    "email-message": [
        {
            **told(Code.HEADER_FIELDS),
            "properties": {
                "additional_header_fields": {
                    "additionalProperties": {
                        "anyOf": [{"type": "string"}, {"type": "array", "minItems": 2, "items": {"type": "string"}}]
                    }
                }
            },
        },
        never(Code.NO_BODY, ["body"], is_multipart=True),
        never(Code.NO_BODY_MULTIPART, ["body_multipart"], is_multipart=False),
    ],
    "extension-definition": [
        {
            **told(Code.TOPLEVEL_ONLY),
            "if": {"required": ["extension_properties"]},
            "then": {"properties": {"extension_types": {"contains": {"const": "toplevel-property-extension"}}}},
        }
    ],
    "external-reference": [any_of("description", "external_id", "url")],
    "file": [any_of("hashes", "name")],
    "granular-marking": [one_of("lang", "marking_ref")],
    "location": [
        any_of("region", "country", "latitude"),
        needs("latitude", "longitude"),
        needs("longitude", "latitude"),
        needs("precision", "longitude", "latitude"),
    ],
    "malware": [
        {
            **told(Code.FAMILY_NAME),
            "if": {"properties": {"is_family": {"const": True}}},
            "then": {"required": ["name"]},
        }
    ],
    "malware-analysis": [any_of("result", "analysis_sco_refs")],
    "marking-definition": [
        any_of("definition", "extensions"),
        needs("definition", "definition_type"),
        {
            **told(Code.A_DEFINITION),
            "if": {"required": ["definition_type", "definition"]},
            "then": {
                "anyOf": [
                    {
                        "properties": {
                            "definition_type": {"const": "statement"},
                            "definition": {"required": ["statement"], "properties": {"statement": {"type": "string"}}},
                        }
                    },
                    {"properties": {"definition_type": {"not": {"enum": ["statement", "tlp"]}}}},
                    *(
                        {
                            "properties": {
                                "definition_type": {"const": "tlp"},
                                "id": {"const": marking},
                                "definition": {"const": {"tlp": name.lower()}},
                            }
                        }
                        for marking, name in TLP1_NAMES.items()
                    ),
                ]
            },
        },
    ],
    "network-traffic": [
        any_of("src_ref", "dst_ref"),
        never(Code.NO_END, ["end"], is_active=True),
    ],
    "observed-data": [one_of("objects", "object_refs")],
    "process": [
        any_of(
            *["is_hidden", "pid", "created_time", "cwd", "command_line", "environment_variables", "image_ref"],
            *["opened_connection_refs", "creator_user_ref", "parent_ref", "child_refs", "extensions"],
        )
    ],
    "socket-ext": [
        {
            **told(Code.SOCKET_OPTIONS),
            "properties": {
                "options": {
                    "patternProperties": {"^(?:SO|ICMP|ICMP6|IP|IPV6|MCAST|TCP|IRLMP)_": {"type": "integer"}},
                    "additionalProperties": False,
                }
            },
        }
    ],
    "user-account": [
        any_of(
            *["user_id", "credential", "account_login", "account_type", "display_name", "is_service_account"],
            *["is_privileged", "can_escalate_privs", "is_disabled", "account_created", "account_expires"],
            *["credential_last_changed", "account_first_login", "account_last_login", "extensions"],
        )
    ],
    "windows-registry-key": [
        any_of("key", "values", "modified_time", "creator_user_ref", "number_of_subkeys"),
        told(Code.WHOLE_HIVE) | {"properties": {"key": {"not": {"pattern": SHORT_HIVE}}}},
    ],
    "x509-certificate": [
        any_of(
            *["is_self_signed", "hashes", "version", "serial_number", "signature_algorithm", "issuer", "subject"],
            *["validity_not_before", "validity_not_after", "subject_public_key_algorithm"],
            *["subject_public_key_modulus", "subject_public_key_exponent", "x509_v3_extensions"],
        )
    ],
}
