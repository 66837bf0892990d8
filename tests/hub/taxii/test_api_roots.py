"""API roots that an administrator adds: each its own door, to those who are led somewhere by it, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from feeds.conformance.asking import Login
from feeds.conformance.check import Outcome
from feeds.conformance.run import Wish, run
from models.vocabulary import Label
from sharing.collections.api_roots import LEAST_CONTENT, RootRules, add_api_root, change_api_root, end_api_root
from sharing.collections.changing import change_collection
from sharing.errors import Conflict, Invalid, NotVisible
from tests.hub.taxii.conftest import ROOT, TAXII, Door, envelope, indicator

GRID = ("secretariat:electricity",)


def rules(*collections: str, title: str = "Grid exchange", **more: Any) -> RootRules:
    return RootRules(title, "電力の交換", collections=frozenset(map(UUID, collections)), **more)


def administer(door: Door, act: Callable[..., Any], *given: Any) -> Any:
    """Do something as the administrator does at the command line."""
    with door.world.writing() as session:
        return act(session, door.world.command(), *given, context=door.world.context())


def add(door: Door, name: str, *collections: str, **more: Any) -> str:
    """Add a root; its address."""
    administer(door, add_api_root, name, rules(*collections, **more))
    return f"/taxii2/{name}/"


def added(door: Door) -> int:
    """How many entries there are about roots."""
    return sum(tag.startswith("collection:root:") for tag in door.world.tags())


def test_each_root_is_known_to_whom_it_leads_somewhere(door: Door):
    """Discovery, the root and its collections: the water secretariat finds exactly what it would find without it."""
    before = door.other.ask("GET", "/taxii2/").content
    grid = door.collection("Grid", readers=GRID, writers=GRID, default_label=Label.GREEN)
    root = add(door, "grid", grid, description="What grids exchange", max_content_length=50_000)
    found = door.poster.ask("GET", "/taxii2/").json()
    assert found["default"] == ROOT and set(found["api_roots"]) >= {ROOT, root}
    assert door.poster.ask("GET", root).json() == {
        "title": "Grid exchange",
        "description": "What grids exchange",
        "versions": [TAXII],
        "max_content_length": 50_000,
    }
    assert [each["id"] for each in door.poster.ask("GET", f"{root}collections/").json()["collections"]] == [grid]
    assert door.other.ask("GET", "/taxii2/").content == before
    for path in ("", "collections/", f"collections/{grid}/", f"collections/{grid}/objects/", f"status/{grid}/"):
        hidden, absent = (door.other.ask("GET", f"{each}{path}") for each in (root, "/taxii2/nowhere/"))
        assert hidden.status_code == absent.status_code == 404
        assert hidden.content == absent.content
    assert door.anonymous.ask("GET", root).content == door.anonymous.ask("GET", "/taxii2/nowhere/").content
    administer(door, end_api_root, "grid")
    assert door.poster.ask("GET", root).status_code == 404
    assert door.poster.get(f"collections/{grid}/").status_code == 200


def test_posts_pages_and_statuses_through_a_root(door: Door):
    """What is posted through one root is read through each that leads there, and `next` goes on in either."""
    where = door.collection("Shared", default_label=Label.GREEN)
    other = door.collection("Elsewhere", default_label=Label.GREEN)
    one, two = add(door, "first", where, max_content_length=LEAST_CONTENT), add(door, "second", where, other)
    posted = [indicator() for _ in range(5)]
    path = f"collections/{where}/objects/"
    head = {"Content-Type": TAXII, "Idempotency-Key": f"through roots {where}"}
    answer = door.poster.ask("POST", one + path, data=envelope(*posted), headers=head)
    assert answer.status_code == 202 and answer.headers["Location"] == f"{one}status/{answer.json()['id']}/"
    again = door.poster.ask("POST", two + path, data=envelope(*posted), headers=head)
    assert again.content == answer.content and again.headers["Location"] == f"{two}status/{answer.json()['id']}/"
    for root in (one, two, ROOT):
        assert door.poster.ask("GET", f"{root}status/{answer.json()['id']}/").content == answer.content
        assert door.member.ask("GET", f"{root}status/{answer.json()['id']}/").status_code == 404
    elsewhere = door.poster.post(other, envelope(indicator())).json()["id"]
    assert door.poster.ask("GET", f"{one}status/{elsewhere}/").status_code == 404
    page = door.member.ask("GET", one + path, params={"limit": 3}).json()
    rest = door.member.ask("GET", two + path, params={"next": page["next"]}).json()
    assert page["objects"] + rest["objects"] == posted
    assert (
        door.member.ask("GET", f"{one}collections/{other}/objects/", params={"next": page["next"]}).status_code == 404
    )
    assert (
        door.member.ask("GET", f"{two}collections/{other}/objects/", params={"next": page["next"]}).status_code == 400
    )
    assert door.member.ask("GET", f"{one}collections/inbox/objects/").status_code == 404
    large = envelope(indicator(name="x" * LEAST_CONTENT))
    for body, found in ((large, str(len(large))), (iter([large]), "more")):
        refused = door.poster.ask("POST", one + path, data=body, headers={"Content-Type": TAXII})
        assert refused.status_code == 413
        assert refused.json()["description"] == f"expected at most {LEAST_CONTENT} bytes, found {found}"
    assert door.poster.ask("POST", two + path, data=large, headers={"Content-Type": TAXII}).status_code == 202
    gone = door.poster.ask("DELETE", f"{two}{path}{posted[0]['id']}/")
    assert gone.status_code == 200
    assert door.member.ask("GET", f"{one}{path}{posted[0]['id']}/").status_code == 404


def test_a_collection_may_leave_the_root_hub(door: Door):
    """Then only added roots lead to it; what is in it stays in the inbox of those who may see it."""
    where = door.collection("Apart", default_label=Label.GREEN)
    (kept,) = door.poster.add(where, indicator())
    status = door.poster.post(where, envelope(indicator())).json()["id"]

    def leave(in_hub: bool) -> None:
        administer(
            door, change_collection, UUID(where), lambda before: before.__class__(**vars(before) | {"in_hub": in_hub})
        )

    with pytest.raises(Invalid):
        leave(False)
    root = add(door, "apart", where)
    leave(False)
    assert door.member.get(f"collections/{where}/objects/").status_code == 404
    assert door.poster.get(f"status/{status}/").status_code == 404
    assert where not in door.member.get("collections/").text
    assert door.member.ask("GET", f"{root}collections/{where}/objects/{kept}/").status_code == 200
    assert door.poster.ask("GET", f"{root}status/{status}/").status_code == 200
    found = door.member.get("collections/inbox/objects/", params={"match[id]": kept}).json()
    assert [each["id"] for each in found["objects"]] == [kept]
    with pytest.raises(Conflict):
        administer(door, end_api_root, "apart")
    other = door.collection("Other", default_label=Label.GREEN)
    with pytest.raises(Invalid):
        administer(door, change_api_root, "apart", lambda _: rules(other))
    leave(True)
    administer(door, change_api_root, "apart", lambda _: rules(other, title="Moved"))
    assert door.member.ask("GET", root).json()["title"] == "Moved"
    assert door.member.ask("GET", f"{root}collections/{where}/").status_code == 404
    administer(door, end_api_root, "apart")


def test_roots_that_cannot_be(door: Door):
    """Each refusal names what was expected; nothing is written."""
    where = door.collection("Some", default_label=Label.GREEN)
    before = added(door)
    for name in ("", "hub", "Grid", "a.b", "-a", "a-", "a/b", "x" * 41, "日本"):
        with pytest.raises(Invalid, match="name"):
            add(door, name, where)
    wrong: list[dict[str, Any]] = [
        {"title": " "},
        {"title": "x" * 201},
        {"description": "x" * 2_001},
        {"max_content_length": 1},
        {"max_content_length": 2**31},
    ]
    for each in wrong:
        with pytest.raises(Invalid):
            add(door, "wrong", where, **each)
    for collections in ((), ("00000000-0000-4000-8000-00000000dead",)):
        with pytest.raises(Invalid, match="collections"):
            add(door, "wrong", *collections)
    for act in (end_api_root, lambda *given, **more: change_api_root(*given, lambda same: same, **more)):
        with pytest.raises(NotVisible):
            administer(door, act, "hub")
    assert added(door) == before


def test_an_added_root_conforms(door: Door):
    """The same checks that are made on any server, all of them, find nothing wrong and leave nothing behind."""
    where = door.collection("Checked", default_label=Label.GREEN)
    root = add(door, "checked", where)
    login = Login.of(str(door.poster.key), None)
    results = list(run(Wish(f"{door.hub.url}{root}", login, write=True, label=Label.GREEN)))
    found = {(each.check.number, each.seen) for each in results if each.outcome in {Outcome.FAULT, Outcome.WEAK}}
    assert found == set() and len(results) > 40
    assert door.poster.ask("GET", f"{root}collections/{where}/objects/").json() == {}
