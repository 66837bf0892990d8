"""Operation: judge a post by the signatures in it, and keep the manifest under which it came."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy.orm import Session

from feeds.intake.posts import Answer, Candidate, Post, relabelled
from feeds.reasons.codes import Code
from feeds.reasons.reason import Reason, Reasons, because
from feeds.signatures.signed import Terms, judge_manifest, judge_object
from models.vocabulary import Label
from sharing.actor import Context
from sharing.errors import Conflict
from sharing.reading.own import list_own_bodies
from sharing.signing.keys import keys_in_force, keys_registered
from sharing.signing.submissions import OLDEST, collection_audience, keep_manifest, was_received


class KeptManifest(NamedTuple):
    """A manifest that was found good."""

    nonce: str
    key: str
    raw: bytes


def keep_submission(
    session: Session, publisher_id: UUID, manifest: KeptManifest, entry_id: int, context: Context
) -> None:
    """Keep the manifest; publishing holds the publisher's lock, so a twin of this post has committed or waits."""
    if was_received(session, publisher_id, manifest.nonce):
        raise Conflict("this submission was received just now; sign it anew to submit it again")
    keep_manifest(session, publisher_id, manifest.nonce, manifest.raw, entry_id=entry_id, now=context.now)


def check_signatures(
    session: Session, publisher_id: UUID, post: Post, context: Context
) -> tuple[Post, KeptManifest | None]:
    """The post without what its signatures speak against, and its manifest where there is a good one."""
    signatures = post.signatures
    if not signatures.present and not post.collection.needs_signature:
        return post, None
    found = signatures.manifest[1] if signatures.manifest else None
    nonce = found.manifest.nonce if found else ""
    terms = Terms(
        keys=keys_in_force(session, publisher_id, context.now),
        registered=keys_registered(session, publisher_id),
        whole=signatures.manifest is not None,
        audience=collection_audience(session, post.collection.id),
        now=context.now,
        oldest=OLDEST,
        needed=post.collection.needs_signature,
        seen_before=bool(nonce) and was_received(session, publisher_id, nonce),
    )
    fault = judge_manifest(found, post.objects, terms)
    if fault:
        refused = {each.place: _refuse(each, fault) for each in post.candidates}
        return replace(post, candidates=(), refused={**post.refused, **refused}), None
    judged = _judge_each(post, terms, _posted_before(session, publisher_id, post, terms))
    if found is None or signatures.manifest is None:
        return judged, None
    return judged, KeptManifest(nonce, found.key, signatures.manifest[2])


_Version = tuple[str, str | None]
_Before = Mapping[_Version, tuple[Label, bytes]]
"""What the publisher posted before, by id and version."""


def _posted_before(
    session: Session, publisher_id: UUID, post: Post, terms: Terms
) -> dict[_Version, tuple[Label, bytes]]:
    """What this publisher posted before and the post has a signature for: who passes on in batches may part the two."""
    if terms.needed or terms.whole:
        return {}
    here = {_version_of(each.value) for each in post.objects if each.problem is None}
    wanted = post.signatures.by_version.keys() - here
    found: dict[_Version, tuple[Label, bytes]] = {}
    for each in list_own_bodies(session, publisher_id, sorted({stix_id for stix_id, _ in wanted})):
        version = _version_of(orjson.loads(each.body))
        if version in wanted:
            found[version] = (each.label, each.body)
    return found


def _version_of(value: Mapping[str, Any]) -> _Version:
    """An object's id and version as its signature names them."""
    return str(value.get("id")), value.get("modified", value.get("created"))


def _judge_each(post: Post, terms: Terms, before: _Before) -> Post:
    """Each object by its signature; a signature goes with its object, at its label, or not at all."""
    signatures = post.signatures
    of_place = {place: version for version, (place, _) in signatures.by_version.items()}
    manifest_place = signatures.manifest[0] if signatures.manifest else None
    kept = {version: label for version, (label, _) in before.items()}
    candidates: list[Candidate] = []
    answered = dict(post.refused)
    later: list[Candidate] = []
    for each in post.candidates:
        if each.place in signatures.faults:
            answered[each.place] = _refuse(each, signatures.faults[each.place])
        elif each.place == manifest_place:
            answered[each.place] = Answer(each.new.stix_id, each.new.version, accepted=True, reasons=(_MANIFEST_KEPT,))
        elif each.place in of_place:
            later.append(each)
        else:
            version = (each.new.stix_id, each.new.version)
            signed = signatures.by_version.get(version)
            fault = judge_object(each.new.raw, signed[1] if signed else None, terms)
            if fault:
                answered[each.place] = _refuse(each, because(Code.SIGNATURE, fault=fault))
                continue
            candidates.append(each)
            kept[version] = each.new.label
    for each in later:
        version = of_place[each.place]
        signature = signatures.by_version[version][1]
        label = kept.get(version)
        fault = judge_object(before[version][1], signature, terms) if version in before else None
        if label is None or fault:
            answered[each.place] = _refuse(each, fault or _ALONE)
        else:
            label = Label.strictest(label, each.new.label)
            notes: Reasons = () if signature.key in terms.registered else (_CARRIED,)
            candidates.append(each._replace(new=relabelled(each.new, label), notes=notes, lesser=()))
    return replace(post, candidates=tuple(candidates), refused=answered)


_ALONE: Final = because(Code.SIGNATURE_ALONE)
_CARRIED: Final = because(Code.SIGNATURE_CARRIED)
_MANIFEST_KEPT: Final = because(Code.MANIFEST_KEPT)


def _refuse(candidate: Candidate, reason: Reason) -> Answer:
    return Answer(candidate.new.stix_id, candidate.new.version, accepted=False, reasons=(reason,))
