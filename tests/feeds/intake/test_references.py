"""References must not leak: what the poster sees is judged and named, what it does not see is as good as absent."""

from __future__ import annotations

import json
import sys
import unicodedata
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.intake.border import read_post
from feeds.intake.references import judge_references, names_others
from feeds.intake.taking import take_in
from feeds.stix.facts import facts_of
from feeds.stix.texts import named_elsewhere
from models.collection import Collection
from models.vocabulary import CollectionKind, Label, Role
from sharing.collections.adding import NewCollection, add_collection
from sharing.readers import load_reader
from sharing.rules import mentions
from sharing.rules.policy import default_policy
from sharing.rules.references import Leak, list_leaks
from tests.factory import World
from tests.hub.taxii.conftest import envelope, indicator, note


class Town:
    """Two secretariats, each with what it posted."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.office = world.person(world.secretariat("電力セプター事務局"), Role.COORDINATOR)
        self.other = world.person(world.secretariat("水道セプター事務局", "water"), Role.COORDINATOR)
        self.strict, self.lenient = self._collection("Strict"), self._collection("Lenient", lenient=True)

    def _collection(self, title: str, **more: Any) -> Collection:
        with self.world.writing() as session:
            made = add_collection(
                session,
                self.world.command(),
                NewCollection(
                    ident=uuid4(),
                    title=title,
                    title_ja=title,
                    kind=CollectionKind.ADDED,
                    writers=("secretariat:electricity", "secretariat:water"),
                    **more,
                ),
                context=self.world.context(),
            )
            session.flush()
            session.expunge_all()
        return made

    def posts(self, actor: Any, *objects: dict[str, Any], lenient: bool = False) -> list[tuple[bool, str]]:
        """Post as the door does; accepted and message of each object."""
        post = read_post(envelope(*objects), self.lenient if lenient else self.strict)
        with self.world.reading() as session:
            post = judge_references(session, load_reader(session, actor), post)
        with self.world.writing() as session:
            taken = take_in(session, actor, post, policy=default_policy(), context=self.world.context())
        return [(each.accepted, each.message) for each in taken.answers]


@pytest.fixture
def town(hub_url: str, tmp_path: Path):
    world = World(hub_url, tmp_path)
    yield Town(world)
    world.close()


def test_ones_own_stricter_object_is_named(town: Town):
    """Refused where the collection is strict, accepted with a warning where it is lenient, with what to do."""
    secret, known = indicator(Label.AMBER), indicator(Label.GREEN)
    town.posts(town.office, secret, known)
    ((accepted, message),) = town.posts(town.office, note(Label.GREEN, known["id"], secret["id"]))
    assert not accepted
    assert secret["id"] in message and "TLP:AMBER" in message and known["id"] not in message
    ((accepted, message),) = town.posts(town.office, note(Label.GREEN, secret["id"]), lenient=True)
    assert accepted and secret["id"] in message
    assert town.posts(town.office, note(Label.AMBER, secret["id"])) == [(True, "")]


def test_an_id_in_capitals_tells_as_much(town: Town):
    """A UUID has no case: such a reference was no known one, and went out to everybody."""
    secret = indicator(Label.AMBER)
    shouted = f"indicator--{secret['id'].removeprefix('indicator--').upper()}"
    town.posts(town.office, secret)
    ((accepted, message),) = town.posts(town.office, note(Label.GREEN, shouted))
    assert not accepted and secret["id"] in message
    together = {**indicator(Label.AMBER), "id": f"indicator--{str(uuid4()).upper()}"}
    answers = town.posts(town.office, together, note(Label.GREEN, together["id"]))
    assert [accepted for accepted, _ in answers] == [True, False]


SPELLINGS = {
    "capitals": str.upper,
    "mixed": lambda uuid: "".join(sign.upper() if place % 3 else sign for place, sign in enumerate(uuid)),
}


@pytest.mark.parametrize("how", SPELLINGS)
@pytest.mark.parametrize("together", [True, False])
def test_what_was_posted_in_capitals_is_found_in_small_letters(town: Town, how: str, together: bool):
    """Only the id as it was stored was looked for: GREEN could name RED, in a reference, a text or a sentence."""
    small = str(uuid4())
    secret = indicator(Label.RED, id=f"indicator--{SPELLINGS[how](small)}")
    named = f"indicator--{small}"
    openly, in_text = note(Label.GREEN, named), indicator(Label.GREEN, x_seen=f"see {named.upper()}")
    if not together:
        town.posts(town.office, secret)
    for naming in (openly, in_text):
        *_, (accepted, message) = town.posts(town.office, *([secret] if together else []), naming)
        assert not accepted and named in message and "TLP:RED" in message
    ((accepted, message),) = town.posts(town.office, indicator(Label.GREEN, description=f"see {named}"))
    assert accepted and named in message and "TLP:RED" in message
    assert town.posts(town.other, note(Label.GREEN, named)) == [(True, "")], "absent and hidden are one"


def test_anothers_hidden_object_is_as_good_as_absent(town: Town):
    """The same answer whether it exists and is hidden, or does not exist."""
    hidden = indicator(Label.AMBER)
    town.posts(town.other, hidden)
    absent = f"indicator--{uuid4()}"
    assert town.posts(town.office, note(Label.GREEN, hidden["id"])) == [(True, "")]
    assert town.posts(town.office, note(Label.GREEN, absent)) == [(True, "")]


def test_a_text_that_names_something_stricter_is_taken_with_a_warning(town: Town):
    """What its poster sees: an object by its id; what another posted, or nobody, is as good as absent."""
    secret, hidden, known = indicator(Label.AMBER), indicator(Label.AMBER), indicator(Label.GREEN)
    town.posts(town.office, secret, known)
    town.posts(town.other, hidden)
    ((accepted, message),) = town.posts(town.office, note(Label.GREEN, known["id"], content=f"see {secret['id']}"))
    assert accepted and secret["id"] in message and "TLP:AMBER" in message
    assert town.posts(town.office, note(Label.GREEN, known["id"], content=f"see {hidden['id']}")) == [(True, "")]
    assert town.posts(town.office, note(Label.AMBER, known["id"], content=f"see {secret['id']}")) == [(True, "")]
    assert town.posts(town.office, note(Label.GREEN, known["id"], content="see 4K7P-2M9Q-X")) == [(True, "")]


def hidden_in(ident: str) -> dict[str, dict[str, Any]]:
    """Places where no reference is expected."""
    uuid = ident.partition("--")[2]
    return {
        "words": {"x_note": f"see {ident}"},
        "alone": {"x_related": ident},
        "list": {"labels": ["c2", f"from:{ident}"]},
        "deep": {"x_tree": {"a": [[{"b": f"({ident})"}]]}},
        "behind hundreds": {"x_note": " ".join([*(f"indicator--{uuid4()}" for _ in range(300)), ident])},
        "key": {"x_seen": {ident: 3}},
        "source": {"external_references": [{"source_name": "hub", "external_id": ident}]},
        "address": {"external_references": [{"source_name": "hub", "url": f"https://hub.example/o/{ident}/"}]},
        "extension": {
            "extensions": {f"extension-definition--{uuid4()}": {"extension_type": "property-extension", "of": ident}}
        },
        "pattern": {"pattern": f"[x-case:ref = '{ident}']"},
        "capitals": {"x_note": f"see indicator--{uuid.upper()}"},
        "wide hyphens": {"x_note": f"see indicator\uff0d\uff0d{uuid}"},
        "escaped": {"x_note": f"\\ {ident}"},
    }


@pytest.mark.parametrize("where", hidden_in("indicator--x"))
def test_an_id_in_any_other_text_is_a_reference(town: Town, where: str):
    """A property of one's own named what is RED, and went out GREEN without a word."""
    secret, unseen, known = indicator(Label.RED), indicator(Label.RED), indicator(Label.GREEN)
    town.posts(town.office, secret, known)
    town.posts(town.other, unseen)
    told = indicator(Label.GREEN, **hidden_in(secret["id"])[where])
    ((accepted, message),) = town.posts(town.office, told)
    assert not accepted and secret["id"] in message and "TLP:RED" in message
    ((_, message),) = town.posts(town.office, told, lenient=True)
    assert secret["id"] in message
    for other in (unseen["id"], known["id"], f"indicator--{uuid4()}"):
        ((accepted, message),) = town.posts(town.office, indicator(Label.GREEN, **hidden_in(other)[where]))
        assert other not in message
    ((accepted, message),) = town.posts(town.office, indicator(Label.RED, **hidden_in(secret["id"])[where]))
    assert secret["id"] not in message


