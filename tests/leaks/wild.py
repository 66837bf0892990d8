"""Random hidden things by a seed: reports and posts of anybody at any label, with the readers that the policy gives."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from models.vocabulary import Label
from tests.leaks import verbs
from tests.leaks.asking import Ids
from tests.leaks.cast import Base
from tests.leaks.copies import Copy
from tests.leaks.hidden import CANARY, GRID_TRAIL, KEEPERS, Deed, Hidden, report_ids

OFFICES = {"power": "grid secretariat", "rival": "grid secretariat", "water": "water secretariat"}
SECTIONS = {"power": "electricity section", "rival": "electricity section"}
"""Ministry sections in the cast, by whose sector they look after."""


def wild_things(number: int, seed: int) -> Sequence[Hidden]:
    """So many random hidden things."""
    return [_thing(Random(f"{seed}/{each}"), f"wild {seed}/{each}") for each in range(number)]


def _thing(random: Random, name: str) -> Hidden:
    return _report(random, name) if random.random() < 0.7 else _post(random, name)


def _report(random: Random, name: str) -> Hidden:
    """A report; who may know follows from the table of the policy, said here a second time and otherwise."""
    sender = random.choice(sorted(OFFICES))
    label = random.choice([Label.GREEN, Label.AMBER, Label.AMBER_STRICT, Label.RED])
    consents = {each: random.random() < 0.5 for each in ("consent_nco", "consent_ministry", "consent_foreign")}
    more = {
        "exercise": random.random() < 0.2,
        "event_type": random.choice(["E10", "E20", "E30", "E41"]),
        "causes": [random.choice(["C101", "C201", "C301"])],
        "name_to_sector": random.random() < 0.5,
    }
    knowing = {f"{sender} reporter", f"{sender} approver"}
    filed_at = Label.strictest(label, Label.AMBER)
    if filed_at is not Label.RED:
        knowing.add(OFFICES[sender])
    if filed_at is Label.AMBER:
        knowing.add(f"{sender} reader")
    if filed_at in {Label.AMBER, Label.AMBER_STRICT}:
        knowing |= _consented(sender, consents, filed_at)
    given = ", ".join(each for each, yes in {**consents, **more}.items() if yes)

    def do(world: Copy, base: Base) -> Ids:
        filed = verbs.files(world, base.actor(f"{sender} reporter"), f"{CANARY} {name}", label, **consents, **more)
        return report_ids(world, filed.report_id, filed.reference)

    story = f"{sender} filed a {label} report ({given})"
    return Hidden(name, story, KEEPERS | knowing, do, last=random.random() < 0.5)


def _consented(sender: str, consents: dict[str, bool], label: Label) -> set[str]:
    found = set()
    if consents["consent_nco"]:
        found.add("nco")
    if consents["consent_ministry"] and sender in SECTIONS:
        found.add(SECTIONS[sender])
    if consents["consent_foreign"] and label is Label.AMBER:
        found.add("foreign partner")
    return found


def _post(random: Random, name: str) -> Hidden:
    """An object of a secretariat that stays with it: of an id that nobody has, that others hold, or will post."""
    office, collection = random.choice([("grid secretariat", "electricity"), ("water secretariat", "water")])
    label = random.choice([Label.AMBER_STRICT, Label.RED])
    held = [2, 3, 4, 201, 401, 402] if office == "water secretariat" else [103, 104, 110, 201, 402]
    number = random.choice([*held, 901, 902, random.randrange(1_000, 2_000)])
    minute = random.randrange(1, 60)

    def do(world: Copy, base: Base) -> Ids:
        posted = verbs.indicator(number, label, name=CANARY, minute=minute)
        verbs.posts(world, base.actor(office), collection, posted)
        return Ids(objects=(verbs.indicator_id(number),))

    deed: Deed = do
    story = f"the {office} posted version {minute} of object {number} at {label}"
    keeping = GRID_TRAIL if office == "grid secretariat" else frozenset()
    return Hidden(name, story, KEEPERS | {office}, deed, last=random.random() < 0.5, keeping=keeping)
