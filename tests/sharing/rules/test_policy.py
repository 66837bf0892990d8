"""The sharing policy: the table of the design cell by cell, and files with holes refused with the cell named."""

import copy
from uuid import UUID

import pytest

from models.vocabulary import Form, Label
from sharing.rules import tokens
from sharing.rules.audience import Range, Sender, decide_audience
from sharing.rules.policy import BadPolicy, ReaderKind, default_policy, default_policy_document, parse_policy

OPERATOR = UUID("00000000-0000-4000-8000-000000000001")
NAMED = UUID("00000000-0000-4000-8000-000000000002")
SENDER = Sender(OPERATOR, "electricity", "electricity", "meti")
LABELS = (Label.RED, Label.AMBER_STRICT, Label.AMBER, Label.GREEN, Label.CLEAR)

ALL_CONSENTS = frozenset({"nco", "ministry", "foreign"})
AUTHORITIES = frozenset({tokens.NCO, "government:meti:electricity", tokens.FOREIGN})
PEERS = frozenset({tokens.COUNCIL, "secretariat:water", "ceptoar:water", "sector:electricity"})

# Reader, its token, and what it sees at the five labels: N named, A anonymised, - nothing.
NOT_LISTED = [
    ("own reporters", f"reporters:{OPERATOR}", "NNNNN"),
    ("own organization's rest", f"organization:{OPERATOR}", "--NNN"),
    ("own organization's desk", f"desk:{OPERATOR}", "-N---"),
    ("own secretariat", "secretariat:electricity", "-NNNN"),
    ("same sector", "sector:electricity", "---AN"),
    ("ministry section, no consent", "government:meti:electricity", "----N"),
    ("NCO, no consent", "government:nco", "----N"),
    ("other secretariats", "secretariats", "---AN"),
    ("other members", "members", "---AN"),
    ("council", "council", "---NN"),
    ("foreign partner", "foreign", "----N"),
    ("public", "public", "----N"),
]
LISTED_WITH_CONSENT = [
    ("ministry section", "government:meti:electricity", "-NNNN"),
    ("NCO", "government:nco", "-NNNN"),
    ("same sector, listed", "sector:electricity", "--AAN"),
    ("council, listed", "council", "--NNN"),
    ("listed secretariat", "secretariat:water", "-NNNN"),
    ("listed members", "ceptoar:water", "--NNN"),
    ("foreign partner", "foreign", "--NNN"),
    ("named person", f"account:{NAMED}", "NNNNN"),
    ("named organization's rest", f"organization:{NAMED}", "--NNN"),
    ("named organization's desk", f"desk:{NAMED}", "-N---"),
]


def seen(token: str, **sharing_range: object) -> str:
    """What the default policy shows a token at the five labels."""
    letters = []
    for label in LABELS:
        decision = decide_audience(default_policy(), SENDER, Range(label, **sharing_range))  # type: ignore[arg-type]
        found = {answer.form for answer in decision.answers if answer.allowed and answer.token == token}
        letters.append("N" if Form.NAMED in found else "A" if Form.ANONYMISED in found else "-")
    return "".join(letters)


@pytest.mark.parametrize(("reader", "token", "expected"), NOT_LISTED, ids=[row[0] for row in NOT_LISTED])
def test_table_for_readers_whom_the_sender_did_not_list(reader: str, token: str, expected: str) -> None:
    """Every cell of the default table, where nobody was listed and nothing consented."""
    assert seen(token) == expected


@pytest.mark.parametrize(
    ("reader", "token", "expected"), LISTED_WITH_CONSENT, ids=[row[0] for row in LISTED_WITH_CONSENT]
)
def test_table_for_readers_whom_the_sender_listed(reader: str, token: str, expected: str) -> None:
    """The same for listed readers with every consent; RED still reaches persons only."""
    listed = AUTHORITIES | PEERS | {f"account:{NAMED}", f"organization:{NAMED}"}
    if reader in {"ministry section", "NCO"}:
        # "if named" at RED means listed by name; authorities are listed as what they are.
        expected = "N" + expected[1:]
    assert seen(token, listed=listed, consents=ALL_CONSENTS) == expected


@pytest.mark.parametrize("label", list(Label))
def test_no_consent_for_nco_keeps_nco_out_even_at_green(label: Label) -> None:
    """Of two statements the narrower wins: listed, but not consented."""
    decision = decide_audience(default_policy(), SENDER, Range(label, listed=frozenset({tokens.NCO})))
    reached = tokens.NCO in decision.tokens(Form.NAMED, Form.ANONYMISED)
    assert reached == (label is Label.CLEAR)


def test_opting_in_names_the_sender_to_its_sector() -> None:
    """Anonymised unless the sender opts in."""
    assert seen("sector:electricity", names_sender=True) == "---NN"
    assert seen("members", names_sender=True) == "---NN"


def test_every_answer_says_why() -> None:
    """A refusal names the cell that refused, so that the preview can show it."""
    decision = decide_audience(default_policy(), SENDER, Range(Label.AMBER))
    refused = {answer.reader: answer.reasons for answer in decision.answers if not answer.allowed}
    assert refused[ReaderKind.NCO] == (
        "nco/TLP:AMBER: consent+listed",
        "not listed by the sender",
        "the sender has not consented",
    )
    assert all(answer.reasons and answer.rule for answer in decision.answers)


def _broken(path: tuple[str, int] | str, value: object) -> dict[str, object]:
    document = copy.deepcopy(default_policy_document())
    if isinstance(path, str):
        document["rows"].pop(path)
    else:
        document["rows"][path[0]][path[1]] = value
    return document


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (_broken("council", None), "council"),
        (_broken(("council", 2), "perhaps"), "council/TLP:AMBER"),
        (_broken(("council", 2), ""), "council/TLP:AMBER"),
        (_broken(("council", 2), "yes+listed"), "council/TLP:AMBER"),
        (_broken(("administrator", 4), "yes"), "administrator/TLP:CLEAR"),
        (_broken(("auditor", 3), "listed"), "auditor/TLP:GREEN"),
        (_broken(("other_members", 2), "yes"), "other_members/TLP:AMBER"),
    ],
)
def test_a_policy_with_a_hole_is_refused_and_the_cell_named(document: dict[str, object], named: str) -> None:
    """Missing, unknown and contradicting cells, and cells that would let an administrator read."""
    with pytest.raises(BadPolicy, match=named.replace("+", r"\+")):
        parse_policy(document)


def test_an_unknown_reader_is_refused() -> None:
    """A row that nobody asks for is a mistake, not a comment."""
    document = copy.deepcopy(default_policy_document())
    document["rows"]["janitor"] = ["no"] * 5
    with pytest.raises(BadPolicy, match="janitor"):
        parse_policy(document)


def test_every_reader_has_a_cell_at_every_label() -> None:
    """The shipped table is complete."""
    policy = default_policy()
    assert len(policy.cells) == len(ReaderKind) * len(Label)
