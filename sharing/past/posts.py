"""Operation: what a policy changes of posted objects; nothing is written.

A publisher who posts says no more than a label, so nobody gains who needs a consent, and nothing that is superseded.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from models.vocabulary import Label
from sharing.audiences import load_organization_facts, load_world
from sharing.collections.access import load_feed
from sharing.publishing.audiences import Audiences
from sharing.publishing.basis import Basis
from sharing.publishing.ground import load_ground
from sharing.publishing.plan import Plan
from sharing.reading.standing import Posted
from sharing.rules.audience import Range
from sharing.rules.policy import Policy
from sharing.rules.redeciding import Again, decide_again, may_gain


class PostJudge:
    """Decides once for all objects that one publisher posted into one collection at one label, to the same readers."""

    def __init__(self, session: Session, policy: Policy) -> None:
        self._session = session
        self._policy = policy
        self._audiences: dict[tuple[UUID, int], Audiences] = {}
        self._known: dict[tuple[UUID, int, int, bool, frozenset[str]], Again] = {}

    def changes(self, posted: Sequence[Posted]) -> list[tuple[Posted, Again]]:
        """The objects of which somebody gains or loses."""
        decided = [(each, self._again(each)) for each in posted]
        return [(each, again) for each, again in decided if again.losing or again.gaining]

    def _again(self, each: Posted) -> Again:
        key = (each.publisher_id, each.feed, each.label, each.superseded, each.tokens)
        if key not in self._known:
            allowed = self._allowed(each)
            label = Label.of_rank(each.label)
            offered = {token: rule for token, rule in allowed.items() if may_gain(token, rule, Range(label), None)}
            world = load_world(self._session, [*allowed, *each.tokens])
            self._known[key] = decide_again(world, each.tokens, allowed, {} if each.superseded else offered)
        return self._known[key]

    def _allowed(self, each: Posted) -> Mapping[str, str]:
        key = (each.publisher_id, each.feed)
        if key not in self._audiences:
            tier = load_organization_facts(self._session, each.publisher_id).tier
            ground = load_ground(self._session, each.publisher_id, load_feed(self._session, each.feed).feed)
            self._audiences[key] = Audiences(self._session, Basis(Plan(), ground), tier, policy=self._policy)
        return self._audiences[key].of_label(Label.of_rank(each.label))
