"""Joins peers with the hub: their keys, the networks they may be in, one round of reading and one of sending."""

from uuid import UUID

from crypto.errors import NotSealed
from feeds.intake.judging import Judge
from feeds.peers import checking
from feeds.peers import push as pushing
from feeds.peers.addresses import parse_networks
from feeds.peers.checking import Checked
from feeds.peers.connection import Access, PeerError
from feeds.peers.pull import Doors, Pulled, pull
from feeds.peers.push import Pushed
from feeds.reasons.codes import Code
from feeds.reasons.reason import because
from hub.wiring import Hub
from models.peer import Peer
from models.push import Push
from models.vocabulary import Door


def seal_key(hub: Hub, ident: UUID, key: str) -> bytes | None:
    """A peer's key as it is stored; none where there is none."""
    return hub.secrets.seeds.seal(key.encode(), _context(ident)) if key else None


def pull_peer(hub: Hub, name: str, door: Door) -> Pulled:
    """Read one peer now.

    Raises:
        NotVisible: there is no such peer.
    """
    judge = Judge(hub.secrets.edition_key, hub.reading, hub.secrets.editions)
    return pull(Doors(hub.units, hub.reading, hub.policy, lambda peer: _access(hub, peer), door, judge), name)


def check_peer(hub: Hub, name: str) -> Checked:
    """Hold what a peer lists against what is here.

    Raises:
        NotVisible: there is no such peer.
        PeerError: it cannot be asked.
    """
    return checking.check(checking.Doors(hub.reading, lambda peer: _access(hub, peer)), name)


def send_push(hub: Hub, name: str) -> Pushed:
    """Send one push what lies before it now.

    Raises:
        NotVisible: there is no such push.
    """
    doors = pushing.Doors(hub.units, hub.reading, lambda push: _access(hub, push), hub.secrets.cursor)
    return pushing.push(doors, name)


def _access(hub: Hub, peer: Peer | Push) -> Access:
    try:
        key = hub.secrets.seeds.open(peer.key_sealed, _context(peer.id)).decode() if peer.key_sealed else ""
    except NotSealed:
        raise PeerError(because(Code.OTHER_SEAL)) from None
    return Access(
        user_name=peer.user_name,
        key=key,
        proxy=peer.proxy,
        ca_file=peer.ca_file,
        pin=peer.pin,
        networks=parse_networks(hub.settings.peer_networks),
    )


def _context(ident: UUID) -> bytes:
    return b"peer\0" + ident.bytes
