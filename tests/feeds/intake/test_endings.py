"""A redacted form ends where a newer version of its object has none for its readers: they are told so, and no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from feeds.intake.border import read_post
from feeds.intake.posts import Answer
from feeds.intake.taking import take_in
from feeds.reasons.codes import Code
from feeds.stix.granular import ended_form
from feeds.stix.markings import TLP2_IDS
from feeds.stix.schema import validate
from models.vocabulary import CollectionKind, Label
from sharing.collections.access import load_collection
from sharing.collections.adding import NewCollection, add_collection
from tests.factory import World
from tests.feeds.intake.test_border import indicator
from tests.sharing.reports.conftest import Scene

MARKS = [{"marking_ref": TLP2_IDS[Label.RED], "selectors": ["description"]}]
FIRST, SECOND, THIRD = (f"2026-11-0{day}T00:00:00.000Z" for day in (1, 2, 3))


class Desk:
    """Who posts into the collection of a sector, and what its rivals hold of it."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.world = scene.world
        self.first = indicator(
            Label.GREEN, name="pump", description="ours alone", x_more="much", labels=["c2"], granular_markings=MARKS
        )

    def version(self, at: str, *labels: Label, **more: Any) -> dict[str, Any]:
        """A later version, without marks unless they are given."""
        given = indicator(*labels, id=self.first["id"], name="pump", description="to all", modified=at)
        return {**given, **more}

    def posts(self, *objects: dict[str, Any], to: str = "electricity") -> list[Answer]:
        """Post together; all must be taken."""
        hub = self.world.hub
        with self.world.writing() as session:
            opened = load_collection(session, self.world.reader(session, self.scene.office), to)
            body = json.dumps({"objects": objects}).encode()
            secrets = hub.secrets
            post = read_post(body, opened.collection, edition_key=secrets.edition_key, signer=secrets.editions)
            context = self.world.context()
            answers = take_in(session, self.scene.office, post, policy=self.scene.policy, context=context).answers
        assert all(each.accepted for each in answers)
        self.world.advance(minutes=1)
        return list(answers)

    def held(self, reader: Any, feed: str = "inbox") -> list[dict[str, Any]]:
        """The last versions of indicators that a reader has."""
        return [json.loads(row.body) for row in self.scene.sees(reader, feed, types=("indicator",))]

    def given(self, reader: Any) -> list[tuple[int, bytes]]:
        """Everything that a reader has, with its place in the feed."""
        return [(row.position, row.body) for row in self.scene.sees(reader, types=(), versions=("all",))]

    def collection(self) -> str:
        """One more collection that the secretariat writes."""
        ident = uuid4()
        new = NewCollection(
            ident=ident, title="Further", title_ja="別", kind=CollectionKind.ADDED, writers=("secretariat:electricity",)
        )
        with self.world.writing() as session:
            add_collection(session, self.world.command(), new, context=self.world.context())
        return str(ident)

    def codes(self, answer: Answer) -> list[Code]:
        return [each.code for each in answer.reasons]


@pytest.fixture
def desk(peopled_url: str, tmp_path: Path) -> Iterator[Desk]:
    """A fresh hub with everybody in it."""
    world = World(peopled_url, tmp_path)
    yield Desk(Scene(world))
    world.close()


LATER = {
    "revoked, no longer marked": ((Label.GREEN,), {"revoked": True}),
    "no longer marked": ((Label.GREEN,), {}),
    "raised": ((Label.RED,), {}),
    "raised and revoked": ((Label.RED,), {"revoked": True}),
    "marked in what cannot be left out": (
        (Label.GREEN,),
        {"granular_markings": [{"marking_ref": TLP2_IDS[Label.RED], "selectors": ["pattern"]}]},
    ),
}


