"""A rule: which logs are believed and whose cosignatures are enough (C2SP tlog-policy): witnesses, groups, a quorum."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from crypto.cosignature import check_witness_key, verify_cosignatures
from crypto.errors import BadKey, BadPolicy
from crypto.keys import VerifyingKey

MAX_POLICY_BYTES = 1_000_000
"""A line of an ML-DSA-44 witness has 1.8 KB; every CEPTOAR and the government fit many times."""

NOBODY = "none"
"""The quorum of a policy that asks for no cosignature."""


@dataclass(frozen=True)
class Group:
    """So many of these members must agree; a member is a witness or a group that was named before."""

    name: str
    needed: int
    members: tuple[str, ...]


class Policy(Struct, frozen=True):
    """Whom to believe: the logs' keys, the witnesses by the policy's own names, and who of them must have signed."""

    logs: tuple[VerifyingKey, ...]
    witnesses: Mapping[str, VerifyingKey]
    groups: Mapping[str, Group]
    quorum: str

    @property
    def keys(self) -> tuple[VerifyingKey, ...]:
        """All keys of the policy, those of the logs first."""
        return (*self.logs, *self.witnesses.values())

    def agreed(self, cosigners: Iterable[VerifyingKey]) -> bool:
        """Whether these keys, all of which signed, are enough."""
        return self._holds(self.quorum, set(self._named(cosigners)))

    def _named(self, cosigners: Iterable[VerifyingKey]) -> list[str]:
        there = {(key.name, key.key_id) for key in cosigners}
        return [name for name, key in self.witnesses.items() if (key.name, key.key_id) in there]

    def _holds(self, name: str, signed: set[str]) -> bool:
        if name == NOBODY:
            return True
        group = self.groups.get(name)
        if group is None:
            return name in signed
        return sum(self._holds(member, signed) for member in group.members) >= group.needed

    def judge(self, note: bytes) -> tuple[bool, str]:
        """Whether a checkpoint is cosigned as the policy asks, and in words who signed and who did not.

        The log's own signatures are not looked at here.

        Raises:
            BadNote: not a checkpoint in its exact form.
            BadSignature: a line of one of the witnesses does not verify.
        """
        signed = self._named(each.key for each in verify_cosignatures(note, list(self.witnesses.values())))
        missing = [name for name in self.witnesses if name not in signed]
        words = f"cosigned by {', '.join(signed) or 'nobody'}" + (f", not by {', '.join(missing)}" if missing else "")
        return self._holds(self.quorum, set(signed)), words


def parse_policy(raw: bytes) -> Policy:
    """Read a policy: lines `log VKEY [URL]`, `witness NAME VKEY [URL]`, `group NAME any|all|N MEMBER…`, `quorum NAME`.

    Empty lines and those that begin with # are passed over. A name stands before it is used. Whoever belonged to two
    groups would count twice, so nobody may; two keys of one witness are made one voice by a group of `any`.

    Raises:
        BadPolicy: it is anything else; the message names the line.
    """
    if len(raw) > MAX_POLICY_BYTES:
        raise BadPolicy(f"expected a policy of at most {MAX_POLICY_BYTES} bytes, found {len(raw)}")
    try:
        lines = raw.decode("utf-8").splitlines()
    except UnicodeDecodeError:
        raise BadPolicy("expected a policy in UTF-8, found other bytes") from None
    reading = _Reading()
    for number, line in enumerate(lines, 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            reading.take(words)
        except (BadPolicy, BadKey) as error:
            raise BadPolicy(f"line {number} of the policy: {error}") from None
    return reading.finish()


@dataclass
class _Reading:
    """What was read so far."""

    logs: list[VerifyingKey] = field(default_factory=list)
    witnesses: dict[str, VerifyingKey] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    placed: set[str] = field(default_factory=set)
    quorum: str | None = None

    def take(self, words: list[str]) -> None:
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                self.logs.append(VerifyingKey.parse(vkey))
            case ["witness", name, vkey] | ["witness", name, vkey, _]:
                self._check_new(name)
                key = VerifyingKey.parse(vkey)
                check_witness_key(key)
                if any((key.name, key.key_id) == (it.name, it.key_id) for it in self.witnesses.values()):
                    raise BadPolicy(f"expected each key once, found that of {key.name} again")
                self.witnesses[name] = key
            case ["group", name, needed, *members] if members:
                self._check_new(name)
                self.groups[name] = Group(name, _threshold(needed, len(members)), self._members(members))
            case ["quorum", name]:
                if self.quorum is not None:
                    raise BadPolicy("expected one quorum, found a second")
                self.quorum = self._known(name) if name != NOBODY else name
            case _:
                raise BadPolicy("expected log, witness, group or quorum with what belongs to it")

    def finish(self) -> Policy:
        if self.quorum is None:
            raise BadPolicy("expected a line that names the quorum, found none")
        return Policy(tuple(self.logs), self.witnesses, self.groups, self.quorum)

    def _members(self, names: list[str]) -> tuple[str, ...]:
        for name in names:
            if self._known(name) in self.placed:
                raise BadPolicy(f"expected each member in one group, found {name} again")
            self.placed.add(name)
        return tuple(names)

    def _known(self, name: str) -> str:
        if name not in self.witnesses and name not in self.groups:
            raise BadPolicy(f"expected a witness or group named before, found {name[:80]!r}")
        return name

    def _check_new(self, name: str) -> None:
        if name in self.witnesses or name in self.groups or name == NOBODY:
            raise BadPolicy(f"expected a new name, found {name[:80]!r} again")


def _threshold(spelled: str, members: int) -> int:
    if spelled in {"any", "all"}:
        return 1 if spelled == "any" else members
    if not (spelled.isascii() and spelled.isdigit() and len(spelled) <= 4) or not 1 <= int(spelled) <= members:
        raise BadPolicy(f"expected any, all or a number from 1 to {members}, found {spelled[:20]!r}")
    return int(spelled)
