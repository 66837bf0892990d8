"""Operation: keep the index of the search: filled as objects are recorded, caught up in the order of the log.

What people write is indexed in the unit of work that records it. What machines post by the thousand follows a moment
later (`catch_up`), so that taking it in costs nothing more. Everything in the index is made of the objects: emptied
(`empty_index`) and caught up it is the same again, and what is erased leaves it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, TypeAlias

from msgspec import Struct
from sqlalchemy.orm import Session

from models.bulk import insert_rows
from sharing.reading.driver import among_numbers, fetch, is_sqlite, run_many
from sharing.rules.object_texts import NOT_SEARCHED, in_parts, is_searched, texts_of
from sharing.rules.search_terms import terms_of, token_term

AT_ONCE: Final = 200
"""Objects that one turn of catching up reads and indexes, and entries that it looks at."""

BYTES_AT_ONCE: Final = 4 * 1024 * 1024
"""Bytes of objects whose terms are held at a time, beyond the first: a post may be fifty megabytes."""

_COLUMNS: Final = (("object_id", "int8"), ("terms", "int4[]"))

# What no search finds is passed over here, so that each turn over an entry comes further.
_LEFT: Final = f"""
    SELECT o.id, o.type, o.audience_id, length(o.body) FROM objects o
    WHERE o.entry_id = :entry AND length(o.salt) > 0
      AND o.type NOT IN ({", ".join(f"'{kind}'" for kind in sorted(NOT_SEARCHED))})
      AND NOT EXISTS (SELECT 1 FROM search_documents d WHERE d.object_id = o.id)
    ORDER BY o.id LIMIT :most
"""
_BODY: Final = "SELECT body FROM objects WHERE id = :id"
# Only entries that have their place: what is recorded and not integrated is looked at when its turn comes.
_BEHIND: Final = """
    SELECT id, first_position + object_count + regrants - 1 FROM audit_entries
    WHERE first_position > :position ORDER BY first_position LIMIT :most
"""
_NEXT: Final = """
    SELECT first_position FROM audit_entries WHERE first_position > :position ORDER BY first_position LIMIT 1
"""
_AUDIENCES: Final = "SELECT audience_id, token_id FROM audience_tokens WHERE audience_id IN ({ids})"
_REGRANTED: Final = "SELECT object_id, audience_id FROM regrants WHERE entry_id = :entry"
_POSITION: Final = "SELECT position FROM search_state WHERE id = 1"
_STAND: Final = "UPDATE search_state SET position = :position WHERE id = 1"
_FORGET: Final = "DELETE FROM search_documents WHERE object_id IN (SELECT id FROM objects WHERE entry_id = :entry)"
_FORGET_ALL: Final = "DELETE FROM search_documents"


@dataclass(frozen=True)
class Documents:
    """What is to stand in the index: the terms of objects, and by which further tokens others are found."""

    terms: Mapping[int, Sequence[int]]
    further: Mapping[int, set[int]]
    size: int
    """Bytes of the objects that they were made of."""
    is_all: bool
    """Nothing of the entry is left after these."""


class Behind(Struct, frozen=True):
    """The next part of the log that the index does not hold, made ready while nobody waits for it."""

    position: int
    reached: int
    documents: Documents


class Written(NamedTuple):
    """An object that is being published: its number, type, audience and bytes."""

    number: int
    type: str
    audience: int
    body: bytes


def index_written(
    session: Session,
    written: Sequence[Written],
    again: Sequence[tuple[int, int]],
    known: Mapping[int, Sequence[int]],
) -> None:
    """Index what an entry publishes, and let what it grants `again` (object, audience) be found by who gets it.

    Of some audiences the tokens are `known` already.
    """
    searched = [each for each in written if is_searched(each.type)]
    needed = {each.audience for each in searched} | {audience for _, audience in again}
    terms = {number: {token_term(token) for token in tokens} for number, tokens in known.items()}
    tokens = {**_tokens_of(session, needed - terms.keys()), **terms}
    made = {
        each.number: sorted(
            terms_of(texts_of(each.body), in_parts=in_parts(each.type)) | tokens.get(each.audience, set())
        )
        for each in searched
    }
    further: dict[int, set[int]] = {}
    for number, audience in again:
        further.setdefault(number, set()).update(tokens.get(audience, set()))
    _store(session, Documents(made, further, 0, is_all=True))


def _documents_of(session: Session, entry_id: int) -> Documents:
    """The next of an entry's documents that the index does not hold; of few objects at a time, and few bytes."""
    left = fetch(session, _LEFT, {"entry": entry_id, "most": AT_ONCE})
    taken: list[tuple[Any, ...]] = []
    weighed = 0
    for row in left:
        if taken and weighed + row[3] > BYTES_AT_ONCE:
            break
        taken.append(row)
        weighed += row[3]
    is_all = len(taken) == len(left) < AT_ONCE
    again = fetch(session, _REGRANTED, {"entry": entry_id}) if is_all else []
    tokens = _tokens_of(session, {row[2] for row in taken} | {row[1] for row in again})
    terms: dict[int, Sequence[int]] = {}
    for ident, kind, audience, _size in taken:
        body = bytes(fetch(session, _BODY, {"id": ident}, kept=True)[0][0])
        terms[ident] = sorted(terms_of(texts_of(body), in_parts=in_parts(kind)) | tokens.get(audience, set()))
    further: dict[int, set[int]] = {}
    for ident, audience in again:
        further.setdefault(ident, set()).update(tokens.get(audience, set()))
    return Documents(terms, further, weighed, is_all)