def test_sentences_that_lie_deeper_are_the_posters_words_too(town: Town):
    """As those of the object itself: taken with a warning, whatever the collection does."""
    secret = indicator(Label.AMBER)
    town.posts(town.office, secret)
    source = {"source_name": "desk", "description": f"follows {secret['id']}"}
    ((accepted, message),) = town.posts(town.office, indicator(Label.GREEN, external_references=[source]))
    assert accepted and secret["id"] in message and "TLP:AMBER" in message


def test_what_an_object_says_of_itself_is_no_reference(town: Town):
    """Its own id, its author's and its markings' stand in many places of what real tools send."""
    marking, author = f"marking-definition--{uuid4()}", f"identity--{uuid4()}"
    own = indicator(Label.GREEN, created_by_ref=author)
    own["object_marking_refs"].append(marking)
    own |= {"x_copies": [own["id"], author, marking], "description": "xn--fiq228c.example"}
    assert not any(each.refs for each in read_post(envelope(own), town.strict).candidates)


def test_objects_of_the_same_post_are_judged_together(town: Town):
    secret = indicator(Label.AMBER)
    answers = town.posts(town.office, secret, note(Label.GREEN, secret["id"]), note(Label.AMBER, secret["id"]))
    assert [accepted for accepted, _ in answers] == [True, False, True]


