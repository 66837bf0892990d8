"""Who goes on with a report decides on what it had before its eyes, and on nothing that came meanwhile."""

from __future__ import annotations

import threading
from uuid import uuid4

import pytest

from hub.app import create_app
from models.vocabulary import Label, Role
from sharing.reports.range_changes.recalls import raise_report, withdraw_report
from sharing.reports.range_changes.widening import Wider, widen_report
from sharing.reports.reading import load_report
from sharing.reports.seen import ChangedMeanwhile, Seen
from tests.hub.api.conftest import REPORT, Place
from tests.hub.web.report_tools import Browser
from tests.hub.web.test_reports import FIVE
from tests.sharing.reports.conftest import Scene


def raises(scene: Scene, session, filed) -> None:
    raise_report(
        session, scene.boss, filed.report_id, Label.AMBER_STRICT, "狭める。", submission=uuid4(), means=scene.means()
    )


def widens(scene: Scene, filed, seen: Seen | None = None):
    with scene.world.writing() as session:
        return widen_report(
            session,
            scene.hanako,
            filed.report_id,
            Wider(Label.GREEN, seen=seen),
            submission=uuid4(),
            means=scene.means(),
        )


def withdraws(scene: Scene, filed) -> None:
    scene.world.advance(minutes=1)
    with scene.world.writing() as session:
        withdraw_report(session, scene.office, filed.report_id, "誤りがあった。", means=scene.means())
    scene.world.advance(minutes=1)


def label_of(scene: Scene, filed) -> Label:
    with scene.world.reading() as session:
        return load_report(session, scene.hanako, filed.report_id).label


def browser_of(scene: Scene) -> Browser:
    scene.world.person(scene.aoba, Role.REPORTER, username="writer", password=True)
    return Browser(create_app(scene.world.hub), scene.world, "writer")


def test_what_a_colleague_raised_is_not_widened_from_a_page_of_before(scene: Scene):
    """The page showed a report at AMBER; the button let the version of a minute ago go out, text and all."""
    filed = scene.files(scene.hanako)
    browser = browser_of(scene)
    browser.get(f"/reports/{filed.report_id}/recall")
    scene.world.advance(minutes=1)
    scene.files(scene.boss, report=filed.report_id, kind="follow_up", label="TLP:RED", summary="社内だけの事情。")
    answer = browser.send(f"/reports/{filed.report_id}/recall", {"what": "widen", "wider": "TLP:GREEN"})
    assert answer.status_code == 200 and "情報連絡が更新されたか" in answer.text
    assert label_of(scene, filed) is Label.RED
    with pytest.raises(ChangedMeanwhile):
        widens(scene, filed, Seen(1))


def test_who_widens_waits_for_who_raises_and_sees_it(scene: Scene):
    """Both at one moment: the second looked before the first had finished, and took its raise back."""
    filed, said = scene.files(scene.hanako), []

    def widen() -> None:
        try:
            widens(scene, filed, Seen(1))
        except ChangedMeanwhile as error:
            said.append(error)

    scene.world.advance(minutes=1)
    other = threading.Thread(target=widen)
    with scene.world.writing() as session:
        raises(scene, session, filed)
        other.start()
        other.join(0.5)
    other.join(20)
    assert len(said) == 1 and label_of(scene, filed) is Label.AMBER_STRICT


def test_a_follow_up_brings_nothing_back_that_was_withdrawn_meanwhile(scene: Scene):
    """The secretariat withdrew it while the sender wrote: the form shows that, with the text, and then may go."""
    filed = scene.files(scene.hanako)
    browser = browser_of(scene)
    url = f"/reports/{filed.report_id}/follow-up"
    browser.get(url)
    withdraws(scene, filed)
    answer = browser.send(url, {**FIVE, "kind": "follow_up", "do": "file"})
    assert (answer.status_code, "取り下げ" in answer.text, FIVE["summary"] in answer.text) == (409, True, True)
    again = browser.send(url, {**FIVE, "kind": "follow_up", "do": "file"})
    assert again.status_code == 200
    with scene.world.reading() as session:
        assert load_report(session, scene.hanako, filed.report_id).latest.number == 2


