"""Who submits by a program gets the log's promise in the answer, and the receipt when it is signed."""

import base64
import uuid
from typing import Any
from uuid import uuid4

import pytest

from crypto.keys import VerifyingKey
from crypto.promise import check_kept, verify_promise
from crypto.receipt import verify_receipt
from hub.log.door import list_vkeys
from models.vocabulary import Label
from sharing.audit.checkpoints import publish_checkpoint
from tests.hub.api.conftest import REPORT, Place
from tests.hub.taxii.conftest import TAXII, envelope, indicator

HEADER = "Ceptoar-Hub-Promise"


def keys(place: Place) -> list[VerifyingKey]:
    """What anybody reads at /log/vkeys."""
    return [VerifyingKey.parse(line) for line in list_vkeys(place.world.hub).decode().split()]


def sign(place: Place) -> None:
    """What the scheduler does every second."""
    with place.world.hub.units.database.writing() as session:
        publish_checkpoint(session, place.world.hub.secrets.log_signers, place.world.now, at_once=True)


def check(place: Place, evidence: dict[str, Any], promised: bytes) -> None:
    """The receipt keeps the promise that was given first; both hold without the hub."""
    now = int(place.world.now.timestamp())
    proven = verify_receipt(evidence["receipt"].encode(), keys(place), now=now)
    assert (proven.index, evidence["witnessed"], evidence["witnesses"]) == (evidence["index"], 0, 0)
    for raw in (promised, evidence["promise"].encode()):
        check_kept(verify_promise(raw, keys(place)), proven)


def test_a_filed_report_is_promised_and_then_proven(place: Place) -> None:
    """受付証 in the answer, also when the form comes twice; 受領証 a second later; for its sender only."""
    hanako, form = place.caller("hanako"), {"submission": str(uuid4()), **REPORT}
    filed = hanako.post("reports", form).json
    promise = filed["promise"].encode()
    again = hanako.post("reports", form).json
    assert again["repeated"]
    where = f"reports/{filed['reference']}/versions/1/receipt"
    waiting = hanako.get(where).json
    assert (waiting["receipt"], waiting["index"]) == (None, None)
    sign(place)
    evidence = hanako.get(where).json
    check(place, evidence, promise)
    check(place, evidence, again["promise"].encode())
    check(place, place.caller("boss").get(where).json, promise)
    for name in ("office", "rival", "council", "nco", "auditor"):
        assert place.caller(name).get(where).status_code in {403, 404}, name
    for odd in (where.replace("/1/", "/2/"), "reports/K7QM-4TX2-P/versions/1/receipt"):
        assert hanako.get(odd).status_code == 404


def test_a_post_is_promised_beside_its_status(place: Place) -> None:
    """The promise is a header, so that the status stays the specification's; repeated with the same name, too."""
    office = place.caller("office", Accept=TAXII, **{"Content-Type": TAXII})
    name = {"Idempotency-Key": str(uuid.uuid4())}
    client, root = office._client, "/taxii2/hub"
    body = envelope(indicator(Label.GREEN))
    posted = client.post(f"{root}/collections/electricity/objects/", data=body, headers=office.headers | name)
    assert posted.status_code == 202
    assert set(posted.json) <= {
        *("id", "status", "request_timestamp", "total_count", "success_count", "successes"),
        *("failure_count", "failures", "pending_count", "pendings"),
    }
    promise = base64.b64decode(posted.headers[HEADER], validate=True)
    again = client.post(f"{root}/collections/electricity/objects/", data=body, headers=office.headers | name)
    status = client.get(posted.headers["Location"], headers=office.headers)
    sign(place)
    caller = place.caller("office")
    evidence = caller.get(f"posts/{posted.json['id']}/receipt").json
    for given in (posted, again, status):
        check(place, evidence, base64.b64decode(given.headers[HEADER], validate=True))
    assert promise.startswith(b"ceptoar-hub promise v1\n")
    for name in ("hanako", "water", "auditor"):
        assert place.caller(name).get(f"posts/{posted.json['id']}/receipt").status_code == 404
    refused = client.post(
        f"{root}/collections/electricity/objects/", data=b'{"objects":[{"type":"indicator"}]}', headers=office.headers
    )
    assert HEADER not in refused.headers
    if refused.status_code == 202:
        assert caller.get(f"posts/{refused.json['id']}/receipt").status_code == 404
    assert caller.get("posts/nothing/receipt").status_code == 404


@pytest.mark.parametrize("odd", ["0", "1e9", "99999999999999999999"])
def test_odd_numbers_are_no_versions(place: Place, odd: str) -> None:
    """404, whatever was typed."""
    reference = place.caller("hanako").files()
    assert place.caller("hanako").get(f"reports/{reference}/versions/{odd}/receipt").status_code == 404
