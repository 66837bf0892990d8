"""Tokens: who holds them, which reaches further, and what is left where two narrow each other."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.vocabulary import Role, Tier
from sharing.rules import tokens
from sharing.rules.tokens import (
    CONTENT_ROLES,
    ROLES_OF_TIER,
    OrganizationFacts,
    World,
    covers,
    is_token,
    narrow_tokens,
    reduce_tokens,
    tokens_of_organization,
    tokens_of_roles,
)

SECTORS = {"electricity": "electricity", "water": "water", "bank": "finance", "securities": "finance"}


def _organization(number: int, tier: Tier, ceptoar: str) -> OrganizationFacts:
    return OrganizationFacts(UUID(int=number), tier, SECTORS[ceptoar], ceptoar, "meti")


ORGANIZATIONS = tuple(
    _organization(number, tier, ceptoar)
    for number, (tier, ceptoar) in enumerate(((tier, ceptoar) for tier in Tier for ceptoar in SECTORS), start=1)
)
WORLD = World({facts.id: facts for facts in ORGANIZATIONS})
EVERY_TOKEN = sorted(
    {token for facts in ORGANIZATIONS for token in tokens_of_organization(facts)} | {f"account:{UUID(int=1)}"}
)
hats = st.tuples(st.sampled_from(ORGANIZATIONS), st.sets(st.sampled_from(list(Role))))
some_tokens = st.sets(st.sampled_from(EVERY_TOKEN), max_size=6)


@given(hats, st.sampled_from(EVERY_TOKEN), st.sampled_from(EVERY_TOKEN))
def test_whoever_holds_the_narrow_token_holds_what_covers_it(
    hat: tuple[OrganizationFacts, set[Role]], wide: str, narrow: str
) -> None:
    """`covers` agrees with `tokens_of_roles` for every hat there can be."""
    held = tokens_of_roles(*hat)
    if covers(WORLD, wide, narrow) and narrow in held:
        assert wide in held


@given(hats, some_tokens)
def test_fewer_tokens_reach_the_same_readers(hat: tuple[OrganizationFacts, set[Role]], audience: set[str]) -> None:
    """Leaving out covered tokens changes nobody's sight."""
    held = tokens_of_roles(*hat)
    assert bool(held & audience) == bool(held & reduce_tokens(WORLD, audience))


@given(hats, some_tokens, some_tokens)
def test_a_collection_narrows_and_never_widens(
    hat: tuple[OrganizationFacts, set[Role]], audience: set[str], readers: set[str]
) -> None:
    """Whoever sees what remains could see the audience, and is among the collection's readers."""
    held = tokens_of_roles(*hat)
    if held & set(narrow_tokens(WORLD, audience, readers)):
        assert held & audience
        assert held & readers


@given(hats)
def test_only_roles_that_read_hold_tokens(hat: tuple[OrganizationFacts, set[Role]]) -> None:
    """A manager, an auditor and an administrator hold nothing, in whatever organization."""
    facts, roles = hat
    if not roles & CONTENT_ROLES & ROLES_OF_TIER[facts.tier]:
        assert tokens_of_roles(facts, roles) == frozenset()


def test_no_organization_of_an_administrator_or_auditor_can_read() -> None:
    """There is no role to give there that reads."""
    for tier in (Tier.HUB, Tier.AUDITOR):
        assert not ROLES_OF_TIER[tier] & CONTENT_ROLES


def test_government_is_no_member() -> None:
    """What goes to all members does not reach a ministry or NCO: that takes the sender's consent."""
    for facts in ORGANIZATIONS:
        if facts.tier in {Tier.MINISTRY, Tier.NCO, Tier.FOREIGN, Tier.COUNCIL}:
            assert tokens.MEMBERS not in tokens_of_organization(facts)


def test_a_ministry_is_several_readers() -> None:
    """The section for ports does not hold the token of the section for electricity."""
    section = OrganizationFacts(UUID(int=900), Tier.MINISTRY, "port", None, "mlit")
    assert tokens.ministry("mlit", "port") in tokens_of_organization(section)
    assert tokens.ministry("mlit", "aviation") not in tokens_of_organization(section)


@pytest.mark.parametrize("text", ["members", f"organization:{UUID(int=3)}", "secretariat:water", "government:meti:gas"])
def test_tokens_by_their_grammar(text: str) -> None:
    """What an administrator may write."""
    assert is_token(text)


@pytest.mark.parametrize("text", ["", "everyone", "organization:x", "sector:", "government:meti", "members "])
def test_what_is_no_token(text: str) -> None:
    """A misspelt audience is refused, not silently empty."""
    assert not is_token(text)
