"""The attacks on what publishers signed (numbers of the threat model), and what honest publishers meet."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from typing import Any

import pytest

from crypto.encoding import decode_base64
from crypto.publisher import OBJECT_PREFIX, PublisherKey
from feeds.intake.posts import Taken
from feeds.signatures.signing import sign_envelope
from feeds.stix.markings import TLP2_IDS
from models.vocabulary import Label
from sharing.signing.keys import revoke_signing_key
from tests.factory import START
from tests.sharing.signing.conftest import Press, accepted, indicator, new_signer, refusals


def changed(body: bytes, change: Any) -> bytes:
    """The post with something changed on the way."""
    envelope = json.loads(body)
    change(envelope["objects"])
    return json.dumps(envelope).encode()


def test_a_signed_post_is_taken_in_and_its_signature_goes_with_the_original(press: Press):
    """Whoever sees the object gets the signature, and can check it with the publisher's key alone."""
    made = indicator()
    raw = json.dumps(made).encode()
    taken = press.posts(press.signs(raw))
    assert refusals(taken) == []
    (row,), (signature,) = press.sees(press.rival, "indicator"), press.sees(press.rival, "ceptoar-signature")
    value = json.loads(signature.body)
    assert (value["related_to"], value["related_version"]) == (made["id"], made["modified"])
    assert bytes(row.body) == raw
    key = PublisherKey.parse(press.key.key)
    assert value["key"] == key.thumbprint
    key.verify(OBJECT_PREFIX, json.loads(row.body), decode_base64(value["value"]))
    assert press.sees(press.rival, "ceptoar-manifest") == []


def test_who_does_not_see_the_object_gets_no_signature(press: Press):
    """At AMBER the rival sees neither; what the signature itself is marked as does not widen it."""
    body = press.signs(indicator(Label.AMBER))
    body = changed(body, lambda objects: objects[1].update(object_marking_refs=[TLP2_IDS[Label.CLEAR]]))
    assert refusals(press.posts(body)) == []
    assert press.sees(press.rival) == []
    assert {row.type for row in press.sees(press.office)} == {"indicator", "ceptoar-signature"}
    assert {row.label for row in press.sees(press.office)} == {Label.AMBER.rank}


def test_unsigned_is_taken_where_the_collection_allows_it(press: Press):
    """Signing is a policy of a collection; elsewhere what is unsigned stays unsigned."""
    body = json.dumps({"objects": [indicator()]}).encode()
    assert refusals(press.posts(body, into="electricity")) == []
    (told,) = refusals(press.posts(body))
    assert "expected a signed manifest" in told
    assert press.sees(press.rival, "ceptoar-signature") == []


def test_attack_11_a_label_is_lowered_on_the_way(press: Press):
    """RED becomes GREEN: the markings stand under the signature."""
    body = changed(
        press.signs(indicator(Label.RED)),
        lambda objects: objects[0].update(object_marking_refs=[TLP2_IDS[Label.GREEN]]),
    )
    assert "manifest: expected exactly the 1 objects" in refusals(press.posts(body))[0]
    assert press.sees(press.rival) == press.sees(press.office) == []


def test_attack_11_a_label_is_lowered_and_the_manifest_dropped(press: Press):
    """Where no manifest is needed, the object's own signature still refuses it."""
    body = changed(
        press.signs(indicator(Label.AMBER)),
        lambda objects: (objects[0].update(object_marking_refs=[TLP2_IDS[Label.GREEN]]), objects.pop()),
    )
    told = refusals(press.posts(body, into="electricity"))
    assert "expected the content that was signed, found another" in told[0]
    assert "expected its object in the same post" in told[1]
    assert press.sees(press.rival) == []


def test_attack_11_an_object_is_dropped(press: Press):
    """The manifest lists it."""
    body = changed(press.signs(indicator(), indicator()), lambda objects: (objects.pop(0), objects.pop(1)))
    assert "found 1 of them missing and 0 others" in refusals(press.posts(body))[0]


def test_attack_11_an_object_is_added(press: Press):
    """Also a signed one, of an earlier submission."""
    earlier = json.loads(press.signs(indicator()))["objects"]
    body = changed(press.signs(indicator()), lambda objects: objects.extend(earlier[:2]))
    assert "found 0 of them missing and 1 others" in refusals(press.posts(body))[0]


