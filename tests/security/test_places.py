"""No number that counts through the whole hub reaches anybody, and no line that tells colleagues of what was RED."""

from __future__ import annotations

from typing import Any

import pytest

from sharing.trail.ledger import list_received
from tests.hub.api.conftest import Place
from tests.sharing.reports.conftest import Scene
from tests.sharing.reports.test_recalls import reads


def numbers_in(value: Any) -> set[int]:
    """Every number of a document."""
    if isinstance(value, dict | list):
        every = value.values() if isinstance(value, dict) else value
        return set().union(*map(numbers_in, every))
    return {value} if isinstance(value, int) and not isinstance(value, bool) else set()


def test_a_ledger_names_nothing_by_how_many_there_are(place: Place):
    """Objects and disclosures are numbered through the hub: from two of its own one knew how many others had come."""
    hanako, nco, rival = (place.caller(each) for each in ("hanako", "nco", "rival"))
    for _ in range(5):
        rival.files()
    reference = hanako.files(consent_nco=True)
    for _ in range(3):
        nco.get("feeds/inbox/objects")
    first = hanako.get(f"reports/{reference}/ledger").json
    assert numbers_in(first) <= {0, 1, 2}, "organizations and versions"
    edition = first["items"][0]["id"]
    assert hanako.get(f"reports/{reference}/ledger", edition=edition).json["items"][0]["id"] == edition
    given = nco.get("ledger/received").json
    assert len(given["items"]) >= 3 and all(isinstance(each["id"], str) for each in given["items"])
    third = given["items"][1]["id"]
    assert nco.get("ledger/received", before=third).json["items"] == given["items"][2:]
    assert hanako.get("ledger/received", before=third).status_code == 400, "it is another organization's"
    assert nco.get("ledger/received", before=7).status_code == 400


@pytest.mark.parametrize("label", ["TLP:RED", "TLP:AMBER+STRICT"])
def test_colleagues_do_not_see_that_somebody_read_what_they_may_not_know_of(scene: Scene, label: str):
    """A line with the name, the minute and the label stood on the page of everybody in the organization."""
    scene.files(scene.hanako, label=label)
    reads(scene, scene.hanako)
    with scene.world.reading() as session:
        mine, _ = list_received(session, scene.hanako)
        theirs, _ = list_received(session, scene.colleague)
        kept, _ = list_received(session, scene.boss)
    assert (len(mine), theirs, len(kept)) == (1, [], 1)


def test_a_name_on_a_list_is_called_by_its_place(place: Place):
    """By the number of its row one knew how many names others had put on theirs meanwhile."""
    hanako, rival = place.caller("hanako"), place.caller("rival")

    def with_names(who: Any, *tokens: str) -> tuple[str, list[int]]:
        made = who.post("lists", {"name": "連携先"}).json["id"]
        who.post(f"lists/{made}/members", {"tokens": list(tokens)})
        return made, [each["id"] for each in who.get(f"lists/{made}").json["members"]]

    with_names(rival, "council", "secretariat:water")
    made, places = with_names(hanako, "council", "secretariat:water")
    assert places == [1, 2]
    assert hanako.post(f"lists/{made}/members/remove", {"member": 1}).status_code == 204
    members = hanako.get(f"lists/{made}").json["members"]
    assert [(each["id"], each["removed_at"] is None) for each in members] == [(1, False), (2, True)]