def test_what_is_known_wider_anyway_tells_nothing(town: Town):
    """A GREEN version of the same object was posted before; its id is no secret."""
    one = indicator(Label.GREEN)
    raised = {
        **one,
        "modified": "2026-11-02T00:00:00.000Z",
        **{k: indicator(Label.AMBER)[k] for k in ["object_marking_refs"]},
    }
    town.posts(town.office, one)
    town.posts(town.office, raised)
    assert town.posts(town.office, note(Label.GREEN, one["id"])) == [(True, "")]


def test_the_author_is_no_leak(town: Town):
    """`created_by_ref` says who publishes, whatever its own object is labelled."""
    who = {
        **{
            key: value
            for key, value in indicator(Label.AMBER).items()
            if key in {"spec_version", "created", "modified"}
        },
        "type": "identity",
        "id": f"identity--{uuid4()}",
        "name": "office",
        "object_marking_refs": indicator(Label.AMBER)["object_marking_refs"],
    }
    town.posts(town.office, who)
    assert town.posts(town.office, indicator(Label.GREEN, created_by_ref=who["id"])) == [(True, "")]


LABELS = st.sampled_from(Label)


@given(LABELS, st.lists(st.sampled_from("abcd")), st.dictionaries(st.sampled_from("abc"), LABELS))
def test_the_rule(label, refs, seen):
    """Each stricter target once, nothing else, and what is not seen changes nothing."""
    found = list_leaks(label, refs, seen)
    assert {leak.stix_id for leak in found} == {ref for ref in refs if ref in seen and seen[ref].rank > label.rank}
    assert len(set(found)) == len(found)
    assert list_leaks(label, [ref for ref in refs if ref in seen], seen) == found
    assert all(isinstance(leak, Leak) for leak in found)