def test_a_follow_up_does_not_lower_what_a_colleague_raised_meanwhile(scene: Scene):
    """Its label was chosen before."""
    filed = scene.files(scene.hanako)
    browser = browser_of(scene)
    url = f"/reports/{filed.report_id}/follow-up"
    browser.get(url)
    scene.world.advance(minutes=1)
    with scene.world.writing() as session:
        raises(scene, session, filed)
    assert browser.send(url, {**FIVE, "kind": "follow_up", "do": "file"}).status_code == 409
    assert label_of(scene, filed) is Label.AMBER_STRICT


def test_a_program_goes_on_from_what_it_has_seen(place: Place):
    """It read version 1; a colleague raised it, the secretariat withdrew it: nothing is filed, and it is told so."""
    hanako = place.caller("hanako")
    reference = hanako.files()
    follow_up = REPORT | {"kind": "follow_up"}
    assert hanako.get(f"reports/{reference}").json["seen"] == "1"
    assert place.caller("office").get(f"reports/{reference}").json["seen"] is None
    place.world.advance(minutes=1)
    raised = follow_up | {"label": "TLP:AMBER+STRICT", "seen": "1", "submission": str(uuid4())}
    assert place.caller("boss").post(f"reports/{reference}/versions", raised).status_code == 201
    late = follow_up | {"seen": "1", "submission": str(uuid4())}
    for _ in range(2):
        refused = hanako.post(f"reports/{reference}/versions", late)
        assert refused.status_code == 409
        (fault,) = refused.json["faults"]
        assert fault == {"field": "seen", "code": "changed-meanwhile", "expected": "1", "found": "2"}
    place.world.advance(minutes=1)
    recalled = {"kind": "withdraw", "reason": "誤りがあった。"}
    assert place.caller("office").post(f"reports/{reference}/recalls", recalled).status_code in {200, 201}
    refused = hanako.post(f"reports/{reference}/versions", late | {"seen": "2"})
    assert (refused.status_code, refused.json["faults"][0]["found"]) == (409, "2w")
    assert hanako.get(f"reports/{reference}").json["seen"] == "2w"
    filed = hanako.post(f"reports/{reference}/versions", late | {"seen": "2w"})
    assert (filed.status_code, filed.json["number"]) == (201, 3)
    again = hanako.post(f"reports/{reference}/versions", late | {"seen": "2w"})
    assert (again.status_code, again.json["repeated"]) == (200, True), "sent twice is filed once, as ever"


def test_a_program_that_says_nothing_is_served_as_before(place: Place):
    """Old programs go on working; the description says what they do without."""
    hanako = place.caller("hanako")
    reference = hanako.files()
    place.world.advance(minutes=1)
    for number in (2, 3):
        body = REPORT | {"kind": "follow_up", "submission": str(uuid4())}
        assert hanako.post(f"reports/{reference}/versions", body).json["number"] == number
    told = hanako.get("openapi.json").json["components"]["schemas"]["ReportFiling"]["properties"]["seen"]
    assert "409" in told["description"] and "unseen" in told["description"]


@pytest.mark.parametrize("odd", ["0", "01", "1 ", "w", "-1", 1, True, [], {"number": 1}, "1w2", "1" * 9, ""])
def test_what_is_no_state_is_refused(place: Place, odd: object):
    """Never taken for having seen nothing, nor for having seen all."""
    hanako = place.caller("hanako")
    reference = hanako.files()
    body = REPORT | {"kind": "follow_up", "submission": str(uuid4()), "seen": odd}
    refused = hanako.post(f"reports/{reference}/versions", body)
    assert refused.status_code == 422
    assert {fault["field"] for fault in refused.json["faults"]} == {"seen"}


def test_a_first_report_goes_on_from_nothing(place: Place):
    """Whoever says so has mistaken the address, and would open a second report."""
    refused = place.caller("hanako").post("reports", REPORT | {"submission": str(uuid4()), "seen": "1"})
    assert (refused.status_code, refused.json["faults"][0]["code"]) == (422, "nothing-to-go-on-with")


def test_another_organizations_report_tells_nothing_of_how_it_stands(place: Place):
    """Whatever a rival claims to have seen, the answer is that of a report that does not exist."""
    reference = place.caller("hanako").files()
    rival = place.caller("rival")
    answers = {
        (answer.status_code, answer.text)
        for name in (reference, "K7QM-4TX2-P")
        for seen in ("1", "2")
        for answer in [
            rival.post(
                f"reports/{name}/versions", REPORT | {"kind": "follow_up", "submission": str(uuid4()), "seen": seen}
            )
        ]
    }
    assert len(answers) == 1 and answers.pop()[0] == 404
