"""A door: the commands of `key` for signing keys: made, registered, replaced, and used to sign posts.

`make` and `sign` need no hub: the private key stays with its owner, and only statements and signed posts travel.
"""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import click

from crypto.encoding import encode_base64
from crypto.errors import CryptoError
from crypto.keys import generate_ed25519, load_ed25519
from crypto.publisher import KEY_PREFIX, PublisherKey, PublisherSigner, key_statement
from feeds.errors import EnvelopeError
from feeds.signatures.signed import Standing, check_signatures
from feeds.signatures.signing import sign_envelope
from feeds.stix.parse import Limits, split_envelope
from hub.cli.common import (
    FOUND,
    OK,
    Refusal,
    administering,
    administrator,
    json_option,
    print_json,
    say,
)
from hub.cli.language import in_language
from hub.cli.log_files import read_vkeys
from hub.keys.logkeys import EDITIONS_NAME
from models.signing import SigningKey
from sharing.signing.keys import (
    REGISTER,
    ROTATE,
    Statement,
    register_signing_key,
    rotate_signing_key,
)

SIGNING_COLUMNS = ("id", "organization", "thumbprint", "began_at", "ends_at", "revoked_at")

PHRASE_FROM: Final = "CEPTOAR_HUB_KEY_PASSPHRASE"
"""The passphrase of a private key, where it stands in no file."""

_FILE = click.Path(path_type=Path, dir_okay=False)


def _key_options(command: Any) -> Any:
    """Where a private key lies, and what opens it."""
    command = click.option(
        "--passphrase-file",
        type=_FILE,
        help=in_language(
            f"A file with the passphrase; {PHRASE_FROM} does as well.",
            f"パスフレーズのファイル。{PHRASE_FROM}でも指定できます。",
        ),
    )(command)
    return click.option(
        "--key", "key_file", type=_FILE, required=True, help=in_language("The private key.", "秘密鍵のファイル。")
    )(command)


@click.command(help=in_language("Make a signing key; needs no hub.", "署名鍵を作ります（ハブは不要）。"))
@_key_options
@json_option
def make(key_file: Path, passphrase_file: Path | None, as_json: bool) -> int:
    """Make an Ed25519 key as encrypted PKCS#8 PEM that only its owner may read; an existing file is never touched."""
    passphrase = _passphrase(passphrase_file)
    try:
        descriptor = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Refusal(f"{key_file}: expected no such file yet, found one. Name another.") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(generate_ed25519(passphrase))
    public = _signer(key_file, passphrase_file).public
    if as_json:
        print_json({"key": str(key_file), "public": public.text, "thumbprint": public.thumbprint})
    else:
        say(f"{public.text}\n{public.thumbprint}")
        if passphrase is None:
            say(
                in_language(
                    "The key is not encrypted: give --passphrase-file to encrypt it.",
                    "鍵は暗号化されていません。--passphrase-fileを指定すると暗号化します。",
                )
            )
    return OK


def _statement_options(command: Any) -> Any:
    for option in (
        click.option("--organization", type=click.UUID, help=in_language("Whose key it is.", "鍵の所有組織のID。")),
        click.option("--statement", type=_FILE, help=in_language("A statement made elsewhere.", "別の場所での申請。")),
        click.option("--out", type=_FILE, help=in_language("Write the statement there.", "申請の出力先。")),
        click.option(
            "--data",
            envvar="CEPTOAR_HUB_DATA",
            type=click.Path(path_type=Path),
            help=in_language("The hub's data folder.", "ハブのデータフォルダー。"),
        ),
        click.option("--passphrase-file", type=_FILE, help=in_language("Opens the key.", "鍵のパスフレーズ。")),
        click.option("--key", "key_file", type=_FILE, help=in_language("The private key.", "秘密鍵のファイル。")),
    ):
        command = option(command)
    return json_option(command)


