"""Who sends a report to a list has seen who is on it: whoever was put there meanwhile does not read it unseen."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from hub.app import create_app
from models.vocabulary import Label, Role
from sharing.lists.changing import add_to_list, make_list, remove_from_list
from sharing.lists.shown import LONGEST, NOTHING, ReadersChanged, ShownReaders, read_shown
from sharing.reports.range_changes.widening import Wider, widen_report
from sharing.reports.reading import load_report
from tests.hub.api.conftest import REPORT, Place
from tests.hub.web.report_tools import Browser
from tests.hub.web.test_reports import FIVE
from tests.sharing.reports.conftest import Scene

NAME = "制御系の連携先"


def list_of(scene: Scene, *tokens: str) -> UUID:
    """A list of the operator's with these on it."""
    world = scene.world
    with world.writing() as session:
        ident = make_list(session, scene.hanako, NAME, context=world.context()).id
    for token in tokens:
        grows(scene, ident, token)
    return ident


def grows(scene: Scene, ident: UUID, token: str) -> None:
    """A colleague puts somebody on it."""
    with scene.world.writing() as session:
        add_to_list(session, scene.boss, ident, [token], context=scene.world.context())


def browser_of(scene: Scene, language: str = "ja") -> Browser:
    """A reporter at the pages."""
    scene.world.person(scene.aoba, Role.REPORTER, username="writer", password=True)
    browser = Browser(create_app(scene.world.hub), scene.world, "writer")
    browser.client.set_cookie("ceptoar_language", language)
    return browser


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_list_that_grew_after_the_preview_is_shown_again(scene: Scene, language: str):
    """What went wrong: previewed with the council, read by the water secretariat too, and nobody was told."""
    ident = list_of(scene, "council")
    browser = browser_of(scene, language)
    browser.get("/reports/new")
    form = {**FIVE, "lists": str(ident)}
    browser.send("/reports/new", {**form, "do": "preview"})
    grows(scene, ident, "secretariat:water")
    refused = browser.send("/reports/new", form)
    assert refused.status_code == 409
    words = {"ja": f"提供先リスト「{NAME}」に載っている相手が", "en": f"Others stand on the list “{NAME}”"}[language]
    shown = {"ja": "水道", "en": "(you named them)"}[language]
    assert words in refused.text and shown in refused.text and FIVE["summary"] in refused.text
    sent = browser.send("/reports/new", form)
    assert (sent.status_code, "/receipt/" in sent.request.path) == (200, True)


def test_a_list_whose_names_were_not_shown_is_shown_first(scene: Scene):
    """Ticked without a script, and sent: the names stand on the page before anybody on it reads."""
    ident = list_of(scene, "council")
    browser = browser_of(scene)
    browser.get("/reports/new")
    assert browser.send("/reports/new", {**FIVE, "lists": str(ident)}).status_code == 409
    assert "/receipt/" in browser.send("/reports/new", {**FIVE, "lists": str(ident)}).request.path


def test_what_was_shown_and_stayed_is_sent_at_once(scene: Scene):
    """Also where another list changed, and where the shown one was unticked again."""
    ident = list_of(scene, "council")
    browser = browser_of(scene)
    browser.get("/reports/new")
    browser.send("/reports/new", {**FIVE, "lists": str(ident), "do": "preview"})
    assert "/receipt/" in browser.send("/reports/new", {**FIVE, "lists": str(ident)}).request.path
    browser.get("/reports/new")
    browser.send("/reports/new", {**FIVE, "lists": str(ident), "do": "preview"})
    grows(scene, ident, "secretariat:water")
    assert "/receipt/" in browser.send("/reports/new", FIVE).request.path


def test_a_follow_up_of_a_list_that_grew_shows_it(scene: Scene):
    """The form opens with the lists of the version before ticked and their names of now beside it."""
    ident = list_of(scene, "council")
    filed = scene.files(scene.hanako, lists=[str(ident)])
    browser = browser_of(scene)
    url = f"/reports/{filed.report_id}/follow-up"
    browser.get(url)
    scene.world.advance(minutes=1)
    grows(scene, ident, "secretariat:water")
    form = {**FIVE, "kind": "follow_up", "lists": str(ident)}
    assert browser.send(url, form).status_code == 409
    assert browser.send(url, form).status_code == 200
    with scene.world.reading() as session:
        assert load_report(session, scene.hanako, filed.report_id).latest.number == 2


