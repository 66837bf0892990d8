"""Rule: the fingerprint of a proposal: over the label, the policy, every reader and every byte that would go out."""

from collections.abc import Iterable
from hashlib import sha256

from crypto.canonical import canonical_json
from models.vocabulary import Label
from sharing.reports.editions.making import BuiltForm


def fingerprint_of(label: Label, policy_version: str, forms: Iterable[BuiltForm]) -> bytes:
    """What the sender approves; any change in it needs a new approval."""
    document = {
        "label": label.value,
        "policy": policy_version,
        "forms": [
            {
                "form": form.form.value,
                "readers": dict(form.rules),
                "objects": [sha256(each.raw).hexdigest() for each in form.objects],
            }
            for form in sorted(forms, key=lambda each: each.form.value)
        ],
    }
    return sha256(canonical_json(document)).digest()
