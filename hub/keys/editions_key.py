"""A door for the process itself: the key with which the hub signs editions becomes a leaf of the log, as any other."""

from typing import Final

from sqlalchemy.orm import Session

from crypto.publisher import KEY_PREFIX, PublisherSigner, key_statement
from models.vocabulary import Door
from sharing.actor import Context
from sharing.setup import HUB_ID, hub_actor
from sharing.signing.keys import REGISTER, Statement, in_force, list_signing_keys, register_signing_key


def introduce_editions_key(session: Session, signer: PublisherSigner, context: Context) -> str:
    """Register the key under the organization that runs the hub, where the log does not tell of it yet.

    The answer says what is wrong with the key that is in use; empty where nothing is.
    """
    actor = hub_actor(Door.COMMAND)
    own = [each for each in list_signing_keys(session, actor) if each.organization_id == HUB_ID]
    known = next((each for each in own if each.thumbprint == signer.public.thumbprint), None)
    if known is not None:
        return "" if in_force(known, context.now) else _ENDED
    said = key_statement(REGISTER, str(HUB_ID), signer.public, context.now)
    register_signing_key(session, actor, Statement(said, (signer.sign(KEY_PREFIX, said),)), context=context)
    return ""


_ENDED: Final = (
    "the key in secrets/editions-ed25519.pem was replaced or revoked, and editions are still signed with it: put the "
    "new key in its place (docs/signatures.md) and start again"
)
