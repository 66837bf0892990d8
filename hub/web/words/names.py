"""Holds names that pages take from the database: of codes, of organizations, of groups of readers."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from msgspec import Struct
from sqlalchemy.orm import Session

from hub.i18n import current_language
from hub.web.words import reports as words
from hub.wiring import Hub
from sharing.reports import codes
from sharing.reports.codes import Named
from sharing.reports.reading import load_organization_names


class CodeWords(Struct, frozen=True):
    """Names of the codes of reports in the reader's language."""

    lists: Mapping[str, Mapping[str, Named]]
    locale: str

    def __call__(self, name: str, code: str | None) -> str | None:
        """The name of a code; the code itself where no list holds it any more."""
        if not code:
            return None
        found = self.lists[name].get(code)
        return found.name(self.locale) if found else code

    def several(self, name: str, given: Sequence[str]) -> str | None:
        """The names of several codes."""
        return ("、" if self.locale == "ja" else ", ").join(self(name, code) or code for code in given) or None


def load_words(session: Session) -> CodeWords:
    """The names of every code that a report may hold."""
    names = (
        codes.EVENT_TYPES,
        codes.CAUSE_TYPES,
        codes.SERVICE_IMPACT,
        codes.SYSTEM_CLASSES,
        codes.RECOVERY_STATES,
        codes.SECTORS,
    )
    return CodeWords(codes.load_names_of(session, names), current_language())


def group_namer(hub: Hub) -> Callable[[str, str], str]:
    """Names groups of readers as of now."""
    now = hub.clock()
    return lambda token, name: words.group_name(token, name, now)


def load_organization_name(session: Session, organization_id: UUID) -> str:
    """The name of an organization in the reader's language."""
    ja, en = load_organization_names(session, [organization_id])[organization_id]
    return ja if current_language() == "ja" else en
