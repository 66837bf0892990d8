"""Operation: all that is judged of what arrives, before anything is locked: the same for a post, a file and a peer.

Form, markings and the redacted forms that follow from them; observables' ids; references against what its poster sees.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace

from msgspec import Struct
from sqlalchemy.orm import Session

from feeds.intake.border import read_post
from feeds.intake.observables import note_odd_ids
from feeds.intake.posts import Answer, Candidate, Post, relabelled
from feeds.intake.redacted import judge_forms
from feeds.intake.references import judge_references, names_others
from feeds.reasons.codes import Code
from feeds.reasons.reason import because
from feeds.signatures.by_hub import HubSigner
from models.collection import Collection
from models.vocabulary import Label
from sharing.publishing.nouns import NewObject
from sharing.readers import Reader
from sharing.reading.own import list_own_bodies


class Judge(Struct, frozen=True):
    """What judging needs of the hub."""

    edition_key: bytes
    reading: Callable[[], AbstractContextManager[Session]]
    signer: HubSigner | None = None
    """Who signs the forms that the hub makes of an object."""

    def __repr__(self) -> str:
        """Never the key."""
        return "Judge()"

    def judge(
        self,
        body: bytes,
        collection: Collection,
        reader: Callable[[Session], Reader],
        *,
        floor: Label | None = None,
        forgiving: bool | None = None,
    ) -> Post:
        """Judge an envelope for a collection, in the name of a reader who sees what its poster sees.

        `floor` holds everything at least as strictly; `forgiving` notes faults of form instead of refusing them,
        whatever the collection does: references to what is stricter stay with the collection's own rule.

        Raises:
            EnvelopeError: the body as a whole is unusable.
        """
        post = self.read(body, collection, reader, floor=floor, forgiving=forgiving)
        if not names_others(post):
            return post
        with self.reading() as session:
            return hold_against(session, reader(session), post)

    def read(
        self,
        body: bytes,
        collection: Collection,
        reader: Callable[[Session], Reader],
        *,
        floor: Label | None = None,
        forgiving: bool | None = None,
    ) -> Post:
        """As `judge`, without what is held against objects published before.

        Raises:
            EnvelopeError: the body as a whole is unusable.
        """

        def definitions(stix_ids: Sequence[str]) -> list[bytes]:
            with self.reading() as session:
                publisher = reader(session).actor.organization.id
                return [each.body for each in list_own_bodies(session, publisher, stix_ids)]

        judged = read_post(
            body,
            collection,
            edition_key=self.edition_key,
            signer=self.signer,
            lenient=forgiving,
            definitions=definitions,
        )
        post = note_odd_ids(judged)
        return post if floor is None else raise_to(post, floor)


def hold_against(session: Session, reader: Reader, post: Post) -> Post:
    """Hold a post and its redacted forms against what this reader sees of what they name."""
    return judge_forms(session, reader, judge_references(session, reader, post))


def raise_to(post: Post, floor: Label) -> Post:
    """Hold everything of a post at a label or stricter; redacted forms that are no wider than the whole fall away.

    What is then stricter than the collection takes is refused.
    """
    highest = post.collection.highest_label
    going: list[Candidate] = []
    refused = dict(post.refused)
    for each in (_raised(candidate, floor) for candidate in post.candidates):
        new = each.new
        if new.label.rank > highest.rank:
            reason = because(Code.PEER_HIGHEST, highest=highest, found=new.label)
            refused[each.place] = Answer(new.stix_id, new.version, accepted=False, reasons=(reason,))
        else:
            going.append(each)
    return replace(post, candidates=tuple(going), refused=refused)


def _raised(each: Candidate, floor: Label) -> Candidate:
    label = Label.strictest(each.new.label, floor)
    lesser = tuple(_held(form, floor) for form in each.lesser)
    if all(form.label.rank >= label.rank for form in lesser):
        lesser = ()
    return each._replace(new=_held(each.new, floor), lesser=lesser)


def _held(new: NewObject, floor: Label) -> NewObject:
    label = Label.strictest(new.label, floor)
    return new if new.label is label else relabelled(new, label)
