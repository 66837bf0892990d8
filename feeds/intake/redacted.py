"""Operation: judge the redacted forms of a post as objects are judged: what they name, and at which label they do so.

The whole object is held at its strictest part, and names what is as strict without telling anybody; its forms go wider.
"""

from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy.orm import Session

from feeds.intake.naming import naming
from feeds.intake.posts import Candidate, Post
from feeds.intake.references import judge_references
from feeds.reasons.codes import Code
from feeds.reasons.reason import Reasons, because
from feeds.stix.facts import facts_of
from sharing.publishing.nouns import NewObject
from sharing.readers import Reader


def judge_forms(session: Session, reader: Reader, post: Post) -> Post:
    """Drop the forms that would tell of something stricter, where an object that does so would be refused.

    Where it would be taken with a warning, the forms stay and the poster is warned.
    """
    forms = [(each, form) for each in post.candidates for form in each.lesser]
    if not forms:
        return post
    first = 1 + max(each.place for each in post.candidates)
    shadows = [_as_candidate(first + number, form) for number, (_, form) in enumerate(forms)]
    silent = [each._replace(refs=(), named=(), told=()) for each in post.candidates]  # they lend their labels alone
    judged = judge_references(session, reader, replace(post, candidates=(*silent, *shadows), refused={}))
    refused: dict[int, Reasons] = {}
    noted: dict[int, Reasons] = {}
    for number, (whole, _) in enumerate(forms):
        if first + number in judged.refused:
            refused.setdefault(whole.place, judged.refused[first + number].reasons)
    for each in judged.candidates:
        if each.place >= first and each.notes:
            noted.setdefault(forms[each.place - first][0].place, each.notes)
    return replace(post, candidates=tuple(_settled(each, refused, noted) for each in post.candidates))


def _as_candidate(place: int, form: NewObject) -> Candidate:
    value: dict[str, Any] = orjson.loads(form.raw)
    return naming(Candidate(place, form), value, facts_of(value))


def _settled(each: Candidate, refused: dict[int, Reasons], noted: dict[int, Reasons]) -> Candidate:
    if each.place in refused:
        kept = [note for note in each.notes if note.code is not Code.LESSER_FORMS]
        withheld = because(Code.FORMS_WITHHELD, why=refused[each.place])
        return each._replace(lesser=(), notes=(*kept, withheld))
    return each.noting(*noted[each.place]) if each.place in noted else each
