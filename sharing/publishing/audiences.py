"""Operation: the audience of each object of a publication, decided once a label."""

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from models.vocabulary import Form, Label, Tier
from sharing.audiences import audience_digest, intern_audience, load_world, organizations_of
from sharing.publishing.basis import Basis
from sharing.publishing.nouns import DEFINITIONS, NewObject
from sharing.publishing.plan import Plan
from sharing.reading.own import OwnVersion
from sharing.rules.audience import Range, decide_audience
from sharing.rules.following import follows_who_names_it
from sharing.rules.policy import Policy, ReaderKind
from sharing.rules.tokens import World, narrow_tokens, reduce_tokens


class Audiences:
    """Decides the audience of each label once a publication, however many objects carry it."""

    def __init__(self, session: Session, basis: Basis, tier: Tier, *, policy: Policy) -> None:
        """On what the publication rests on; `tier` is that of whoever publishes."""
        self._session = session
        self.policy = policy
        self._ground = basis.ground
        self._known = basis.audiences
        self._names_sender = tier not in {Tier.OPERATOR, Tier.BODY}
        self._by_label: dict[Label, Mapping[str, str]] = {}
        self._numbers: dict[Label, int] = {}
        self.digests: dict[int, str] = {}
        """What each number stands for, as the trail names it."""
        self._interned: dict[tuple[tuple[str, str], ...], int] = {}
        self._definitions = self._of_definitions(basis.plan)

    def of_known_definition(self, version: OwnVersion) -> dict[str, str] | None:
        """The audiences of the objects of this publication that name a definition published before."""
        return self._definitions.get(version.stix_id)

    def rules_of(self, each: NewObject) -> Mapping[str, str]:
        """Token to rule for one object."""
        if each.type in DEFINITIONS and each.stix_id in self._definitions:
            return self._definitions[each.stix_id]
        if each.audience is not None:
            return each.audience
        return self.of_label(each.label)

    def number_of(self, each: NewObject) -> int:
        """The number of the audience of one object."""
        if each.audience is not None or each.type in DEFINITIONS:
            return self.intern(self.rules_of(each))
        number = self._numbers.get(each.label)
        if number is None:
            number = self._numbers[each.label] = self.intern(self.of_label(each.label))
        return number

    def of_label(self, label: Label) -> Mapping[str, str]:
        """Token to rule for objects posted at a label, by their publisher's own choice."""
        if label not in self._by_label:
            self._by_label[label] = self._decide(label)
        return self._by_label[label]

    def intern(self, rules: Mapping[str, str]) -> int:
        """The number of an audience."""
        key = tuple(rules.items())
        if key not in self._interned:
            digest = audience_digest(rules)
            number = self._known.get(digest)
            if number is None:
                number = intern_audience(self._session, rules, digest)
            self._interned[key], self.digests[number] = number, digest.hex()
        return self._interned[key]

    def _decide(self, label: Label) -> Mapping[str, str]:
        key = (id(self.policy), label, self._names_sender)
        policy, rules = self._ground.decided.get(key, (None, {}))
        if policy is self.policy:
            return rules
        sender = self._ground.sender
        decision = decide_audience(self.policy, sender, Range(label, names_sender=self._names_sender))
        own = {answer.token: answer.rule for answer in decision.answers if answer.reader is ReaderKind.SENDER}
        rules = self._settle(decision.tokens(Form.NAMED), own)
        if not organizations_of([*rules, *self._ground.readers]) - {sender.organization_id}:
            self._ground.decided[key] = (self.policy, rules)
        return rules

    def _settle(self, wanted: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
        """Narrow to the collection's readers, keep the sender, and say the same in the fewest tokens."""
        world = self._load_world(wanted)
        rules = dict(wanted)
        if self._ground.readers:
            kept = narrow_tokens(world, wanted, self._ground.readers)
            rules = {token: wanted[source] for token, source in kept.items()} | dict(own)
        return {token: rules[token] for token in sorted(reduce_tokens(world, rules))}

    def _load_world(self, wanted: Iterable[str]) -> World:
        """The world that these tokens need; mostly they name no organization but the publisher."""
        named = [*wanted, *self._ground.readers]
        if not organizations_of(named) - {self._ground.sender.organization_id}:
            return self._ground.world
        return load_world(self._session, named)

    def _of_definitions(self, plan: Plan) -> dict[str, dict[str, str]]:
        """Definitions posted together with objects that name them take those objects' audiences."""
        defined = {
            fresh.new.stix_id
            for fresh in plan.fresh
            if fresh.new.type in DEFINITIONS and fresh.new.audience is None and follows_who_names_it(fresh.new.raw)
        }
        defined |= {version.stix_id for version in plan.known_definitions}
        union: dict[str, dict[str, str]] = {}
        if not defined:
            return union
        for each in (fresh.new for fresh in plan.fresh):
            for name in defined.intersection(each.definition_refs):
                union.setdefault(name, {}).update(each.audience or self.of_label(each.label))
        return {name: {t: r[t] for t in sorted(reduce_tokens(self._load_world(r), r))} for name, r in union.items()}
