"""Rule: from what a report says to who reads it: the circle of the original, and the forms that go wider."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.vocabulary import Form, Label
from sharing.reports.fields import ReportFields
from sharing.rules import tokens
from sharing.rules.audience import AudienceDecision, Range, Sender, decide_audience
from sharing.rules.policy import Policy
from sharing.rules.tokens import World, reduce_tokens


@dataclass(frozen=True)
class Consent:
    """What of a report decides its range, besides the label."""

    nco: bool = False
    ministry: bool = False
    foreign: bool = False
    names_sender: bool = False
    not_public: bool = False
    """公表しない."""
    named: frozenset[str] = frozenset()
    """Tokens of those whom the sender named, by lists or one by one."""


def consent_of(fields: ReportFields) -> Consent:
    """The consents that a version gives."""
    return Consent(
        fields.consent_nco,
        fields.consent_ministry,
        fields.consent_foreign,
        fields.name_to_sector,
        fields.not_for_publication,
        frozenset(fields.named),
    )


def original_label(label: Label) -> Label:
    """An original is filed at AMBER or stricter; what goes wider is an edition."""
    return Label.strictest(label, Label.AMBER)


def range_of(sender: Sender, consent: Consent, label: Label) -> Range:
    """The sharing range at a label: a consent lists whom it is for.

    At RED it lists nobody: consent to pass a report on is not the naming of a person or desk.
    """
    listed: set[str] = set()
    consents: set[str] = set()
    if consent.nco:
        consents.add("nco")
        listed.add(tokens.NCO)
    if consent.ministry:
        consents.add("ministry")
        if sender.ministry and sender.sector:
            listed.add(tokens.ministry(sender.ministry, sender.sector))
    if consent.foreign:
        consents.add("foreign")
        listed.add(tokens.FOREIGN)
    if label is Label.RED:
        listed.clear()
    return Range(label, consent.named | listed, frozenset(consents), consent.names_sender, consent.not_public)


def decide_original(policy: Policy, sender: Sender, consent: Consent, label: Label) -> AudienceDecision:
    """Who reads the report as it was filed."""
    return decide_audience(policy, sender, range_of(sender, consent, original_label(label)))


def decide_editions(policy: Policy, sender: Sender, consent: Consent, label: Label) -> AudienceDecision:
    """Who may read an edition at a label, and in which form."""
    return decide_audience(policy, sender, range_of(sender, consent, label))


def circle_of(policy: Policy, sender: Sender, consent: Consent, label: Label) -> dict[str, str]:
    """Token to rule of those who get the original."""
    return decide_original(policy, sender, consent, label).tokens(Form.NAMED)


def forms_of(decision: AudienceDecision, circle: Iterable[str], *, only_anonymised: bool) -> dict[Form, dict[str, str]]:
    """The forms that a label asks for beyond those who have the original; empty where it reaches nobody new.

    With `only_anonymised` whoever is new gets the anonymised form, which is narrower than the policy allows.
    """
    known = set(circle)
    named = {token: rule for token, rule in decision.tokens(Form.NAMED).items() if token not in known}
    anonymised = {token: rule for token, rule in decision.tokens(Form.ANONYMISED).items() if token not in known}
    if only_anonymised:
        named, anonymised = {}, named | anonymised
    forms = {Form.NAMED: named, Form.ANONYMISED: anonymised}
    return {form: rules for form, rules in forms.items() if rules}


def reduced(world: World, rules: Mapping[str, str]) -> dict[str, str]:
    """The same readers in the fewest tokens, in a stable order."""
    return {token: rules[token] for token in sorted(reduce_tokens(world, rules))}
