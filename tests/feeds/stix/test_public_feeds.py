"""What public feeds really send: taken where a collection is lenient, byte for byte, with what is wrong.

`docs/stix-differences.md` holds the table; `python -m tests.feeds.stix.test_public_feeds` prints it anew.
"""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from feeds.stix.schema import Strictness, acceptable, validate
from models.vocabulary import CollectionKind, Label
from sharing.collections.adding import NewCollection, add_collection
from tests.feeds.stix.public_feeds import FEEDS
from tests.feeds.stix.samples import OASIS_MISSING, REPOSITORY, oasis_folder, oasis_validators
from tests.feeds.stix.test_schema_against_others import stix2_accepts
from tests.sharing.signing.conftest import Press, press

__all__ = ["press"]

PAGE = REPOSITORY / "docs" / "stix-differences.md"
BEGIN, END = "<!-- feeds: begin -->\n", "<!-- feeds: end -->\n"


def _word(accepts: bool) -> str:
    return "takes" if accepts else "refuses"


def ours(value: dict[str, Any]) -> tuple[str, str]:
    """What a strict and a lenient collection do."""
    problems = validate(value)
    strict, lenient = (acceptable(problems, each) for each in (Strictness.REFUSE, Strictness.WARN))
    noted = "; ".join(dict.fromkeys(f"`{each.pointer or '/'}`: {each.expected.split(',')[0]}" for each in problems))
    return _word(strict), f"{_word(lenient)}{f' ({noted})' if noted else ''}"


def oasis(value: dict[str, Any]) -> str:
    """What the schemas of OASIS say; they know no types of others."""
    judge = oasis_validators().get(value["type"])
    return "–" if judge is None else _word(judge.is_valid(value))


def table() -> str:
    """The table of the page."""
    lines = [
        "| What is sent | Strict collection | Lenient collection | `stix2` | OASIS schemas |",
        "|---|---|---|---|---|",
    ]
    for name, value in FEEDS.items():
        strict, lenient = ours(value)
        lines.append(f"| {name} | {strict} | {lenient} | {_word(stix2_accepts(value)[0])} | {oasis(value)} |")
    return "\n".join(lines) + "\n"


@pytest.mark.skipif(oasis_folder() is None, reason=OASIS_MISSING)
def test_the_page_says_what_each_judge_says():
    """Ours, `stix2` and OASIS, on every shape."""
    assert PAGE.read_text().partition(BEGIN)[2].partition(END)[0] == table()


@pytest.mark.parametrize("name", FEEDS)
def test_a_lenient_collection_takes_all_but_what_it_cannot_order(name: str):
    """Whatever the fault, none of these is lost to a peer, but for the bundle within the list."""
    problems = validate(FEEDS[name])
    assert acceptable(problems, Strictness.WARN) is (FEEDS[name]["type"] != "bundle"), problems


def test_they_come_back_as_they_came(press: Press):
    """Through a lenient collection, with its default label; each warning stands with its object."""
    sent = [json.dumps(value, indent=1).encode() for value in FEEDS.values() if value["type"] != "bundle"]
    where = str(uuid4())
    with press.writing() as session:
        add_collection(
            session,
            press.command(),
            NewCollection(
                ident=UUID(where),
                title="Feeds",
                title_ja="フィード",
                kind=CollectionKind.ADDED,
                writers=("secretariat:electricity",),
                default_label=Label.GREEN,
                lenient=True,
            ),
            context=press.context(),
        )
    taken = press.posts(b'{"objects":[' + b",".join(sent) + b"]}", into=where)
    assert [each.message for each in taken.answers if not each.accepted] == []
    assert {bytes(row.body) for row in press.sees(press.office)} == set(sent)
    faulty = [value["id"] for value in FEEDS.values() if validate(value) and value["type"] != "bundle"]
    assert [each.stix_id for each in taken.answers if "accepted with warnings" in each.message] == faulty


if __name__ == "__main__":
    before, _, rest = PAGE.read_text().partition(BEGIN)
    PAGE.write_text(before + BEGIN + table() + END + rest.partition(END)[2])
