"""TLS that the hub speaks itself: 1.2 and 1.3, never older (T-57)."""

from __future__ import annotations

import http.client
import ipaddress
import json
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from feeds.conformance.asking import Login
from feeds.conformance.check import Outcome
from feeds.conformance.run import Wish, run
from hub.settings import SettingsError
from hub.settings_reading import load_settings
from models.vocabulary import Label, Role
from sharing.collections.access import load_collection
from tests.factory import World
from tests.harness import others, processes
from tests.hub.taxii.conftest import indicator


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for the loopback address, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub.test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = tmp_path / "cert.pem", tmp_path / "key.pem"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.touch(mode=0o600)
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert_file, key_file


def test_t57_tls_12_and_13_and_nothing_older(
    sqlite_url: str, tmp_path: Path, pair: tuple[Path, Path], serve: Callable[..., processes.HubProcess]
):
    """T-57: discovery over TLS, with a certificate that is checked; an old version ends in the handshake."""
    world = World(sqlite_url, tmp_path, start=datetime.now(UTC))
    person = world.person(world.secretariat("Secretariat"), Role.COORDINATOR)
    key = world.key(person)
    cert_file, key_file = pair
    words = ("--tls-cert", str(cert_file), "--tls-key", str(key_file))
    hub = serve(tmp_path / "hub-data", *words, env=processes.on_database(sqlite_url))
    world.close()
    assert hub.url.startswith("https://")
    place = (urlsplit(hub.url).hostname or "", urlsplit(hub.url).port or 0)
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=str(cert_file))
        context.minimum_version = context.maximum_version = version
        connection = http.client.HTTPSConnection(*place, timeout=20, context=context)
        connection.request("GET", "/taxii2/", headers={"Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["default"]) == (200, f"{hub.url}/taxii2/hub/")
        assert "max-age" in (answer.getheader("Strict-Transport-Security") or "")
        connection.request("GET", "/taxii2/", headers={"Authorization": f"Bearer {key}", "Host": "another.test"})
        elsewhere = connection.getresponse()
        assert elsewhere.status in {200, 400} and hub.url not in elsewhere.read().decode()
        connection.close()
    # As cytaxii2 does: it asks the address that discovery names, and joins nothing.
    headers = {"Authorization": f"Bearer {key}", "Accept": "application/taxii+json;version=2.1"}
    assert requests.get(f"{hub.url}/taxii2/hub/", headers=headers, verify=str(cert_file), timeout=20).status_code == 200
    with socket.create_connection(place, timeout=20) as plain:
        plain.sendall(_OLD_HELLO)
        assert plain.recv(1)[:1] in {b"\x15", b""}  # an alert, or the end
    results = {each.check.number: each for each in run(Wish(hub.url, Login.of(key, None), ca=str(cert_file)))}
    assert results["T-57"].outcome is Outcome.PASSED, results["T-57"].seen


@pytest.mark.skipif(others.find_python() is None, reason=others.ENABLE)
def test_cytaxii2_from_discovery_to_objects(
    sqlite_url: str, tmp_path: Path, pair: tuple[Path, Path], serve: Callable[..., processes.HubProcess]
):
    """It joins nothing to the address that it asked: it needs the whole one of the API root, as it is told over TLS."""
    world = World(sqlite_url, tmp_path, start=datetime.now(UTC))
    person = world.person(world.secretariat("Secretariat"), Role.COORDINATOR, username="office")
    key = world.key(person)
    with world.reading() as session:
        ident = load_collection(session, world.reader(session, person), "electricity").collection.id
    words = ("--tls-cert", str(pair[0]), "--tls-key", str(pair[1]))
    hub = serve(tmp_path / "hub-data", *words, env=processes.on_database(sqlite_url))
    world.close()
    objects = [indicator(Label.GREEN) for _ in range(7)]
    said = others.run_client(_CYTAXII2, f"{hub.url}/taxii2/", "office", key, ident, objects, trust=pair[0])
    assert said["root"]["title"] == "ceptoar-hub"
    assert said["posted"] == [202, "complete", 7]
    assert said["pages"] == [objects[:3], objects[3:6], objects[6:]]
    assert said["one"] == [objects[4]] and said["types"] == objects
    assert str(ident) in [each["id"] for each in said["collections"]]
    assert said["refused"] == [401, "An API key is needed"]


_CYTAXII2 = """
from cytaxii2 import cytaxii2
url, user, key, ident, objects = given
client = cytaxii2.cytaxii2(url, user, key)
said["root"] = client.root_discovery()["response"]
said["collections"] = client.collection_request()["response"]["collections"]
answer = client.inbox_request(ident, json.dumps({"objects": objects}))
said["posted"] = [answer["status_code"], answer["response"]["status"], answer["response"]["success_count"]]
said["pages"], following = [], None
while following is not None or not said["pages"]:
    page = client.poll_request(ident, limit=3, next=following)["response"]
    said["pages"].append(page["objects"])
    following = page.get("next")
said["one"] = client.poll_request(ident, object_id=objects[4]["id"])["response"]["objects"]
said["types"] = client.poll_request(ident, object_type="indicator")["response"]["objects"]
wrong = cytaxii2.cytaxii2(url, user, "wrong").discovery_request()
said["refused"] = [wrong["status_code"], wrong["response"]["title"]]
"""


_BODY = bytes.fromhex("0302" + "00" * 32 + "00" + "0004c013c014" + "0100")
_OLD_HELLO = b"\x16\x03\x01" + (len(_BODY) + 4).to_bytes(2, "big") + b"\x01" + len(_BODY).to_bytes(3, "big") + _BODY
"""The greeting of a client that knows TLS 1.1 and nothing newer."""


def test_a_certificate_needs_its_key_and_the_key_its_secrecy(tmp_path: Path, pair: tuple[Path, Path]):
    """Each with what to do."""
    cert_file, key_file = (str(each) for each in pair)
    with pytest.raises(SettingsError, match="together"):
        load_settings(tmp_path, environ={}, tls_cert=cert_file)
    with pytest.raises(SettingsError, match="expected a file"):
        load_settings(tmp_path, environ={}, tls_cert=cert_file, tls_key=cert_file + "x")
    Path(key_file).chmod(0o644)
    with pytest.raises(SettingsError, match="chmod"):
        load_settings(tmp_path, environ={}, tls_cert=cert_file, tls_key=key_file)
