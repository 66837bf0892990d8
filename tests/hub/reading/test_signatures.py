"""The page of an object says whether its publisher signed it, and checks that again."""

import json

from flask import Flask
from sqlalchemy import text

from sharing.signing.keys import revoke_signing_key
from tests.hub.reading.tools import Reading, application
from tests.sharing.signing.conftest import Press, indicator, press

__all__ = ["press"]


def page_of(press: Press, stix_id: str, language: str = "en") -> str:
    app: Flask = application(press)
    return Reading(app, press, press.office, language).get(f"/feed/inbox/objects/{stix_id}/").text


def test_a_signed_object_says_so_and_an_unsigned_one_too(press: Press):
    """In both languages, with the key and since when it is lost, where it was revoked."""
    signed, unsigned = indicator(), indicator()
    press.posts(press.signs(signed))
    press.posts(json.dumps({"objects": [unsigned]}).encode(), into="electricity")
    shown = page_of(press, signed["id"])
    assert "Signed by its publisher" in shown
    assert press.signer.public.thumbprint in shown
    assert "発行者の署名あり" in page_of(press, signed["id"], "ja")
    assert "Its publisher did not sign it" in page_of(press, unsigned["id"])
    with press.writing() as session:
        revoke_signing_key(session, press.manager, press.key.id, context=press.context())
    assert "Revoked since" in page_of(press, signed["id"])


def test_a_changed_object_does_not_fit_its_signature(press: Press):
    """Somebody with the database changes a published object: its page warns."""
    signed = indicator()
    press.posts(press.signs(signed))
    with press.writing() as session:
        body = json.dumps({**signed, "name": "harmless"}).encode()
        session.execute(text("UPDATE objects SET body = :body WHERE type = 'indicator'"), {"body": body})
    shown = page_of(press, signed["id"])
    assert "The signature does not fit" in shown
    assert "Signed by its publisher" not in shown