@click.command(
    help=in_language(
        "Register a signing key: with --out write what the key signs of itself (no hub needed), with --data register "
        "it, from --key here or a --statement made elsewhere.",
        "署名鍵を登録します。--outで鍵自身が署名した申請を書き出し（ハブは不要）、--dataで登録します。",
    )
)
@_statement_options
def register(**given: Any) -> int:
    """Write or register the statement by which a key is introduced."""
    if given["statement"] is None:
        signer = _signer(_needed(given, "key_file", "--key"), given["passphrase_file"])
        raw = _write_statement(REGISTER, _needed(given, "organization", "--organization"), [signer])
    else:
        raw = _read(given["statement"])
    return _deliver(raw, given, register_signing_key)


@click.command(
    help=in_language(
        "Replace a signing key, signed by the old (--old) and the new (--key); as `register` otherwise.",
        "署名鍵を更新します。旧鍵（--old）と新鍵（--key）の両方で署名します。",
    )
)
@click.option("--old", "old_file", type=_FILE, help=in_language("The old private key.", "旧秘密鍵のファイル。"))
@click.option("--old-passphrase-file", type=_FILE, help=in_language("Opens the old key.", "旧鍵のパスフレーズ。"))
@_statement_options
def rotate(**given: Any) -> int:
    """Write or register the statement by which a key takes another's place."""
    if given["statement"] is None:
        new = _signer(_needed(given, "key_file", "--key"), given["passphrase_file"])
        old = _signer(_needed(given, "old_file", "--old"), given["old_passphrase_file"])
        organization = _needed(given, "organization", "--organization")
        raw = _write_statement(ROTATE, organization, [new, old], old=old.public.text)
    else:
        raw = _read(given["statement"])
    return _deliver(raw, given, rotate_signing_key)


@click.command(
    help=in_language(
        "Sign the objects of a file as one submission; needs no hub. AUDIENCE is printed by `collection list`: "
        "<host>/collections/<id>.",
        "ファイルのオブジェクトに一つの投稿として署名します（ハブは不要）。",
    )
)
@click.argument("source", type=click.File("rb"))
@_key_options
@click.option("--audience", required=True, help=in_language("For which collection.", "投稿先。"))
@click.option("--out", type=click.File("wb"), default="-", help=in_language("Where to write it.", "出力先。"))
def sign(source: Any, key_file: Path, passphrase_file: Path | None, audience: str, out: Any) -> int:
    """Write the envelope with a signature of each object, and a signed manifest of the whole."""
    signer = _signer(key_file, passphrase_file)
    try:
        signed = sign_envelope(source.read(), signer, audience, now=datetime.now(UTC), random_bytes=os.urandom)
    except (EnvelopeError, CryptoError) as error:
        raise Refusal(f"{source.name}: {error}") from error
    out.write(signed)
    return OK


@click.command(
    help=in_language(
        "Check the signatures in a file of objects (a bundle or an envelope) without any hub: --vkeys is a copy of "
        "/log/vkeys, for what the hub signed; --key a publisher's public key. Exit codes: 0 every signature holds, "
        "1 one does not, 2 cannot tell.",
        "ファイル内の署名をハブなしで検証します。--vkeysは/log/vkeysの写し（ハブの署名）、--keyは発行者の公開鍵。",
    )
)
@click.argument("source", type=click.File("rb"))
@click.option("--vkeys", type=_FILE, help=in_language("A file of keys, a line each.", "検証鍵のファイル。"))
@click.option("--key", "keys", multiple=True, help=in_language("A public key to believe.", "信頼する公開鍵。"))
@json_option
def verify(source: Any, vkeys: Path | None, keys: tuple[str, ...], as_json: bool) -> int:
    """Say of each object whether it is signed by a key that is believed, and still as it was signed."""
    believed = _believed(vkeys, keys)
    try:
        checked = check_signatures(split_envelope(source.read(), Limits()), believed)
    except EnvelopeError as error:
        raise Refusal(f"{source.name}: {error}") from error
    broken = [each for each in checked if each.standing in {Standing.BROKEN, Standing.CARRIED}]
    if as_json:
        rows = [{"id": it.id, "version": it.version, "signature": it.standing.value, "key": it.key} for it in checked]
        print_json({"ok": not broken, "objects": rows})
        return FOUND if broken else OK
    for each in checked:
        say(f"{each.standing.value:<9} {each.id} {each.version or ''}")
    signed = sum(each.standing is Standing.GOOD for each in checked)
    unsigned = len(checked) - signed - len(broken)
    say(
        in_language(
            f"{signed} signed, {len(broken)} with a signature that does not hold or of an unknown key, "
            f"{unsigned} unsigned",
            f"署名あり{signed}件、署名不正または鍵不明{len(broken)}件、署名なし{unsigned}件",
        )
    )
    return FOUND if broken else OK


