"""Operation: publish what the border let through, in the caller's unit of work, and answer for each object."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from feeds.intake.definitions import Settling, settle_again
from feeds.intake.endings import Endings
from feeds.intake.posts import Answer, Candidate, Post, Taken
from feeds.intake.signed_posts import KeptManifest, check_signatures, keep_submission
from feeds.reasons.codes import Code
from feeds.reasons.reason import Reasons, because
from models.vocabulary import CollectionKind, Label
from models.ways import Statement
from sharing import publications
from sharing.actor import Actor, Context
from sharing.publications import publish
from sharing.publishing.nouns import Outcome, Publication, Result
from sharing.rules.policy import Policy

_OTHERWISE: Final[Mapping[str, Reasons]] = {
    "other-creator": (because(Code.OTHER_CREATOR),),
    "other-content": (because(Code.OTHER_CONTENT),),
    "report-edition": (because(Code.REPORT_EDITION),),
}
_SEEN_AGAIN: Final[Mapping[str, Reasons]] = {
    "": (because(Code.REPEATED),),
    "granted-again": (because(Code.GRANTED_AGAIN),),
}


def take_in(
    session: Session,
    actor: Actor,
    post: Post,
    *,
    policy: Policy,
    context: Context,
    subjects: Sequence[tuple[str, str]] = (),
    publisher_id: UUID | None = None,
) -> Taken:
    """Publish what the border let through; whoever calls has checked that the actor may write to the collection.

    `subjects` is what the entry is about besides (a peer); `publisher_id` whose it is, where that is not the actor's.

    Raises:
        NotPermitted: the actor publishes nothing.
        Conflict: the same signed submission is being received at this very moment.
    """
    manifest = None
    publisher = publisher_id or actor.organization.id
    # What another hub passes on was signed for that one, by keys that are registered there.
    if publisher_id is None or post.collection.needs_signature:
        post, manifest = check_signatures(session, publisher, post, context)
    post = settle_again(post)
    if not post.candidates:
        return Taken(tuple(answer for _, answer in sorted(post.refused.items())), None)
    settling = Settling(post)
    endings = Endings(post, post.maker) if post.maker is not None else None
    published = publish(
        session,
        actor,
        Publication(
            post.collection,
            settling.objects,
            exercise=post.collection.kind is CollectionKind.EXERCISE,
            publisher_id=publisher_id,
            subjects=subjects,
            decision=_decision(post, manifest),
            endings=endings,
            settle=settling if post.bare else None,
        ),
        policy=policy,
        context=context,
    )
    if manifest is not None:
        keep_submission(session, publisher, manifest, published.entry_id, context)
    ended = endings.ended if endings is not None else {}
    return Taken(_answers(settling.post, published.outcomes, ended), published.entry_id)


def ask_ahead(session: Session, publisher: UUID, post: Post) -> list[Statement]:
    """All that `take_in` will ask PostgreSQL for a machine's post, if nothing in it is refused meanwhile."""
    return publications.ask_ahead(session, publisher, Settling(settle_again(post)).objects, post.collection.feed)


def _decision(post: Post, manifest: KeptManifest | None) -> dict[str, Any]:
    decision: dict[str, Any] = {}
    refused = sum(not answer.accepted for answer in post.refused.values())
    if refused or post.warned:
        decision = {"refused": refused, "warned": post.warned}
    if post.signatures.by_version:
        decision["signed"] = len(post.signatures.by_version)
    if manifest is not None:
        decision |= {"manifest": manifest.nonce, "signed_by": manifest.key}
    return decision


def _answers(post: Post, outcomes: Sequence[Outcome], ended: Mapping[str, Sequence[Label]]) -> tuple[Answer, ...]:
    """One for each object; what became of its redacted forms, behind all of them, follows from what became of it."""
    answers = dict(post.refused)
    for candidate, outcome in zip(post.candidates, outcomes, strict=False):
        answers[candidate.place] = _answer(candidate, outcome, ended.get(candidate.new.stix_id, ()))
    return tuple(answers[place] for place in sorted(answers))


def _answer(candidate: Candidate, outcome: Outcome, ended: Sequence[Label]) -> Answer:
    if outcome.result is Result.REFUSED:
        return Answer(outcome.stix_id, outcome.version, accepted=False, reasons=_OTHERWISE[outcome.code])
    notes = _SEEN_AGAIN[outcome.code] if outcome.result is Result.DUPLICATE else candidate.notes
    if outcome.wider is not None:
        notes = (*notes, because(Code.WIDER_BEFORE, label=outcome.wider))
    if ended:
        labels = sorted(ended, key=lambda label: label.rank)
        notes = (*notes, because(Code.FORMS_ENDED, labels=", ".join(labels)))
    return Answer(outcome.stix_id, outcome.version, accepted=True, reasons=notes)