def test_attack_11_an_old_submission_is_replayed(press: Press):
    """The nonce is taken once: right away, days later, and after the manifest's age is over."""
    body = press.signs(indicator())
    assert refusals(press.posts(body)) == []
    assert "received before" in refusals(press.posts(body))[0]
    press.advance(days=3)
    assert "received before" in refusals(press.posts(body))[0]
    press.advance(days=5)
    assert "signed within 7 days" in refusals(press.posts(body))[0]


def test_attack_11_a_submission_is_sent_to_another_collection_or_hub(press: Press):
    """A manifest says for whom it is."""
    assert (
        "expected one for hub.test/collections/"
        in refusals(press.posts(press.signs(indicator()), into="electricity"))[0]
    )
    elsewhere = press.signs(indicator(), audience=f"other.test/collections/{press.collection}")
    assert "found one for another" in refusals(press.posts(elsewhere))[0]


def test_attack_11_a_manifest_from_the_future(press: Press):
    """A clock that is far ahead would make a submission good for longer."""
    press.now += timedelta(hours=2)
    body = press.signs(indicator())
    press.now -= timedelta(hours=2)
    assert "signed within 7 days" in refusals(press.posts(body))[0]


def test_a_foreign_publisher_cannot_be_imitated(press: Press):
    """Another's signed post, sent under one's own name; or one's own, signed with a key that nobody registered."""
    body = press.signs(indicator())
    told = refusals(press.posts(body, press.rival))
    assert all("key of yours that is in force" in each for each in told)
    assert "key of yours" in refusals(press.posts(press.signs(indicator(), signer=new_signer())))[0]
    assert press.sees(press.rival) == []


def swap(old: bytes, new: bytes) -> Any:
    def change(raw: bytes) -> bytes:
        assert old in raw
        return raw.replace(old, new)

    return change


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("a blank inside a string", swap(b'"beacon"', b'"bea con"')),
        ("another number", swap(b"50", b"51")),
        ("00Z for 000Z", swap(b'"valid_from": "2026-11-01T00:00:00Z"', b'"valid_from": "2026-11-01T00:00:00.000Z"')),
        ("revoked:false added", swap(b'"confidence": 50', b'"confidence": 50, "revoked": false')),
        ("composed for decomposed", swap(b'"name": "beacon"', '"name": "beacön"'.encode())),
    ],
)
def test_attack_12_a_change_of_meaning_is_found(press: Press, name: str, change: Any):
    """Each makes another canonical form, so neither signature nor manifest fits."""
    raw = json.dumps(indicator()).encode()
    signed = press.signs(raw)
    assert raw in signed
    told = refusals(press.posts(signed.replace(raw, change(raw))))
    assert "missing and 1 others" in told[0], name
    assert press.sees(press.office) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("key order", lambda raw: json.dumps(json.loads(raw), sort_keys=True).encode()),
        ("blanks between", lambda raw: json.dumps(json.loads(raw), indent=2).encode()),
        ("1.0 for 1", swap(b'"confidence": 50', b'"confidence": 50.0')),
        ("an escape for a letter", swap(b'"beacon"', b'"b\\u0065acon"')),
    ],
)
def test_attack_12_the_same_canonical_form_stays_valid(press: Press, name: str, change: Any):
    """Other spellings of the same value mean the same to every reader."""
    raw = json.dumps(indicator()).encode()
    body = press.signs(raw).replace(raw, change(raw))
    assert refusals(press.posts(body)) == [], name


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("a name twice", swap(b'"confidence": 50', b'"confidence": 50, "confidence": 50')),
        ("NaN", swap(b'"confidence": 50', b'"confidence": NaN')),
        ("a lone surrogate", swap(b'"beacon"', b'"bea\\ud800con"')),
        ("2^53+1", swap(b'"confidence": 50', b'"confidence": 9007199254740993')),
    ],
)
def test_attack_12_what_can_be_read_in_two_ways_is_refused(press: Press, name: str, change: Any):
    """By the signing client, and by the hub."""
    from crypto.errors import NotCanonical
    from feeds.errors import EnvelopeError

    raw = json.dumps(indicator()).encode()
    with pytest.raises((NotCanonical, EnvelopeError)):
        press.signs(change(raw))
    body = press.signs(raw).replace(raw, change(raw))
    try:
        told = refusals(press.posts(body))
    except EnvelopeError:
        return
    assert len(told) == 3, name


