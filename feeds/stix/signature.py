"""Rule: signatures and manifests of publishers as STIX objects: two types of our own, by an extension-definition.

Detached: the signed object stays byte for byte as it was. Whoever does not know the types skips them. The fields
follow CACAO and X.590: what it is related to, in which version, the algorithms, the key's thumbprint, the value.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID, uuid5

from msgspec import Struct

from crypto.encoding import decode_base64, encode_base64
from crypto.errors import NotCanonical
from crypto.publisher import (
    ED25519,
    MANIFEST_PREFIX,
    OBJECT_PREFIX,
    Manifest,
    PublisherSigner,
    list_object,
)
from feeds.reasons.codes import Code
from feeds.reasons.reason import Reason, because
from feeds.stix.extension import NAMESPACE, PROJECT_IDENTITY
from models.vocabulary import SIGNATURE_TYPE

SIGNATURE: Final = SIGNATURE_TYPE
"""One signature of one version of an object; passed on with it."""
MANIFEST: Final = "ceptoar-manifest"
"""What a submission holds, for whom; for the hub alone, since it names things of different readers."""

DEFINITION: Final = "extension-definition--5b1c7e5e-9a0d-4c84-8f0e-3f6d2a0b7c31"
"""Defines both types; fixed for ever. `docs/signatures.md` describes each property."""

HASH_ALGORITHM: Final = "SHA-256"

_MADE: Final = "2026-11-25T00:00:00.000Z"
_NEW_TYPE: Final = {DEFINITION: {"extension_type": "new-sdo"}}


class BadForm(NotCanonical):
    """A signature or manifest lacks something, or says it otherwise."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(str(reason))


class Signature(Struct, frozen=True):
    """A signature as it was posted."""

    related_to: str
    related_version: str | None
    hash: str
    algorithm: str
    key: str
    value: bytes


class SignedManifest(Struct, frozen=True):
    """A manifest with the signature under it."""

    manifest: Manifest
    document: Mapping[str, Any]
    algorithm: str
    key: str
    value: bytes


def signature_id(related_to: str, related_version: str | None) -> str:
    """The id of the signature of a version: it follows from the object, so that each finds the other."""
    return f"{SIGNATURE}--{uuid5(NAMESPACE, '/'.join((related_to, related_version or '')))}"


def build_signature(value: Mapping[str, Any], signer: PublisherSigner, at: str) -> dict[str, Any]:
    """Sign an object that was read strictly; the signature carries its markings.

    Raises:
        NotCanonical: it has no canonical form.
    """
    listed = list_object(value)
    markings = value.get("object_marking_refs")
    creator = value.get("created_by_ref")
    version = {} if listed.modified is None else {"related_version": listed.modified}
    return {
        "type": SIGNATURE,
        "spec_version": "2.1",
        "id": signature_id(listed.id, listed.modified),
        **({"created_by_ref": creator} if isinstance(creator, str) else {}),
        "created": at,
        "modified": at,
        **({"object_marking_refs": markings} if markings else {}),
        "related_to": listed.id,
        **version,
        "hash_algorithm": HASH_ALGORITHM,
        "hash": listed.hash,
        "algorithm": signer.public.algorithm,
        "key": signer.public.thumbprint,
        "value": encode_base64(signer.sign(OBJECT_PREFIX, dict(value))),
        "extensions": _NEW_TYPE,
    }


def build_manifest(manifest: Manifest, signer: PublisherSigner, ident: UUID, at: str) -> dict[str, Any]:
    """Sign the manifest of a submission."""
    document = manifest.document()
    return {
        "type": MANIFEST,
        "spec_version": "2.1",
        "id": f"{MANIFEST}--{ident}",
        "created": at,
        "modified": at,
        "manifest": document,
        "algorithm": signer.public.algorithm,
        "key": signer.public.thumbprint,
        "value": encode_base64(signer.sign(MANIFEST_PREFIX, document)),
        "extensions": _NEW_TYPE,
    }


def parse_signature(value: Mapping[str, Any]) -> Signature:
    """Read a signature; whether it is good is for who knows the key.

    Raises:
        NotCanonical: a property is missing or of another form.
    """
    version = value.get("related_version")
    signature = Signature(
        _text(value, "related_to"),
        None if version is None else _text(value, "related_version"),
        _text(value, "hash"),
        _text(value, "algorithm"),
        _text(value, "key"),
        _bytes(value),
    )
    if value.get("id") != signature_id(signature.related_to, signature.related_version):
        raise BadForm(because(Code.SIGNATURE_ID))
    _check_algorithm(signature.algorithm)
    if value.get("hash_algorithm") != HASH_ALGORITHM:
        raise BadForm(because(Code.SIGNATURE_HASH, algorithm=HASH_ALGORITHM))
    return signature


def parse_manifest(value: Mapping[str, Any]) -> SignedManifest:
    """Read a manifest; whether its signature is good is for who knows the key.

    Raises:
        NotCanonical: a property is missing or of another form.
    """
    document = value.get("manifest")
    if not isinstance(document, dict):
        raise BadForm(because(Code.MANIFEST_OBJECT))
    read = SignedManifest(
        Manifest.parse(document), document, _text(value, "algorithm"), _text(value, "key"), _bytes(value)
    )
    _check_algorithm(read.algorithm)
    return read


def signature_definition() -> dict[str, Any]:
    """Give the extension-definition of the two types, the same on every hub."""
    return {
        "type": "extension-definition",
        "spec_version": "2.1",
        "id": DEFINITION,
        "created_by_ref": PROJECT_IDENTITY,
        "created": _MADE,
        "modified": _MADE,
        "name": "CEPTOAR publisher signatures",
        "description": (
            "Two types: ceptoar-signature, a detached signature of one version of an object over its canonical JSON "
            "(RFC 8785), and ceptoar-manifest, the signed list of what a submission holds and for whom."
        ),
        "schema": "docs/signatures.md of ceptoar-hub",
        "version": "1.0.0",
        "extension_types": ["new-sdo"],
    }


def _check_algorithm(algorithm: str) -> None:
    if algorithm != ED25519:
        raise BadForm(because(Code.SIGNATURE_ALGORITHM, algorithm=ED25519))


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str):
        raise BadForm(because(Code.SIGNATURE_TEXT, name=name))
    return found


def _bytes(value: Mapping[str, Any]) -> bytes:
    found = decode_base64(_text(value, "value"))
    if found is None:
        raise BadForm(because(Code.SIGNATURE_BASE64))
    return found
