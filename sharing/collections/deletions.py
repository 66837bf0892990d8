"""Operation: take back what the caller's organization put into a collection: its grants there close, for good.

The bytes, the ledger and the entry of the deletion stay: what was read before was read. Another's object, hidden or
not, is answered like one that never was.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy.orm import Session

from models.vocabulary import Label
from sharing.actor import Context
from sharing.audit.record import Event, record
from sharing.audit.tags import Tag
from sharing.collections.access import OpenCollection
from sharing.errors import Busy, NotPermitted, NotVisible
from sharing.permissions import Permission
from sharing.publications import lock_publisher
from sharing.readers import Reader
from sharing.reading.closing import awaits_integration, close_grants, list_own_visible
from sharing.reading.own import OwnVersion, list_granted_tokens, list_own_versions
from sharing.reading.question import ALL, Question
from sharing.reading.standing import list_labels

EVERY_VERSION = Question(versions=(ALL,))


def delete_object(
    session: Session,
    reader: Reader,
    opened: OpenCollection,
    stix_id: str,
    question: Question = EVERY_VERSION,
    *,
    context: Context,
) -> int:
    """Delete the versions of an object that the question names, by default all; how many that were.

    Raises:
        NotPermitted: the collection is not both readable and writable to the caller, or the object is part of a
            report's edition, which is recalled through the report.
        NotVisible: the caller's organization has nothing under this id here that the caller sees.
        Busy: something of this id is recorded and has not entered the feed yet.
    """
    actor = reader.actor
    if not (opened.can_read and opened.can_write):
        raise NotPermitted("deleting needs a collection that you may both read and write")
    actor.must(Permission.FEED_PUBLISH)
    publisher = actor.organization.id
    lock_publisher(session, publisher)
    rows = list_own_visible(session, reader, opened.feed, stix_id, question)
    if awaits_integration(session, publisher, stix_id):
        raise Busy("a post of this object has not entered the feed yet; try again")
    if not rows:
        raise NotVisible("no such object")
    if any(row.report_id is not None for row in rows):
        raise NotPermitted("this is part of a report: recall it through the report, so that its readers are told")
    hashes = {each.id: each.sha256.hex() for each in list_own_versions(session, publisher, [stix_id])}
    deleted = [[row.stix_id, row.version, Label.of_rank(row.label).value, hashes[row.object_id]] for row in rows]
    told = dict(zip((row.object_id for row in rows), deleted, strict=True))
    _close(session, reader, opened, stix_id, told, context=context)
    return len(rows)


def delete_made(
    session: Session,
    reader: Reader,
    opened: OpenCollection,
    stix_id: str,
    made: Sequence[OwnVersion],
    *,
    context: Context,
) -> int:
    """Delete what the hub made of an object of the caller's organization, in one entry; how much stood there still.

    Raises:
        NotPermitted: the caller may not delete here.
    """
    if not (opened.can_read and opened.can_write):
        raise NotPermitted("deleting needs a collection that you may both read and write")
    reader.actor.must(Permission.FEED_PUBLISH)
    lock_publisher(session, reader.actor.organization.id)
    granted = list_granted_tokens(session, [each.id for each in made], opened.feed)
    standing = [each for each in made if each.id in granted]
    if not standing:
        return 0
    labels = list_labels(session, [each.id for each in standing])
    told = {each.id: [each.stix_id, each.version, labels[each.id].value, each.sha256.hex()] for each in standing}
    _close(session, reader, opened, stix_id, told, context=context)
    return len(standing)


def _close(
    session: Session,
    reader: Reader,
    opened: OpenCollection,
    stix_id: str,
    told: Mapping[int, Sequence[str]],
    *,
    context: Context,
) -> None:
    """Record what is deleted, by the number of each object, and close its grants."""
    event = Event(
        Tag.OBJECT_DELETE,
        reader.actor,
        [("organization", str(reader.actor.organization.id)), ("object", stix_id)],
        objects={"collection": str(opened.collection.id), "objects": list(told.values())},
    )
    close_grants(session, opened.feed, list(told), record(session, event, context))
