"""Operation: which titles of stricter reports the texts of a program's post quote, as far as its holder may see them.

What the post costs hangs on its texts, and hardly on how much its holder sees: in one journey it is asked which
reports it reads as filed, and which editions came since the last post. Titles are looked for among what is remembered
(`sharing.reading.titles`, `sharing.reports.titles`), and what is found is judged as it stands now. Of what the holder
does not see nothing is remembered for it, so that a title of that is met as words that nobody ever wrote.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from sqlalchemy.orm import Session

from models.collection import INBOX_FEED
from models.vocabulary import Label
from sharing.readers import Reader
from sharing.reading.driver import fetch_all, fetch_then_walk
from sharing.reading.grants import View
from sharing.reading.titles import ask_since, completed, shelf_of, still_seen
from sharing.reports.titles import ask_filed, still_called, titles_of
from sharing.rules.mentions import Title, find_quoted
from sharing.rules.spelling import fold_plain


class Told(Struct, frozen=True):
    """Texts that are to be read at a label."""

    label: Label
    texts: tuple[str, ...]


def find_stricter_quoted(session: Session, reader: Reader, told: Sequence[Told]) -> list[Label | None]:
    """For each, the strictest label of a report that its texts quote by its title; None where none is stricter."""
    widest = min((each.label for each in told), key=lambda label: label.rank, default=Label.RED)
    if widest is Label.RED:
        return [None] * len(told)
    view = View(session, reader.windows, INBOX_FEED)
    titles, begins = _load_titles(view, reader, widest)
    found = [_quoted(each, begins, titles) for each in told]
    quoted = {title for each in found for title in each}
    seen = still_seen(view, quoted) | still_called(session, quoted)
    return [_strictest(title for title in each if title in seen) for each in found]


def _load_titles(view: View, reader: Reader, widest: Label) -> tuple[Sequence[Title], frozenset[str]]:
    """All that may be quoted, and how each of it begins."""
    session = view.session
    session.flush()  # what follows speaks to the driver
    filed = ask_filed(session, reader.actor, widest)
    shelf = shelf_of(view)
    if view.windows:
        *answers, since = fetch_then_walk(session, filed, ask_since(view, shelf))
        shelf = completed(view, shelf, since)
    else:
        answers = fetch_all(session, filed) if filed else []
    as_filed = titles_of(session, [row for rows in answers for row in rows])
    if not as_filed:
        return shelf.titles, shelf.begins
    return (*shelf.titles, *as_filed), shelf.begins.union(title.begin for title in as_filed)


def _quoted(told: Told, begins: frozenset[str], titles: Sequence[Title]) -> list[Title]:
    if not titles:
        return []
    found = [title for text in told.texts for title in find_quoted(fold_plain(text), begins, titles)]
    return [title for title in found if title.rank > told.label.rank]


def _strictest(titles: Iterable[Title]) -> Label | None:
    rank = max((title.rank for title in titles), default=None)
    return None if rank is None else Label.of_rank(rank)
