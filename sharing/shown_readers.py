"""Operation: readers as a viewer may know them: by name where it may know that they take part, else by their group.

Every page that tells who read, could read or was told goes through here, so that no two of them disagree.
"""

from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organization import Organization
from sharing.audiences import AT_ONCE, facts_of, organizations_of
from sharing.group_names import GroupNames
from sharing.rules import tokens
from sharing.rules.knowing import group_of, knows
from sharing.rules.tokens import OrganizationFacts

PERSONS = "persons"
"""In place of persons of another organization, whom only their own may know."""


class ShownReader(Struct, frozen=True):
    """An organization by name, or in its place the group that it belongs to; several may be shown as one group."""

    token: str
    """`organization:<id>` where it is named, else the token of the group."""
    name_ja: str
    """Of the organization; or of the CEPTOAR that the group is of, empty where the token says it all."""
    name_en: str
    is_named: bool

    def name(self, locale: str) -> str:
        """The name in the reader's language."""
        return self.name_ja if locale == "ja" else self.name_en


def show_readers(
    session: Session, viewer: OrganizationFacts, organizations: Iterable[UUID], *, names: GroupNames | None = None
) -> dict[UUID, ShownReader]:
    """How each of these organizations is shown to the people of one; unknown ids are left out."""
    wanted = sorted(set(organizations))
    found: dict[UUID, ShownReader] = {}
    for start in range(0, len(wanted), AT_ONCE):
        rows = session.execute(select(Organization).where(Organization.id.in_(wanted[start : start + AT_ONCE])))
        for row in rows.scalars():
            facts = facts_of(row)
            if knows(viewer, facts):
                found[row.id] = ShownReader(tokens.organization(row.id), row.name_ja, row.name_en, is_named=True)
            else:
                names = names or GroupNames(session)
                token = group_of(facts)
                found[row.id] = ShownReader(token, *names.of(token), is_named=False)
    return found


def show_tokens(
    session: Session, viewer: OrganizationFacts, wanted: Iterable[str], *, names: GroupNames | None = None
) -> dict[str, ShownReader]:
    """How each token of an audience is shown to the people of one organization; groups are shown as they are."""
    every = list(wanted)
    names = names or GroupNames(session, every)
    idents = {token: ident for token in every for ident in organizations_of([token])}
    known = show_readers(session, viewer, idents.values(), names=names)
    found: dict[str, ShownReader] = {}
    for token in every:
        reader = known.get(idents[token]) if token in idents else None
        if token.startswith("account:"):
            found[token] = ShownReader(PERSONS, "", "", is_named=False)
        elif reader is not None and not reader.is_named:
            found[token] = reader
        else:
            found[token] = ShownReader(token, *names.of(token), is_named=True)
    return found
