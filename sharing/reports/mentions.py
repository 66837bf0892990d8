"""Operation: hold texts against what their author may see that is stricter than they are to be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.collection import INBOX_FEED
from models.report import Report, ReportVersion
from models.vocabulary import Label
from sharing.actor import Actor
from sharing.errors import Fault, Invalid
from sharing.readers import Reader, load_reader
from sharing.reading import grants
from sharing.reading.driver import as_uuid
from sharing.reading.editions import MOST_LISTED
from sharing.reading.newest import Look, newest_editions
from sharing.reading.references import find_labels
from sharing.reports.fields import ReportFields, said_in
from sharing.reports.titles import list_filed_titles
from sharing.reports.visible import visible_versions
from sharing.rules.mentions import Known, Mention, MentionKind, find_mentions, list_ids, list_references


@dataclass(frozen=True)
class Looked:
    """The titles of editions stricter than a label that an actor could see, up to where it had looked.

    Made before a unit of work that holds the writers' lock begins: inside of it only what came since is looked at.
    """

    label: Label
    of: UUID | None
    horizon: int
    known: tuple[Known, ...]


def look_ahead(session: Session, actor: Actor, label: Label, *, of: UUID | None) -> Looked:
    """Walk down what the actor may see now, for `find_stricter` a moment later."""
    reader = load_reader(session, actor)
    horizon = grants.highest_position(grants.View(session, reader.windows, INBOX_FEED))
    return Looked(label, of, horizon, tuple(_titles_of_editions(session, reader, label, of)))


def look_further(session: Session, actor: Actor, looked: Looked) -> Looked:
    """What came since an earlier look, added to it: whoever files many reports looks at each title once."""
    reader = load_reader(session, actor)
    horizon = grants.highest_position(grants.View(session, reader.windows, INBOX_FEED))
    since = _titles_of_editions(session, reader, looked.label, looked.of, looked.horizon)
    return replace(looked, horizon=horizon, known=(*since, *looked.known))


def find_stricter(
    session: Session,
    actor: Actor,
    contents: Sequence[ReportFields],
    label: Label,
    *,
    of: UUID | None,
    looked: Looked | None = None,
) -> tuple[Mention, ...]:
    """What the texts of these contents name that fewer may read, each once, as far as the actor may see it.

    The titles of the report `of` are its own.
    """
    if label is Label.RED:
        return ()
    every = [said_in(each) for each in contents]
    texts = [text for content in every for text in content.values()]
    known = _load_known(session, actor, texts, label, of, looked=looked)
    return tuple(dict.fromkeys(found for texts in every for found in find_mentions(texts, label, known)))


def find_stricter_in(
    session: Session, actor: Actor, texts: Mapping[str, str], label: Label, *, of: UUID | None
) -> tuple[Mention, ...]:
    """As `find_stricter`, of texts by any names."""
    if label is Label.RED:
        return ()
    known = _load_known(session, actor, list(texts.values()), label, of)
    return tuple(dict.fromkeys(find_mentions(texts, label, known)))


def _load_known(
    session: Session,
    actor: Actor,
    texts: Sequence[str],
    label: Label,
    of: UUID | None,
    *,
    looked: Looked | None = None,
) -> list[Known]:
    """What the actor may see that is stricter than a label, by names that could stand in these texts."""
    reader = load_reader(session, actor)
    ids = [ident for text in texts for ident in list_ids(text)]
    known = [Known(MentionKind.OBJECT, ident, seen) for ident, seen in find_labels(session, reader, ids).items()]
    numbers = find_report_labels(session, actor, [number for text in texts for number in list_references(text)])
    known += [Known(MentionKind.REFERENCE, number, seen) for number, seen in numbers.items()]
    after = 0
    if looked is not None and (looked.label, looked.of) == (label, of):
        after = looked.horizon
        known += looked.known
    known += _titles_of_editions(session, reader, label, of, after)
    return [*known, *list_filed_titles(session, actor, label, of)]


def _titles_of_editions(session: Session, reader: Reader, label: Label, of: UUID | None, after: int = 0) -> list[Known]:
    listed = tuple(each.rank for each in Label if each.rank > label.rank and each is not Label.RED)
    if not listed:
        return []
    editions, _ = newest_editions(session, reader, Look(labels=listed, after=after), most=MOST_LISTED)
    return [
        Known(MentionKind.TITLE, title, Label.of_rank(row.label))
        for row, title in editions
        if as_uuid(row.report_id) != of
    ]


def refuse_mentions(
    session: Session, actor: Actor, fields: ReportFields, *, of: UUID | None, looked: Looked | None = None
) -> None:
    """Ask about what a report names that is stricter than it is to be.

    Raises:
        Invalid: each place with what it names; whoever means it says so, and is not asked again.
    """
    found = find_stricter(session, actor, [fields], fields.label, of=of, looked=looked)
    if found:
        raise Invalid(*faults_of(found, fields.label))


def faults_of(found: Iterable[Mention], label: Label) -> list[Fault]:
    """What a door says of each place."""
    return [Fault(each.field, "names-stricter", f"nothing stricter than {label}", each.words) for each in found]


def find_report_labels(session: Session, actor: Actor, references: Iterable[str]) -> dict[str, Label]:
    """The label of each report by its number, as its last version that the actor may see has it."""
    wanted = sorted(set(references))
    if not wanted:
        return {}
    rows = session.execute(
        select(Report.reference, ReportVersion.label)
        .join(ReportVersion, ReportVersion.report_id == Report.id)
        .where(Report.reference.in_(wanted), visible_versions(actor))
        .order_by(ReportVersion.number)
    )
    return {row.reference: row.label for row in rows}