@pytest.mark.parametrize("how", LATER)
@pytest.mark.parametrize("order", ["one after the other", "together", "the other way round"])
def test_who_holds_a_form_is_told_that_it_ends(desk: Desk, how: str, order: str):
    """It stayed with its readers for good: no version of its object says the form's id, and some they never get."""
    labels, more = LATER[how]
    later = desk.version(SECOND, *labels, **more)
    rival, office = desk.scene.rival_reader, desk.scene.office
    if order == "together":
        answers = desk.posts(desk.first, later)
    else:
        first, second = (desk.first, later) if order == "one after the other" else (later, desk.first)
        desk.posts(first)
        (before,) = [each for each in desk.held(office) if each["id"] != desk.first["id"]] or [None]
        answers = desk.posts(second)
        assert (before is None) is (order != "one after the other")
    assert Code.FORMS_ENDED in [code for answer in answers for code in desk.codes(answer)]
    got = {each["id"]: each for each in desk.held(rival)}
    whole = got.pop(desk.first["id"], None)
    assert (whole is None) is (labels == (Label.RED,) or "granular_markings" in more)
    (form,) = got.values()
    assert form["revoked"] is True and form["modified"] < SECOND
    assert not {"name", "description", "x_more", "granular_markings"} & form.keys()
    assert form["labels"] == ["c2"] and form["object_marking_refs"] == [TLP2_IDS[Label.GREEN]]
    assert desk.first["id"] not in json.dumps(form) and not validate(form)


def test_a_form_that_goes_on_does_not_end(desk: Desk):
    """The same marks in a later version: the form has a version of its own, revoked where the object is."""
    desk.posts(desk.first)
    (answer,) = desk.posts(desk.version(SECOND, Label.GREEN, granular_markings=MARKS, name="valve", revoked=True))
    assert Code.FORMS_ENDED not in desk.codes(answer)
    (form,) = desk.held(desk.scene.rival_reader)
    assert (form["name"], form["revoked"]) == ("valve", True)


def test_a_form_ends_once(desk: Desk):
    """Whatever comes after it, and however often it is posted."""
    later, third = desk.version(SECOND, Label.RED), desk.version(THIRD, Label.RED)
    desk.posts(desk.first)
    desk.posts(later)
    before = desk.held(desk.scene.rival_reader)
    for again in (later, desk.first, third):
        assert Code.FORMS_ENDED not in desk.codes(desk.posts(again)[0])
    assert desk.held(desk.scene.rival_reader) == before


def test_each_form_ends_for_its_own_readers(desk: Desk):
    """Of two forms the one at the label of the newer version ends too; nobody is told of one that it does not hold."""
    first = {
        **desk.first,
        "granular_markings": [*MARKS, {"marking_ref": TLP2_IDS[Label.AMBER], "selectors": ["name"]}],
    }
    desk.posts(first)
    (answer,) = desk.posts(desk.version(SECOND, Label.RED))
    (note,) = [each for each in answer.reasons if each.code is Code.FORMS_ENDED]
    assert "TLP:GREEN, TLP:AMBER" in str(note)
    (form,) = desk.held(desk.scene.rival_reader)
    assert form["object_marking_refs"] == [TLP2_IDS[Label.GREEN]]
    forms = [each for each in desk.held(desk.scene.office) if each["id"] != first["id"]]
    assert {each["object_marking_refs"][0] for each in forms} == {TLP2_IDS[Label.GREEN], TLP2_IDS[Label.AMBER]}
    assert all(each["revoked"] for each in forms)


def test_no_other_collection_is_told(desk: Desk):
    """What is posted elsewhere ends nothing here, and nobody there hears of a form that was never there."""
    desk.posts(desk.first)
    (form,) = desk.held(desk.scene.rival_reader)
    (answer,) = desk.posts(desk.version(SECOND, Label.CLEAR), to="public")
    assert Code.FORMS_ENDED not in desk.codes(answer)
    assert form in desk.held(desk.scene.rival_reader) and "revoked" not in form


