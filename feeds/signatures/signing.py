"""Rule: the signing client: an envelope with signatures and a manifest from objects, without a hub or a database.

The objects' own bytes go out as they were written; what is signed is their canonical form.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from crypto.errors import NotCanonical
from crypto.publisher import NONCE_BYTES, Listed, Manifest, PublisherSigner, list_object, read_signed
from feeds.errors import EnvelopeError
from feeds.reasons.codes import Code
from feeds.reasons.reason import because
from feeds.stix.parse import Limits, split_envelope
from feeds.stix.signature import build_manifest, build_signature
from feeds.stix.writing import to_bytes


def sign_envelope(
    body: bytes,
    signer: PublisherSigner,
    audience: str,
    *,
    now: datetime,
    random_bytes: Callable[[int], bytes],
) -> bytes:
    """Sign every object of an envelope or bundle, and the whole as one submission.

    Raises:
        EnvelopeError: it is no envelope.
        NotCanonical: an object could be read in two ways; its place is said.
    """
    raws = [each.raw for each in split_envelope(body, Limits())]
    at = f"{now:%Y-%m-%dT%H:%M:%S}.000Z"
    values = [_strict(place, raw) for place, raw in enumerate(raws)]
    signatures = [build_signature(value, signer, at) for value in values]
    manifest = Manifest(audience, random_bytes(NONCE_BYTES).hex(), now.replace(microsecond=0), _listed(values))
    sealed = build_manifest(manifest, signer, UUID(bytes=random_bytes(16), version=4), at)
    parts = [*raws, *(to_bytes(each) for each in (*signatures, sealed))]
    return b'{"objects":[' + b",".join(parts) + b"]}"


def _strict(place: int, raw: bytes) -> dict[str, Any]:
    try:
        value = read_signed(raw)
    except NotCanonical as error:
        raise NotCanonical(f"objects/{place}: {error}") from None
    if not isinstance(value, dict):
        raise EnvelopeError(because(Code.BODY_VALUE))
    return value


def _listed(values: Sequence[dict[str, Any]]) -> tuple[Listed, ...]:
    return tuple(list_object(value) for value in values)
