"""Rule: the hub signs what it wrote itself: editions of reports, and redacted forms of objects with marked parts."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from crypto.errors import NotCanonical
from crypto.publisher import PublisherSigner, read_signed
from feeds.stix.signature import build_signature
from feeds.stix.writing import to_bytes

HubSigner: TypeAlias = PublisherSigner
"""The hub's own signer; what it signs is checked as what a publisher signs."""


def sign_written(raws: Sequence[bytes], signer: HubSigner) -> list[dict[str, Any]]:
    """The signatures of objects that have versions, in their order, with the times of those versions."""
    return [build_signature(value, signer, value["modified"]) for value in map(read_signed, raws)]


def sign_form(value: dict[str, Any], signer: HubSigner | None) -> list[dict[str, Any]]:
    """The signature of a redacted form; none for observables, which have no version to which one could belong."""
    if signer is None or not isinstance(value.get("modified"), str):
        return []
    try:
        return sign_written([to_bytes(value)], signer)
    except NotCanonical:
        return []  # what could be read in two ways nobody can sign; it goes out unsigned