@pytest.mark.parametrize(
    "more",
    [
        {"value": "!"},
        {"value": ""},
        {"key": 5},
        {"algorithm": "none"},
        {"hash_algorithm": "MD5"},
        {"related_to": "indicator--0"},
        {"hash": "00"},
        {"related_version": "2026-11-02T00:00:00Z"},
    ],
)
def test_a_signature_of_another_form_is_refused_with_its_object(press: Press, more: dict[str, Any]):
    """Never a failure of the hub, and nothing half-signed."""
    body = changed(press.signs(indicator()), lambda objects: objects[1].update(more))
    told = refusals(press.posts(body))
    assert len(told) == 2
    assert len(accepted(press.posts(press.signs(indicator())))) == 3


@pytest.mark.parametrize("more", [{"manifest": 1}, {"manifest": {}}, {"value": "AA=="}, {"key": "x"}])
def test_a_manifest_of_another_form_is_refused(press: Press, more: dict[str, Any]):
    """With the whole post."""
    body = changed(press.signs(indicator()), lambda objects: objects[-1].update(more))
    assert len(refusals(press.posts(body))) == 3
    assert press.sees(press.office) == []


def elsewhere(*objects: dict[str, Any]) -> list[dict[str, Any]]:
    """Objects with signatures by a key that nobody registered here, without a manifest: as another hub passes on."""
    body = json.dumps({"objects": objects}).encode()
    signed = sign_envelope(body, new_signer(), "there/collections/1", now=START, random_bytes=os.urandom)
    return [each for each in json.loads(signed)["objects"] if "manifest" not in each["type"]]


def posted(press: Press, *objects: dict[str, Any], into: str = "electricity") -> Taken:
    press.advance(seconds=1)
    return press.posts(json.dumps({"objects": objects}).encode(), into=into)


def test_a_signature_of_elsewhere_is_carried_and_says_so(press: Press):
    """Where no signature is demanded: object and signature enter, and the poster is told that nothing was checked."""
    thing, signature = elsewhere(indicator())
    taken = posted(press, thing, signature)
    assert refusals(taken) == [] and "not checked here" in taken.answers[1].message
    assert {row.type for row in press.sees(press.rival)} == {"indicator", "ceptoar-signature"}
    told = refusals(posted(press, *elsewhere(indicator()), into=str(press.collection)))
    assert all("expected a signed manifest" in each for each in told) and len(told) == 2


def test_a_signature_may_follow_its_object_but_not_another(press: Press):
    """In a later post of the same publisher, at the object's label; what was changed is no longer what was signed."""
    thing, signature = elsewhere(indicator(Label.AMBER))
    signature["object_marking_refs"] = [TLP2_IDS[Label.CLEAR]]
    assert "posted before by you" in refusals(posted(press, signature))[0]
    assert refusals(posted(press, thing)) == []
    assert refusals(posted(press, signature)) == []
    assert {row.label for row in press.sees(press.office)} == {Label.AMBER.rank}
    assert press.sees(press.rival) == []
    other, its_own = elsewhere(indicator())
    assert refusals(posted(press, {**other, "confidence": 51})) == []
    assert refusals(posted(press, its_own)) == ["expected the content that was signed, found another"]
    own = json.loads(press.signs(indicator()))["objects"][:2]
    assert refusals(posted(press, own[0])) == [] and refusals(posted(press, own[1])) == []
    wrong = {**json.loads(press.signs(indicator()))["objects"][1], "value": own[1]["value"]}
    assert len(refusals(posted(press, wrong))) == 1


def test_a_key_of_ones_own_that_ended_is_not_of_elsewhere(press: Press):
    """What its owner revoked is refused, not carried."""
    signed = [each for each in json.loads(press.signs(indicator()))["objects"] if "manifest" not in each["type"]]
    with press.writing() as session:
        revoke_signing_key(session, press.manager, press.key.id, context=press.context())
    told = refusals(posted(press, *signed))
    assert len(told) == 2 and "in force" in told[0]
