"""The declared differences: what may differ between the worlds, place by place. `docs/non-interference.md` says why.

Each takes an answer and gives it with the declared part cut out; nothing else is ever cut.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

from tests.leaks.answers import Answer

CHECKPOINT = re.compile(rb"\A(?P<origin>[^\n]+\n)\d+\n[A-Za-z0-9+/=]+\n\n(?:\xe2\x80\x94 \S+ [A-Za-z0-9+/=]+\n)+\Z")
PROOF = re.compile(
    rb"\A(?P<entry>c2sp\.org/tlog-proof@v1\nextra [A-Za-z0-9+/=]+\nindex )\d+\n(?:[A-Za-z0-9+/]{43}=\n)*\n"
    + CHECKPOINT.pattern.removeprefix(rb"\A")
)
"""A receipt, in its exact form; whatever has another form is compared whole."""

GROUP_SIZE = re.compile(
    ' <span class="quiet">(?:（\\d+組織）|\\(\\d+ organizations\\))</span>'.encode() + rb'|(?<="organizations":)\d+'
)
"""How many organizations a group has, as a preview says it; of a group of one nothing is said."""


LOG_PLACE = re.compile(
    "(?<=記録2026の番号)\\d+|(?<=Leaf )\\d+(?= of 2026)"
    "|(?<=チェックポイント（大きさ)\\d+|(?<=covered by the checkpoint of size )\\d+"
    '|(?<=/receipts/2026/)\\d+(?=/")|(?<=<dd>大きさ)\\d+|(?<=<dd>size )\\d+'.encode()
    + rb"|(?<=,2026,)\d+(?=,[0-9a-f]{64}\r\n)"
)
"""The place of an entry in the log, and the size of the log in the checkpoint that covers it.

Its salted hash is compared: what an entry commits to depends on nothing that is hidden from whoever it concerns."""


def _without_size_and_root(answer: Answer) -> Answer:
    """Of a checkpoint its origin stays; size, root and signature are the log's."""
    found = CHECKPOINT.match(answer.body)
    return answer if found is None else _shortened(answer, found["origin"])


def _without_log_place(answer: Answer) -> Answer:
    """A history stays; at which place of the log its entries stand is cut out."""
    body = LOG_PLACE.sub(b"", answer.body)
    return answer if body == answer.body else _shortened(answer, body)


def _without_path_and_checkpoint(answer: Answer) -> Answer:
    """A receipt of an entry or object stays; the path through the log and the checkpoint that covers it are the log's.

    Of the extra data nothing is cut: it holds the entry and what of it is shown.
    """
    found = PROOF.match(answer.body)
    return answer if found is None else _shortened(answer, found["entry"])


def _without_path_in_document(answer: Answer) -> Answer:
    """Of a receipt in a document stays what stays of one as a file; the promise beside it is compared whole."""
    if b'"promise":' not in answer.body:
        return answer
    told = json.loads(answer.body)
    if told.get("receipt"):
        found = PROOF.match(told["receipt"].encode())
        told |= {"receipt": (found["entry"] if found else told["receipt"].encode()).decode(), "index": None}
    return _shortened(answer, json.dumps(told).encode())


def _without_group_sizes(answer: Answer) -> Answer:
    """Who reads stays, by group; how many organizations that are is cut out."""
    body = GROUP_SIZE.sub(b"", answer.body)
    return answer if body == answer.body else _shortened(answer, body)


def _shortened(answer: Answer, body: bytes) -> Answer:
    """The answer with another body; what follows from the body's bytes goes with them."""
    headers = tuple((name, value) for name, value in answer.headers if name not in {"ETag", "Content-Length"})
    return Answer(answer.status, headers, body)


LEDGER_SIZES = re.compile(rb"(?m)^(?P<group>[^,\n]*),\d+(?=,\d+,)")
"""How many organizations a line of the ledger's table stands for."""


def _without_ledger_sizes(answer: Answer) -> Answer:
    """The lines stay; how many organizations each stands for is cut out."""
    body = LEDGER_SIZES.sub(rb"\g<group>,", answer.body)
    return answer if body == answer.body else _shortened(answer, body)


GROUP_SIZES = ("sizes of groups in a preview", _without_group_sizes)
REPORT, PROPOSAL = "/reports/<uuid:report_id>", "/reports/proposals/<uuid:proposal_id>"
REST = "/api/v1"

DECLARED: Mapping[str, tuple[str, Callable[[Answer], Answer]]] = {
    "GET /log/<shard>/checkpoint": ("log size and roots", _without_size_and_root),
    **dict.fromkeys(
        (
            "GET /trail/reports/<uuid:report_id>/",
            "GET /trail/objects/<ident>/<stix_id>/",
            "GET /trail/own/",
            "GET /trail/own/trail.csv",
            "GET /trail/find",
        ),
        ("the place of an entry in the log", _without_log_place),
    ),
    "GET /ledger/reports/<uuid:report_id>/ledger.csv": ("sizes of groups in the ledger", _without_ledger_sizes),
    **dict.fromkeys(
        ("GET /receipts/<shard>/<int:index>/file", "GET /receipts/objects/<ident>/<stix_id>/file"),
        ("log size and roots", _without_path_and_checkpoint),
    ),
    "GET /receipts/<shard>/<int:index>/": ("the place of an entry in the log", _without_log_place),
    **dict.fromkeys(
        (f"GET {REST}/reports/<reference>/versions/<int:number>/receipt", f"GET {REST}/posts/<ident>/receipt"),
        ("log size and roots", _without_path_in_document),
    ),
    **dict.fromkeys(
        (
            "GET /reports/new",
            "POST /reports/new",
            "GET /reports/preview",
            "POST /reports/drafts/<uuid:draft_id>/",
            f"GET {REPORT}/",
            f"GET {REPORT}/follow-up",
            f"POST {REPORT}/follow-up",
            f"GET {PROPOSAL}/",
            f"POST {PROPOSAL}/refuse",
            "GET /secretariat/publish/<uuid:report_id>/",
            "POST /secretariat/publish/<uuid:report_id>/",
            "GET /ledger/reports/<uuid:report_id>/",
            f"POST {REST}/preview",
            f"POST {REST}/reports/<reference>/proposals/draft",
            f"POST {REST}/reports/<reference>/proposals",
            f"GET {REST}/proposals/<uuid:proposal_id>",
        ),
        GROUP_SIZES,
    ),
}
"""Route → the declared difference, and how it is cut out."""


def cut(route: str, answer: Answer) -> Answer:
    """The answer without what is declared to differ there."""
    return DECLARED[route][1](answer) if route in DECLARED else answer