def test_a_policy_of_after_the_preview_is_looked_at_first(scene: Scene):
    """It decides who reads as the lists do."""
    browser = browser_of(scene)
    browser.get("/reports/new")
    other = str(ShownReaders("another", {}))
    refused = browser.send("/reports/new", {**FIVE, "readers_seen": other})
    assert refused.status_code == 409 and "共有方針が変わりました" in refused.text
    assert "/receipt/" in browser.send("/reports/new", FIVE).request.path


def test_who_widens_names_nobody_new_by_a_list(scene: Scene):
    """The page of widening shows a label and consents; who was put on the list since is for a follow-up to show."""
    ident = list_of(scene, "council")
    filed = scene.files(scene.hanako, lists=[str(ident)])

    def widens() -> None:
        scene.world.advance(minutes=1)
        with scene.world.writing() as session:
            widen_report(
                session,
                scene.hanako,
                filed.report_id,
                Wider(Label.GREEN),
                submission=uuid4(),
                means=scene.means(),
            )

    grows(scene, ident, "secretariat:water")
    with pytest.raises(ReadersChanged):
        widens()
    browser = browser_of(scene)
    browser.get(f"/reports/{filed.report_id}/recall")
    told = browser.send(f"/reports/{filed.report_id}/recall", {"what": "widen", "wider": "TLP:GREEN"})
    assert "新たな相手が加わっています" in told.text
    with scene.world.writing() as session:
        remove_from_list(session, scene.boss, ident, 2, context=scene.world.context())
    widens()


def test_a_program_sends_what_it_was_shown(place: Place):
    """By REST: the preview's own words bind; whoever sends none is served as before."""
    hanako, boss = place.caller("hanako"), place.caller("boss")
    ident = hanako.post("lists", {"name": NAME}).json["id"]
    assert hanako.post(f"lists/{ident}/members", {"tokens": ["council"]}).status_code in {200, 201}
    asked = {"label": REPORT["label"], "lists": [ident]}
    shown = hanako.post("preview", asked).json["readers_seen"]
    body = REPORT | {"lists": [ident], "readers_seen": shown}
    assert boss.post(f"lists/{ident}/members", {"tokens": ["secretariat:water"]}).status_code in {200, 201}
    refused = hanako.post("reports", body | {"submission": str(uuid4())})
    assert refused.status_code == 409
    (fault,) = refused.json["faults"]
    assert (fault["field"], fault["code"], fault["found"]) == ("readers_seen", "readers-changed", NAME)
    unlisted = hanako.post("preview", {"label": REPORT["label"]}).json["readers_seen"]
    assert hanako.post("reports", body | {"submission": str(uuid4()), "readers_seen": unlisted}).status_code == 409
    again = body | {"submission": str(uuid4()), "readers_seen": hanako.post("preview", asked).json["readers_seen"]}
    assert hanako.post("reports", again).status_code == 201
    assert hanako.post("reports", again).json["repeated"] is True
    old = {name: said for name, said in body.items() if name != "readers_seen"}
    assert hanako.post("reports", old | {"submission": str(uuid4())}).status_code == 201


@pytest.mark.parametrize("odd", ["", "x", "@", "x@1", ":@1", ",@1", "@1\n", "@" + "x" * LONGEST, 1, []])
def test_what_no_preview_said_is_refused(place: Place, odd: object):
    """It never counts as having looked."""
    refused = place.caller("hanako").post("reports", REPORT | {"submission": str(uuid4()), "readers_seen": odd})
    assert refused.status_code == 422 and refused.json["faults"][0]["field"] == "readers_seen"


def test_what_is_carried_comes_back_as_it_went():
    """And what is no such text is nothing; longer texts are not even read."""
    shown = ShownReaders("2026.1", {str(uuid4()): "00" * 16})
    assert read_shown(str(shown)) == shown
    assert read_shown("@2026.1") == ShownReaders("2026.1", {})
    assert read_shown(str(NOTHING)) is None
    assert read_shown(",".join([f"{uuid4()}:{'0' * 32}"] * 1_000) + "@1") is None