def _believed(vkeys: Path | None, keys: tuple[str, ...]) -> dict[str, PublisherKey]:
    """The keys by thumbprint; of a list of the log's keys, those under which editions are signed."""
    try:
        found = [PublisherKey.parse(each) for each in keys]
    except CryptoError as error:
        raise Refusal(f"--key: {error}") from error
    if vkeys is not None:
        found += [PublisherKey(each.public) for each in read_vkeys(vkeys) if each.name.endswith(f"/{EDITIONS_NAME}")]
    if not found:
        raise Refusal(
            "expected --vkeys with a copy of /log/vkeys that has the key of editions, or --key; found no key to believe"
        )
    return {each.thumbprint: each for each in found}


def _deliver(raw: bytes, given: dict[str, Any], operation: Any) -> int:
    """Write a statement to a file, or hand it to the hub."""
    if given["out"] is not None:
        given["out"].write_bytes(raw)
        say(f"{given['out']}")
        return OK
    if given["data"] is None:
        raise Refusal("expected --out for the statement, or --data of the hub that registers it; found neither")
    with administering(given["data"]) as (hub, session):
        row = row_of(operation(session, administrator(), Statement.parse(raw), context=hub.context()))
    if given["as_json"]:
        print_json(row)
    else:
        say(f"{row['id']}  {row['thumbprint']}")
    return OK


def _write_statement(do: str, organization: UUID, signers: list[PublisherSigner], **more: str) -> bytes:
    import orjson  # noqa: PLC0415

    value = key_statement(do, str(organization), signers[0].public, datetime.now(UTC), **more)
    signatures = [encode_base64(each.sign(KEY_PREFIX, value)) for each in signers]
    return orjson.dumps({"statement": value, "signatures": signatures}, option=orjson.OPT_INDENT_2) + b"\n"


def _needed(given: dict[str, Any], name: str, option: str) -> Any:
    if given[name] is None:
        raise Refusal(f"expected {option}, or a --statement made elsewhere; found neither")
    return given[name]


def _passphrase(path: Path | None) -> bytes | None:
    text = _read(path).rstrip(b"\r\n") if path is not None else os.environ.get(PHRASE_FROM, "").encode()
    return text or None


def _signer(path: Path, passphrase_file: Path | None) -> PublisherSigner:
    if path.exists() and path.stat().st_mode & 0o077:
        raise Refusal(f"{path}: others may read this private key. Run `chmod 600` on it; replace it if they have.")
    try:
        return PublisherSigner(load_ed25519(_read(path), _passphrase(passphrase_file)))
    except CryptoError as error:
        raise Refusal(f"{path}: {error}") from error


def _read(path: Path) -> bytes:
    return path.read_bytes()


def row_of(each: SigningKey) -> dict[str, Any]:
    moments = {name: getattr(each, name) for name in ("began_at", "ends_at", "revoked_at", "revoked_from")}
    return {
        "id": str(each.id),
        "organization": str(each.organization_id),
        "key": each.key,
        "thumbprint": each.thumbprint,
        **{name: at.isoformat() if at else None for name, at in moments.items()},
    }
