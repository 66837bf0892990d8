"""Rule: our extension-definition for the fields of the liaison form (情報連絡様式), and the identity behind it.

The identifiers are fixed for ever: whoever reads our objects knows the fields by them. `docs/stix-extension.md`
describes each property.
"""

from typing import Any
from uuid import UUID

INCIDENT_CORE = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
"""The incident core extension of OASIS."""

EVENT = "extension-definition--4ca6de00-5b0d-45ef-a1dc-ea7279ea910e"
IMPACT = "extension-definition--7cc33dd6-f6a1-489b-98ea-522d351d71b9"
"""The objects `event` and `impact` of the same extensions of OASIS."""

LIAISON = "extension-definition--c77995f3-450d-4994-81c9-f5c67909cfb1"
"""Our extension: the fields of the liaison form on an `incident`."""

PROJECT_IDENTITY = "identity--e1d6951d-e004-4341-8b94-38c98d9078b4"
"""The program itself as author of its extension; the same on every hub, so that the definition is too."""

NAMESPACE = UUID("9152932c-b235-406b-9651-dfc835908103")
"""Namespace of the ids that follow from an edition's own id."""

VERSION = "1.2.0"
SCHEMA_PATH = f"/schemas/liaison-form/{VERSION}.json"
"""Where every hub serves the JSON schema of this version; earlier versions stay where they are."""

_MADE = "2026-11-20T00:00:00.000Z"
_CHANGED = "2026-11-26T06:00:00.000Z"
"""Whoever changes a word of the definition sets a new time: one version of an id has one content."""


def project_identity() -> dict[str, Any]:
    """Give the identity that the extension-definition names as its author."""
    return {
        "type": "identity",
        "spec_version": "2.1",
        "id": PROJECT_IDENTITY,
        "created": _MADE,
        "modified": _MADE,
        "name": "ceptoar-hub",
        "description": "The program that defines the liaison form extension.",
        "identity_class": "system",
    }


def liaison_definition() -> dict[str, Any]:
    """Give our extension-definition object, the same on every hub."""
    return {
        "type": "extension-definition",
        "spec_version": "2.1",
        "id": LIAISON,
        "created_by_ref": PROJECT_IDENTITY,
        "created": _MADE,
        "modified": _CHANGED,
        "name": "CEPTOAR liaison form",
        "description": (
            "Fields of the incident liaison form of Japan's critical infrastructure sectors: kind and number of the "
            "report, event type, cause codes, service impact, sector, CEPTOAR, consents and handling conditions, "
            "and what the form asks besides."
        ),
        "schema": f"JSON schema at {SCHEMA_PATH} of every ceptoar-hub; described in its docs/stix-extension.md",
        "version": VERSION,
        "extension_types": ["property-extension"],
    }