def _store(session: Session, documents: Documents) -> None:
    insert_rows(session, "search_documents", _COLUMNS, list(documents.terms.items()))
    _add_tokens(session, documents.further)


def behind_since(session: Session) -> int | None:
    """The position of the first that the log holds and the index does not; None where it holds everything."""
    position = fetch(session, _POSITION, {})[0][0]
    return next((row[0] for row in fetch(session, _NEXT, {"position": position})), None)


def find_behind(session: Session) -> Behind | None:
    """The next part of what the log holds and the index does not; its terms are made here, where no lock is held."""
    position = reached = fetch(session, _POSITION, {})[0][0]
    entries = fetch(session, _BEHIND, {"position": position, "most": AT_ONCE})
    terms: dict[int, Sequence[int]] = {}
    further: dict[int, set[int]] = {}
    size = 0
    for entry_id, last in entries:
        documents = _documents_of(session, entry_id)
        terms |= documents.terms
        for ident, tokens in documents.further.items():
            further.setdefault(ident, set()).update(tokens)
        if not documents.is_all:
            break
        reached, size = last, size + documents.size
        if len(terms) >= AT_ONCE or size >= BYTES_AT_ONCE:
            break
    return Behind(position, reached, Documents(terms, further, size, is_all=True)) if entries else None


def catch_up(session: Session, behind: Behind) -> None:
    """Index what was made ready, unless the index was moved meanwhile; what was erased meanwhile is left out."""
    locked = "" if is_sqlite(session) else " FOR UPDATE"
    if fetch(session, _POSITION + locked, {})[0][0] != behind.position:
        return
    documents = behind.documents
    among = among_numbers(list(documents.terms))
    kept = {row[0] for row in fetch(session, _STILL.format(among=among), {})}
    terms = {ident: each for ident, each in documents.terms.items() if ident in kept}
    _store(session, replace(documents, terms=terms))
    run_many(session, _STAND, [{"position": behind.reached}])


_STILL: Final = "SELECT id FROM objects WHERE id {among} AND length(salt) > 0"


def empty_index(session: Session) -> None:
    """Forget everything, so that catching up begins anew."""
    run_many(session, _FORGET_ALL, [{}])
    run_many(session, _STAND, [{"position": 0}])


def forget_entry(session: Session, entry_id: int) -> None:
    """Take the objects of an entry out of the index: their content is erased."""
    run_many(session, _FORGET, [{"entry": entry_id}])


def _tokens_of(session: Session, audiences: set[int]) -> Mapping[int, set[int]]:
    """Audience to the terms of its tokens."""
    found: dict[int, set[int]] = {}
    if audiences:
        numbers = ", ".join(str(int(each)) for each in sorted(audiences))
        for audience, token in fetch(session, _AUDIENCES.format(ids=numbers), {}):
            found.setdefault(audience, set()).add(token_term(token))
    return found


def _add_tokens(session: Session, wanted: Mapping[int, set[int]]) -> None:
    """Let what is there already be found by further tokens; said twice it changes nothing."""
    sql = _MORE_SQLITE if is_sqlite(session) else _MORE_POSTGRES
    run_many(
        session,
        sql,
        [{"object": ident, "term": term} for ident, terms in wanted.items() for term in sorted(terms)],
    )