@pytest.mark.parametrize("alike", [True, False])
def test_it_ends_in_each_collection_that_the_newer_version_enters(desk: Desk, alike: bool):
    """Also where the version was posted elsewhere before; what was said there, and is new here, is not said here."""
    where = desk.collection()
    desk.posts(desk.first)
    desk.posts(desk.first, to=where)
    if not alike:
        desk.posts(desk.version("2026-11-01T12:00:00.000Z", Label.GREEN, granular_markings=MARKS, pattern="[a:b = 1]"))
    later = desk.version(SECOND, Label.RED)
    desk.posts(later)
    assert [each.get("revoked") for each in desk.held(desk.scene.rival_reader, where)] == [None]
    (answer,) = desk.posts(later, to=where)
    assert Code.FORMS_ENDED in desk.codes(answer)
    (there,), (here,) = (desk.held(desk.scene.rival_reader, each) for each in ("electricity", where))
    assert there["revoked"] and here["revoked"]
    assert (there == here) is alike
    assert here["pattern"] == desk.first["pattern"]
    (last,) = desk.held(desk.scene.rival_reader)
    assert last == there, "whoever reads both has one last version"
    (again,) = desk.posts(later, to=where)
    assert Code.FORMS_ENDED not in desk.codes(again)


RISING = {
    "raised": ((Label.RED,), {}),
    "raised and revoked": ((Label.RED,), {"revoked": True}),
    "marked since": ((Label.GREEN,), {"granular_markings": MARKS}),
    "marked and revoked": ((Label.GREEN,), {"granular_markings": MARKS, "revoked": True}),
}


@pytest.mark.parametrize("how", RISING)
@pytest.mark.parametrize("together", [True, False])
def test_what_was_given_stays_given_and_its_poster_is_told(desk: Desk, how: str, together: bool):
    """Nobody said to the poster that its readers keep the wider version, nor by what they hear that it ended."""
    labels, more = RISING[how]
    plain, later = desk.version(FIRST, Label.GREEN), desk.version(SECOND, *labels, **more)
    rival = desk.scene.rival_reader
    if not together:
        desk.posts(plain)
        before = desk.given(rival)
    answers = [*desk.posts(plain, later)] if together else [None, *desk.posts(later)]
    (told,) = [each for each in answers[1].reasons if each.code is Code.WIDER_BEFORE]
    assert "TLP:GREEN" in str(told)
    got = {each["id"]: each for each in desk.held(rival)}
    assert got.pop(desk.first["id"]) == plain, "not a byte of it is another, and it is the last that they have"
    assert all(desk.first["id"] not in json.dumps(form) and form["modified"] < SECOND for form in got.values())
    assert len(got) == ("granular_markings" in more)
    if not together and not got:
        assert desk.given(rival) == before, "they cannot tell that there is anything"
    (answer,) = desk.posts(desk.version(THIRD, Label.GREEN, revoked=True))
    assert Code.WIDER_BEFORE not in desk.codes(answer)
    assert all(each["revoked"] for each in desk.held(rival)), "as the poster was told"


def test_only_what_rises_is_told(desk: Desk):
    """Of a first version, of one as wide or wider, of one before it, of what was posted before, there is no word."""
    for at, label in ((SECOND, Label.AMBER), (SECOND, Label.AMBER), (FIRST, Label.RED), (THIRD, Label.GREEN)):
        assert Code.WIDER_BEFORE not in desk.codes(desk.posts(desk.version(at, label))[0])
    fourth = desk.version("2026-11-04T00:00:00.000Z", Label.RED)
    (told,) = [each for each in desk.posts(fourth)[0].reasons if each.code is Code.WIDER_BEFORE]
    assert "TLP:GREEN" in str(told)
    other = {**fourth, "id": f"indicator--{uuid4()}"}
    assert Code.WIDER_BEFORE not in desk.codes(desk.posts(other)[0])


def test_the_last_word_needs_little():
    """All that can be left out is; of a value with more properties than any type has, nothing is tried."""
    form = {**indicator(Label.GREEN), "name": "n", "x_a": 1, "confidence": 3}
    said = ended_form(form, 1_793_577_600_000_000)
    assert said.keys() == indicator(Label.GREEN).keys() | {"revoked"}
    many = {**form, **{f"own_{n}": n for n in range(10_000)}}
    assert ended_form(many, 1_793_577_600_000_000).keys() == (many.keys() | {"revoked"}) - {"x_a"}