def test_every_hyphen_is_known():
    """All signs that are read as a hyphen, but for whole words in one sign, which end no id's type."""
    read_so = [
        sign
        for sign in map(chr, range(sys.maxunicode + 1))
        if not "\ud800" <= sign <= "\udfff" and unicodedata.normalize("NFKC", sign) in set(mentions._HYPHENS)
    ]
    assert set(read_so) == {"-", *mentions.ODD_HYPHENS, *mentions._LONG_MARKS}


IDS = st.sampled_from([f"{kind}--{UUID(int=n)}" for kind in ("indicator", "identity") for n in range(3)])
TEXTS = IDS | IDS.map("see {}".format) | st.sampled_from(["", "--", "xn--a.example", "plain", "a----b"])
TEXTS |= st.builds(
    str.replace, IDS, st.just("--"), st.text(f"-{mentions.ODD_HYPHENS}{mentions._LONG_MARKS}", min_size=2)
)
NAMES = st.sampled_from(["id", "created_by_ref", "x_ref", "x_refs", "name", "x_note", "object_marking_refs"]) | IDS
DEEP = st.recursive(TEXTS, lambda some: st.lists(some, max_size=3) | st.dictionaries(NAMES, some, max_size=3))


@given(st.dictionaries(NAMES, DEEP, max_size=6))
def test_the_bytes_never_hide_an_id(value):
    """What is told from the bytes alone is what a look at every text finds."""
    facts, raw = facts_of(value), json.dumps(value, ensure_ascii=False).encode()
    assert named_elsewhere(value, facts, raw) == named_elsewhere(value, facts, raw + b"\\")


def test_what_a_large_post_names_last_is_judged_too(town: Town):
    """Of a bundle with a thousand relationships only the first two thousand ends were held against anything."""
    secret = indicator(Label.RED)
    town.posts(town.office, secret)
    many = [note(Label.GREEN, *(f"indicator--{uuid4()}" for _ in range(3))) for _ in range(1_000)]
    *_, (accepted, message) = town.posts(town.office, *many, note(Label.GREEN, secret["id"]))
    assert not accepted and secret["id"] in message


@pytest.mark.parametrize("lenient", [True, False])
def test_what_cannot_be_judged_is_not_taken_as_harmless(town: Town, lenient: bool):
    """Behind fifty thousand others a reference was held against nothing, and could lead to what is stricter."""
    secret = indicator(Label.RED)
    town.posts(town.office, secret)
    many = [note(Label.GREEN, *(f"indicator--{uuid4()}" for _ in range(1_000))) for _ in range(50)]
    repeating, last, bare = note(Label.GREEN, *many[0]["object_refs"]), note(Label.GREEN, secret["id"]), indicator()
    answers = town.posts(town.office, *many, repeating, last, bare, lenient=lenient)
    accepted, message = answers.pop(-2)
    assert all(other == (True, "") for other in answers), "what names nothing more is judged"
    assert accepted is lenient and "at most 50000 objects" in message and "smaller post" in message
    assert secret["id"] not in message
    ((accepted, message),) = town.posts(town.office, last)
    assert not accepted and secret["id"] in message


def test_most_objects_are_not_looked_at(town: Town):
    """Indicators with an author and a marking name nothing: no second look, no question to the database."""
    plain = indicator(Label.GREEN, created_by_ref=f"identity--{uuid4()}")
    assert not names_others(read_post(envelope(plain), town.strict))
    assert names_others(read_post(envelope(plain, note(Label.GREEN, plain["id"])), town.strict))


def test_the_messages_are_bounded(town: Town):
    secrets = [indicator(Label.AMBER) for _ in range(10)]
    town.posts(town.office, *secrets)
    ((_, message),) = town.posts(town.office, note(Label.GREEN, *[each["id"] for each in secrets]))
    assert "and 7 more" in message and len(json.dumps(message)) < 500