_MORE_SQLITE: Final = """
    UPDATE search_documents SET terms = terms || ' ' || :term
    WHERE object_id = :object AND instr(' ' || terms || ' ', ' ' || :term || ' ') = 0
"""
_MORE_POSTGRES: Final = """
    UPDATE search_documents SET terms = terms || (:term)::int
    WHERE object_id = :object AND NOT terms @> ARRAY[(:term)::int]
"""


Ways: TypeAlias = Sequence[Sequence[frozenset[int]]]
"""For each word the ways in which it can stand in the index."""


def find_candidates(session: Session, ways: Ways, tokens: Sequence[int], most: int) -> list[int]:
    """The objects, the newest first, that hold every word in one of its ways and were granted to one of the tokens.

    Some were granted otherwise since, and some hold a word's terms but not the word: whoever asks looks once more.
    """
    holders = [frozenset({token_term(token)}) for token in tokens]
    if not holders:
        return []
    if is_sqlite(session):
        return [row[0] for row in fetch(session, _FIND_SQLITE, {"match": _match([*ways, holders]), "most": most})]
    condition, parameters = _contains(ways)
    parameters |= {"holders": sorted({term for each in holders for term in each}), "most": most}
    return [row[0] for row in fetch(session, _FIND_POSTGRES.format(condition=condition), parameters)]


def list_holding(session: Session, ways: Ways, object_ids: Sequence[int], tokens: Sequence[int]) -> set[int]:
    """Those of these objects, all granted to one of the tokens, that hold every word in one of its ways."""
    if not object_ids:
        return set()
    if is_sqlite(session):
        # The tokens keep what lies between the objects, and is not the reader's, out of the ranges.
        match = _match([*ways, [frozenset({token_term(token)}) for token in tokens]])
        return {
            row[0]
            for low, high in _ranges(object_ids)
            for row in fetch(session, _AMONG_SQLITE, {"match": match, "low": low, "high": high})
        }
    condition, parameters = _contains(ways)
    sql = _AMONG_POSTGRES.format(condition=condition)
    return {row[0] for row in fetch(session, sql, parameters | {"ids": list(object_ids)})}


def _ranges(object_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Few ranges that hold all these numbers and few others."""
    found: list[tuple[int, int]] = []
    for ident in sorted(object_ids):
        if found and ident - found[-1][1] <= _WIDEST_GAP:
            found[-1] = (found[-1][0], ident)
        else:
            found.append((ident, ident))
    return found


_WIDEST_GAP: Final = 1_000


def _match(ways: Ways) -> str:
    """A question to FTS5: each word in one of its ways."""
    words = (" OR ".join(f"({' AND '.join(map(_quoted, sorted(way)))})" for way in word) for word in ways)
    return " AND ".join(f"({word})" for word in words)


def _quoted(term: int) -> str:
    return f'"{term}"'


def _contains(ways: Ways) -> tuple[str, dict[str, Any]]:
    """The same as a condition on an array."""
    conditions, parameters = list[str](), dict[str, Any]()
    for number, word in enumerate(ways):
        arms = []
        for place, way in enumerate(word):
            parameters[f"w{number}_{place}"] = sorted(way)
            arms.append(f"terms @> (:w{number}_{place})::int[]")
        conditions.append(f"({' OR '.join(arms)})")
    return " AND ".join(conditions), parameters


_FIND_SQLITE: Final = "SELECT rowid FROM search_index WHERE search_index MATCH :match ORDER BY rowid DESC LIMIT :most"
_AMONG_SQLITE: Final = "SELECT rowid FROM search_index WHERE search_index MATCH :match AND rowid BETWEEN :low AND :high"
# Not by the bare number: PostgreSQL would walk the primary key from its end and look at every row.
_FIND_POSTGRES: Final = """
    SELECT object_id FROM search_documents WHERE {condition} AND terms && (:holders)::int[]
    ORDER BY object_id + 0 DESC LIMIT :most
"""
_AMONG_POSTGRES: Final = """
    SELECT d.object_id FROM unnest((:ids)::bigint[]) AS n(value)
    CROSS JOIN LATERAL (SELECT object_id, terms FROM search_documents WHERE object_id = n.value OFFSET 0) d
    WHERE {condition}
"""


def count_documents(session: Session) -> int:
    """How many objects are in the index; for whoever runs the hub."""
    return int(fetch(session, "SELECT count(*) FROM search_documents", {})[0][0])
